# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# Functions that start the host of a case and judge how it ends. tests/run sources this file. It
# defines the columns of the table as arrays by the names of cases (script, argument, cycles,
# first, seconds, on_stock, xen), and $build, $here, $kernel, $way, $out, $modules, $more and
# $environment.

# hosts NAME: print how many hosts the case needs: 2 if it has the option hosts=2, for migrations
# between hosts, else 1.
hosts() { [[ ${argument[$1]}, == *,hosts=2,* ]] && echo 2 || echo 1; }

# pcpus NAME: print how many pCPUs each host of the case gets: 2, or 1 in these cases:
# - The guest is PVH or HVM. QEMU's nested virtualization fails with two pCPUs (tests/README.md).
# - The case has two hosts.
# - The case has the option pcpus=1, because it does not test vCPUs that run at the same time.
# - The kernel patches its code (distro). With two pCPUs, QEMU 7.2 may execute the old instruction
#   after the other pCPU has patched it.
pcpus() { [[ $kernel != distro && ${argument[$1]}, == type=pv,* && ${argument[$1]}, != *,pcpus=1,* && $(hosts "$1") = 1 ]] && echo 2 || echo 1; }

# cpus NAME: print how many CPUs all hosts of the case need together.
cpus() { echo $(($(hosts "$1") * $(pcpus "$1"))); }

# dom0 NAME: print the name of dom0's kernel. This is ours, so that make check builds one kernel.
# It is stock if the guest's kernel is stock, or if the case has the option dom0=stock.
dom0() {
	case ${argument[$1]}, in
	*,dom0=stock,*) echo stock ;;
	*) [ "$kernel" = stock ] && echo stock || echo ours ;;
	esac
}

# preempts: succeed if all kernels of this line preempt themselves. Such a kernel takes the slow
# walk only.
preempts() { grep -qxE 'CONFIG_PREEMPT(_LAZY)?=y' "$(tools/line tests/nest/line.config)"; }

# walk NAME: print the walk that the guest must take, for walk_right in tests/nest/lib.sh. It is
# slow if tests/run -w or the line of kernels requires this, or else it is the option walk= of the
# case. Print nothing for a PVH, HVM or stock guest, which has only the slow walk, and for a
# mutant, whose mistake may be in the choice of the walk.
walk() {
	[[ ${argument[$1]} == type=pv,* && $kernel != stock && $kernel != mutant ]] || return 0
	if [[ $way == slow || $way == preempt ]] || preempts; then
		echo slow
		return
	fi
	tr , '\n' <<<"${argument[$1]}" | sed -n 's/^walk=//p'
}

# words NAME: print the options of the case for its script, without those that only tests/run
# reads.
words() { tr , '\n' <<<"${argument[$1]}" | grep -vE '^(xen|hosts|pcpus|dom0|walk)=' | paste -sd ' '; }

# boot NAME: start the nested host of the case in the background. It is killed when this script
# ends.
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

# crash NAME: print the message with which Xen crashed on a host of the case, or nothing if it did
# not crash. The case cannot report this itself, because its script runs on that Xen.
crash() {
	find "$out/$1" -name xen-console.log -exec cat {} + | tr -d '\r' | sed -nE '
		s/.*\(XEN\) (\[[^]]*\] )?(.*(Xen BUG|Assertion .* failed|FATAL).*)/\2/p
		/\(XEN\).*Panic on CPU/ { $!n; s/.*\(XEN\) (\[[^]]*\] )?//; p }' | head -n 1
}

# may_hang NAME: succeed if the emulator may have hung, so that the case may run again. A crash of
# Xen looks like a hang, but is a result. The cases malformed* try to make Xen hang, so their hang
# is never repeated.
may_hang() { [[ $1 != malformed* && -z $(crash "$1") ]]; }

# outcome NAME STATUS: print pass, "FAILURE: why" or "ERROR: why". It is a FAILURE only if the
# case printed FAILURE, or if Xen crashed. A status alone is an ERROR, because it can have any
# cause.
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

# expected NAME OUTCOME: print the result of the case. On stock, a case that shows a defect passes
# only if it fails because of this defect.
expected() {
	local defect=${on_stock[$1]}
	[ "$kernel" = stock ] && [ "$defect" != pass ] || defect=
	case $2 in
	"FAILURE: $defect: "*) [ -n "$defect" ] && echo "pass: shows $2" || echo "$2" ;;
	pass) [ -z "$defect" ] && echo pass || echo "FAILURE: stock does not show $defect" ;;
	*) echo "$2" ;;
	esac
}
