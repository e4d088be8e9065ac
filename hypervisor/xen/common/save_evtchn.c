/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_evtchn.c: save all event channels of a domain
 */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>

#include "event_channel.h"

struct table {
    struct domain_save_evtchn head;
    struct domain_save_evtchn_port *ports;
    unsigned int room;          /* number of entries in ports */
};

/*
 * Return whether an event of a FIFO port waits for a page: the guest has not
 * added the page with the port's word yet, so Xen keeps the pending bit.
 */
static bool pending_unseen(const struct domain *d, const struct evtchn *chn)
{
    return d->evtchn_fifo && !evtchn_fifo_has_word(d, chn->port) &&
           chn->pending;
}

/*
 * Read the pending and masked bits from memory of the guest, where the guest
 * may have written any value. Ports of Xen, reserved ports, and ports for which
 * the ABI has no bits, have neither. Ports without bits may be left over from a
 * guest that changed from 64 to 32 bits.
 */
static uint16_t get_flags(const struct domain *d, const struct evtchn *chn)
{
    uint16_t flags = 0;

    if ( chn->xen_consumer )
        return DOMAIN_SAVE_EVTCHN_XEN;

    if ( !evtchn_usable(chn) || chn->port >= max_evtchns(d) )
        return 0;

    if ( evtchn_is_pending(d, chn) || pending_unseen(d, chn) )
        flags |= DOMAIN_SAVE_EVTCHN_PENDING;

    if ( evtchn_is_masked(d, chn) )
        flags |= DOMAIN_SAVE_EVTCHN_MASKED;

    return flags;
}

static void add_binding(struct domain_save_evtchn_port *p,
                        const struct evtchn *chn)
{
    switch ( chn->state )
    {
    case ECS_UNBOUND:
        p->remote_domid = chn->u.unbound.remote_domid;
        break;

    case ECS_INTERDOMAIN:
        p->remote_domid = chn->u.interdomain.remote_dom->domain_id;
        p->binding = chn->u.interdomain.remote_port;
        break;

    case ECS_PIRQ:
        p->binding = chn->u.pirq.irq;
        break;

    case ECS_VIRQ:
        p->binding = chn->u.virq;
        break;
    }
}

static void add_port(struct table *t, const struct domain *d,
                     const struct evtchn *chn)
{
    struct domain_save_evtchn_port *p = &t->ports[t->head.nr_ports];

    BUILD_BUG_ON(DOMAIN_SAVE_EVTCHN_RESERVED != ECS_RESERVED);
    BUILD_BUG_ON(DOMAIN_SAVE_EVTCHN_UNBOUND != ECS_UNBOUND);
    BUILD_BUG_ON(DOMAIN_SAVE_EVTCHN_INTERDOMAIN != ECS_INTERDOMAIN);
    BUILD_BUG_ON(DOMAIN_SAVE_EVTCHN_PIRQ != ECS_PIRQ);
    BUILD_BUG_ON(DOMAIN_SAVE_EVTCHN_VIRQ != ECS_VIRQ);
    BUILD_BUG_ON(DOMAIN_SAVE_EVTCHN_IPI != ECS_IPI);

    *p = (struct domain_save_evtchn_port){
        .port = chn->port,
        .state = chn->state,
        .flags = get_flags(d, chn),
        .vcpu_id = chn->notify_vcpu_id,
    };
    add_binding(p, chn);

    /* In other channels, the priority has no effect, and may be an old one. */
    if ( d->evtchn_fifo && evtchn_usable(chn) )
        p->priority = chn->priority;
}

/*
 * Add all ports that are not free to the table. If the table is full, only
 * count the ports.
 *
 * Context: event_lock held, to read. The lock keeps channels unchanged, except
 * for their pending bits: other domains may send events meanwhile.
 */
static void fill(struct table *t, const struct domain *d)
{
    unsigned int port;

    t->head.nr_valid = d->valid_evtchns;
    t->head.abi = d->evtchn_fifo ? DOMAIN_SAVE_EVTCHN_ABI_FIFO
                                 : DOMAIN_SAVE_EVTCHN_ABI_2L;

    for ( port = 0; port < t->head.nr_valid; port++ )
    {
        const struct evtchn *chn = evtchn_from_port(d, port);

        if ( chn->state == ECS_FREE )
            continue;

        if ( t->head.nr_ports < t->room )
            add_port(t, d, chn);
        t->head.nr_ports++;
    }
}

/*
 * Return the memory for all ports that the domain may have: 128 Ki at most, in
 * 2 MiB. Other domains may open ports of the domain until the handler runs, but
 * not more than this number.
 */
static size_t cf_check scratch_size(const struct domain *d)
{
    size_t nr = min_t(size_t, d->max_evtchn_port, EVTCHN_FIFO_NR_CHANNELS - 1);

    return (nr + 1) * sizeof(struct domain_save_evtchn_port);
}

DOMAIN_REGISTER_SAVE_SCRATCH(EVTCHN, scratch_size);

static int write_record(const struct table *t, struct domain_context *c)
{
    size_t len = t->head.nr_ports * sizeof(*t->ports);
    int rc;

    /* The caller gets all of the structures: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(t->head) !=
                 sizeof(t->head.abi) + sizeof(t->head.nr_ports) +
                 sizeof(t->head.nr_valid) + sizeof(t->head.reserved));
    BUILD_BUG_ON(sizeof(*t->ports) !=
                 sizeof(t->ports->port) + sizeof(t->ports->state) +
                 sizeof(t->ports->priority) + sizeof(t->ports->flags) +
                 sizeof(t->ports->vcpu_id) + sizeof(t->ports->remote_domid) +
                 sizeof(t->ports->binding));

    rc = domain_save_begin(c, sizeof(t->head) + len);
    if ( !rc )
        rc = domain_save_data(c, &t->head, sizeof(t->head));
    if ( !rc )
        /* Pass NULL if t->ports lacks ports: the record does not fit then. */
        rc = domain_save_data(c, t->head.nr_ports <= t->room ? t->ports : NULL,
                              len);

    return rc ?: domain_save_end(c);
}

/* Context: domain paused. Takes and releases event_lock. */
static int cf_check save_evtchn(struct domain *d, struct vcpu *v,
                                struct domain_context *c, bool dry_run)
{
    size_t size;
    struct table t = { .ports = domain_save_scratch(c, &size) };

    t.room = size / sizeof(*t.ports);

    read_lock(&d->event_lock);
    fill(&t, d);
    read_unlock(&d->event_lock);

    return write_record(&t, c);
}

DOMAIN_REGISTER_SAVE_RESTORE(EVTCHN, false, save_evtchn, NULL);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
