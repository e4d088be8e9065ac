// SPDX-License-Identifier: GPL-2.0
/*
 * Connect xenbus after a restore: to xenstore, and frontends to their backends.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/device.h>
#include <linux/printk.h>

#include <xen/hvm.h>
#include <xen/interface/hvm/params.h>
#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include <asm/xen/hypervisor.h>

#include "xenbus.h"

/**
 * xenbus_refresh_store_port - read the port of the new domain's xenstore event channel
 *
 * Context: Process context, after a restore, before xs_resume() binds it.
 */
void xenbus_refresh_store_port(void)
{
	u64 port = 0;
	int err;

	if (xen_store_domain_type == XS_PV) {
		xen_store_evtchn = xen_start_info->store_evtchn;
	} else if (xen_store_domain_type == XS_HVM) {
		err = hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &port);
		if (!err && port)
			xen_store_evtchn = port;
		else
			pr_err("no xenstore port after restore: %llu, %d\n",
			       port, err);
	}
}

/**
 * xenbus_resume_frontend - resume a frontend in a new domain
 * @xdev: the frontend
 *
 * Do what the PM core does in the slow walk, but with tasks running.  Then put an event
 * for the frontend's backend ahead of all other events for xenwatch.  So if the backend is
 * ready, xenwatch connects the frontend before it handles any other event.
 *
 * Context: Process context, may sleep; xenwatch, or a worker that helps xenwatch.  Xenwatch
 *	holds the device's lock; xenstore works.
 */
void xenbus_resume_frontend(struct xenbus_device *xdev)
{
	xenbus_dev_restore(&xdev->dev);
	if (xdev->dev.driver && xdev->otherend_watch.node)
		xenbus_fire_watch(&xdev->otherend_watch);
}
