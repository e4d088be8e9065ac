# SPDX-License-Identifier: GPL-2.0
#
# Rules for the hypervisor: Debian's source of Xen with our series, which is the overlay in
# hypervisor/. The top Makefile includes this file after base.mk and kernel.mk.
#
#   build/xen/{ours,debug}	multiboot ELF files, which QEMU boots
#   build/xen/debian		Debian's own hypervisor, made by tests.mk
#   build/hypervisor/include	the public headers, for -isystem: <xen/save.h>
#
# The objects of the hypervisor NAME are in build/hypervisor/tree/xen/obj.NAME, because only there
# Xen's make uses relative paths to the source. Elsewhere, objects would contain paths of this
# machine.

XEN_BASE := build/hypervisor/base
XEN_TREE := build/hypervisor/tree
XEN_SERIES := $(SERIES) -C hypervisor
XEN_OVERLAY := $(call overlay,hypervisor)

# $(call xenmake,TREE,NAME): build the hypervisor NAME. Its version and its maintainer identify it
# in a boot log. The other variables make the same hypervisor from the same source, for any user and
# on any machine.
xen-maintainer = $(shell sed -n 's/^Signed-off-by: //p' hypervisor/series/000-cover.txt)
xenmake = $(MAKE) -j$(JOBS) -C $1/xen O=obj.$2 XEN_TARGET_ARCH=x86_64 \
	PYTHON=/usr/bin/python3 $(if $(CCACHE),CC="ccache gcc") \
	EXTRA_CFLAGS_XEN_CORE=-fdebug-prefix-map=$(abspath $1)=. \
	XEN_VENDORVERSION=-xensr DEB_VERSION="$$(cat $(XEN_BASE).version)+xensr" \
	DEB_MAINTAINER="$(xen-maintainer)" XEN_WHOAMI=xen XEN_DOMAIN=save-restore \
	XEN_BUILD_HOST=save-restore XEN_BUILD_TIME=00:00:00 \
	XEN_BUILD_DATE="Thu Jan  1 00:00:00 UTC 1970"

.PHONY: xen xen-base xen-tree xen-refresh xen-series xen-drift xen-lock xen-track

# Build our hypervisor, and xen-domctx if its source exists.
domctx-src := $(wildcard tools/domctx*.c)
xen: build/xen/ours $(if $(domctx-src),build/bin/xen-domctx)

# Like $(PRISTINE).version in base.mk.
.PRECIOUS: $(XEN_BASE).version
$(XEN_BASE).version: base-always | build/deps.stamp
	@tools/base -C hypervisor fetch

xen-base: $(XEN_BASE).version

$(XEN_TREE)/.copied: $(XEN_BASE).version
	@test ! -d $(XEN_TREE)/.git || { \
		echo "$(XEN_TREE) was made from another base: save your work there with make xen-refresh, and remove it"; exit 2; }
	@rm -rf $(XEN_TREE) $(XEN_TREE).tmp
	@cp -a $(XEN_BASE) $(XEN_TREE).tmp
	@mv $(XEN_TREE).tmp $(XEN_TREE)
	@touch $@

$(eval $(call listed,build/hypervisor.list,XEN_OVERLAY))

$(XEN_TREE)/.stamp: $(XEN_TREE)/.copied $(SERIES) $(XEN_OVERLAY) build/hypervisor.list \
		hypervisor/base.lock hypervisor/series.rules
	@$(XEN_SERIES) tree ../$(XEN_TREE) ../$(XEN_BASE)
	@touch $@

xen-tree: $(XEN_TREE)/.stamp

xen-refresh: $(SERIES) $(XEN_BASE).version
	@$(XEN_SERIES) refresh ../$(XEN_TREE) ../$(XEN_BASE)

xen-series: $(SERIES) xen-tree
	@$(XEN_SERIES) patches ../$(XEN_TREE) ../build/hypervisor/series

xen-drift: | build/deps.stamp
	@tools/base -C hypervisor drift $(VERSION)

xen-lock: $(SERIES)
	@test -s $(XEN_BASE).version || { echo "lock: the base is not unpacked yet: run make xen-base"; \
		exit 2; }
	@$(XEN_SERIES) lock ../$(XEN_BASE) "$$(cat $(XEN_BASE).version)"

xen-track: $(SERIES)
	@test -n "$(F)" || { echo "track: no file is named: run make xen-track F=PATH"; \
		exit 2; }
	@$(XEN_SERIES) track ../$(XEN_TREE) ../$(XEN_BASE) "$(F)"

# $(call hypervisor,NAME,FRAGMENT...): rules for the hypervisor NAME. Its changeset is the version
# of the base. Otherwise a hypervisor would differ with each commit message.
define hypervisor
build/xen/$1: $(XEN_TREE)/.stamp $2 tools/xen-configure tools/xen.mk
	@tests/ledger/stamp begin $$@ xen $(filter-out xen-ours,xen-$1)
	@mkdir -p build/xen $(XEN_TREE)/xen/obj.$1
	@cp $(XEN_BASE).version $(XEN_TREE)/xen/obj.$1/.scmversion
	@$$(step) "configuring the $1 hypervisor" build/log/config-xen-$1 \
		tools/xen-configure $(XEN_TREE)/xen/obj.$1 $2 -- $$(call xenmake,$(XEN_TREE),$1)
	@+$$(step) "building the $1 hypervisor" build/log/xen-$1 \
		$$(call xenmake,$(XEN_TREE),$1)
	@cp $(XEN_TREE)/xen/obj.$1/xen $$@.tmp
	@mv $$@.tmp $$@
	@tests/ledger/stamp end $$@ xen $(filter-out xen-ours,xen-$1)
endef
$(eval $(call hypervisor,ours,tests/nest/xen.config))
$(eval $(call hypervisor,debug,tests/nest/xen.config tests/nest/xen-debug.config))

# Copy only the public headers of the hypervisor. All other headers of Xen are from libxen-dev.
build/hypervisor/include/.stamp: $(XEN_TREE)/.stamp
	@rm -rf $(@D) $(@D).tmp
	@mkdir -p $(@D).tmp
	@cp -r $(XEN_TREE)/xen/include/public $(@D).tmp/xen
	@mv $(@D).tmp $(@D)
	@touch $@

# Link xen-domctx statically, because it runs in dom0's ramdisk, and on hosts with other libraries.
build/bin/xen-domctx: $(domctx-src) $(wildcard tools/domctx*.h) $(shared-src) build/hypervisor/include/.stamp \
		$(SYSROOT).stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(DOM0_GCC) -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -D__XEN_TOOLS__ -static \
		-isystem build/hypervisor/include -o $@.tmp $(filter %.c,$^) \
		-lxencall -lxenstore -lxentoollog -lxentoolcore
	@mv $@.tmp $@
