/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load.c: load a domain's context
 *
 * A load walks the stream twice. The first walk checks all records, and the
 * second loads them. So a bad stream does not change the domain.
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
    size_t record;              /* offset of the current descriptor */
    size_t next;                /* offset of the next byte to parse */
    unsigned long *seen;        /* first walk: a bit per type and vCPU */
    unsigned int ignored;       /* records ignored in the second walk */
};

/* Note for the log why the current record is refused, and return rc. */
static int refuse(struct domain_context *c, int rc, const char *why)
{
    c->why = why;

    return rc;
}

size_t domain_load_length(const struct domain_context *c)
{
    return c->desc.length;
}

int domain_load_begin(struct domain_context *c, size_t len)
{
    /* Refuse a record whose length is not that of its type. */
    if ( !c->rc && c->state == RECORD_NONE && len != c->desc.length )
        c->rc = refuse(c, -EINVAL, "another length than its type has");

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

static int check_framing(struct domain_context *c, bool first)
{
    const struct domain_save_descriptor *desc = &c->desc;
    size_t length = first ? sizeof(struct domain_save_header) : 0;

    if ( desc->flags & ~DOMAIN_SAVE_FLAG_IGNORE )
        return refuse(c, -EINVAL, "unknown flag");

    /* An ignored record may be from another Xen, so it may have any length. */
    if ( desc->length % RECORD_ALIGN &&
         !(desc->flags & DOMAIN_SAVE_FLAG_IGNORE) )
        return refuse(c, -EINVAL, "length no multiple of 8");

    if ( first != (desc->typecode == DOMAIN_SAVE_CODE_HEADER) )
        return refuse(c, -EINVAL, first ? "no HEADER" : "another HEADER");

    if ( !first && desc->typecode != DOMAIN_SAVE_CODE_END )
        return 0;

    if ( desc->flags || desc->vcpu_id )
        return refuse(c, -EINVAL, "HEADER or END ignored, or of a vCPU");

    if ( desc->length != length )
        return refuse(c, -EINVAL, "HEADER or END of another length");

    return 0;
}

/*
 * Log a record that is not ignored. Ignored records are not logged one by one,
 * because a stream may have a million of them. The typecode is known, because
 * the first walk refuses unknown ones.
 */
static void log_record(const struct domain_context *c)
{
    const struct domain_save_descriptor *desc = &c->desc;
    unsigned int typecode = desc->typecode;

    gdprintk(XENLOG_INFO, "%pd load: %u, %s (vCPU %u), %zu bytes\n",
             c->d, typecode,
             array_access_nospec(domain_save_types, typecode).name,
             desc->vcpu_id, domain_load_length(c));
}

/*
 * Parse the next descriptor, and find its payload. A length from the stream is
 * compared with the number of bytes that are left before it is added to an
 * offset, so no sum can wrap.
 */
static int next_record(struct load *l)
{
    struct domain_save_descriptor *desc = &l->c.desc;
    int rc;

    l->record = l->next;
    if ( l->size - l->record < sizeof(*desc) )
        return refuse(&l->c, -ENODATA, "less than a descriptor is left");

    memcpy(desc, l->stream + l->record, sizeof(*desc));
    l->next += sizeof(*desc);

    rc = check_framing(&l->c, !l->record);
    if ( rc )
        return rc;

    if ( desc->length > l->size - l->next )
        return refuse(&l->c, -ENODATA, "longer than what is left");

    domain_record_init(&l->c);
    l->c.payload = l->stream + l->next;
    l->next += array_index_nospec((size_t)desc->length, l->size - l->next + 1);

    if ( desc->flags & DOMAIN_SAVE_FLAG_IGNORE )
        l->ignored += !l->c.dry_run;
    else if ( !l->c.dry_run )
        log_record(&l->c);

    return 0;
}

static int load_header(struct load *l)
{
    struct domain_save_header h;
    int rc = next_record(l);

    if ( rc )
        return rc;

    memcpy(&h, l->c.payload, sizeof(h));

    if ( h.magic != DOMAIN_SAVE_MAGIC )
        return refuse(&l->c, -EINVAL, "another magic");

    if ( h.version != DOMAIN_SAVE_VERSION )
        return refuse(&l->c, -EINVAL, "another version");

    return 0;
}

/*
 * Find the type of the current record and its vCPU, or NULL for a record of
 * the whole domain.
 */
static int find_type(struct load *l,
                     const struct domain_save_type **type, struct vcpu **v)
{
    const struct domain_save_descriptor *desc = &l->c.desc;
    unsigned int typecode = desc->typecode;

    if ( typecode >= ARRAY_SIZE(domain_save_types) )
        return refuse(&l->c, -EOPNOTSUPP, "unknown typecode");

    *type = &array_access_nospec(domain_save_types, typecode);
    *v = NULL;

    if ( !(*type)->load )
        return refuse(&l->c, -EOPNOTSUPP, "nothing to be loaded");

    if ( !(*type)->per_vcpu )
        return desc->vcpu_id ?
               refuse(&l->c, -EINVAL, "vCPU in a record of the domain") : 0;

    *v = domain_vcpu(l->c.d, desc->vcpu_id);

    return *v ? 0 : refuse(&l->c, -ENXIO, "no such vCPU");
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

    if ( c->dry_run && seen_before(l, type, v) )
        return refuse(c, -EEXIST, "the second of its kind");

    rc = domain_record_done(c, type->load(c->d, v, c, c->dry_run));

    /* If a handler fails, only -EINVAL means that the record is bad. */
    if ( rc && !c->why )
        refuse(c, rc, rc == -EINVAL ? "content that does not fit"
                                    : "its handler failed");

    return rc;
}

/*
 * Log why a load fails. XENLOG_G_* is not used, because it is rate-limited, and
 * only the log has the reason. A load logs one such line at most, and only a
 * toolstack can start a load.
 */
static void log_error(const struct load *l, int rc)
{
    printk(XENLOG_WARNING "%pd load: error %d at offset %zu: %s%s\n",
           l->c.d, rc, l->record, l->c.why,
           l->c.dry_run ? "" : ", what is before it was loaded");
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
        log_error(l, rc);
    if ( l->ignored )
        gdprintk(XENLOG_INFO, "%pd load: %u records ignored\n",
                 l->c.d, l->ignored);

    return rc;
}

static int load_all(struct load *l)
{
    int rc = walk(l, true);

    /* -EIO means a half-loaded domain, so replace the -EIO of a handler. */
    if ( rc )
        return rc == -EIO ? -EBADMSG : rc;

    /* After a good dry run, only a bug of a handler makes this walk fail. */
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
