# SPDX-License-Identifier: GPL-2.0
# 32-bit programs, for tests of code that a 32-bit Xen also runs. The Makefiles of such tests
# include this file. It links by hand, because gcc's own files are in packages with a version in
# the name (lib32gcc-12-dev), and gcc-multilib conflicts with the compilers for Arm. In contrast,
# libc6-dev-i386 and lib32gcc-s1 have the same names in Debian 12 and 13 (tools/deps.mk).
# Sanitizers are not used, because they need files of those packages.

# Use the 64-bit headers for <asm/errno.h>, which is the same for both widths.
M32_CC	:= gcc -m32 -fno-pie -idirafter /usr/include/x86_64-linux-gnu
M32_LINK = @test -e /usr/lib32/crt1.o || \
	{ echo "$(@F): no /usr/lib32/crt1.o: run make deps, which installs libc6-dev-i386" >&2; exit 2; }; \
	gcc -m32 -no-pie -nostdlib -L/usr/lib32 -o $@ /usr/lib32/crt1.o /usr/lib32/crti.o $^ \
	-lc -l:libgcc_s.so.1 /usr/lib32/crtn.o

# Some kernels and hypervisors do not run 32-bit programs, for example with ia32_emulation=0.
# There, QEMU runs them. $(call run,PROGRAM...): run each program. The name of a 32-bit program
# ends in 32.
M32_RUN := $(shell /lib/ld-linux.so.2 --version >/dev/null 2>&1 || echo qemu-i386)
run = for program in $1; do \
		case $$program in *32) $(M32_RUN) $$program ;; *) $$program ;; esac || exit 1; \
	done
