// SPDX-License-Identifier: GPL-2.0
/*
 * The grant table across a suspend.
 *
 * For a PV guest the table's frames are Xen's own, mapped at a fixed address.
 * No page table may hold them during the save, and a new domain has other
 * ones, of another table that starts out empty and small.
 */
#include <linux/math.h>
#include <linux/pgtable.h>
#include <linux/slab.h>

#include <xen/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/suspend.h>
#include <xen/xen.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include "grant_suspend.h"

/* Frame numbers from Xen; for as many frames as the table can ever have. */
static xen_pfn_t *shared_frames;
static u64 *status_frames;

/* Did the host that the guest is saved on have frames beyond version 1? */
static bool needed_v2;

/* Version 2 keeps one status word per entry in frames of their own. */
static unsigned int nr_status(unsigned int nr_frames)
{
	return DIV_ROUND_UP(nr_frames *
			    (XEN_PAGE_SIZE / sizeof(union grant_entry_v2)),
			    XEN_PAGE_SIZE / sizeof(grant_status_t));
}

/**
 * gnttab_suspend_release - free what gnttab_suspend_reserve() allocated
 *
 * After a restore, as there is another maximum then. Until then it is kept: it is a few
 * hundred bytes, and to ask Xen for the maximum takes longer than all else that is
 * reserved.
 *
 * Context: Process context.
 */
void gnttab_suspend_release(void)
{
	kfree(shared_frames);
	kfree(status_frames);
	shared_frames = NULL;
	status_frames = NULL;
}

/**
 * gnttab_suspend_reserve - allocate what gnttab_resume_frames() will need
 *
 * Kernel threads may still grow the table, so this goes by the maximum.
 *
 * Context: Process context, may sleep.
 * Return: 0 or -ENOMEM, with nothing left allocated.
 */
int gnttab_suspend_reserve(void)
{
	unsigned int max;

	if (!xen_pv_domain() || shared_frames)
		return 0;

	max = gnttab_max_grant_frames();
	needed_v2 = gnttab_need_v2();
	shared_frames = kcalloc(max, sizeof(*shared_frames), GFP_KERNEL);
	status_frames = kcalloc(nr_status(max), sizeof(*status_frames),
				GFP_KERNEL);
	if (shared_frames && status_frames)
		return 0;
	gnttab_suspend_release();
	return -ENOMEM;
}

/**
 * gnttab_suspend_frames - unmap the grant table of a PV guest
 * @s: the suspend
 *
 * Context: Stopped machine.
 * Return: 0.
 */
int gnttab_suspend_frames(struct xen_suspend *s)
{
	struct gnttab_layout table = gnttab_get_layout();

	if (!xen_pv_domain())
		return 0;

	/* In one hypercall. */
	lazy_mmu_mode_enable();
	arch_gnttab_unmap(table.shared, table.nr_frames);
	if (table.version == 2)
		arch_gnttab_unmap(table.status, nr_status(table.nr_frames));
	lazy_mmu_mode_disable();
	return 0;
}

/*
 * A new domain's table has version 1.  References handed out before count
 * entries of the old version, so it must become that one again.  An entry of
 * version 1 has 32 bits for a frame: on a host with more, it would grant
 * another frame than the one that is meant.
 */
static int restore_version(unsigned int version)
{
	struct gnttab_set_version gsv = { .version = version };
	int err;

	if (version == 1)
		return xen_pv_domain() && !needed_v2 && gnttab_need_v2() ?
			-EOPNOTSUPP : 0;
	err = HYPERVISOR_grant_table_op(GNTTABOP_set_version, &gsv, 1);
	if (!err && gsv.version != version)
		err = -EOPNOTSUPP;
	return err;
}

static int map_status(struct gnttab_layout *table)
{
	struct gnttab_get_status_frames get = {
		.dom = DOMID_SELF,
		.nr_frames = nr_status(table->nr_frames),
	};
	int err;

	set_xen_guest_handle(get.frame_list, status_frames);
	err = HYPERVISOR_grant_table_op(GNTTABOP_get_status_frames, &get, 1);
	if (!err && get.status)
		err = -EIO;
	if (!err)
		err = arch_gnttab_map_status(status_frames, get.nr_frames,
					     get.nr_frames, &table->status);
	return err;
}

/* PV: ask where the frames are, and map them where they always were. */
static int map_frames(struct gnttab_layout *table)
{
	struct gnttab_setup_table setup = {
		.dom = DOMID_SELF,
		.nr_frames = table->nr_frames,
	};
	int err;

	set_xen_guest_handle(setup.frame_list, shared_frames);
	err = HYPERVISOR_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	if (!err && setup.status)
		err = -EIO;
	if (err)
		return err;

	/* In one hypercall. */
	lazy_mmu_mode_enable();
	err = arch_gnttab_map_shared(shared_frames, setup.nr_frames,
				     setup.nr_frames, &table->shared);
	lazy_mmu_mode_disable();
	if (!err && table->version == 2)
		err = map_status(table);
	return err;
}

/* HVM: from the last, so that Xen grows the table only once. */
static int place_frames(unsigned int nr)
{
	while (nr--) {
		struct xen_add_to_physmap xatp = {
			.domid = DOMID_SELF,
			.space = XENMAPSPACE_grant_table,
			.idx = nr,
			.gpfn = xen_auto_xlat_grant_frames.pfn[nr],
		};
		int err = HYPERVISOR_memory_op(XENMEM_add_to_physmap, &xatp);

		if (err)
			return err;
	}
	return 0;
}

/**
 * gnttab_resume_frames - map the grant table again, as large as it was
 * @s: the suspend
 *
 * Context: Stopped machine.  Panics when Xen has not as many frames, or not
 *	the version: the first grant would fault, or corrupt another.
 */
void gnttab_resume_frames(struct xen_suspend *s)
{
	struct gnttab_layout table = gnttab_get_layout();
	int err = 0;

	if (xen_suspend_restored(s)) {
		err = restore_version(table.version);
		if (!err && gnttab_max_grant_frames() < table.nr_frames)
			err = -ENOSPC;
	}
	if (!err && xen_pv_domain())
		err = map_frames(&table);
	else if (!err && xen_suspend_restored(s))
		err = place_frames(table.nr_frames);
	if (err)
		xen_suspend_fatal("grants", err);
}
