# SPDX-License-Identifier: GPL-2.0
# xen-checkpoint, for dom0. Linked with the shared libraries of dom0: its helper stands in for
# functions of libxenctrl, which the dynamic linker lets it do.

# The nested host has libzstd, because libxenguest needs it, but not the headers of libzstd. Use the
# headers of this machine: all versions since 1.4 declare the functions that xen-checkpoint calls.
ZSTD := -idirafter /usr/include $(SYSROOT)/usr/lib/x86_64-linux-gnu/libzstd.so.1

CHECKPOINT := $(wildcard tools/checkpoint/*.c) tools/util.c $(wildcard tools/output*.c)

# In build/cases, since only one case runs it: dom0's ramdisk is a part of all results.
build/cases/xen-checkpoint: $(CHECKPOINT) $(wildcard tools/checkpoint/*.h) tools/util.h \
		$(wildcard tools/output*.h) $(SYSROOT).stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(DOM0_GCC) -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o $@.tmp \
		$(CHECKPOINT) -lxenlight -lxenguest -lxenctrl -lxenstore -lxentoollog $(ZSTD)
	@mv $@.tmp $@
