/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_areas.c: save where a domain and its vCPUs share memory with Xen
 *
 * The guest has set up all of these by hypercalls. A restored guest has to set
 * them up again.
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
 * Context: domain paused, so it makes no hypercalls. Other domains change only
 * the control block, with one exception: with memory sharing,
 * XENMEM_sharing_op_fork and _fork_reset place the vcpu_info of the vCPUs of a
 * fork. They hold no lock that this function could take. So if the domain is
 * such a fork, gfn and offset may be from before and from after the change.
 * This does no harm: only numbers are read here, and those operations unmap
 * nothing.
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

#define FIFO_WORDS (PAGE_SIZE / sizeof(event_word_t)) /* on a page */
#define FIFO_PAGES (EVTCHN_FIFO_NR_CHANNELS / FIFO_WORDS)

/* A privileged domain may free the array meanwhile, by EVTCHNOP_reset. */
static unsigned int get_array(struct domain *d, uint64_t *gfns)
{
    unsigned int nr;

    read_lock(&d->event_lock);

    for ( nr = 0; nr < FIFO_PAGES; nr++ )
    {
        const void *page = evtchn_fifo_array_page(d, nr);

        if ( !page )
            break;

        gfns[nr] = gfn_of(domain_page_map_to_mfn(page));
    }

    read_unlock(&d->event_lock);

    return nr;
}

/* Context: domain paused. Takes and releases event_lock. */
static int cf_check save_fifo_array(struct domain *d, struct vcpu *v,
                                    struct domain_context *c, bool dry_run)
{
    uint64_t gfns[FIFO_PAGES];
    const struct domain_save_fifo_array head = {
        .nr_pages = get_array(d, gfns),
    };
    size_t len = head.nr_pages * sizeof(gfns[0]);
    int rc;

    /* All of it leaves the hypervisor, so there may be no holes. */
    BUILD_BUG_ON(sizeof(head) != sizeof(head.nr_pages) + sizeof(head.reserved));

    rc = domain_save_begin(c, sizeof(head) + len);
    if ( !rc )
        rc = domain_save_data(c, &head, sizeof(head));
    if ( !rc )
        rc = domain_save_data(c, gfns, len);

    return rc ?: domain_save_end(c);
}

DOMAIN_REGISTER_SAVE_RESTORE(FIFO_ARRAY, false, save_fifo_array, NULL);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
