# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# How the host of a case is started, and what its end is worth. For tests/run, which has
# the table in script, argument, cycles, first, seconds, on_stock and xen, by the names of cases;
# and $build, $here, $kernel, $way, $out, $modules, $more and $environment.

# hosts NAME: how many it takes. One that moves a guest to another host has hosts=2 among
# its options.
hosts() { [[ ${argument[$1]}, == *,hosts=2,* ]] && echo 2 || echo 1; }

# pcpus NAME: how many pCPUs each of its hosts gets. One if the guest is PVH or HVM, because
# QEMU's nested virtualization breaks these on two (tests/README.md); if the case has two
# hosts; if it has the option pcpus=1, because it does not test vCPUs that run at once; or if
# the kernel patches its code, because QEMU 7.2 goes on with an instruction that another CPU
# has just patched.
pcpus() { [[ $kernel != distro && ${argument[$1]}, == type=pv,* && ${argument[$1]}, != *,pcpus=1,* && $(hosts "$1") = 1 ]] && echo 2 || echo 1; }

# cpus NAME: how many that are, together.
cpus() { echo $(($(hosts "$1") * $(pcpus "$1"))); }

# dom0 NAME: the kernel of dom0. It is ours, so that make check builds one kernel; stock if the
# guest's is; or as the case asks, by dom0=.
dom0() {
	case ${argument[$1]}, in
	*,dom0=stock,*) echo stock ;;
	*) [ "$kernel" = stock ] && echo stock || echo ours ;;
	esac
}

# A kernel that preempts itself takes the slow walk only.
preempts() { grep -qxE 'CONFIG_PREEMPT(_LAZY)?=y' "$(tools/line tests/nest/line.config)"; }

# walk NAME: how its guest is to be suspended, for walk_right in tests/nest/lib.sh: as the way
# says in which all cases run, or else the option walk=. That is about PV guests; others have
# the slow walk only, as stock has, and a mutant may be a mistake in the choice.
walk() {
	[[ ${argument[$1]} == type=pv,* && $kernel != stock && $kernel != mutant ]] || return 0
	if [[ $way == slow || $way == preempt ]] || preempts; then
		echo slow
		return
	fi
	tr , '\n' <<<"${argument[$1]}" | sed -n 's/^walk=//p'
}

# words NAME: print its options for the script, without those that are for tests/run.
words() { tr , '\n' <<<"${argument[$1]}" | grep -vE '^(xen|hosts|pcpus|dom0|walk)=' | paste -sd ' '; }

# boot NAME: its nested host, which dies with this script.
boot() {
	local dir=$out/$1 pair=()
	rm -rf "$dir"
	mkdir -p "$dir"
	# shellcheck disable=SC2016 # dom0 knows $JOB
	printf 'export CYCLES=%s FIRST=%s WALK=%s%s\nexec bash "$JOB/%s" %s %s\n' "${cycles[$1]}" \
		"${first[$1]:-0}" "$(walk "$1")" "$environment" "${script[$1]}" "$more" "$(words "$1")" >"$dir/script"
	[ "$(hosts "$1")" = 1 ] || pair=(-2)
	setpriv --pdeathsig TERM "$here/nest/run" "${pair[@]}" -k "$kernel" -d "$(dom0 "$1")" -x "${xen[$1]}" -p "$(pcpus "$1")" -t "${seconds[$1]}" \
		-o "$dir" "$dir/script" "$here/cases/${script[$1]}" "$build"/cases/* "$modules"/*.ko \
		>"$dir/output" 2>&1 9>&- &
	pid[$1]=$! since[$1]=$SECONDS
}

# crash NAME: what Xen said when it crashed, on any of its hosts; nothing if it did not. It
# is a subject, too, and no case outlives it to say so.
crash() {
	find "$out/$1" -name xen-console.log -exec cat {} + | tr -d '\r' | sed -nE '
		s/.*\(XEN\) (\[[^]]*\] )?(.*(Xen BUG|Assertion .* failed|FATAL).*)/\2/p
		/\(XEN\).*Panic on CPU/ { $!n; s/.*\(XEN\) (\[[^]]*\] )?//; p }' | head -n 1
}

# may_hang NAME: may it have been its emulator? One that has crashed only looks so, and of
# cases that try to hang Xen, a hang is not tried again until there is none.
may_hang() { [[ $1 != malformed* && -z $(crash "$1") ]]; }

# outcome NAME STATUS: pass, "FAILURE: why" or "ERROR: why". A failure is what a case
# called one, or that Xen crashed: a status alone could come from anything.
outcome() {
	local output=$out/$1/output said
	said=$(grep -aE '^(FAILURE|ERROR): ' "$output" | head -n 1 | tr -d '\r') || true
	case $2 in
	0) echo pass ;;
	124) echo "ERROR: no end after ${seconds[$1]} s: $(tail -n 2 "$output" | head -n 1)" ;;
	125)
		said=$(crash "$1")
		[ -n "$said" ] && echo "FAILURE: Xen: $said" ||
			echo "ERROR: $(grep -a '^nest: ' "$output" | head -n 1 || true)"
		;;
	*) echo "${said:-ERROR: status $2: $(tail -n 1 "$output")}" ;;
	esac
}

# On stock a case that shows a defect must show that defect, and nothing else.
expected() {
	local defect=${on_stock[$1]}
	[ "$kernel" = stock ] && [ "$defect" != pass ] || defect=
	case $2 in
	"FAILURE: $defect: "*) [ -n "$defect" ] && echo "pass: shows $2" || echo "$2" ;;
	pass) [ -z "$defect" ] && echo pass || echo "FAILURE: stock does not show $defect" ;;
	*) echo "$2" ;;
	esac
}
