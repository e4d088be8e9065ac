/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_areas.c: save where a vCPU shares memory with Xen
 *
 * All that it tells of, the guest has set up by hypercalls, so a restored one
 * has to do so again.
 */

#include <xen/domain_page.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/save.h>
#include <xen/sched.h>

#include "event_channel.h"

#ifdef CONFIG_X86
/*
 * Of a PV guest, the gfn that it has told Xen itself. All ones is none: the
 * page was taken out of the p2m after the guest placed something there.
 */
static uint64_t gfn_of(mfn_t mfn)
{
    return get_gpfn_from_mfn(mfn_x(mfn));
}

static unsigned long time_area(const struct vcpu *v)
{
    return (unsigned long)v->arch.time_info_guest.p;
}
#else
/* Nothing leads back from an mfn. An unsigned long may have 32 bits only. */
static uint64_t gfn_of(mfn_t mfn)
{
    return ~(uint64_t)0;
}

static unsigned long time_area(const struct vcpu *v)
{
    return 0;
}
#endif

static void add_vcpu_info(const struct vcpu *v,
                          struct domain_save_vcpu_areas *areas)
{
    mfn_t mfn = v->vcpu_info_mfn;

    if ( mfn_eq(mfn, INVALID_MFN) )
        return;

    areas->flags |= DOMAIN_SAVE_AREAS_VCPU_INFO;
    areas->vcpu_info_gfn = gfn_of(mfn);
    areas->vcpu_info_offset = (unsigned long)v->vcpu_info & ~PAGE_MASK;
}

/* EVTCHNOP_reset, of a privileged domain, takes the control block away. */
static void add_control(struct vcpu *v, struct domain_save_vcpu_areas *areas)
{
    const void *block;

    read_lock(&v->domain->event_lock);

    block = evtchn_fifo_control_block(v);
    if ( block )
    {
        areas->flags |= DOMAIN_SAVE_AREAS_CONTROL;
        areas->control_gfn = gfn_of(domain_page_map_to_mfn(block));
        areas->control_offset = (unsigned long)block & ~PAGE_MASK;
    }

    read_unlock(&v->domain->event_lock);
}

/* 32-bit guests have a pointer to another type, at the same place. */
static void add_runstate(const struct vcpu *v,
                         struct domain_save_vcpu_areas *areas)
{
    areas->runstate = (unsigned long)runstate_guest(v).p;
    if ( areas->runstate )
        areas->flags |= DOMAIN_SAVE_AREAS_RUNSTATE;
}

static void add_time(const struct vcpu *v, struct domain_save_vcpu_areas *areas)
{
    areas->time = time_area(v);
    if ( areas->time )
        areas->flags |= DOMAIN_SAVE_AREAS_TIME;
}

/*
 * Context: domain paused, so that it makes no hypercalls: but for the control
 * block, nobody else changes any of it, with the domctl lock held.
 */
static int cf_check save_vcpu_areas(struct domain *d, struct vcpu *v,
                                    struct domain_context *c, bool dry_run)
{
    struct domain_save_vcpu_areas areas = {};

    /* All of it leaves the hypervisor, so there may be no holes. */
    BUILD_BUG_ON(sizeof(areas) !=
                 sizeof(areas.flags) + sizeof(areas.vcpu_info_offset) +
                 sizeof(areas.control_offset) + sizeof(areas.vcpu_info_gfn) +
                 sizeof(areas.control_gfn) + sizeof(areas.runstate) +
                 sizeof(areas.time));

    if ( !test_bit(_VPF_down, &v->pause_flags) )
        areas.flags |= DOMAIN_SAVE_AREAS_ONLINE;

    add_vcpu_info(v, &areas);
    add_control(v, &areas);
    add_runstate(v, &areas);
    add_time(v, &areas);

    return domain_save_entry(c, &areas, sizeof(areas));
}

DOMAIN_REGISTER_SAVE_RESTORE(VCPU_AREAS, true, save_vcpu_areas, NULL);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
