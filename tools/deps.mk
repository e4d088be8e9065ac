# SPDX-License-Identifier: GPL-2.0
# Debian packages that the build and the tests need on this machine. The packages of the nested host
# are not installed here: see tests/nest/packages.

DEPS := bc bison build-essential bzip2 ca-certificates ccache clang coccinelle cpio \
	debootstrap dpkg-dev flex git kmod lib32gcc-s1 libc6-dev-i386 libclang-rt-dev libelf-dev \
	libssl-dev libxen-dev libzstd-dev llvm make man-db patch perl procps python3 python3-docutils \
	qemu-system-x86 qemu-user shellcheck universal-ctags util-linux xz-utils zstd

# Packages that only make series-check needs, and packages that only make deb needs.
DEPS_SERIES_CHECK := checkpolicy gcc-aarch64-linux-gnu lld llvm m4 sparse
DEPS_DEB := debhelper dpkg-dev dwarves libdw-dev rsync

# Install the packages once, and again when the list changes.
build/deps.stamp: tools/deps tools/deps.mk
	@tools/deps $(DEPS)
	@mkdir -p build && touch $@

build/deps-series-check.stamp: tools/deps tools/deps.mk
	@tools/deps $(DEPS_SERIES_CHECK)
	@mkdir -p build && touch $@

build/deps-deb.stamp: tools/deps tools/deps.mk
	@tools/deps $(DEPS_DEB)
	@mkdir -p build && touch $@

# Programs for dom0 run with the libraries of Debian 12, which dom0 has. On Debian 13, gcc would
# link them with newer ones. So gcc uses the libraries of the nested host. Without -B, gcc would
# search the machine's library directory first.
SYSROOT := build/nest/root
DOM0_GCC := gcc --sysroot=$(SYSROOT) -B$(SYSROOT)/usr/lib/x86_64-linux-gnu

.PHONY: deps
deps: build/deps.stamp
