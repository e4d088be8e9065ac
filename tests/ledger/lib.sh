# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The ledger records what has passed, and on which sources. Scripts that run tests source this
# file, with the project's root as working directory. tests/ledger/README.md describes the rows.
#
#   ledger_open				read the sums of the files as they are
#   ledger_key PART...			"PART:SUM,..." as a row has it
#   ledger_stale FILE PART...		a file of these parts that is newer than the built FILE
#   ledger_has KIND NAME KERNEL XEN WAY CYCLES KEY
#					is there a row of as many cycles that counts?
#   ledger_begun (the same)		cycles that a run did that was stopped, or 0
#   ledger_add KIND NAME TYPE KERNEL XEN WAY CYCLES KEY SECONDS SAID
#					append a row; a KIND of "part" for a run that was stopped;
#					$ledger_file is the file
#
# Rows of files that are not committed go to build/ledger, which only serves to resume.

ledger_rows=tests/ledger/rows ledger_carried=tests/ledger/carried ledger_uncommitted=build/ledger
declare -A ledger_sum=() ledger_head=()

# ledger_version OVERLAY BUILD: print the version of the base that is unpacked, or else of the
# one that base.lock names.
ledger_version() { cat "$2/base.version" 2>/dev/null || awk '$1 != "sha256" { print $3; exit }' "$1/base.lock"; }

ledger_open() {
	local what sum
	while read -r what sum; do ledger_sum[$what]=$sum; done < <(tests/ledger/sums)
	while read -r what sum; do ledger_head[$what]=$sum; done < <(tests/ledger/sums HEAD 2>/dev/null)
	[ ${#ledger_sum[@]} -gt 0 ] || { echo "tests/ledger: cannot compute the sums of the sources: is this a git clone?" >&2; exit 2; }
	ledger_commit=$(git rev-parse --short=12 HEAD)
	ledger_base=$(ledger_version . build)
	ledger_xen_base=$(ledger_version hypervisor build/hypervisor)
	ledger_packages=$(dpkg-query -W -f '${Package}_${Version} ' qemu-system-x86 gcc 2>/dev/null |
		sed 's/ $//; s/ /,/g') || true
	ledger_packages+=,$(zcat build/nest/root/usr/share/doc/xen-utils-4.17/changelog.Debian.gz 2>/dev/null |
		sed -n '1s/xen (\(.*\)).*/xen-utils-4.17_\1/p') || true
}

# ledger_mutant NAME CASE: the parts that its verdict depends on.
ledger_mutant() { echo "base kernel xen host guest judge case=$2 mutant=$1"; }

ledger_key() {
	local part key=
	for part in "$@"; do
		[ -n "${ledger_sum[$part]:-}" ] || { echo "tests/ledger: no sum of $part" >&2; exit 2; }
		key+=,$part:${ledger_sum[$part]}
	done
	echo "${key#,}"
}

# ledger_now PART...: like ledger_key, with "none" for a part that no longer exists.
ledger_now() {
	local part key=
	for part in "$@"; do key+=,$part:${ledger_sum[$part]:-none}; done
	echo "${key#,}"
}

ledger_stale() {
	local built=$1 part paths
	shift
	for part in "$@"; do
		paths=$(sed -n "s/^$part\t//p" tests/ledger/parts)
		# shellcheck disable=SC2086 # paths
		(set -f; git ls-files -co --exclude-standard -- $paths 2>/dev/null)
	done | xargs -d '\n' -I{} find {} -newer "$built" 2>/dev/null | head -n 1
}

ledger_base_of() { [ "$1" = xen-patch ] && echo "$ledger_xen_base" || echo "$ledger_base"; }

# ledger_match KIND NAME KERNEL XEN WAY KEY: print the cycles of rows that count. The old sum
# of a line in "carried" counts as its new sum.
ledger_match() {
	awk -F'\t' -v kind="$1" -v name="$2" -v kernel="$3" -v xen="$4" -v way="$5" -v key="$6" -v base="$(ledger_base_of "$1")" '
		function canonical(key,	n, i, part, text) {
			n = split(key, part, ",")
			text = ""
			for (i = 1; i <= n; i++) {
				while (part[i] in carried)
					part[i] = carried[part[i]]
				text = text "," part[i]
			}
			return text
		}
		/^#/ { next }
		FILENAME ~ /carried$/ { carried[$1 ":" $2] = $1 ":" $3; next }
		$1 == kind && $2 == name && $4 == kernel && $5 == xen && $6 == way && $8 == base &&
			canonical($9) == canonical(key) { print $7 }
	' "$ledger_carried" "$ledger_rows" "$(test -f $ledger_uncommitted && echo $ledger_uncommitted || echo /dev/null)"
}

ledger_has() {
	ledger_match "$1" "$2" "$3" "$4" "$5" "$7" | awk -v wanted="$6" '$1 >= wanted { found = 1 } END { exit !found }'
}

ledger_begun() {
	ledger_match part "$2" "$3" "$4" "$5" "$7" | awk -v wanted="$6" -F/ '$2 == wanted && $1 > most { most = $1 } END { print most + 0 }'
}

ledger_add() {
	local commit=$ledger_commit pair
	ledger_file=$ledger_rows
	for pair in ${8//,/ }; do
		[ "${ledger_head[${pair%:*}]:-}" = "${pair#*:}" ] || { ledger_file=$ledger_uncommitted commit=none; }
	done
	mkdir -p build
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$7" \
		"$(ledger_base_of "$1")" "$8" "$ledger_packages" "$commit" "$(date -u +%F)" "$9" "$(tr '\t\n\r' '   ' <<<"${10}" | sed 's/ *$//')" >>"$ledger_file"
}
