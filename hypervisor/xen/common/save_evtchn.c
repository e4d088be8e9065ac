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
    unsigned int room;          /* how many ports there is memory for */
};

/* FIFO ports whose word is on a page that the guest has not added yet. */
static bool pending_unseen(const struct domain *d, const struct evtchn *chn)
{
    return d->evtchn_fifo && !evtchn_fifo_has_word(d, chn->port) &&
           chn->pending;
}

/*
 * Where the guest looks for it, and may have written anything. Ports beyond
 * what the ABI can express are left over from a guest that went from 64 to 32
 * bits.
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

    /* Elsewhere, nobody looks at it, and it may be that of a former channel. */
    if ( d->evtchn_fifo && evtchn_usable(chn) )
        p->priority = chn->priority;
}

/*
 * Ports for which there is no room are counted only.
 *
 * Context: event_lock held, to read. It keeps all of a channel as it is, but
 * for the bit that says whether it is pending: others send events meanwhile.
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
 * Enough for all ports that the domain may have: 128 Ki at most, in 2 MiB.
 * Other domains may open ports meanwhile, but no more than these.
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

    /* All of it leaves the hypervisor, so there may be no holes. */
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
        /* If t->ports lacks some ports, the stream has no room for them. */
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
