/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_gnttab.c: save how large a grant table is, and which grants are in use
 *
 * What the guest grants is in frames of its own, which others can look at.
 */

#include <xen/errno.h>
#include <xen/grant_table.h>
#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vmap.h>

struct table {
    struct domain_save_gnttab head;
    struct domain_save_gnttab_pin *pins;
    unsigned int room;          /* how many pins there is memory for */
};

static unsigned int nr_refs(const struct domain_save_gnttab *head)
{
    size_t size = head->version == 1 ? sizeof(grant_entry_v1_t)
                                     : sizeof(grant_entry_v2_t);

    return head->nr_frames * (PAGE_SIZE / size);
}

static bool in_use(const struct domain_save_gnttab_pin *pin)
{
    return pin->host_readers || pin->host_writers ||
           pin->device_readers || pin->device_writers;
}

/*
 * Counts the pins, and keeps as many as there is room for. Others map and
 * unmap grants meanwhile, so each pin is right by itself. The table may have
 * grown since it was measured, which is as if it did so later.
 */
static void walk(struct domain *d, struct table *t)
{
    grant_ref_t ref;

    for ( ref = 0; ref < nr_refs(&t->head); ref++ )
    {
        struct domain_save_gnttab_pin pin;

        gnttab_get_pin(d, ref, &pin);
        if ( in_use(&pin) )
        {
            if ( t->head.nr_pins < t->room )
                t->pins[t->head.nr_pins] = pin;
            t->head.nr_pins++;
        }

        /* Some tables have millions of entries. No lock is held here. */
        if ( !(ref % 4096) )
            process_pending_softirqs();
    }
}

/*
 * Who saves says how many pins he can take, however many come up meanwhile, so
 * one look at each entry is enough: if there are more, nobody looks at them.
 */
static int collect(struct table *t, struct domain *d, size_t room)
{
    gnttab_get_sizes(d, &t->head);

    t->room = min_t(size_t, nr_refs(&t->head), room / sizeof(*t->pins));
    if ( t->room )
    {
        t->pins = vzalloc(t->room * sizeof(*t->pins));
        if ( !t->pins )
            return -ENOMEM;
    }

    walk(d, t);

    return 0;
}

static int write_record(const struct domain_save_gnttab *head,
                        const struct domain_save_gnttab_pin *pins,
                        struct domain_context *c)
{
    size_t len = head->nr_pins * sizeof(*pins);
    int rc;

    /* All of it leaves the hypervisor, so there may be no holes. */
    BUILD_BUG_ON(sizeof(*head) !=
                 sizeof(head->version) + sizeof(head->nr_frames) +
                 sizeof(head->max_frames) + sizeof(head->nr_status_frames) +
                 sizeof(head->nr_pins) + sizeof(head->reserved));
    BUILD_BUG_ON(sizeof(*pins) !=
                 sizeof(pins->ref) + sizeof(pins->domid) +
                 sizeof(pins->reserved) + sizeof(pins->host_readers) +
                 sizeof(pins->host_writers) + sizeof(pins->device_readers) +
                 sizeof(pins->device_writers));

    rc = domain_save_begin(c, sizeof(*head) + len);
    if ( !rc )
        rc = domain_save_data(c, head, sizeof(*head));
    if ( !rc )
        rc = domain_save_data(c, pins, len);

    return rc ?: domain_save_end(c);
}

/* Context: domain paused, which keeps the version. */
static int cf_check save_gnttab(struct domain *d, struct vcpu *v,
                                struct domain_context *c, bool dry_run)
{
    struct table t = {};
    int rc = collect(&t, d, domain_save_room(c));

    if ( rc )
        return rc;

    rc = write_record(&t.head, t.pins, c);
    vfree(t.pins);

    return rc;
}

DOMAIN_REGISTER_SAVE_RESTORE(GNTTAB, false, save_gnttab, NULL);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
