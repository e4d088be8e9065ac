# SPDX-License-Identifier: GPL-2.0
# What is done with the series as a whole: proof of each patch, and packages.

.PHONY: objects series-check xen-series-check deb deb-tools kconfig-known

# Compile only the files that the series changes. On a slow machine, that takes 3 minutes, and a
# kernel takes 20.
objects: $(TREE)/.stamp $(config)
	$(call configure,$(TREE),ours)
	@+$(step) "compiling the files that the series changes" build/log/objects \
		$(kbuild) -C $(TREE) $$(git -C $(TREE) diff --name-only --diff-filter=AM base HEAD -- \
			'*.c' ':!arch/arm' | sed 's/c$$/o/')

# Two of the kernels are booted, which takes the nested host. The stock kernel's
# tree is where each patch is linked.
series-check: build/deps-series-check.stamp base nest $(LINE_DIR)/kernel/stock series
	@+exec tools/series-check $(kbuild)

# And of the hypervisor's, which is not booted.
xen-series-check: build/deps-series-check.stamp xen-series
	@+exec tools/xen-series-check $(call xenmake,build/xen-series-check/tree,release)

# On a copy of our tree, which may be built already.
DEB := $(LINE_DIR)/deb/work/tree
$(DEB)/.stamp: $(TREE)/.stamp tools/checkout
	@mkdir -p $(dir $(DEB))
	@tools/checkout $(PRISTINE) $(TREE) $(DEB) last
	@touch $@

# Packages of a user's own configuration, KCONFIG, or of ours. Its name is handed
# on by the environment, where no shell takes it apart.
export KCONFIG
deb: kconfig-known build/deps-deb.stamp $(DEB)/.stamp
	@+exec tools/deb $(kbuild)

# Said before minutes of building, not after.
kconfig-known:
	@tools/deb known

# The package of the tools of dom0. Build suspend-report for it with the libraries of Debian 12.
build/deb/bin/suspend-report: $(wildcard tools/suspend-report*.[ch]) $(shared-src) $(SYSROOT).stamp
	@mkdir -p $(@D)
	@$(DOM0_GCC) -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o $@.tmp \
		$(filter %.c,$^) -lm
	@mv $@.tmp $@

deb-tools: build/deb/bin/suspend-report build/bin/suspend-watch build/bin/xen-domctx \
		build/cases/xen-checkpoint
	@tools/deb-tools $^
