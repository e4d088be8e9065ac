// SPDX-License-Identifier: GPL-2.0
/*
 * The grant table across a suspend.
 *
 * In a PV guest, the frames of the grant table belong to Xen, and the guest
 * maps them at a fixed address.  No page table may refer to these frames during
 * the save.  A new domain has a new grant table, which has other frames and
 * starts out empty and small.
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

/* Buffers for frame numbers from Xen, for the maximum size of the table. */
static xen_pfn_t *shared_frames;
static u64 *status_frames;

/* Did the host before the save have frame numbers of more than 32 bits? */
static bool needed_v2;

/* Number of frames for the status words of version 2, one word per entry. */
static unsigned int nr_status(unsigned int nr_frames)
{
	return DIV_ROUND_UP(nr_frames *
			    (XEN_PAGE_SIZE / sizeof(union grant_entry_v2)),
			    XEN_PAGE_SIZE / sizeof(grant_status_t));
}

/**
 * gnttab_suspend_release - free what gnttab_suspend_reserve() allocated
 *
 * To be called after a restore, because the new host may allow another maximum
 * size of the table.  Until then, the buffers are kept: they take a few hundred
 * bytes, and to ask Xen for the maximum takes longer than all else that the
 * phase `reserve` does.
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
 * gnttab_suspend_reserve - allocate the buffers for gnttab_resume_frames()
 *
 * Kernel threads may grow the table before the machine stops, so the buffers
 * are for the maximum size.
 *
 * Context: Process context, may sleep.
 * Return: 0, or -ENOMEM with nothing left allocated.
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

	/* Batch the updates of the page table, to save hypercalls. */
	lazy_mmu_mode_enable();
	arch_gnttab_unmap(table.shared, table.nr_frames);
	if (table.version == 2)
		arch_gnttab_unmap(table.status, nr_status(table.nr_frames));
	lazy_mmu_mode_disable();
	return 0;
}

/*
 * A new domain's grant table has version 1.  References in use are indexes of
 * entries of the old version, so set the old version again.  An entry of
 * version 1 has 32 bits for a frame number.  If the new host has longer frame
 * numbers, and the old host had not, refuse version 1: a grant would be of a
 * wrong frame.
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

/* PV: get the frame numbers from Xen, and map the frames where they were. */
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

	/* Batch the updates of the page table, to save hypercalls. */
	lazy_mmu_mode_enable();
	err = arch_gnttab_map_shared(shared_frames, setup.nr_frames,
				     setup.nr_frames, &table->shared);
	lazy_mmu_mode_disable();
	if (!err && table->version == 2)
		err = map_status(table);
	return err;
}

/*
 * HVM: place the frames of the table in the guest's memory, as before.  Begin
 * with the last frame, so that Xen grows the table only once.
 */
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
 * gnttab_resume_frames - map the grant table again, with its old size
 * @s: the suspend
 *
 * Context: Stopped machine.  Panics if Xen does not provide as many frames, or
 *	the same version, as before: the first grant would fault, or corrupt
 *	another grant.
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
