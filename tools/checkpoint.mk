# SPDX-License-Identifier: GPL-2.0
# Build xen-checkpoint for dom0. Link it with the shared libraries of dom0: its helper replaces
# functions of libxenctrl, which is possible only with the dynamic linker.

# The nested host has libzstd, because libxenguest needs it, but not the headers of libzstd. Use the
# headers of this machine: all versions since 1.4 declare the functions that xen-checkpoint calls.
ZSTD := -idirafter /usr/include $(SYSROOT)/usr/lib/x86_64-linux-gnu/libzstd.so.1

CHECKPOINT := $(wildcard tools/checkpoint/*.c) tools/util.c $(wildcard tools/output*.c)

# Build xen-checkpoint in build/cases, because only one case runs it: all results depend on dom0's
# ramdisk.
build/cases/xen-checkpoint: $(CHECKPOINT) $(wildcard tools/checkpoint/*.h) tools/util.h \
		$(wildcard tools/output*.h) $(SYSROOT).stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(DOM0_GCC) -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o $@.tmp \
		$(CHECKPOINT) -lxenlight -lxenguest -lxenctrl -lxenstore -lxentoollog $(ZSTD)
	@mv $@.tmp $@
