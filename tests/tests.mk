# SPDX-License-Identifier: GPL-2.0
# The nested host, what runs in its guests, and the cases. Included by the top
# Makefile, whose rules make build/kernel/ours and build/kernel/stock.

NEST		:= build/nest
NEST_FILES	:= $(addprefix $(NEST)/,xen dom0.cpio.gz launch) build/guest/guest-ramdisk.cpio.gz \
		   $(patsubst tests/cases/%.c,build/cases/%,$(wildcard tests/cases/*.c))
HOST_CC		?= gcc
HOST_CFLAGS	:= -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror

.PHONY: nest

nest: $(NEST_FILES)

# A stamp, since a directory's own time says nothing about what is in it.
$(NEST)/root.stamp: tests/nest/packages tests/nest/fetch | build/deps.stamp
	@mkdir -p $(NEST)
	@tests/nest/fetch $(NEST)/root
	@touch $@

$(NEST)/xen: $(NEST)/root.stamp
	@gunzip -c $(NEST)/root/boot/xen-4.17-amd64.gz >$@.tmp
	@mv $@.tmp $@

$(NEST)/launch: tests/nest/launch.c | build/deps.stamp
	@mkdir -p $(NEST)
	@echo "  CC      $@"
	@$(HOST_CC) $(HOST_CFLAGS) -o $@.tmp $<
	@mv $@.tmp $@

# Programs of single cases. Static, since they run in a guest.
build/cases/%: tests/cases/%.c | build/deps.stamp
	@mkdir -p build/cases
	@echo "  CC      $@"
	@$(HOST_CC) $(HOST_CFLAGS) -static -o $@.tmp $<
	@mv $@.tmp $@

GUEST_SOURCES := $(wildcard tests/guest/*.[ch] tests/guest/Makefile)
build/guest/guest-ramdisk.cpio.gz: $(GUEST_SOURCES) $(NEST)/root.stamp
	@mkdir -p build/guest
	@echo "  CPIO    $@"
	@$(MAKE) -s -C tests/guest OUT=$(abspath build/guest) BUSYBOX=$(abspath $(NEST)/root/bin/busybox)

# dom0 holds the guest programs too: ask, tcp-peer and disk are theirs.
$(NEST)/dom0.cpio.gz: $(NEST)/root.stamp build/guest/guest-ramdisk.cpio.gz tests/nest/mkdom0 \
		tests/nest/lib.sh tests/nest/packages $(shell find tests/nest/dom0 -type f)
	@echo "  CPIO    $@"
	@tests/nest/mkdom0 $(NEST)/root build/guest $@
