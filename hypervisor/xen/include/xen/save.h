/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save.h: save and load a domain's context
 *
 * The stream: public/save.h, and docs/specs/domain-context.md.
 */

#ifndef XEN_SAVE_H
#define XEN_SAVE_H

#include <xen/init.h>
#include <xen/sched.h>
#include <xen/types.h>

#include <public/save.h>

/* One save, or one load. */
struct domain_context;

/*
 * A save handler writes one record of its own type, or none, for d: a per-vCPU
 * one for v, which exists; for others v is NULL, as a domain need not have
 * vCPUs. A dry run writes as many bytes, of which nobody looks at the content.
 *
 * The domain is paused, which stops only its own vCPUs: other domains change
 * its event channels and grants meanwhile. The domain may also be dying, and
 * parts of it may be gone already.
 *
 * Context: domctl lock held, irqs on. The handler must not sleep. It must not
 * allocate memory either, because this would keep the domain paused for
 * longer. Returns 0 or -errno.
 */
typedef int (*domain_save_handler)(struct domain *d, struct vcpu *v,
                                   struct domain_context *c, bool dry_run);

/*
 * A load handler reads the one record that is there. All records of a stream
 * are looked at in a dry run first, which changes nothing and fails for all
 * that the other run, which follows with the same bytes, would fail for.
 * Context: as above.
 */
typedef int (*domain_load_handler)(struct domain *d, struct vcpu *v,
                                   struct domain_context *c, bool dry_run);

/* At boot. Without a load handler, a type is only there to be looked at. */
void domain_register_save_type(unsigned int typecode, const char *name,
                               bool per_vcpu, domain_save_handler save,
                               domain_load_handler load);

/*
 * Returns how many bytes of memory a save handler needs at most, to collect
 * its record before it calls domain_save_begin(). Must not change while d
 * exists.
 */
typedef size_t (*domain_scratch_size)(const struct domain *d);

/* At boot, before or after domain_register_save_type() for this typecode. */
void domain_register_save_scratch(unsigned int typecode,
                                  domain_scratch_size size);

#define DOMAIN_REGISTER_SAVE_SCRATCH(x, size)                             \
    static int __init cf_check register_##x##_scratch(void)               \
    {                                                                     \
        domain_register_save_scratch(DOMAIN_SAVE_CODE_##x, size);         \
        return 0;                                                         \
    }                                                                     \
    __initcall(register_##x##_scratch)

#define DOMAIN_REGISTER_SAVE_RESTORE(x, per_vcpu, save, load)             \
    static int __init cf_check register_##x##_save_restore(void)          \
    {                                                                     \
        domain_register_save_type(DOMAIN_SAVE_CODE_##x, #x, per_vcpu,     \
                                  save, load);                            \
        return 0;                                                         \
    }                                                                     \
    __initcall(register_##x##_save_restore)

/*
 * Returns memory to collect a record in. It was allocated before the domain
 * was paused. *size is at least what the type's domain_scratch_size asked for,
 * or the room that the stream has left, if that is less: data that does not
 * fit is never read. In a dry run, *size is 0.
 */
void *domain_save_scratch(const struct domain_context *c, size_t *size);

/*
 * A record of len bytes, a multiple of 8, in any number of pieces. If it does
 * not fit into the room it is as in a dry run, and src may be NULL.
 */
int domain_save_begin(struct domain_context *c, size_t len);
int domain_save_data(struct domain_context *c, const void *src, size_t len);
int domain_save_end(struct domain_context *c);

static inline int domain_save_entry(struct domain_context *c, const void *src,
                                    size_t len)
{
    int rc = domain_save_begin(c, len);

    if ( !rc )
        rc = domain_save_data(c, src, len);

    return rc ?: domain_save_end(c);
}

/* How long the record is. */
size_t domain_load_length(const struct domain_context *c);

/* Say how much of it is to be read: all of it, or the record is refused. */
int domain_load_begin(struct domain_context *c, size_t len);
int domain_load_data(struct domain_context *c, void *dst, size_t len);
int domain_load_end(struct domain_context *c);

static inline int domain_load_entry(struct domain_context *c, void *dst,
                                    size_t len)
{
    int rc = domain_load_begin(c, len);

    if ( !rc )
        rc = domain_load_data(c, dst, len);

    return rc ?: domain_load_end(c);
}

/*
 * Takes what a save writes; data is NULL from the first record on for which
 * there is no room. An error of its own ends the save.
 */
typedef int (*domain_write_entry)(void *priv, const void *data, size_t len);

/*
 * Which records to save. If records of the typecode belong to vCPUs, vcpu_id
 * is the id of a vCPU, or DOMAIN_SAVE_ALL_VCPUS. Otherwise it is 0.
 */
struct domain_save_choice {
    unsigned int typecode;      /* 0: all records */
    unsigned int vcpu_id;
};

/*
 * Save the context of d as a stream. write gets as many bytes of data as there
 * is room for. For the bytes after these, it gets NULL, and only counts them.
 * Without room, this is a dry run. Returns -EPERM if d is the caller's own
 * domain; -EOPNOTSUPP, -EINVAL or -ENXIO if the choice is not valid; -ENOMEM;
 * or an error of a handler or of write.
 *
 * Context: d is referenced. The domctl lock is held, so nobody destroys d
 * meanwhile. d may be dying already.
 */
int domain_save(struct domain *d, struct domain_save_choice choice,
                domain_write_entry write, void *priv, size_t room);

/*
 * Load what is in a stream into d: all of it, or nothing. Bytes after END are
 * not looked at. -EIO, and nothing else, says that d is half-loaded. Context:
 * as above.
 */
int domain_load(struct domain *d, const void *stream, size_t size);

/* XEN_DOMCTL_getdomaincontext and XEN_DOMCTL_setdomaincontext. */
struct xen_domctl_domaincontext;
int domain_get_context(struct domain *d, struct xen_domctl_domaincontext *op);
int domain_set_context(struct domain *d,
                       const struct xen_domctl_domaincontext *op);

#endif /* XEN_SAVE_H */
