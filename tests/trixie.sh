# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# Install a Debian 13 in the directory $root, for tests/trixie and tests/debian/image. These
# scripts define run FAILURE COMMAND..., which runs COMMAND and, if it fails, reports FAILURE and
# exits. Needs root and the network.

# Use namespaces, so that no mount and no process remains afterwards.
namespaces=(unshare --mount --pid --fork --kill-child)

# trixie_make PACKAGE,...: install the smallest Debian 13, with these packages added.
trixie_make() {
	local archive
	run "cannot read package lists" tools/lists
	eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
	export http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}"
	# shellcheck disable=SC2016 # apt-get expands it
	archive=$(apt-get -c build/apt/conf indextargets --format '$(REPO_URI)' \
		'Origin: Debian' 'Codename: bookworm' 'Created-By: Packages' | head -n 1)
	run "no Debian 13 from $archive: is the network up?" "${namespaces[@]}" debootstrap --variant=minbase \
		--include="$1" trixie "$root" "$archive"
}
