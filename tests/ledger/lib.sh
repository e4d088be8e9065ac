# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The ledger records which tests have passed, and on which sources. Scripts that run tests source
# this file, with the project's root as working directory. tests/ledger/README.md describes the
# rows.
#
#   ledger_open			compute the sums of the sources as they are now
#   ledger_parts KIND NAME KERNEL XEN CASE
#				print the parts that a result depends on
#   ledger_key PART...		print "PART:SUM,...", as a row has it
#   ledger_built FILE PART...	fail if FILE was built from other sources, or if this is unknown
#   ledger_has KIND NAME KERNEL XEN WAY CYCLES KEY
#				succeed if a row of as many cycles counts
#   ledger_begun (the same)	print "CYCLES SECONDS" of a run that was stopped, or "0 0"
#   ledger_add KIND NAME TYPE KERNEL XEN WAY CYCLES KEY SECONDS SAID
#				append a row to $ledger_file; KIND is "part" for a run that was
#				stopped
#
# A row about files that are not committed goes to build/ledger, and moves to tests/ledger/rows
# when they are committed. If git cannot list the sources, nothing is recorded.

ledger_rows=tests/ledger/rows ledger_carried=tests/ledger/carried ledger_uncommitted=build/ledger
declare -A ledger_sum=() ledger_head=()
ledger_off='' ledger_file=''
ledger_line=$(tools/line) && ledger_lock_file=$(tools/line base.lock) || exit 2

# ledger_version LOCK BUILD: print the version of the base that is unpacked in BUILD. If there is
# none, print the version in the file LOCK, a base.lock.
ledger_version() { cat "$2/base.version" 2>/dev/null || ledger_locked "$1"; }
ledger_locked() { awk '$1 != "sha256" { print $3; exit }' "$1"; }

ledger_open() {
	local what sum
	ledger_sum=() ledger_head=() ledger_off=''
	while read -r what sum; do ledger_sum[$what]=$sum; done < <(tests/ledger/sums 2>/dev/null)
	while read -r what sum; do ledger_head[$what]=$sum; done < <(tests/ledger/sums HEAD 2>/dev/null)
	[ ${#ledger_sum[@]} -gt 0 ] || ledger_off="git cannot list the sources here"
	ledger_commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || ledger_commit=none
	ledger_base=$(ledger_version "$ledger_lock_file" "build/$ledger_line")
	ledger_xen_base=$(ledger_version hypervisor/base.lock build/hypervisor)
	if [ "$ledger_base" != "$(ledger_locked "$ledger_lock_file")" ] || [ "$ledger_xen_base" != "$(ledger_locked hypervisor/base.lock)" ]; then
		ledger_off="the bases $ledger_base and $ledger_xen_base are not those of base.lock"
	fi
	[ -n "$ledger_off" ] || [ ! -s $ledger_uncommitted ] || ledger_lock ledger_promote
}

ledger_packages() {
	{ dpkg-query -W -f '${Package}_${Version}\n' qemu-system-x86 gcc coccinelle 2>/dev/null || true
	  zcat build/nest/root/usr/share/doc/xen-utils-4.17/changelog.Debian.gz 2>/dev/null |
		sed -n '1s/xen (\(.*\)).*/xen-utils-4.17_\1/p'; } | paste -sd,
}

ledger_parts() {
	case $1 in
	case | part | mutant)
		echo base
		[ "$3" = stock ] || echo kernel
		case $3 in debug | distro | kasan) echo "$3" ;; esac
		case $4 in debug) echo xen xen-debug ;; ours) echo xen ;; esac
		echo host guest judge "case=$5"
		case $5 in observe | *-observe) echo observe ;; esac
		[ "$1" != mutant ] || echo mutate "mutant=$2"
		;;
	# The kernels of the patch that switches to our code, and of the last patch, are also
	# booted.
	patch)
		echo base check "patch=$2"
		if ledger_entries | grep -qx "$2-switch.txt" || ledger_entries | tail -n 1 | grep -q "^$2-"; then
			echo xen host guest judge case=save-2
		fi
		;;
	xen-patch) echo check "xen-patch=$2" ;;
	fuzz) echo fuzz ;;
	esac
}

# ledger_entries: print the names of the entries of this line's series, in their order.
ledger_entries() {
	find series "bases/$ledger_line/series" -name '[0-9]*.txt' -printf '%f\n' 2>/dev/null | LC_ALL=C sort -u |
		grep -v '^00-' | grep -vxFf <(cd "bases/$ledger_line/series" 2>/dev/null && grep -l '^Omit: ' -- *.txt)
}

ledger_key() {
	local part key=
	for part in "$@"; do key+=,$part:${ledger_sum[$part]:-none}; done
	echo "${key#,}"
}

# ledger_names KEY: print the parts of a row without their sums.
ledger_names() { sed 's/:[^,]*//g; s/,/ /g' <<<"$1"; }

# ledger_built: tests/ledger/stamp wrote FILE.sums when FILE was built.
ledger_built() {
	local part
	for part in "${@:2}"; do
		grep -qxF "$part ${ledger_sum[$part]:-none}" "$1.sums" 2>/dev/null || return 1
	done
}

ledger_base_of() { [ "$1" = xen-patch ] && echo "$ledger_xen_base" || echo "$ledger_base"; }

# ledger_line_of: a function of awk that returns the line of kernels for the version of a base.
# shellcheck disable=SC2034 # check and again use it
ledger_line_of='function line_of(base) { sub(/^[0-9]+:/, "", base); return match(base, /^[0-9]+\.[0-9]+/) ? substr(base, 1, RLENGTH) : base }'

# ledger_match KIND NAME KERNEL XEN WAY KEY: print "CYCLES SECONDS" of each row that counts. For
# our kernel in our configuration, tests/ledger/carried has pairs of sums that count as equal.
ledger_match() {
	local files=("$ledger_carried" "$ledger_rows")
	[ -z "$ledger_off" ] || return 0
	[ ! -f $ledger_uncommitted ] || files+=("$ledger_uncommitted")
	awk -F'\t' -v kind="$1" -v name="$2" -v kernel="$3" -v xen="$4" -v way="$5" -v key="$6" -v base="$(ledger_base_of "$1")" '
		function find(sum) { while (sum in parent) sum = parent[sum]; return sum }
		function canonical(key,	n, i, part, text) {
			if (kernel != "ours")
				return key
			n = split(key, part, ",")
			text = ""
			for (i = 1; i <= n; i++)
				text = text "," find(part[i])
			return text
		}
		/^#/ { next }
		FILENAME ~ /carried$/ {
			old = find($1 ":" $2)
			new = find($1 ":" $3)
			if (old != new)
				parent[old] = new
			next
		}
		$1 == kind && $2 == name && $4 == kernel && $5 == xen && $6 == way && ($8 == base || kind == "fuzz") &&
			canonical($9) == canonical(key) { print $7, $13 }
	' "${files[@]}"
}

ledger_has() {
	ledger_match "$1" "$2" "$3" "$4" "$5" "$7" | awk -v wanted="$6" '$1 >= wanted { found = 1 } END { exit !found }'
}

ledger_begun() {
	ledger_match part "$2" "$3" "$4" "$5" "$7" | awk -v wanted="$6" '
		{ split($1, done, "/") }
		done[2] == wanted && done[1] > most { most = done[1]; seconds = $2 }
		END { print most + 0, seconds + 0 }'
}

# ledger_committed KEY: succeed if all sums in KEY are those of HEAD.
ledger_committed() {
	local pair
	for pair in ${1//,/ }; do
		[ "${ledger_head[${pair%:*}]:-}" = "${pair#*:}" ] || return 1
	done
}

# ledger_lock COMMAND...: run COMMAND while no other process changes the ledger.
ledger_lock() {
	mkdir -p build
	{ flock 8; "$@"; } 8>>build/ledger.lock
}

ledger_add() {
	[ -n "$ledger_off" ] || ledger_lock ledger_append "$@"
}

ledger_append() {
	local commit=$ledger_commit
	ledger_file=$ledger_rows
	ledger_committed "$8" || { ledger_file=$ledger_uncommitted commit=none; }
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$7" \
		"$(ledger_base_of "$1")" "$8" "$(ledger_packages)" "$commit" "$(date -u +%F)" "$9" \
		"$(tr '\t\n\r' '   ' <<<"${10}" | sed 's/ *$//')" >>"$ledger_file"
}

# ledger_source COMMIT DIR: put the series of COMMIT, for $ledger_line, into DIR/tree.
ledger_source() {
	rm -rf "$2/overlay"
	mkdir -p "$2/overlay"
	git archive "$1" | tar -x -C "$2/overlay"
	build/bin/series -C "$2/overlay" -L "$ledger_line" tree "$(realpath "$2/tree")" "$PWD/build/$ledger_line/base"
}

# ledger_tree COMMIT DIR: print the hash of all files that the series of COMMIT makes, in DIR.
ledger_tree() {
	rm -rf "$2"
	mkdir -p "$2/tree"
	cp "build/$ledger_line/base/Makefile" "$2/tree/"
	ledger_source "$1" "$2" >/dev/null
	git -C "$2/tree" rev-parse 'HEAD^{tree}'
}

# ledger_promote: move rows from build/ledger to tests/ledger/rows, if their files are committed
# now.
ledger_promote() {
	local line key
	while IFS= read -r line; do
		key=$(cut -f9 <<<"$line")
		if ledger_committed "$key"; then
			awk -F'\t' -v OFS='\t' -v commit="$ledger_commit" '{ $11 = commit; print }' <<<"$line" >>$ledger_rows
		else
			printf '%s\n' "$line"
		fi
	done <$ledger_uncommitted >$ledger_uncommitted.new
	mv $ledger_uncommitted.new $ledger_uncommitted
}
