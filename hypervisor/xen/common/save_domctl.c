/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_domctl.c: a domain's context, from and to a toolstack
 *
 * Streams are copied through memory of Xen, so the caller cannot change a
 * stream between the check and the load. This memory is as large as the
 * caller's buffer. Handlers that collect their records get at most as much
 * again.
 *
 * The domain is paused only while its context is copied between the domain and
 * this memory. All memory is allocated before the pause. A load copies the
 * stream from the caller before the pause, and a save copies it to the caller
 * after the pause. The domctl lock is held all the time, as by other domctls:
 * for some milliseconds, if the stream has 16 MiB.
 */

#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/save.h>
#include <xen/sizes.h>
#include <xen/vmap.h>

#include <public/domctl.h>

#include "save.h"

/*
 * Limit for the memory that a caller makes Xen allocate. All records but GNTTAB
 * need about 3 MiB at most. A record GNTTAB with up to about a million grants
 * fits as well. A domain with more grants in use cannot be saved.
 */
#define CONTEXT_MAX SZ_16M

struct sink {
    uint8_t *buffer;
    uint64_t size;
    uint64_t written;           /* also counts bytes that did not fit */
};

static int cf_check sink_write(void *priv, const void *data, size_t len)
{
    struct sink *s = priv;

    /* domain_save() passes no data for records that exceed s->size. */
    if ( data )
    {
        ASSERT(s->written <= s->size && len <= s->size - s->written);
        memcpy(s->buffer + s->written, data, len);
    }

    s->written += len;

    return 0;
}

static int save_to_guest(struct domain *d, struct domain_save_choice choice,
                         struct sink *s, XEN_GUEST_HANDLE_64(void) buffer)
{
    int rc = domain_save(d, choice, sink_write, s, s->size);

    if ( rc || guest_handle_is_null(buffer) )
        return rc;

    if ( s->written > s->size )
        return -ENOBUFS;

    return copy_to_guest(buffer, s->buffer, s->written) ? -EFAULT : 0;
}

int domain_get_context(struct domain *d, struct xen_domctl_domaincontext *op)
{
    struct domain_save_choice choice = {
        .typecode = op->typecode,
        .vcpu_id = op->vcpu_id,
    };
    struct sink s = {
        .size = guest_handle_is_null(op->buffer) ? 0 : op->size,
    };
    int rc = domain_save_allowed(d, choice);

    if ( rc )
        return rc;

    if ( s.size > CONTEXT_MAX )
        return -E2BIG;

    if ( s.size )
    {
        s.buffer = vzalloc(s.size);
        if ( !s.buffer )
            return -ENOMEM;
    }

    rc = save_to_guest(d, choice, &s, op->buffer);
    op->size = s.written;
    vfree(s.buffer);

    return rc;
}

int domain_set_context(struct domain *d,
                       const struct xen_domctl_domaincontext *op)
{
    void *stream;
    int rc = domain_context_allowed(d);

    if ( rc )
        return rc;

    /* A load selects records by DOMAIN_SAVE_FLAG_IGNORE, not by typecode. */
    if ( op->typecode || op->vcpu_id )
        return -EINVAL;

    if ( op->size > CONTEXT_MAX )
        return -E2BIG;

    if ( !op->size )
        return -ENODATA;

    stream = vzalloc(op->size);
    if ( !stream )
        return -ENOMEM;

    rc = copy_from_guest(stream, op->buffer, op->size)
         ? -EFAULT : domain_load(d, stream, op->size);
    vfree(stream);

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
