#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# channel-fails.sh OPTION...: a migration fails when the guest, which was asked by an event
# channel, has suspended.
#
# Tested: the last patch of hypervisor/, in libxl and libxenguest, which tests/nest/mklibxl has
# built: the guest goes on where it is, CYCLES times; and then it can be asked by xenstore, too.
# What was wrong before: xl took it for one that never suspended, and left it suspended. And it
# stayed subscribed to the event channel, so that a toolstack that asked by xenstore waited for
# ever.
# Decides: xl says that the guest was asked by the event channel, and that it fails; the guest
# runs, and is well. With Debian's libraries, in the end, it is left suspended, so that the case
# shows what it is about.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

offered() { [[ $(xenstore-read "/local/domain/$(xl domid g)/device/suspend/event-channel") =~ ^[1-9][0-9]*$ ]]; }

# In place of ssh: the other side reads until the guest has suspended, and is gone then. First
# there are 128 MB of memory.
cat >falls-silent <<'END'
#!/bin/bash
running() { xl list g | awk 'NR == 2 && $5 ~ /s/ { exit 1 }'; }
some() { dd bs=512k count="$1" iflag=fullblock 2>/dev/null; }
# Both ends would mix their lines.
exec xl migrate-receive 2>far.log < <(
	some 240
	while running; do some 1; done
)
END
chmod +x falls-silent

# migration_fails LIBRARIES: with libraries from there, or Debian's. It says which way it asked.
migration_fails() {
	local status=0
	export LD_LIBRARY_PATH=$1
	LD_PRELOAD=$JOB/helper-goes-on.so xl_try 600 -vvv migrate -s ./falls-silent g nowhere || status=$?
	unset LD_LIBRARY_PATH
	[ "$status" = 1 ] || die_error "xl migrate: status $status: $(xl_complaint)"
	xl_says 'suspend request via event channel' || die_error "xl does not ask by the event channel"
	xl_says 'guest has suspended' || die_error "the guest has not suspended: $(xl_complaint)"
	within 60 is g names || die_fail "there is $(names)"
}
names() { xl list | awk 'NR > 2 { print $1 }' | xargs; }

guest_start_loaded g "$@"
within 10 offered || die_fail "no event channel in xenstore"
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	migration_fails "$JOB"
	! in_state g s || die_fail "the guest is left suspended: $(xl_complaint)"
	guest_up g
	guest_well g
	say "$i/$CYCLES failed, and goes on"
done

# Nobody but Xen knows who is notified now.
xenstore-rm "/local/domain/$(xl domid g)/device/suspend/event-channel"
LD_LIBRARY_PATH=$JOB xl_must 90 -vvv save -c g image
! xl_says 'suspend request via event channel' || die_error "xl still asks by the event channel"
guest_well g
say "asked by xenstore"

# With a new domain, which offers a channel again.
guest_save_restore g image
within 10 offered || die_fail "no event channel in xenstore, after a restore"
migration_fails ''
in_state g s || die_error "Debian's libxl has the patch: take it out of hypervisor/series"
say "Debian's libxl leaves it suspended"
suspend-guest -r "$(xl domid g)"
guest_up g
guest_well g
guest_end g
