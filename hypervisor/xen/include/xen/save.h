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
 * The domain is paused, which stops its vCPUs, and nobody else: event channels
 * and grants are changed by other domains meanwhile. It may be dying, whatever
 * of it is gone by then. Context: domctl lock held, may not sleep, irqs on, and
 * allocates nothing, as that would keep the domain paused. Returns 0 or -errno.
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
 * How many bytes of memory a save handler needs at most, to collect its record
 * before it begins it. This does not change while d exists.
 */
typedef size_t (*domain_scratch_size)(const struct domain *d);

/* At boot, for the same typecode, before it or after it. */
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
 * Memory to collect a record in, which was allocated before the domain was
 * paused: size bytes, as many as the type has asked for, but no more than there
 * is room for. Nobody looks at more. In a dry run, size is 0.
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

/* Which records are saved. Without a typecode, all of them. */
struct domain_save_choice {
    unsigned int typecode;      /* 0: all */
    unsigned int vcpu_id;       /* whose, or DOMAIN_SAVE_ALL_VCPUS; else 0 */
};

/*
 * The context of d, as a stream, of which write can take as many bytes as there
 * is room for; the others are only counted. Without room this is a dry run.
 * -EPERM if d is the caller's own domain; -EOPNOTSUPP, -EINVAL and -ENXIO if
 * there is no such choice.
 *
 * Context: d is referenced; domctl lock held, which keeps it from being taken
 * apart meanwhile. It may be dying already.
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
