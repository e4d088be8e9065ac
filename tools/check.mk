# SPDX-License-Identifier: GPL-2.0
# Rules for the series as a whole: checks of each patch, and packages.

.PHONY: objects series-check xen-series-check deb deb-tools kconfig-known

# Compile only the files that the series changes. On a slow machine, this takes 3 minutes, and a
# kernel takes 20.
objects: $(TREE)/.stamp $(config)
	$(call configure,$(TREE),ours)
	@+$(step) "compiling the files that the series changes" build/log/objects \
		$(kbuild) -C $(TREE) $$(git -C $(TREE) diff --name-only --diff-filter=AM base HEAD -- \
			'*.c' ':!arch/arm' | sed 's/c$$/o/')

# Check each patch. Two of the kernels are booted in the nested host. Kernels are linked in a copy
# of the stock kernel's tree.
series-check: build/deps-series-check.stamp base nest $(LINE_DIR)/kernel/stock series
	@+exec tools/series-check $(kbuild)

# Check each patch of the hypervisor, which is not booted.
xen-series-check: build/deps-series-check.stamp xen-series
	@+exec tools/xen-series-check $(call xenmake,build/xen-series-check/tree,release)

# Build packages in a copy of $(TREE), which may be built already.
DEB := $(LINE_DIR)/deb/work/tree
$(DEB)/.stamp: $(TREE)/.stamp tools/checkout
	@mkdir -p $(dir $(DEB))
	@tools/checkout $(PRISTINE) $(TREE) $(DEB) last
	@touch $@

# Build packages with the user's configuration KCONFIG, or with ours. The environment passes its
# name, so that no shell splits it.
export KCONFIG
deb: kconfig-known build/deps-deb.stamp $(DEB)/.stamp
	@+exec tools/deb $(kbuild)

# Reject a wrong KCONFIG before minutes of building, not after.
kconfig-known:
	@tools/deb known

# Make the package of the tools for dom0. Build suspend-report for it with the libraries of Debian
# 12.
build/deb/bin/suspend-report: $(wildcard tools/suspend-report*.[ch]) $(shared-src) $(SYSROOT).stamp
	@mkdir -p $(@D)
	@$(DOM0_GCC) -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o $@.tmp \
		$(filter %.c,$^) -lm
	@mv $@.tmp $@

deb-tools: build/deb/bin/suspend-report build/bin/suspend-watch build/bin/xen-domctx \
		build/cases/xen-checkpoint
	@tools/deb-tools $^
