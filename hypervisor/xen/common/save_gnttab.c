/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_gnttab.c: save how large a grant table is, and which grants are in use
 *
 * The grants that the guest offers are not saved: they are in the frames of the
 * grant table, which a toolstack can map.
 */

#include <xen/errno.h>
#include <xen/grant_table.h>
#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>
#include <xen/softirq.h>

/*
 * Number of entries to read between two checks for softirqs, because a table
 * may have millions of entries.
 */
#define WALK_BATCH 4096u

struct table {
    struct domain_save_gnttab head;
    struct domain_save_gnttab_pin *pins;
    unsigned int room;          /* number of entries in pins */
};

static unsigned int nr_refs(const struct domain_save_gnttab *head)
{
    size_t size = head->version == 1 ? sizeof(grant_entry_v1_t)
                                     : sizeof(grant_entry_v2_t);

    return head->nr_frames * (PAGE_SIZE / size);
}

/*
 * Count the grants in use, and store as many in t->pins as fit. Other domains
 * map and unmap grants meanwhile, so two entries of t->pins may be from
 * different moments. If the table has grown since its size was read, the new
 * entries are left out.
 *
 * Read each entry of the table only once, even if other domains map more grants
 * meanwhile. If t->pins is too small, write_record() does not use its entries.
 */
static void walk(struct domain *d, struct table *t)
{
    grant_ref_t ref = 0, stop, end = nr_refs(&t->head);
    struct domain_save_gnttab_pin pin = {};

    for ( ; ref < end; ref = stop )
    {
        stop = min(ref + WALK_BATCH, end);

        while ( gnttab_next_pin(d, &ref, stop, &pin) )
        {
            if ( t->head.nr_pins < t->room )
                t->pins[t->head.nr_pins] = pin;
            t->head.nr_pins++;
        }

        /* gnttab_next_pin() has released the lock of the table. */
        process_pending_softirqs();
    }
}

/* Return the memory for all references that the table may ever have. */
static size_t cf_check scratch_size(const struct domain *d)
{
    struct domain_save_gnttab head = { .version = 1 };

    gnttab_get_sizes(d, &head);
    head.version = 1;           /* has more references per frame than 2 */
    head.nr_frames = head.max_frames;

    return nr_refs(&head) * sizeof(struct domain_save_gnttab_pin);
}

DOMAIN_REGISTER_SAVE_SCRATCH(GNTTAB, scratch_size);

static int write_record(const struct table *t, struct domain_context *c)
{
    const struct domain_save_gnttab *head = &t->head;
    const struct domain_save_gnttab_pin *pins = t->pins;
    size_t len = head->nr_pins * sizeof(*pins);
    int rc;

    /* The caller gets all of the structures: a hole would leak Xen's memory. */
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
        /* Pass NULL if t->pins lacks pins: the record does not fit then. */
        rc = domain_save_data(c, head->nr_pins <= t->room ? pins : NULL, len);

    return rc ?: domain_save_end(c);
}

/* Context: domain paused, so the guest cannot change the table's version. */
static int cf_check save_gnttab(struct domain *d, struct vcpu *v,
                                struct domain_context *c, bool dry_run)
{
    size_t size;
    struct table t = { .pins = domain_save_scratch(c, &size) };

    gnttab_get_sizes(d, &t.head);
    t.room = size / sizeof(*t.pins);
    walk(d, &t);

    return write_record(&t, c);
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
