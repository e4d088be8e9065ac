# SPDX-License-Identifier: GPL-2.0
# The nested host, the programs that run in its guests, and the cases. The top Makefile includes
# this file; tools/kernel.mk builds the kernels.

NEST		:= build/nest
DOM0_ARCHIVES	:= $(patsubst %,$(NEST)/%.cpio.gz,dom0 hvm tools)
# libxl with the last patch of hypervisor/, for the case channel-fails.
LIBXL		:= build/cases/libxenlight.so.4.17 build/cases/libxenguest.so.4.17
NEST_FILES	:= build/xen/ours $(NEST)/launch $(DOM0_ARCHIVES) build/guest/guest-ramdisk.cpio.gz \
		   $(patsubst tests/cases/%.c,build/cases/%,$(wildcard tests/cases/*.c)) \
		   build/cases/rekey build/cases/rekey.sh build/cases/malformed build/cases/race \
		   build/cases/window build/cases/netlink build/cases/xen-checkpoint $(LIBXL)
DOM0_PROGRAMS	:= $(NEST)/suspend-guest build/bin/suspend-watch build/bin/xen-domctx build/bench/bin/meter
HOST_CFLAGS	:= -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror

.PHONY: nest mutants mutant-kernel

# When this recipe runs, the programs of all cases have been built from the present sources.
nest: $(NEST_FILES)
	@tests/ledger/stamp begin $(NEST)/programs programs
	@tests/ledger/stamp end $(NEST)/programs programs

# Depend on a stamp: the time of a directory does not change with the files below it.
$(SYSROOT).stamp: $(wildcard tests/nest/packages*) tests/nest/fetch | build/deps.stamp
	@mkdir -p $(NEST)
	@tests/nest/fetch $(SYSROOT)
	@touch $@

# tools/xen.mk builds our hypervisors; this rule takes Debian's from its package.
build/xen/debian: $(SYSROOT).stamp
	@mkdir -p $(@D)
	@gunzip -c $(SYSROOT)/boot/xen-4.17-amd64.gz >$@.tmp
	@mv $@.tmp $@

$(NEST)/launch: tests/nest/launch.c | build/deps.stamp
	@mkdir -p $(NEST)
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -o $@.tmp $<
	@mv $@.tmp $@

# A toolstack for tests that only suspends and resumes a guest, with timeouts that the test sets.
$(NEST)/suspend-guest: tests/nest/suspend-guest.c $(SYSROOT).stamp
	@mkdir -p $(NEST)
	@echo "  CC      $@"
	@$(DOM0_GCC) $(HOST_CFLAGS) -o $@.tmp $< -lxenctrl -lxenguest -lxenstore
	@mv $@.tmp $@

# Libraries that single cases preload into programs of dom0.
build/cases/%.so: tests/cases/%.so.c $(SYSROOT).stamp
	@mkdir -p build/cases
	@echo "  CC      $@"
	@$(DOM0_GCC) $(HOST_CFLAGS) -shared -fPIC -o $@.tmp $<
	@mv $@.tmp $@

# Programs of single cases. They are static, because a guest has no libraries.
build/cases/%: tests/cases/%.c | build/deps.stamp
	@mkdir -p build/cases
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -static -o $@.tmp $<
	@mv $@.tmp $@

# 32-bit programs of single cases, without a C library.
build/cases/%32: tests/cases/%32.c | build/deps.stamp
	@mkdir -p build/cases
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -m32 -ffreestanding -fno-pic -mno-sse -mno-mmx -nostdlib -static -no-pie -o $@.tmp $<
	@mv $@.tmp $@

# Programs of single cases that consist of several files and run in a guest.
define guest_case
build/cases/$1: $2 | build/deps.stamp
	@mkdir -p build/cases
	@echo "  CC      $$@"
	@gcc $$(HOST_CFLAGS) -static -o $$@.tmp $(filter %.c,$2)
	@mv $$@.tmp $$@
endef
$(foreach c,netlink window,$(eval $(call guest_case,$c,$(wildcard tests/cases/$c/*.[ch]))))

# $(call dom0_case,NAME,FILES): a program for dom0, from these files and the headers of our Xen.
define dom0_case
build/cases/$1: $2 build/hypervisor/include/.stamp $(SYSROOT).stamp
	@mkdir -p build/cases
	@echo "  CC      $$@"
	@$$(DOM0_GCC) $$(HOST_CFLAGS) -D__XEN_TOOLS__ -isystem build/hypervisor/include \
		-static -o $$@.tmp $(filter %.c,$2) -lxenctrl -lxenforeignmemory -lxencall \
		-lxenevtchn -lxengnttab -lxendevicemodel -lxentoollog -lxentoolcore
	@mv $$@.tmp $$@
endef
$(eval $(call dom0_case,malformed,$(wildcard tests/cases/malformed/*.[ch])))
$(eval $(call dom0_case,race,$(wildcard tests/cases/race/*.[ch]) \
	$(patsubst %,tests/cases/malformed/%,domains.c streams.c model.c malformed.h)))

$(LIBXL) &: tests/nest/mklibxl $(XEN_TREE)/.stamp $(SYSROOT).stamp
	@echo "  LD      $(LIBXL)"
	@tests/nest/mklibxl $(SYSROOT) $(XEN_TREE) build/cases

# The examples for users, which cases run in a guest.
build/cases/rekey: tools/rekey.c | build/deps.stamp
	@mkdir -p build/cases
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -static -o $@.tmp $<
	@mv $@.tmp $@

build/cases/rekey.sh: tools/rekey.sh
	@mkdir -p build/cases
	@cp $< $@

# Modules for guests: faults that only kernel code can cause, and drivers that only one case
# loads. $(call modules,NAME,TREE): build them for the kernel NAME, whose source is TREE.
DRIVERS := drivers/usb/usbip drivers/watchdog
define modules
$(LINE_DIR)/kmod/$1/.stamp: $(LINE_DIR)/kernel/$1 $$(wildcard tests/kmod/*)
	@rm -rf $$(@D)
	@tests/ledger/stamp begin $$@ kmod
	@cp tests/kmod/* $$(@D)
	@+$$(step) "building the modules of the $1 kernel" build/log/modules-$1 \
		sh -ec '"$$$$@" modules_prepare; for dir in $(DRIVERS) $$(abspath $$(@D)); do \
		"$$$$@" "M=$$$$dir" KBUILD_EXTRA_SYMBOLS=$$(abspath $2/vmlinux.symvers) modules; done' \
		sh $$(kbuild) -C $2
	@cp $(DRIVERS:%=$2/%/*.ko) $$(@D)
	@touch $$@
	@tests/ledger/stamp end $$@ kmod
endef
$(eval $(call modules,stock,$(STOCK)))
$(eval $(call modules,ours,$(TREE)))
$(foreach k,switch debug distro kasan,$(eval $(call modules,$k,$(LINE_DIR)/$k)))

GUEST_SOURCES := $(wildcard tests/guest/*.[ch] tests/guest/Makefile)
build/guest/guest-ramdisk.cpio.gz: $(GUEST_SOURCES) $(SYSROOT).stamp
	@tests/ledger/stamp begin $@ guest
	@echo "  CPIO    $@"
	@$(MAKE) -s -C tests/guest OUT=$(abspath build/guest) BUSYBOX=$(abspath $(SYSROOT)/bin/busybox)
	@tests/ledger/stamp end $@ guest

# The ramdisk of dom0 also has programs of guests: ask, tcp-peer and disk.
$(DOM0_ARCHIVES) &: $(SYSROOT).stamp build/guest/guest-ramdisk.cpio.gz \
		tests/nest/mkdom0 tests/nest/lib.sh tests/nest/pair.sh tests/nest/tools.sh tests/nest/clock.sh $(DOM0_PROGRAMS) \
		$(shell find tests/nest/dom0 -type f)
	@echo "  CPIO    $(NEST)/{dom0,hvm,tools}.cpio.gz"
	@tests/ledger/stamp begin $(NEST)/dom0.cpio.gz host guest xen
	@tests/nest/mkdom0 $(SYSROOT) build/guest $(NEST) $(DOM0_PROGRAMS)
	@tests/ledger/stamp end $(NEST)/dom0.cpio.gz host guest xen

# The mutants are built in a copy of our built tree. So make compiles only the files that a mutant
# changes.
$(LINE_DIR)/mutant/.copied: $(TREE)/.copied $(config) | $(LINE_DIR)/kernel/ours
	@echo "copying the built source to $(@D)"
	@rm -rf $(@D) $(@D).tmp
	@cp -a $(TREE) $(@D).tmp
	@rm -rf $(@D).tmp/.git $(@D).tmp/.stamp
	@mv $(@D).tmp $(@D)
	@touch $@

$(LINE_DIR)/mutant/.stamp: $(LINE_DIR)/mutant/.copied $(TREE)/.stamp $(config) \
		tools/checkout tools/configure
	@tools/checkout $(PRISTINE) $(TREE) $(@D) last
	@$(step) "configuring the mutant" build/log/config-mutant \
		tools/configure $(@D) $(config)
	@touch $@

# Build the kernel with the mistake that tests/mutate has put into the tree.
mutant-kernel:
	@+$(step) "building the mutant" build/log/kernel-mutant \
		$(kbuild) -C $(LINE_DIR)/mutant bzImage
	@cp $(LINE_DIR)/mutant/arch/x86/boot/bzImage $(LINE_DIR)/kernel/mutant.tmp
	@mv $(LINE_DIR)/kernel/mutant.tmp $(LINE_DIR)/kernel/mutant

mutants: nest kernels $(LINE_DIR)/mutant/.stamp
	@exec tests/mutate -r

# Fuzzing runs the code below hypervisor/ and the tools as programs, and needs no Xen.
.PHONY: fuzz
fuzz: build/deps.stamp
	@exec tests/fuzz/run "$${FUZZ_SECONDS-600}"

# Debian's configuration: build the kernel as a package, and test it in guests that run Debian 13.
.PHONY: debian
debian: override export KCONFIG := debian
debian: nest kernels deb
	@exec tests/debian/check

# Compile each fix that stands alone.
.PHONY: alone
alone: series
	@+exec tests/alone $(kbuild)

# Let the rows of OLD count for NEW, if no object differs. The recipe reads OLD and NEW from the
# environment, because the shell would interpret a quote in a make variable.
.PHONY: carry carry-known
carry-known:
	@test -n "$$OLD" && test -n "$$NEW" || \
		{ echo "carry: no commits are named: run make carry OLD=COMMIT NEW=COMMIT" >&2; exit 2; }
	@for commit in "$$OLD" "$$NEW"; do \
		git cat-file -e "$$commit^{commit}" 2>/dev/null || \
			{ echo "carry: $$commit: no such commit in this clone" >&2; exit 2; }; \
	done

carry: carry-known $(SERIES) $(PRISTINE).version
	@+exec tests/ledger/carry "$$OLD" "$$NEW" $(kbuild)
