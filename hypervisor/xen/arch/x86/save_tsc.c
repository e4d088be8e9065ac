/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_tsc.c: save and load how the TSC is shown to a guest
 *
 * The record has the fields of XEN_DOMCTL_{get,set}tscinfo. As with these, a
 * load adds 1 to incarnation, which the guest can read by CPUID.
 */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>
#include <xen/time.h>

#include <asm/hvm/hvm.h>
#include <asm/time.h>

/* Context: the domctl lock is held, so no other domctl changes the TSC. */
static int cf_check save_tsc_info(struct domain *d, struct vcpu *v,
                                  struct domain_context *c, bool dry_run)
{
    struct domain_save_tsc_info info = {};
    uint64_t nsec = 0;

    /* The caller gets the whole structure: a hole would leak Xen's memory. */
    BUILD_BUG_ON(sizeof(info) !=
                 sizeof(info.mode) + sizeof(info.khz) + sizeof(info.nsec) +
                 sizeof(info.incarnation) + sizeof(info.reserved));

    tsc_get_info(d, &info.mode, &nsec, &info.khz, &info.incarnation);
    info.nsec = nsec;

    return domain_save_entry(c, &info, sizeof(info));
}

/*
 * TSC_MODE_NEVER_EMULATE keeps the frequency that the domain has. Return false
 * if the host scales TSCs, but cannot scale to this frequency: tsc_set_info()
 * would set the ratio 0, with which the TSC stands still.
 */
static bool scales(const struct domain *d)
{
    return !is_hvm_domain(d) || !hvm_tsc_scaling_supported ||
           hvm_get_tsc_scaling_ratio(d->arch.tsc_khz);
}

/*
 * Return whether a save may have written these settings. Accept any khz, as
 * XEN_DOMCTL_settscinfo does: 0 selects the frequency of this host, and
 * set_time_scale() handles any other.
 */
static bool acceptable(const struct domain *d,
                       const struct domain_save_tsc_info *info)
{
    switch ( info->mode )
    {
    case TSC_MODE_DEFAULT:
    case TSC_MODE_ALWAYS_EMULATE:
        break;

    case TSC_MODE_NEVER_EMULATE:
        /* tsc_set_info() ignores khz and nsec here, and a save writes 0. */
        if ( info->khz || info->nsec || !scales(d) )
            return false;
        break;

    default:
        return false;
    }

    return !info->reserved && info->nsec <= STIME_MAX;
}

/*
 * On Intel CPUs, the TSC ratio is in the VMCS of each vCPU. Xen writes the
 * ratio there when Xen loads the vCPU's registers. A toolstack may have loaded
 * the registers before this record, so write the new ratio here.
 *
 * While a vCPU runs a nested guest, Xen writes to the VMCS of the nested
 * guest. The VMCS of the guest itself keeps the old ratio until the vCPU's
 * registers are loaded. The old ratio is accepted there, because Xen does not
 * support nested virtualization.
 */
static void set_ratios(struct domain *d)
{
    struct vcpu *v;

    if ( !is_hvm_domain(d) || !hvm_funcs.tsc_scaling.setup )
        return;

    for_each_vcpu ( d, v )
        alternative_vcall(hvm_funcs.tsc_scaling.setup, v);
}

/*
 * Context: domain paused, as for XEN_DOMCTL_settscinfo. The domain may have run
 * already. The dry run has refused unknown modes, so tsc_set_info() does not
 * fail.
 */
static int cf_check load_tsc_info(struct domain *d, struct vcpu *v,
                                  struct domain_context *c, bool dry_run)
{
    struct domain_save_tsc_info info;
    int rc = domain_load_entry(c, &info, sizeof(info));

    if ( rc )
        return rc;

    if ( !acceptable(d, &info) )
        return -EINVAL;

    if ( dry_run )
        return 0;

    rc = tsc_set_info(d, info.mode, info.nsec, info.khz, info.incarnation);
    if ( !rc )
        set_ratios(d);

    return rc;
}

DOMAIN_REGISTER_SAVE_RESTORE(TSC_INFO, false, save_tsc_info, load_tsc_info);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
