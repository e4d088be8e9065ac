/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save.h: save and load a domain's context
 *
 * public/save.h and docs/specs/domain-context.md describe the stream.
 */

#ifndef XEN_SAVE_H
#define XEN_SAVE_H

#include <xen/init.h>
#include <xen/sched.h>
#include <xen/types.h>

#include <public/save.h>

/* The state of one call of domain_save() or domain_load(). */
struct domain_context;

/*
 * A save handler writes one record of its own type for domain d, or none. A
 * per-vCPU handler gets the vCPU as v. For other handlers v is NULL, because a
 * domain may have no vCPUs. In a dry run, a handler must write as many bytes as
 * otherwise, but their values are not used.
 *
 * The domain is paused, which stops only its own vCPUs: other domains change
 * its event channels and grants meanwhile. The domain may also be dying, and
 * parts of it may already be freed.
 *
 * Context: domctl lock held, irqs on. The handler must not sleep. The handler
 * must not allocate memory either, because an allocation would prolong the
 * pause of the domain. Returns 0 or -errno.
 */
typedef int (*domain_save_handler)(struct domain *d, struct vcpu *v,
                                   struct domain_context *c, bool dry_run);

/*
 * A load handler reads the current record. Xen calls the handler twice with the
 * same bytes, first with dry_run. The dry run must change nothing, and must
 * fail if the second call would fail. The second calls begin only when the dry
 * run of each record of the stream has succeeded, so that a bad stream changes
 * nothing. Context: as for a save handler.
 */
typedef int (*domain_load_handler)(struct domain *d, struct vcpu *v,
                                   struct domain_context *c, bool dry_run);

/*
 * Register a type of record, at boot. If load is NULL, Xen can save records of
 * this type, but refuses to load them.
 */
void domain_register_save_type(unsigned int typecode, const char *name,
                               bool per_vcpu, domain_save_handler save,
                               domain_load_handler load);

/*
 * Returns how many bytes of memory a save handler needs at most, to collect
 * its record before it calls domain_save_begin(). The result must not change
 * while d exists, because Xen allocates the memory before it pauses d.
 */
typedef size_t (*domain_scratch_size)(const struct domain *d);

/*
 * Register, at boot, how much memory the save handler of typecode needs. The
 * call may precede or follow that of domain_register_save_type().
 */
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
 * Returns memory in which a save handler collects its record. Xen has allocated
 * the memory before it paused the domain. *size is at least the size that the
 * type's domain_scratch_size returned, or the room that is left in the stream,
 * if the room is smaller: a record that does not fit into the room is only
 * counted. In a dry run, *size is 0.
 */
void *domain_save_scratch(const struct domain_context *c, size_t *size);

/*
 * Begin a record with a payload of len bytes, a multiple of 8. Write the
 * payload, in any number of pieces. End the record. If the record does not fit
 * into the room of the stream, its bytes are only counted, and src may be NULL.
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

/* Returns the length of the current record's payload, in bytes. */
size_t domain_load_length(const struct domain_context *c);

/*
 * Begin to read the current record. If len is not the length of its payload,
 * the record is refused. Read all of the payload, in any number of pieces, to
 * dst. End the record.
 */
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
 * A callback that gets the bytes of the stream from domain_save(), in order.
 * From the first record on that does not fit into the room, data is NULL, and
 * the callback only counts bytes. If it returns an error, the save fails.
 */
typedef int (*domain_write_entry)(void *priv, const void *data, size_t len);

/*
 * Selects the records to save. If records of the typecode belong to vCPUs,
 * vcpu_id is the id of a vCPU, or DOMAIN_SAVE_ALL_VCPUS. Otherwise vcpu_id must
 * be 0.
 */
struct domain_save_choice {
    unsigned int typecode;      /* 0: all records */
    unsigned int vcpu_id;
};

/*
 * Save the context of d as a stream. write gets the data of whole records, as
 * long as these fit into room bytes. For all later records, write gets NULL,
 * and only counts the bytes. If room is 0, the whole save is a dry run. Returns
 * -EPERM if d is the caller's own domain; -EOPNOTSUPP, -EINVAL or -ENXIO if the
 * choice is not valid; -ENOMEM; or an error of a handler or of write.
 *
 * Context: d is referenced. The domctl lock is held, so no domctl destroys d
 * meanwhile. d may be dying already.
 */
int domain_save(struct domain *d, struct domain_save_choice choice,
                domain_write_entry write, void *priv, size_t room);

/*
 * Load all records of a stream into d, except ignored ones. Bytes after END are
 * not read. If the result is -EIO, a handler has a bug, and d is half-loaded.
 * After any other error, d is unchanged. Context: as for domain_save().
 */
int domain_load(struct domain *d, const void *stream, size_t size);

/* Implement XEN_DOMCTL_getdomaincontext and XEN_DOMCTL_setdomaincontext. */
struct xen_domctl_domaincontext;
int domain_get_context(struct domain *d, struct xen_domctl_domaincontext *op);
int domain_set_context(struct domain *d,
                       const struct xen_domctl_domaincontext *op);

#endif /* XEN_SAVE_H */
