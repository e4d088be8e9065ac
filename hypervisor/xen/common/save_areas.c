/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_areas.c: save where a domain and its vCPUs share memory with Xen
 *
 * The guest has registered these areas by hypercalls. A restored guest must
 * register them again.
 */

#include <xen/domain_page.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/save.h>
#include <xen/sched.h>

#include "event_channel.h"

#ifdef CONFIG_X86
/*
 * Return the gfn from Xen's table from mfns to gfns. PV guests write this table
 * themselves, and may write any value. All ones mean no gfn, for example if the
 * page was removed from the p2m after the guest had registered it.
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
/*
 * Arm has no table from mfns to gfns, so return all ones. The cast is needed
 * where an unsigned long has only 32 bits.
 */
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

/*
 * Hold event_lock, because a privileged domain may free the control block by
 * EVTCHNOP_reset while the domain is paused.
 */
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

/*
 * For a 32-bit guest, the pointer has another type, but is in the same union.
 * So .p returns the address for all guests.
 */
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
 * Context: domain paused, so the guest makes no hypercalls. Other domains may
 * change only the control block, with one exception: with memory sharing,
 * XENMEM_sharing_op_fork and _fork_reset place the vcpu_info of the vCPUs of a
 * fork. These operations hold no lock that this function could take. So if the
 * domain is such a fork, the gfn may be from before the change, and the offset
 * from after it. The mix does no harm, because this function reads only
 * numbers, and the operations unmap nothing.
 */
static int cf_check save_vcpu_areas(struct domain *d, struct vcpu *v,
                                    struct domain_context *c, bool dry_run)
{
    struct domain_save_vcpu_areas areas = {};

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
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

#define FIFO_WORDS (PAGE_SIZE / sizeof(event_word_t)) /* on each page */
#define FIFO_PAGES (EVTCHN_FIFO_NR_CHANNELS / FIFO_WORDS)

/*
 * Return the number of pages in the FIFO event array, and their gfns. Hold
 * event_lock, because a privileged domain may free the array by EVTCHNOP_reset
 * while the domain is paused.
 */
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

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
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
