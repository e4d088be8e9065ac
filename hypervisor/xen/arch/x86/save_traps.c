/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_traps.c: save the pending traps of a vCPU
 *
 * XEN_DOMCTL_getvcpucontext does not return pending exceptions and NMIs, so an
 * image without this record may lose them.
 */

#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>

/*
 * Before Xen delivers an exception to a PV guest, Xen handles softirqs, and may
 * switch to another vCPU. So the vCPU may be paused before the delivery. The
 * delivery clears tb->flags.
 */
static void add_exception(const struct vcpu *v,
                          struct domain_save_vcpu_traps *traps)
{
    const struct trap_bounce *tb = &v->arch.pv.trap_bounce;

    if ( !(tb->flags & TBF_EXCEPTION) )
        return;

    traps->flags |= DOMAIN_SAVE_TRAPS_EXCEPTION;
    traps->cs = tb->cs;
    traps->eip = tb->eip;

    if ( tb->flags & TBF_INTERRUPT )
        traps->flags |= DOMAIN_SAVE_TRAPS_NO_EVENTS;

    if ( tb->flags & TBF_EXCEPTION_ERRCODE )
    {
        traps->flags |= DOMAIN_SAVE_TRAPS_ERROR_CODE;
        traps->error_code = tb->error_code;
    }
}

/* Context: domain paused. Xen may set nmi_pending and mce_pending meanwhile. */
static int cf_check save_vcpu_traps(struct domain *d, struct vcpu *v,
                                    struct domain_context *c, bool dry_run)
{
    struct domain_save_vcpu_traps traps = {};

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(traps) !=
                 sizeof(traps.flags) + sizeof(traps.error_code) +
                 sizeof(traps.eip) + sizeof(traps.cs) +
                 sizeof(traps.reserved));

    if ( v->arch.nmi_pending )
        traps.flags |= DOMAIN_SAVE_TRAPS_NMI;

    if ( v->arch.mce_pending )
        traps.flags |= DOMAIN_SAVE_TRAPS_MCE;

    if ( v->arch.async_exception_mask & (1u << VCPU_TRAP_NMI) )
        traps.flags |= DOMAIN_SAVE_TRAPS_NMI_MASKED;

    if ( v->arch.async_exception_mask & (1u << VCPU_TRAP_MCE) )
        traps.flags |= DOMAIN_SAVE_TRAPS_MCE_MASKED;

    if ( is_pv_vcpu(v) )
        add_exception(v, &traps);

    return domain_save_entry(c, &traps, sizeof(traps));
}

DOMAIN_REGISTER_SAVE_RESTORE(VCPU_TRAPS, true, save_vcpu_traps, NULL);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
