#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# channel-fails.sh OPTION...: a toolstack asks a guest by an event channel to suspend, for a
# migration. The migration fails after the guest has suspended.
#
# Tested: the last patch of hypervisor/, in the libxl and libxenguest that tests/nest/mklibxl
# builds. libxl must resume the guest after the failure, and unsubscribe from the event channel.
# Without the patch, libxl assumes that the guest has never suspended, and leaves it suspended.
# libxl also stays subscribed, so a later toolstack that asks the guest by xenstore waits for ever.
# Decides: xl reports that it asks by the event channel, and the migration fails. The guest then
# runs and is well, CYCLES times. A checkpoint that asks by xenstore succeeds. At the end, a failed
# migration with Debian's libraries leaves the guest suspended, which shows that the case can fail.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

offered() { [[ $(xenstore-read "/local/domain/$(xl domid g)/device/suspend/event-channel") =~ ^[1-9][0-9]*$ ]]; }

# falls-silent is a command that xl runs in place of ssh. It passes the stream to xl migrate-receive
# until the guest has suspended, and then ends. First it passes 120 MB, most of the guest's memory.
cat >falls-silent <<'END'
#!/bin/bash
running() { xl list g | awk 'NR == 2 && $5 ~ /s/ { exit 1 }'; }
some() { dd bs=512k count="$1" iflag=fullblock 2>/dev/null; }
# Both ends write to standard error, and would mix their lines.
exec xl migrate-receive 2>far.log < <(
	some 240
	while running; do some 1; done
)
END
chmod +x falls-silent

# migration_fails DIR: start a migration that fails after the guest has suspended, with the
# libraries in DIR, or with Debian's if DIR is empty.
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

# Checkpoint the guest by a request in xenstore. If libxl is still subscribed to the event channel,
# which only Xen knows, this checkpoint waits for ever.
xenstore-rm "/local/domain/$(xl domid g)/device/suspend/event-channel"
LD_LIBRARY_PATH=$JOB xl_must 90 -vvv save -c g image
! xl_says 'suspend request via event channel' || die_error "xl still asks by the event channel"
guest_well g
say "asked by xenstore"

# In a new domain, the guest must offer an event channel again.
guest_save_restore g image
within 10 offered || die_fail "no event channel in xenstore, after a restore"
migration_fails ''
in_state g s || die_error "Debian's libxl has the patch: take it out of hypervisor/series"
say "Debian's libxl leaves it suspended"
suspend-guest -r "$(xl domid g)"
guest_up g
guest_well g
guest_end g
