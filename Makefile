# SPDX-License-Identifier: GPL-2.0
#
# make demo		save, restore, checkpoint and migrate a Xen guest under load;
#			XEN=debian for Debian's hypervisor instead of ours
# make check		run the tests; tests/README.md has their times; CASE=name for one case,
#			and then also XEN=
# make check-ci		a shorter make check, for CI: tests/README.md has what it leaves out
# make check-patches	compile what the series changes, and check each patch without booting it
# make check-full	run all tests at full length, also on debug kernels and on mutants;
#			resumes
# make fuzz		fuzz the code that loads contexts, and the tools of dom0;
#			FUZZ_SECONDS=60 for a shorter run, which is not recorded
# make debian		test Debian 13 in guests, with the kernel of make deb KCONFIG=debian;
#			as root
# make mutants		mutation test: a case must fail for each of our mistakes; resumes
#
# make carry		OLD=commit NEW=commit: keep the results of kernel OLD for NEW, if no
#			object differs
#
# make bench		measure how long a suspend stops a guest, with the stock kernel and
#			ours, in 30 to 60 minutes or more; FACTOR=vcpus for one factor
#
# make deps		install the required packages, as root; series-check, check-full
#			and deb install a few more
# make tree		make build/LINE/tree, the kernel source whose git log is the series
# make refresh		write commits made in build/LINE/tree back to this overlay
# make series		make build/LINE/series/*.patch, for git am
# make objects		compile only the files that the series changes, in a few minutes
# make series-check	check each patch of the series, in an hour; resumes
# make deb		make kernel packages in build/LINE/deb; KCONFIG=file for your
#			configuration, KCONFIG=debian for that of Debian's cloud kernel
# make deb-tools	make a package of the tools of dom0 in build/deb, for Debian 12
# make base		unpack the kernel source, build/LINE/base
# make lock		accept the source as it is now, after a look at make drift
# make track		F=path: add a file of the kernel to those that the series changes
# make drift		show how a newer kernel source changes the files that the series changes
# make port		BASE=LINE: apply the series to another line of kernels:
#			bases/README.md
# make kernels		build build/LINE/kernel/ours and its modules; make
#			build/LINE/kernel/stock for stock
#
# make xen		build build/xen/ours, the hypervisor, and tools for it
# make xen-tree		make build/hypervisor/tree, its source, whose git log is the series;
#			xen-refresh, xen-series, xen-series-check and xen-drift do the same
#			for the hypervisor as the targets without xen- for the kernel
#
# LINE is the line of kernels in base.lock, 7.3, or that of BASE=LINE. "resumes": if it was
# interrupted, the next run continues from there.
#
# make clean		remove build/, except the downloaded sources and the results that
#			are not committed

# make splits a path at blanks, and the kernel's make also at colons.
ifneq ($(words $(subst :, ,$(CURDIR))),1)
$(error $(CURDIR): the path has a blank or a colon: move the clone)
endif

# make -n still runs the recipe lines that build kernels, because these lines call $(MAKE).
ifneq ($(findstring n,$(firstword -$(MAKEFLAGS))),)
$(error make -n would run some of the builds: use "make" to list the targets)
endif

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help:
	@sed -n -e '/^$$/q' -e '3,$$s/^# \{0,1\}//p' Makefile

# With an empty BASE on the command line, a line that tools/with-base chooses would not reach the
# makes that it starts.
ifeq ($(origin BASE):$(BASE),command line:)
$(error BASE=: name a line of kernels, or leave it out)
endif

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
.PHONY: check check-on-base check-ci check-patches check-patches-on-base check-full
check: case-known build/deps.stamp
	@+exec tools/with-base $(MAKE) --no-print-directory check-on-base

check-on-base:
	@+$(beside) $(if $(CASE),kernels nest build/xen/$(or $(XEN),ours),check-build)
	@tests/check short

# .ci/run calls check-ci. BASE selects the line of kernels.
check-ci: build/deps.stamp
	@+$(beside) check-ci-build
	@tests/check ci

# Check the patches of a line, and compile what they change. No kernel is linked or booted.
check-patches: build/deps.stamp
	@+exec tools/with-base $(MAKE) --no-print-directory check-patches-on-base

check-patches-on-base: objects series xen-series
	@tests/check patches

check-full: case-known $(if $(CASE),nest kernels build/xen/$(or $(XEN),ours),check-full-build)
	@tests/check full

# Reject a wrong CASE or XEN before minutes of building, not after.
.PHONY: case-known
case-known:
	@test -z "$$CASE" || { listed=$$(tests/run -l -- "$$CASE") && { test -n "$$listed" || { \
		echo "CASE=$$CASE: not for this line of kernels: tests/cases/table has the reason" >&2; exit 2; }; }; }
	@test -n "$$CASE" || test -z "$$XEN" || { \
		echo "XEN=$$XEN: use it only with make demo, or with CASE=: each case names its own hypervisor" >&2; exit 2; }

.PHONY: check-build check-ci-build check-full-build
check-build: check-ci-build build/xen/debug $(LINE_DIR)/kernel/debug $(LINE_DIR)/kmod/debug/.stamp

check-ci-build: kernels nest series xen xen-series build/xen/debian build/bin/suspend-report \
		$(BENCH)/samples $(BENCH)/report

check-full-build: build/deps-series-check.stamp check-build $(LINE_DIR)/kernel/off \
		$(foreach kernel,stock switch debug distro kasan,$(LINE_DIR)/kmod/$(kernel)/.stamp)

.PHONY: clean
clean:
	rm -rf $(filter-out build/dl build/ledger,$(wildcard build/*))
