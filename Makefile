# SPDX-License-Identifier: GPL-2.0
#
# make demo		watch a Xen guest being saved, restored, checkpointed and migrated;
#			XEN=debian for Debian's hypervisor instead of ours
# make check		the tests; tests/README.md says how long they take; CASE=name for one case,
#			and with that XEN=, too
# make check-ci		what CI runs: make check without the kernel and Xen with checkers
# make check-full	all of them at full length, debug kernels, mutants; resumes
# make fuzz		bad input for the code that loads contexts, and for the tools of dom0;
#			FUZZ_SECONDS=600
# make debian		Debian 13 in guests, with the kernel of make deb KCONFIG=debian; as root
# make mutants		do the cases bite? each of our mistakes is to be caught; resumes
#
# make carry		OLD=commit NEW=commit: keep the results of kernel OLD for NEW, if no
#			object differs
#
# make bench		how long a suspend holds up a guest, against stock, in half an hour
#			to more than one; FACTOR=vcpus for one factor
#
# make deps		install what is needed, as root; series-check, check-full
#			and deb want a little more, and install it
# make tree		build/LINE/tree: the kernel source whose git log is the series
# make refresh		write commits made in build/LINE/tree back to this overlay
# make series		build/LINE/series/*.patch, for git am
# make objects		compile only the files that they change, in a few minutes
# make series-check	prove each patch of them, in an hour; resumes
# make deb		kernel packages in build/LINE/deb; KCONFIG=file for your configuration,
#			KCONFIG=debian for that of Debian's kernel for cloud guests
# make deb-tools	a package of the tools of dom0 in build/deb, for Debian 12
# make drift		what a newer kernel source changes in files that we touch
# make port		BASE=LINE: put the series on another line of kernels:
#			bases/README.md
# make kernels		build/LINE/kernel/ours and its modules; make
#			build/LINE/kernel/stock for stock
#
# make xen		build/xen/ours: the hypervisor, and tools for it
# make xen-tree		build/hypervisor/tree: its source, whose git log is the series;
#			xen-refresh, xen-series, xen-series-check and xen-drift are
#			what they are without xen-
#
# LINE is the line of kernels in base.lock, 7.3, or that of BASE=LINE.
#
# make clean		remove build/, except the downloaded sources and the results that
#			are not committed

# make splits a path at blanks, and the kernel's make also at colons.
ifneq ($(words $(subst :, ,$(CURDIR))),1)
$(error $(CURDIR): the path has a blank or a colon: move the clone)
endif

# make -n still runs the recipe lines that build kernels, because these lines call $(MAKE).
ifneq ($(findstring n,$(firstword -$(MAKEFLAGS))),)
$(error make -n would build half of it: see what there is by "make")
endif

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help:
	@sed -n -e '/^$$/q' -e '3,$$s/^# \{0,1\}//p' Makefile

include tools/deps.mk
include tools/base.mk
include tools/kernel.mk
include tools/xen.mk
include tools/checkpoint.mk
include tools/check.mk
include tests/tests.mk
include bench/bench.mk

# The environment passes these variables on, so that no shell splits them.
export BASE CASE FACTOR XEN

ifneq ($(filter-out ours debug debian,$(XEN)),)
$(error XEN=$(XEN): must be ours, debug or debian)
endif

# Make two targets at a time, because unpacking a source and linking a kernel use only one CPU.
beside := $(MAKE) --no-print-directory -j2

# Fetch the base first: tools/base checks whether the disk has room for all builds.
.PHONY: demo demo-on-base demo-build
demo: build/deps.stamp
	@+exec tools/with-base $(MAKE) --no-print-directory demo-on-base

demo-on-base:
	@+$(beside) demo-build
	@tests/demo

demo-build: $(LINE_DIR)/kernel/ours nest build/xen/$(or $(XEN),ours) build/bin/suspend-report

# tests/check contains which tests run, and in which order.
.PHONY: check check-on-base check-ci check-full
check: case-known build/deps.stamp
	@+exec tools/with-base $(MAKE) --no-print-directory check-on-base

check-on-base:
	@+$(beside) $(if $(CASE),kernels nest build/xen/$(or $(XEN),ours),check-build)
	@tests/check short

# .ci/run calls check-ci. BASE selects the line of kernels.
check-ci: build/deps.stamp
	@+$(beside) check-ci-build
	@tests/check ci

check-full: case-known $(if $(CASE),nest kernels build/xen/$(or $(XEN),ours),check-full-build)
	@tests/check full

# Reject a wrong CASE or XEN before minutes of building, not after.
.PHONY: case-known
case-known:
	@test -z "$$CASE" || tests/run -l -- "$$CASE" >/dev/null
	@test -n "$$CASE" || test -z "$$XEN" || { \
		echo "XEN=$$XEN: all cases name theirs; it is for make demo, and with CASE=" >&2; exit 2; }

.PHONY: check-build check-ci-build check-full-build
check-build: check-ci-build build/xen/debug $(LINE_DIR)/kernel/debug $(LINE_DIR)/kmod/debug/.stamp

check-ci-build: kernels nest series xen xen-series build/xen/debian build/bin/suspend-report \
		$(BENCH)/samples $(BENCH)/report

check-full-build: build/deps-series-check.stamp check-build $(LINE_DIR)/kernel/off \
		$(foreach kernel,stock switch debug distro kasan,$(LINE_DIR)/kmod/$(kernel)/.stamp)

.PHONY: clean
clean:
	rm -rf $(filter-out build/dl build/ledger,$(wildcard build/*))
