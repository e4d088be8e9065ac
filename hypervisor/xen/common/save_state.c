/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_state.c: save timers, pause flags and runstates of a domain
 *
 * Only Xen has this state. If a restored guest does not set it up again, the
 * guest may wait for ever, or run without the watchdog that it has armed.
 */

#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/time.h>

#include "save.h"

/*
 * Save when the watchdogs expire. A watchdog may expire while the domain is
 * paused, and shut the domain down. An expired watchdog is saved as not armed.
 */
static void add_watchdogs(struct domain *d,
                          struct domain_save_domain_state *state)
{
    unsigned int i;

    BUILD_BUG_ON(ARRAY_SIZE(state->watchdog) != NR_DOMAIN_WATCHDOG_TIMERS);

    spin_lock(&d->watchdog_lock);

    for ( i = 0; i < NR_DOMAIN_WATCHDOG_TIMERS; i++ )
        if ( d->watchdog_inuse_map & (1u << i) )
            state->watchdog[i] = domain_save_expiry(&d->watchdog_timer[i]);

    spin_unlock(&d->watchdog_lock);
}

/*
 * Hold shutdown_lock, because a watchdog or another domain may shut the paused
 * domain down.
 */
static uint32_t get_shutdown(struct domain *d)
{
    uint32_t code = DOMAIN_SAVE_NOT_SHUT_DOWN;

    spin_lock(&d->shutdown_lock);
    if ( d->is_shutting_down )
        code = d->shutdown_code;
    spin_unlock(&d->shutdown_lock);

    return code;
}

/*
 * Context: domain paused, domctl lock held. Takes watchdog_lock and
 * shutdown_lock, one after the other. Only the guest and domctls change the
 * fields that are read without a lock, and neither can run now.
 */
static int cf_check save_domain_state(struct domain *d, struct vcpu *v,
                                      struct domain_context *c, bool dry_run)
{
    struct domain_save_domain_state state = {
        .time_offset = d->time_offset.seconds,
        .vm_assist = d->vm_assist,
        .suspend_port = d->suspend_evtchn,
    };

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(state) !=
                 sizeof(state.now) + sizeof(state.watchdog) +
                 sizeof(state.time_offset) + sizeof(state.vm_assist) +
                 sizeof(state.shutdown) + sizeof(state.suspend_port));

    add_watchdogs(d, &state);
    state.shutdown = get_shutdown(d);
    state.now = NOW();

    return domain_save_entry(c, &state, sizeof(state));
}

DOMAIN_REGISTER_SAVE_RESTORE(DOMAIN_STATE, false, save_domain_state, NULL);

/*
 * Translate the pause flags of a vCPU to flags of the record. Another version
 * of Xen may number its pause flags differently. The record must not change.
 */
static uint32_t get_flags(const struct vcpu *v)
{
    static const struct {
        unsigned long pause_flag;
        uint32_t flag;
    } table[] = {
        { VPF_blocked, DOMAIN_SAVE_STATE_BLOCKED },
        { VPF_down, DOMAIN_SAVE_STATE_DOWN },
        { VPF_blocked_in_xen, DOMAIN_SAVE_STATE_BLOCKED_IN_XEN },
        { VPF_migrating, DOMAIN_SAVE_STATE_MIGRATING },
        { VPF_mem_paging, DOMAIN_SAVE_STATE_MEM_PAGING },
        { VPF_mem_access, DOMAIN_SAVE_STATE_MEM_ACCESS },
        { VPF_mem_sharing, DOMAIN_SAVE_STATE_MEM_SHARING },
        { VPF_in_reset, DOMAIN_SAVE_STATE_IN_RESET },
        { VPF_parked, DOMAIN_SAVE_STATE_PARKED },
    };
    unsigned long pause_flags = read_atomic(&v->pause_flags);
    uint32_t flags = 0;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(table); i++ )
        if ( pause_flags & table[i].pause_flag )
            flags |= table[i].flag;

    return flags;
}

/*
 * An event on a polled port ends the poll, also while the domain is paused. The
 * poll timer stays armed then, so save the timer only if the vCPU polls.
 */
static void add_poll(struct vcpu *v, struct domain_save_vcpu_state *state)
{
    int port = read_atomic(&v->poll_evtchn);

    if ( !test_bit(v->vcpu_id, v->domain->poll_mask) )
        return;

    state->flags |= DOMAIN_SAVE_STATE_POLLING;
    state->poll_port = port > 0 ? port : 0;
    state->poll_timeout = domain_save_expiry(&v->poll_timer);
}

/* Save the times including that of the present runstate until now. */
static void add_runstate(const struct vcpu *v,
                         struct domain_save_vcpu_state *state)
{
    struct vcpu_runstate_info runstate;

    BUILD_BUG_ON(sizeof(state->runstate_time) != sizeof(runstate.time));

    vcpu_runstate_get(v, &runstate);
    state->runstate = runstate.state;
    state->runstate_entry = runstate.state_entry_time;
    memcpy(state->runstate_time, runstate.time, sizeof(runstate.time));
}

/*
 * Context: domain paused. Other domains may send events, which change the
 * vCPUs' flags and runstates. Takes the lock of the scheduler.
 */
static int cf_check save_vcpu_state(struct domain *d, struct vcpu *v,
                                    struct domain_context *c, bool dry_run)
{
    struct domain_save_vcpu_state state = { .flags = get_flags(v) };

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(state) !=
                 sizeof(state.now) + sizeof(state.flags) +
                 sizeof(state.poll_port) + sizeof(state.poll_timeout) +
                 sizeof(state.runstate) + sizeof(state.reserved) +
                 sizeof(state.runstate_entry) + sizeof(state.runstate_time));

    add_poll(v, &state);
    add_runstate(v, &state);
    state.now = NOW();

    return domain_save_entry(c, &state, sizeof(state));
}

DOMAIN_REGISTER_SAVE_RESTORE(VCPU_STATE, true, save_vcpu_state, NULL);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
