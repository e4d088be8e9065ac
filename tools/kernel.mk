# SPDX-License-Identifier: GPL-2.0
# Rules for kernels: ours, stock, and variants of ours: at the patch that switches to the new code,
# with save and restore turned off, with options of distributions, and two with checkers.
#
# Each kernel is built in its source tree, because all paths in a build are relative to it. The
# other trees are copies of ours, so that only files that differ are compiled.

STOCK := $(LINE_DIR)/stock
JOBS ?= $(shell nproc)
CCACHE := $(shell command -v ccache)
# Let ccache find files of another tree, so that files that are the same in two trees are compiled
# once.
export CCACHE_NOHASHDIR := yes
# Without this, ccache preprocesses each file that it does not have: a cold build took 12 % longer.
export CCACHE_DEPEND := yes

# LOCALVERSION: otherwise a git repository would add a "+" to the release. The other variables make
# the same kernel from the same source, so that its test results stay valid.
kbuild = $(MAKE) -j$(JOBS) $(if $(CCACHE),CC="ccache gcc") LOCALVERSION= \
	KBUILD_BUILD_USER=xen KBUILD_BUILD_HOST=save-restore \
	KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP="1970-01-01 00:00:00 UTC"

# A build must end when the make that started it ends, even if that make is killed.
step = exec setpriv --pdeathsig TERM tools/step

# $(call kernel-parts,NAME): the parts of the ledger that the kernel NAME depends on.
kernel-parts = base $(if $(filter-out stock,$1),kernel) $(filter debug distro kasan,$1)

config := $(foreach file,kernel line,$(call placed,tests/nest/$(file).config))

# $(call configure,TREE,NAME,FRAGMENT... OPTION=VALUE): configure TREE for the kernel NAME.
define configure
@$(step) "configuring the $2 kernel" build/log/config-$2 \
	tools/configure $1 $(config) $3
endef

# $(call build,TREE,NAME,FRAGMENT... OPTION=VALUE): configure TREE and make
# build/LINE/kernel/NAME of it.
define build
@tests/ledger/stamp begin $(LINE_DIR)/kernel/$2 $(call kernel-parts,$2)
$(call configure,$1,$2,$3)
@+$(step) "building the $2 kernel" build/log/kernel-$2 \
	$(kbuild) -C $1 bzImage
@mkdir -p $(LINE_DIR)/kernel
@cp $1/arch/x86/boot/bzImage $(LINE_DIR)/kernel/$2.tmp
@mv $(LINE_DIR)/kernel/$2.tmp $(LINE_DIR)/kernel/$2
@tests/ledger/stamp end $(LINE_DIR)/kernel/$2 $(call kernel-parts,$2)
endef

.PHONY: kernels tree
kernels: $(LINE_DIR)/kernel/ours $(LINE_DIR)/kmod/ours/.stamp

# Make a copy under another name, and rename it when it is complete.
$(TREE)/.copied: $(PRISTINE).version | build/deps.stamp
	@test ! -d $(TREE)/.git || { \
		echo "$(TREE) was made from another base: save your work there with make refresh, and remove it"; exit 2; }
	@echo "copying the source to $(TREE)"
	@rm -rf $(TREE) $(TREE).tmp
	@cp -a $(PRISTINE) $(TREE).tmp
	@mv $(TREE).tmp $(TREE)
	@touch $@

$(TREE)/.stamp: $(TREE)/.copied $(SERIES) $(OVERLAY) $(LINE_DIR)/overlay.list
	@$(SERIES) $(OF_LINE) tree $(TREE) $(PRISTINE)
	@touch $@

tree: $(TREE)/.stamp

$(LINE_DIR)/kernel/ours: $(TREE)/.stamp $(config) tools/configure tools/kernel.mk
	$(call build,$(TREE),ours)

# $(call follow,NAME,ENTRY,CONFIGURATION): rules for the kernel NAME. Its tree is a copy of ours at
# the patch ENTRY, with its own configuration.
define follow
$(LINE_DIR)/$1/.stamp: $$(TREE)/.stamp tools/checkout | $(LINE_DIR)/kernel/ours
	@tools/checkout $$(PRISTINE) $$(TREE) $(LINE_DIR)/$1 $2
	@touch $$@

$(LINE_DIR)/kernel/$1: $(LINE_DIR)/$1/.stamp $(config) $$(filter %.config,$3) tools/configure tools/kernel.mk
	$$(call build,$(LINE_DIR)/$1,$1,$3)
endef

# The source before the first patch.
$(eval $(call follow,stock,base,))
# The patch that switches to the new code: suspend works there, too.
$(eval $(call follow,switch,switch,))
# PREEMPT_RT turns XEN_SAVE_RESTORE off.
$(eval $(call follow,off,last,CONFIG_PREEMPT_RT=y))
$(eval $(call follow,debug,last,$(call placed,tests/nest/debug.config)))
$(eval $(call follow,distro,last,$(call placed,tests/nest/distro.config)))
$(eval $(call follow,kasan,last,$(call placed,tests/nest/kasan.config)))

# A PVH guest runs this file before KASAN has its shadow memory, so the file must not be
# instrumented. A PV guest never gets a shadow memory: KASAN kernels are for the other types.
$(LINE_DIR)/kernel/kasan: private kbuild += KASAN_SANITIZE_enlighten_pvh.o=n

# Sources that several tools share.
shared-src := $(wildcard tools/util.[ch] tools/output*.[ch])

build/bin/suspend-report: $(wildcard tools/suspend-report*.[ch]) $(shared-src) | build/deps.stamp
	@mkdir -p $(@D)
	@gcc -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o $@.tmp \
		$(filter %.c,$^) -lm
	@mv $@.tmp $@

# Do not link it statically: the static libxenstore has no thread for events. It fails if an event
# comes before the reply that it waits for.
build/bin/suspend-watch: $(wildcard tools/suspend-watch*.[ch]) tools/util.c tools/util.h $(SYSROOT).stamp
	@mkdir -p $(@D)
	@$(DOM0_GCC) -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o $@.tmp \
		$(filter %.c,$^) -lxenctrl -lxenstore -lxentoollog -lm
	@mv $@.tmp $@
