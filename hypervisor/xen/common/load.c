/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load.c: load a domain's context
 *
 * A stream is walked twice: nothing of the domain is changed before each of
 * its records was found to be good.
 */

#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/nospec.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "save.h"

struct load {
    struct domain_context c;
    const uint8_t *stream;
    size_t size;
    size_t record;              /* offset of the current one's descriptor */
    size_t next;                /* offset of what follows it */
    unsigned long *seen;        /* a bit for each type and vCPU */
};

size_t domain_load_length(const struct domain_context *c)
{
    return c->desc.length;
}

int domain_load_begin(struct domain_context *c, size_t len)
{
    /* Of another length, a record is not of this type. */
    if ( !c->rc && c->state == RECORD_NONE && len != c->desc.length )
        c->rc = -EINVAL;

    return domain_record_begin(c, len);
}

int domain_load_data(struct domain_context *c, void *dst, size_t len)
{
    int rc = domain_record_take(c, len);

    if ( rc )
        return rc;

    if ( !c->payload )
        return domain_record_fault(c, "load in a save");

    memcpy(dst, c->payload, len);
    c->payload += len;

    return 0;
}

int domain_load_end(struct domain_context *c)
{
    return domain_record_end(c);
}

static int check_framing(const struct domain_save_descriptor *desc, bool first)
{
    bool plain = !desc->flags && !desc->vcpu_id;

    if ( (desc->flags & ~DOMAIN_SAVE_FLAG_IGNORE) ||
         (desc->length % RECORD_ALIGN) )
        return -EINVAL;

    if ( first != (desc->typecode == DOMAIN_SAVE_CODE_HEADER) )
        return -EINVAL;

    if ( first )
        plain = plain && desc->length == sizeof(struct domain_save_header);
    else if ( desc->typecode == DOMAIN_SAVE_CODE_END )
        plain = plain && !desc->length;
    else
        return 0;

    return plain ? 0 : -EINVAL;
}

/* No sum of what the stream says is formed, so none can wrap. */
static int next_record(struct load *l)
{
    struct domain_save_descriptor *desc = &l->c.desc;
    int rc;

    l->record = l->next;
    if ( l->size - l->record < sizeof(*desc) )
        return -ENODATA;

    memcpy(desc, l->stream + l->record, sizeof(*desc));
    l->next += sizeof(*desc);

    rc = check_framing(desc, !l->record);
    if ( rc )
        return rc;

    if ( desc->length > l->size - l->next )
        return -ENODATA;

    domain_record_init(&l->c);
    l->c.payload = l->stream + l->next;
    l->next += array_index_nospec(desc->length, l->size - l->next + 1);

    return 0;
}

static int load_header(struct load *l)
{
    struct domain_save_header h;
    int rc = next_record(l);

    if ( rc )
        return rc;

    memcpy(&h, l->c.payload, sizeof(h));

    return h.magic == DOMAIN_SAVE_MAGIC && h.version == DOMAIN_SAVE_VERSION
           ? 0 : -EINVAL;
}

/* Who loads the current record, and for which vCPU. */
static int find_type(const struct load *l,
                     const struct domain_save_type **type, struct vcpu **v)
{
    const struct domain_save_descriptor *desc = &l->c.desc;
    unsigned int typecode = desc->typecode;

    if ( typecode >= ARRAY_SIZE(domain_save_types) )
        return -EOPNOTSUPP;

    *type = &array_access_nospec(domain_save_types, typecode);
    *v = NULL;

    if ( !(*type)->load )
        return -EOPNOTSUPP;

    if ( !(*type)->per_vcpu )
        return desc->vcpu_id ? -EINVAL : 0;

    *v = domain_vcpu(l->c.d, desc->vcpu_id);

    return *v ? 0 : -ENXIO;
}

static bool seen_before(const struct load *l,
                        const struct domain_save_type *type,
                        const struct vcpu *v)
{
    unsigned int bit = v ? v->vcpu_id : 0;

    bit = bit * ARRAY_SIZE(domain_save_types) + (type - domain_save_types);

    return __test_and_set_bit(bit, l->seen);
}

static int load_record(struct load *l)
{
    struct domain_context *c = &l->c;
    const struct domain_save_type *type;
    struct vcpu *v;
    int rc = find_type(l, &type, &v);

    if ( rc )
        return rc;

    if ( !c->dry_run )
        gdprintk(XENLOG_INFO, "d%d load: %s (vCPU %u), %zu bytes\n",
                 c->d->domain_id, type->name, c->desc.vcpu_id,
                 domain_load_length(c));
    else if ( seen_before(l, type, v) )
        return -EEXIST;

    return domain_record_done(c, type->load(c->d, v, c, c->dry_run));
}

static int walk(struct load *l, bool dry_run)
{
    const struct domain_save_descriptor *desc = &l->c.desc;
    int rc;

    l->c.dry_run = dry_run;
    l->next = 0;
    rc = load_header(l);

    while ( !rc )
    {
        process_pending_softirqs();

        rc = next_record(l);
        if ( rc || desc->typecode == DOMAIN_SAVE_CODE_END )
            break;

        if ( !(desc->flags & DOMAIN_SAVE_FLAG_IGNORE) )
            rc = load_record(l);
    }

    if ( rc )
        printk(XENLOG_G_WARNING "d%d load: error %d at offset %zu%s\n",
               l->c.d->domain_id, rc, l->record,
               dry_run ? "" : ", what is before it was loaded");

    return rc;
}

static int load_all(struct load *l)
{
    int rc = walk(l, true);

    if ( rc )
        return rc;

    /* What could fail did so in the dry run, but for a handler's fault. */
    return walk(l, false) ? -EIO : 0;
}

int domain_load(struct domain *d, const void *stream, size_t size)
{
    struct load l = {
        .c.d = d,
        .stream = stream,
        .size = size,
    };
    unsigned int bits = max(d->max_vcpus, 1u) * ARRAY_SIZE(domain_save_types);
    int rc = domain_context_allowed(d);

    if ( rc )
        return rc;

    l.seen = xzalloc_array(unsigned long, BITS_TO_LONGS(bits));
    if ( !l.seen )
        return -ENOMEM;

    domain_pause(d);
    rc = load_all(&l);
    domain_unpause(d);

    xfree(l.seen);

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
