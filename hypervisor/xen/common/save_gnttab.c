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

/* Entries to read between checks for softirqs. Some tables have millions. */
#define WALK_BATCH 4096u

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

/*
 * Count the pins, and keep as many as there is room for. Other domains map and
 * unmap grants meanwhile, so each pin is consistent only by itself. If the
 * table has grown since its size was read, the new entries are left out.
 *
 * Read each entry once, even if other domains map more grants meanwhile. If
 * there are more pins than the stream has room for, nobody reads them.
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

        /* No lock is held here. */
        process_pending_softirqs();
    }
}

/* Enough for all references that the table may ever have. */
static size_t cf_check scratch_size(const struct domain *d)
{
    struct domain_save_gnttab head = { .version = 1 };

    gnttab_get_sizes(d, &head);
    head.version = 1;           /* it has more references on a frame */
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
        /* If t->pins lacks some pins, the stream has no room for them. */
        rc = domain_save_data(c, head->nr_pins <= t->room ? pins : NULL, len);

    return rc ?: domain_save_end(c);
}

/* Context: domain paused, which keeps the version. */
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
