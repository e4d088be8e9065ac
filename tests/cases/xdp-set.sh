#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xdp-set.sh OPTION...: restored while a program that sets an XDP program has an answer of
# xenstore, but no CPU: a task of higher priority uses its vCPU. The restore freezes this task,
# and then the task is killed. xenstored is stopped meanwhile, so that the program stops at its
# first request. Later requests are in a transaction, for which a suspend waits. Then the guest is
# restored just after a program set the first XDP program since the last restore, and five times
# while a program sets and removes one all the time.
#
# Tested: a request for the old backend does not reach the new one before the interface is
# connected. The new backend does not miss an XDP program that is set while netfront connects the
# interface.
# Decides: the interface comes back with its XDP program, and this program gets the packets.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

xenstored=$(pidof xenstored)
filters() { ! answers_pings; }
answers_pings() { ping -c 5 -w 5 "$(ip_of g)" >/dev/null 2>&1; }
stack() { in_guest g "cat /proc/\$(pidof filter)/stack"; }
asks() { stack | grep -E xs_talkv >/dev/null; }
has_answer() { in_guest g "cat /proc/\$(pidof filter)/wchan" | grep -qx 0; }

# no_cpu: occupy vCPU 1, the only vCPU that the program may use.
no_cpu() { in_guest g "/tmp/hog 1" >/dev/null; }

# answer: have xenstored answer the request that is in progress, and keep the program from running.
answer() {
	within 20 asks || die_error "the program does not wait for xenstore: $(stack | xargs)"
	no_cpu
	kill -CONT "$xenstored"
	within 20 has_answer || die_error "xenstored does not answer: $(stack | xargs)"
	say "stopped at: $(stack | sed 's/.*\] //; s/+.*//' | xargs)"
}

tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
preparing=yes
guest_config g work=tcp,clock "$@"
guest_start g
guest_program g filter
guest_program g hog
guest_bears_loops g
in_guest g "echo -1 >/proc/sys/kernel/sched_rt_runtime_us; echo 0 >/sys/kernel/debug/sched/fair_server/cpu1/runtime" >/dev/null
answers_pings || die_error "no ping is answered"
kill -STOP "$xenstored"
in_guest g "taskset 2 /tmp/filter eth0 >/dev/null 2>&1 &" >/dev/null
answer
if stack | grep xenbus_transaction >/dev/null; then
	die_error "in a transaction, which a suspend waits for"
fi
preparing=
guest_after_suspend g "killall -9 hog"
guest_save_restore g image
guest_well g
filters || die_fail "pings come through the filter"

in_guest g "killall filter" >/dev/null
guest_save_restore g image
guest_well g
in_guest g "/tmp/filter eth0 </dev/null >/dev/null 2>&1 &" >/dev/null
guest_save_restore g image
guest_well g
within 30 filters || die_fail "pings come through a filter that was set at the stop"
say "set at the stop: well"

for i in 1 2 3 4 5; do
	in_guest g "rm -f /tmp/enough; (while :; do killall filter; sleep 0.5; /tmp/filter eth0; [ ! -e /tmp/enough ] || break; sleep 0.05; done; touch /tmp/set) </dev/null >/dev/null 2>&1 &" >/dev/null
	guest_save_restore g image
	guest_well g
	in_guest g "touch /tmp/enough" >/dev/null
	within 20 guest_true g "test -e /tmp/set" || die_error "the program is not set"
	in_guest g "rm /tmp/set" >/dev/null
	filters || die_fail "$i: pings come through a filter that was set meanwhile"
	say "$i/5 well"
done
xl_must 60 shutdown g
guest_off g
