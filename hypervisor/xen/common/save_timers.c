/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_timers.c: save when a vCPU's timers expire
 */

#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <xen/timer.h>

#include "save.h"

/*
 * Return when t expires, or 0 if t is not armed. t->expires can be read without
 * a lock: only the guest sets these timers, and the guest is paused. If t
 * expires meanwhile, t->expires does not change.
 */
uint64_t domain_save_expiry(struct timer *t)
{
    if ( !timer_expires_before(t, STIME_MAX) )
        return 0;

    /* A guest may set a time of 0 or less, but 0 means: not armed. */
    return max_t(s_time_t, t->expires, 1);
}

/* Context: domain paused. Takes the lock of the periodic timer. */
static int cf_check save_vcpu_timers(struct domain *d, struct vcpu *v,
                                     struct domain_context *c, bool dry_run)
{
    struct domain_save_vcpu_timers timers = {};

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(timers) !=
                 sizeof(timers.now) + sizeof(timers.singleshot) +
                 sizeof(timers.period) + sizeof(timers.periodic_last));

    timers.singleshot = domain_save_expiry(&v->singleshot_timer);

    spin_lock(&v->periodic_timer_lock);
    timers.period = v->periodic_period;
    timers.periodic_last = v->periodic_last_event;
    spin_unlock(&v->periodic_timer_lock);

    timers.now = NOW();

    return domain_save_entry(c, &timers, sizeof(timers));
}

DOMAIN_REGISTER_SAVE_RESTORE(VCPU_TIMERS, true, save_vcpu_timers, NULL);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
