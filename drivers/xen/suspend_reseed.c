// SPDX-License-Identifier: GPL-2.0
/*
 * Reseed the random numbers of a restored domain with data that differ between two
 * restores of one image, before any code runs that could draw random numbers.
 *
 * The data are not secret, and need not be, because the previous content of the pool
 * is secret.  The data make two domains of one image draw different numbers.  If the
 * CPU has RDSEED, the random driver mixes in its output as well.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/random_vmfork.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <xen/interface/xen.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/version.h>
#include <xen/hvm.h>
#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

/* Mix in the UUID of this domain, and ports that the toolstack allocated for it. */
static void add_handles(void)
{
	xen_domain_handle_t handle = {};
	u64 port = 0;

	HYPERVISOR_xen_version(XENVER_guest_handle, &handle);
	add_device_randomness(&handle, sizeof(handle));

	/* start_info contains ports and machine frame numbers. */
	if (xen_pv_domain()) {
		add_device_randomness(xen_start_info, sizeof(*xen_start_info));
		return;
	}
	hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &port);
	add_device_randomness(&port, sizeof(port));
}

/* Mix in some machine frame numbers: Xen gave this domain the frames that were free. */
static void add_frames(void)
{
	unsigned long mfns[16];
	unsigned int i;

	if (!xen_pv_domain())
		return;
	for (i = 0; i < ARRAY_SIZE(mfns); i++)
		mfns[i] = pfn_to_mfn(i * (xen_start_info->nr_pages /
					  ARRAY_SIZE(mfns)));
	add_device_randomness(mfns, sizeof(mfns));
}

/* Mix in what Xen writes for each vCPU: the time, and the stolen time in ns. */
static void add_vcpus(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		u64 steal = xen_steal_clock(cpu);

		add_device_randomness(per_cpu(xen_vcpu, cpu),
				      sizeof(struct vcpu_info));
		add_device_randomness(&steal, sizeof(steal));
	}
}

/* asked: number of restores.  told: this number when the notifiers were last called. */
static unsigned int asked, told;
static DECLARE_WAIT_QUEUE_HEAD(told_wait);

static void tell(struct work_struct *work)
{
	unsigned int number = READ_ONCE(asked);

	random_vmfork_notify();
	WRITE_ONCE(told, number);
	wake_up(&told_wait);
}

static DECLARE_WORK(tell_work, tell);

/**
 * xen_suspend_reseed - make this domain draw other random numbers than copies of it
 *
 * Each add_device_randomness() mixes in the TSC, too.  A worker then calls the vmfork
 * notifiers of users that keep random numbers or keys.
 *
 * Context: Stopped machine, way up; event channels and the clock work again.  The locks
 *	taken here are held only with interrupts off, so no parked vCPU holds one.
 */
void xen_suspend_reseed(void)
{
	add_handles();
	add_frames();
	add_vcpus();
	/* The time at which Xen started; add_vcpus() has added the time since then. */
	random_vmfork_reseed(&HYPERVISOR_shared_info->wc,
			     sizeof(HYPERVISOR_shared_info->wc));

	WRITE_ONCE(asked, asked + 1);
	queue_work(system_dfl_wq, &tell_work);
}

/**
 * xen_suspend_reseed_told - wait up to 5 s until the vmfork notifiers have returned
 *
 * A notifier may wait for a lock, as WireGuard's does for the rtnl.  The holder of the lock
 * may wait for memory, and so for a disk that xenwatch connects after this function.  So
 * the wait has a limit, and the worker continues after it.  A late notifier only delays new
 * keys: WireGuard checks random_vmforks() before it uses a key.
 *
 * Context: xenwatch (process context, may sleep), programs frozen or sent to the freezer,
 *	all vCPUs run.
 */
void xen_suspend_reseed_told(void)
{
	if (!wait_event_timeout(told_wait, READ_ONCE(told) == asked, 5 * HZ))
		pr_warn("whoever keeps random numbers is not told yet\n");
}
