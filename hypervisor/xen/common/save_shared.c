/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_shared.c: save and load the shared info page
 *
 * A load replaces the page by that of the record, with two exceptions:
 * - The wall clock and each vCPU's time are not loaded, because Xen writes
 *   them.
 * - Pending events of the record are added to those that are pending.
 * The caller must clear pending events in the record that mean nothing to this
 * domain. After a load, Xen notifies the vCPUs, so that they check all events.
 */

#include <xen/errno.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/save.h>
#include <xen/sched.h>
#include <xen/shared.h>
#include <xen/string.h>
#include <xen/time.h>

#include <asm/guest_atomics.h>

#define RECORD_SIZE (sizeof(struct domain_save_shared_info) + PAGE_SIZE)

/* Return how many ports the 2-level ABI has: the bits of evtchn_pending. */
static unsigned int nr_ports(const struct domain *d)
{
    return BITS_PER_EVTCHN_WORD(d) * BITS_PER_EVTCHN_WORD(d);
}

static struct domain_save_shared_info describe(const struct domain *d)
{
    return (struct domain_save_shared_info){
        .arch = IS_ENABLED(CONFIG_X86) ? DOMAIN_SAVE_ARCH_X86
                                       : DOMAIN_SAVE_ARCH_ARM,
        .type = is_hvm_domain(d) ? DOMAIN_SAVE_TYPE_HVM : DOMAIN_SAVE_TYPE_PV,
        .width = BITS_PER_EVTCHN_WORD(d) / 8,
    };
}

/*
 * Context: domain paused. While the page is copied, other domains may send
 * events, and Xen may set the wall clock. So each word of the copy is
 * consistent, but two words may be from different moments.
 */
static int cf_check save_shared_info(struct domain *d, struct vcpu *v,
                                     struct domain_context *c, bool dry_run)
{
    const struct domain_save_shared_info head = describe(d);
    int rc;

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(head) != sizeof(head.arch) + sizeof(head.type) +
                                 sizeof(head.width) + sizeof(head.reserved));
    BUILD_BUG_ON(sizeof(shared_info_t) > PAGE_SIZE);

    rc = domain_save_begin(c, RECORD_SIZE);
    if ( !rc )
        rc = domain_save_data(c, &head, sizeof(head));
    if ( !rc )
        rc = domain_save_data(c, d->shared_info, PAGE_SIZE);

    return rc ?: domain_save_end(c);
}

/*
 * In a dry run, read the page, but check nothing, because a guest may write any
 * value to its shared info page.
 */
static int pass_over(struct domain_context *c, size_t len)
{
    uint64_t word;
    int rc = 0;

    for ( ; !rc && len; len -= sizeof(word) )
        rc = domain_load_data(c, &word, sizeof(word));

    return rc;
}

/*
 * Load each vcpu_info, but keep its time: Xen does not write the times of vCPUs
 * that are paused, and updates the time of a vCPU when the vCPU runs again. An
 * update here would also write to the guest's own copy of the time, but through
 * the page tables of current, which is a vCPU of the toolstack.
 */
static int load_vcpus(struct domain *d, struct domain_context *c)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < XEN_LEGACY_MAX_VCPUS; i++ )
    {
        typeof(shared_info(d, vcpu_info[i])) *info =
            &shared_info(d, vcpu_info[i]);
        typeof(info->time) time = info->time;

        BUILD_BUG_ON(sizeof(*info) != sizeof(vcpu_info_t));
        rc = domain_load_data(c, info, sizeof(*info));
        info->time = time;
    }

    return rc;
}

/*
 * Return whether a load may set the width of the page. On x86, Xen sets the
 * width of an HVM guest, 32 or 64 bits, when the guest sets up its hypercall
 * page or its callback. A domain that has not run yet has 64 bits, so a load
 * sets the width of the record.
 *
 * No guest runs before the toolstack has unpaused it for the first time. Xen
 * sets creation_finished then, and never clears it. A load must not change the
 * width later: Xen would look for events, and write times, at places where the
 * guest does not expect them.
 */
static bool may_set_width(const struct domain *d)
{
    return IS_ENABLED(CONFIG_X86) && is_hvm_domain(d) && !d->creation_finished;
}

static void set_width(struct domain *d, unsigned int width)
{
#ifdef CONFIG_X86
    if ( may_set_width(d) )
        d->arch.has_32bit_shinfo = width == 4;
#endif
}

/*
 * Return whether the record is for the same kind of guest as d. The arch and
 * the type are 0 in records of the version that was posted in 2020: accept 0.
 */
static bool fits(const struct domain *d,
                 const struct domain_save_shared_info *head)
{
    const struct domain_save_shared_info own = describe(d);

    if ( (head->arch && head->arch != own.arch) ||
         (head->type && head->type != own.type) || head->reserved )
        return false;

    return head->width == own.width ||
           (may_set_width(d) && (head->width == 4 || head->width == 8));
}

/*
 * Other domains send events to the domain also while it is paused: after its
 * page was saved, and while the page is loaded. If this function cleared the
 * bit of such an event, the event would be lost. With a shared ring there may
 * never be another event: the sender waits for the guest, and the guest waits
 * for the event. So only set bits here, each atomically, as senders do. If the
 * guest has handled an event since the save, the guest gets the event again.
 * The second event does no harm, because guests expect spurious events.
 *
 * was is the number of ports before the load changed the width. The memory of
 * later ports had another meaning with the old width, so clear it.
 */
static int load_pending(struct domain *d, struct domain_context *c,
                        unsigned int was)
{
    void *pending = &shared_info(d, evtchn_pending);
    unsigned int port, i;
    int rc = 0;

    if ( was < nr_ports(d) )
        memset(pending + was / 8, 0, (nr_ports(d) - was) / 8);

    for ( port = 0; !rc && port < nr_ports(d); port += 64 )
    {
        uint64_t word = 0;

        rc = domain_load_data(c, &word, sizeof(word));
        for ( i = 0; word; i++, word >>= 1 )
            if ( word & 1 )
                guest_set_bit(d, port + i, &shared_info(d, evtchn_pending));
    }

    return rc;
}

/*
 * Load the fields behind evtchn_pending, and set the wall clock of this host.
 * The wall clock's version must never go back. Otherwise, a vCPU that was
 * stopped while it read the wall clock might combine halves of two times.
 */
static int load_rest(struct domain *d, struct domain_context *c,
                     uint32_t version)
{
    size_t at = XEN_LEGACY_MAX_VCPUS * sizeof(vcpu_info_t) + nr_ports(d) / 8;
    int rc;

    rc = domain_load_data(c, (void *)d->shared_info + at, PAGE_SIZE - at);
    shared_info(d, wc_version) = version;
    update_domain_wallclock_time(d);

    return rc;
}

/*
 * Set all bits of v's evtchn_pending_sel, or clear all. On 32-bit Arm, the
 * selector has 64 bits, as on 64-bit Arm. An unsigned long would be too short
 * there.
 *
 * Context: other domains may set bits in the selector meanwhile.
 */
static void select_events(struct vcpu *v, bool all)
{
    xen_ulong_t sel = all ? ~(xen_ulong_t)0 : 0;

#ifdef CONFIG_COMPAT
    /* vcpu_info() accesses only 32 bits, but a 64-bit guest has 64. */
    if ( !has_32bit_shinfo(v->domain) )
        write_atomic(&v->vcpu_info->native.evtchn_pending_sel, sel);
    else
#endif
        write_atomic(&vcpu_info(v, evtchn_pending_sel), sel);
}

/*
 * Return whether v would lose the interrupt of an upcall. On Arm, the default
 * vGIC drops an interrupt for a vCPU that is down.
 *
 * On x86, no upcall is lost. A local APIC accepts no interrupt while it is
 * disabled, and INIT, which brings a vCPU up, disables and clears it. But Xen
 * checks for a pending upcall when the guest enables the local APIC, or, if
 * the vCPU has no upcall vector, whenever the vCPU is about to run.
 */
static bool upcall_is_lost(const struct vcpu *v)
{
    return !IS_ENABLED(CONFIG_X86) && test_bit(_VPF_down, &v->pause_flags);
}

/*
 * Make all vCPUs check all events, as map_vcpu_info() does. Xen notifies a vCPU
 * of an event only if the selector bit or FIFO ready bit of the event, and the
 * upcall of the vCPU, are clear. After a load, one of these bits may be set
 * without a notification, wherever vcpu_info is. Then Xen would never notify
 * the vCPU again. Guests expect spurious upcalls.
 *
 * If the vCPU would lose the interrupt, a pending upcall would also prevent
 * later notifications. So clear the upcall and the selector of such a vCPU, and
 * Xen notifies the vCPU of later events.
 */
static void deliver(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu ( d, v )
    {
        bool lost = upcall_is_lost(v);

        if ( v->vcpu_info == &dummy_vcpu_info )
            continue;

        /*
         * Clear an upcall of the record, or vcpu_mark_events_pending() sends no
         * interrupt. Clear the upcall before the selector. In the other order,
         * bits of a new event may leave the selector set without an upcall.
         */
        write_atomic(&vcpu_info(v, evtchn_upcall_pending), 0);
        smp_wmb();

        select_events(v, !lost);
        smp_wmb();

        if ( !lost )
            vcpu_mark_events_pending(v);
    }
}

/*
 * Load the page of the record, and set the width. If the width changes, the
 * bits of ports below 1024 stay at the same place. A domain that has not run
 * has bound no other ports.
 *
 * Context: domain paused. Other domains may send events meanwhile.
 */
static int load_page(struct domain *d, struct domain_context *c,
                     unsigned int width)
{
    uint32_t version = shared_info(d, wc_version);
    unsigned int was = nr_ports(d);
    int rc;

    set_width(d, width);

    rc = load_vcpus(d, c);
    if ( !rc )
        rc = load_pending(d, c, was);
    if ( !rc )
        rc = load_rest(d, c, version);

    deliver(d);

    return rc;
}

static int cf_check load_shared_info(struct domain *d, struct vcpu *v,
                                     struct domain_context *c, bool dry_run)
{
    struct domain_save_shared_info head;
    int rc = domain_load_begin(c, RECORD_SIZE);

    if ( !rc )
        rc = domain_load_data(c, &head, sizeof(head));
    if ( rc )
        return rc;

    /* Refuse a record of another kind of guest, or with reserved bits set. */
    if ( !fits(d, &head) )
        return -EINVAL;

    rc = dry_run ? pass_over(c, PAGE_SIZE) : load_page(d, c, head.width);

    return rc ?: domain_load_end(c);
}

DOMAIN_REGISTER_SAVE_RESTORE(SHARED_INFO, false, save_shared_info,
                             load_shared_info);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
