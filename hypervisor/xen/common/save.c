/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save.c: save a domain's context
 *
 * This file also registers the types of records, and checks on save and on load
 * that a handler processes as many bytes as it has announced.
 */

#include <xen/cache.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/nospec.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/vmap.h>

#include "save.h"

/* HEADER and END have no handlers: save.c and load.c process them. */
struct domain_save_type __ro_after_init
domain_save_types[DOMAIN_SAVE_CODE_MAX + 1] = {
    [DOMAIN_SAVE_CODE_END] = { .name = "END" },
    [DOMAIN_SAVE_CODE_HEADER] = { .name = "HEADER" },
};

void __init domain_register_save_type(unsigned int typecode, const char *name,
                                      bool per_vcpu, domain_save_handler save,
                                      domain_load_handler load)
{
    struct domain_save_type *type;

    /* Only Xen's own code registers types: a bug shows at the first boot. */
    BUG_ON(typecode >= ARRAY_SIZE(domain_save_types));
    type = &domain_save_types[typecode];
    BUG_ON(type->name[0]);
    BUG_ON(!name[0] || !save);
    BUG_ON(strlcpy(type->name, name, sizeof(type->name)) >=
           sizeof(type->name));

    type->per_vcpu = per_vcpu;
    type->save = save;
    type->load = load;
}

void __init domain_register_save_scratch(unsigned int typecode,
                                         domain_scratch_size size)
{
    BUG_ON(typecode >= ARRAY_SIZE(domain_save_types));
    BUG_ON(!size || domain_save_types[typecode].scratch);
    domain_save_types[typecode].scratch = size;
}

/* Allow a dying domain, because live update must save dying domains, too. */
int domain_context_allowed(const struct domain *d)
{
    /* A domain cannot pause itself. */
    return d == current->domain ? -EPERM : 0;
}

int domain_save_allowed(const struct domain *d,
                        struct domain_save_choice choice)
{
    const struct domain_save_type *type;
    int rc = domain_context_allowed(d);

    if ( rc )
        return rc;

    if ( !choice.typecode )
        return choice.vcpu_id ? -EINVAL : 0;

    if ( choice.typecode >= ARRAY_SIZE(domain_save_types) )
        return -EOPNOTSUPP;

    type = &array_access_nospec(domain_save_types, choice.typecode);
    if ( !type->save )
        return -EOPNOTSUPP;

    if ( !type->per_vcpu )
        return choice.vcpu_id ? -EINVAL : 0;

    if ( choice.vcpu_id == DOMAIN_SAVE_ALL_VCPUS )
        return 0;

    return domain_vcpu(d, choice.vcpu_id) ? 0 : -ENXIO;
}

void domain_record_init(struct domain_context *c)
{
    c->state = RECORD_NONE;
    c->left = 0;
    c->rc = 0;
}

/* Keep the first error in c->rc, because a handler may ignore it. */
static int keep_error(struct domain_context *c, int rc)
{
    if ( !c->rc )
        c->rc = rc;

    return rc;
}

/*
 * Do not log errors with XENLOG_G_*, which is rate-limited: the reason of an
 * error is only in the log. Messages are few, because a save or a load ends at
 * its first error, and only a toolstack can start a save or a load.
 */
int domain_record_fault(struct domain_context *c, const char *what)
{
    printk(XENLOG_ERR "%pd: context handler of %s (vCPU %u): %s\n",
           c->d, domain_save_types[c->desc.typecode].name,
           c->desc.vcpu_id, what);
    c->why = what;

    return keep_error(c, -EBADMSG);
}

int domain_record_begin(struct domain_context *c, uint64_t len)
{
    if ( c->rc )
        return c->rc;

    if ( c->state != RECORD_NONE )
        return domain_record_fault(c, "more than one record");

    c->state = RECORD_BEGUN;
    c->left = len;

    return 0;
}

int domain_record_take(struct domain_context *c, size_t len)
{
    if ( c->rc )
        return c->rc;

    if ( c->state != RECORD_BEGUN )
        return domain_record_fault(c, "data outside of a record");

    if ( len > c->left )
        return domain_record_fault(c, "more data than announced");

    c->left -= len;

    return 0;
}

int domain_record_end(struct domain_context *c)
{
    if ( c->rc )
        return c->rc;

    if ( c->state != RECORD_BEGUN )
        return domain_record_fault(c, "end of no record");

    if ( c->left )
        return domain_record_fault(c, "less data than announced");

    c->state = RECORD_ENDED;

    return 0;
}

int domain_record_done(struct domain_context *c, int rc)
{
    if ( c->rc )
        return c->rc;

    if ( rc < 0 )
        return rc;

    if ( rc )
        return domain_record_fault(c, "neither 0 nor an error");

    if ( c->state == RECORD_BEGUN )
        return domain_record_fault(c, "record without an end");

    if ( c->state == RECORD_NONE && c->payload )
        return domain_record_fault(c, "record not read");

    return 0;
}

static int write_out(struct domain_context *c, const void *src, size_t len)
{
    if ( !c->write )
        return domain_record_fault(c, "save in a load");

    if ( !len )
        return 0;

    if ( !c->dry_run && !src )
        return domain_record_fault(c, "no data, though there is room");

    return keep_error(c, c->write(c->priv, c->dry_run ? NULL : src, len));
}

/* If a record does not fit into the room, only count it and all later ones. */
static void take_room(struct domain_context *c, size_t len)
{
    if ( c->room < sizeof(c->desc) || len > c->room - sizeof(c->desc) )
    {
        c->dry_run = true;
        c->room = 0;
    }
    else
        c->room -= sizeof(c->desc) + len;
}

void *domain_save_scratch(const struct domain_context *c, size_t *size)
{
    *size = min(c->scratch_size, c->room);

    return c->scratch;
}

int domain_save_begin(struct domain_context *c, size_t len)
{
    int rc;

    /* The caller gets the whole descriptor: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(c->desc) !=
                 sizeof(c->desc.typecode) + sizeof(c->desc.vcpu_id) +
                 sizeof(c->desc.flags) + sizeof(c->desc.length));

    if ( len % RECORD_ALIGN )
        return domain_record_fault(c, "length no multiple of 8");

    rc = domain_record_begin(c, len);
    if ( rc )
        return rc;

    take_room(c, len);
    if ( !c->dry_run )
        gdprintk(XENLOG_INFO, "%pd save: %s (vCPU %u), %zu bytes\n",
                 c->d, domain_save_types[c->desc.typecode].name,
                 c->desc.vcpu_id, len);

    c->desc.length = len;

    return write_out(c, &c->desc, sizeof(c->desc));
}

int domain_save_data(struct domain_context *c, const void *src, size_t len)
{
    return domain_record_take(c, len) ?: write_out(c, src, len);
}

int domain_save_end(struct domain_context *c)
{
    return domain_record_end(c);
}

static void next_record(struct domain_context *c, unsigned int typecode,
                        const struct vcpu *v)
{
    c->desc = (struct domain_save_descriptor){
        .typecode = typecode,
        .vcpu_id = v ? v->vcpu_id : 0,
    };
    domain_record_init(c);
}

static int save_record(struct domain_context *c, unsigned int typecode,
                       struct vcpu *v)
{
    const struct domain_save_type *type = &domain_save_types[typecode];
    int rc;

    next_record(c, typecode, v);
    process_pending_softirqs();

    rc = domain_record_done(c, type->save(c->d, v, c, c->dry_run));
    if ( rc )
        printk(XENLOG_WARNING "%pd save: %s (vCPU %u): error %d\n",
               c->d, type->name, c->desc.vcpu_id, rc);

    return rc;
}

static bool chosen(const struct domain_context *c, unsigned int typecode)
{
    if ( !domain_save_types[typecode].save )
        return false;

    return !c->choice.typecode || c->choice.typecode == typecode;
}

static int save_type(struct domain_context *c, unsigned int typecode)
{
    const struct domain_save_type *type = &domain_save_types[typecode];
    struct vcpu *v;
    int rc = 0;

    if ( !chosen(c, typecode) )
        return 0;

    if ( !type->per_vcpu )
        return save_record(c, typecode, NULL);

    for_each_vcpu ( c->d, v )
    {
        if ( c->choice.typecode && c->choice.vcpu_id != v->vcpu_id &&
             c->choice.vcpu_id != DOMAIN_SAVE_ALL_VCPUS )
            continue;

        rc = save_record(c, typecode, v);
        if ( rc )
            break;
    }

    return rc;
}

static int save_header(struct domain_context *c)
{
    const struct domain_save_header h = {
        .magic = DOMAIN_SAVE_MAGIC,
        .version = DOMAIN_SAVE_VERSION,
    };

    BUILD_BUG_ON(sizeof(h) != sizeof(h.magic) + sizeof(h.version));
    next_record(c, DOMAIN_SAVE_CODE_HEADER, NULL);

    return domain_save_entry(c, &h, sizeof(h));
}

static int save_all(struct domain_context *c)
{
    unsigned int i;
    int rc = save_header(c);

    for ( i = 0; !rc && i < ARRAY_SIZE(domain_save_types); i++ )
        rc = save_type(c, i);

    if ( rc )
        return rc;

    next_record(c, DOMAIN_SAVE_CODE_END, NULL);

    return domain_save_entry(c, NULL, 0);
}

/*
 * Allocate scratch memory that all handlers share, because only one of them
 * runs at a time. Allocate before the domain is paused: vzalloc() may allocate
 * thousands of pages, which would prolong the pause.
 */
static int alloc_scratch(struct domain_context *c)
{
    unsigned int i;
    size_t size = 0;

    for ( i = 0; i < ARRAY_SIZE(domain_save_types); i++ )
        if ( chosen(c, i) && domain_save_types[i].scratch )
            size = max(size, domain_save_types[i].scratch(c->d));

    c->scratch_size = min(size, c->room);
    if ( !c->scratch_size )
        return 0;

    c->scratch = vzalloc(c->scratch_size);

    return c->scratch ? 0 : -ENOMEM;
}

int domain_save(struct domain *d, struct domain_save_choice choice,
                domain_write_entry write, void *priv, size_t room)
{
    struct domain_context c = {
        .d = d,
        .choice = choice,
        .write = write,
        .priv = priv,
        .room = room,
    };
    int rc = domain_save_allowed(d, choice) ?: alloc_scratch(&c);

    if ( rc )
        return rc;

    domain_pause(d);
    rc = save_all(&c);
    domain_unpause(d);

    vfree(c.scratch);

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
