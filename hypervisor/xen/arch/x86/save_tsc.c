/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save_tsc.c: save and load how the TSC is shown to a guest
 *
 * This is what XEN_DOMCTL_{get,set}tscinfo carry. A load counts in incarnation,
 * which the guest sees in CPUID, and so it does in theirs.
 */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/save.h>
#include <xen/sched.h>
#include <xen/time.h>

#include <asm/hvm/hvm.h>
#include <asm/time.h>

/* Context: domain paused, so that nobody else changes any of it. */
static int cf_check save_tsc_info(struct domain *d, struct vcpu *v,
                                  struct domain_context *c, bool dry_run)
{
    struct domain_save_tsc_info info = {};
    uint64_t nsec = 0;

    /* All of it leaves the hypervisor, so there may be no holes. */
    BUILD_BUG_ON(sizeof(info) !=
                 sizeof(info.mode) + sizeof(info.khz) + sizeof(info.nsec) +
                 sizeof(info.incarnation) + sizeof(info.reserved));

    tsc_get_info(d, &info.mode, &nsec, &info.khz, &info.incarnation);
    info.nsec = nsec;

    return domain_save_entry(c, &info, sizeof(info));
}

/*
 * Without emulation the frequency stays, and where the TSC is scaled, has to be
 * one that the host can scale to: a TSC with the ratio 0 would stand still.
 */
static bool scales(const struct domain *d)
{
    return !is_hvm_domain(d) || !hvm_tsc_scaling_supported ||
           hvm_get_tsc_scaling_ratio(d->arch.tsc_khz);
}

/*
 * Whatever a save may have written. Any khz may be: XEN_DOMCTL_settscinfo
 * takes it, 0 for that of this host, and set_time_scale() does with any other.
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
        /* tsc_set_info() would drop them, and a save has none. */
        if ( info->khz || info->nsec || !scales(d) )
            return false;
        break;

    default:
        return false;
    }

    return !info->reserved && info->nsec <= STIME_MAX;
}

/*
 * On Intel CPUs, the ratio is in the VMCS of each vCPU. Xen writes it there
 * when it loads the vCPU's registers, which may have been before.
 *
 * While a vCPU runs a nested guest, Xen writes to the VMCS of the nested
 * guest. The VMCS of the guest itself keeps its ratio until the vCPU's
 * registers are loaded. This is accepted: Xen does not support nested
 * virtualization.
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
 * Context: domain paused, as for XEN_DOMCTL_settscinfo: it may have run. Once
 * the mode is known, tsc_set_info() does not fail.
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
