// SPDX-License-Identifier: GPL-2.0
/*
 * The random numbers of a domain that was restored: reseeded with what differs
 * between two restores of one image, before anything runs that could draw.
 *
 * None of it is secret, nor need it be: what was in the pool before is.  With
 * it, two domains of one image do not draw the same.  Where there is RDSEED, the
 * random driver takes of it by itself.
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

/* What the toolstack calls this domain, and which ports it made for it. */
static void add_handles(void)
{
	xen_domain_handle_t handle = {};
	u64 port = 0;

	HYPERVISOR_xen_version(XENVER_guest_handle, &handle);
	add_device_randomness(&handle, sizeof(handle));

	/* It has ports, and machine frames. */
	if (xen_pv_domain()) {
		add_device_randomness(xen_start_info, sizeof(*xen_start_info));
		return;
	}
	hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &port);
	add_device_randomness(&port, sizeof(port));
}

/* Frames are handed out by a host as it has them. */
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

/* Xen writes the time there; for how long vCPUs waited, it counts in ns. */
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

/* What was asked for, and what is done: numbers of restores. */
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
 * xen_suspend_reseed - draw other random numbers than the image would elsewhere
 *
 * Each add_device_randomness() adds the TSC, too.  Those who keep random numbers, or
 * keys, are told by a worker, the sooner the better.
 *
 * Context: Stopped machine, way up, event channels and clock at work.  Of the locks
 *	taken none is held with interrupts on, so by no parked vCPU.
 */
void xen_suspend_reseed(void)
{
	add_handles();
	add_frames();
	add_vcpus();
	/* The wall clock at Xen's start; vCPUs have what passed since. */
	random_vmfork_reseed(&HYPERVISOR_shared_info->wc,
			     sizeof(HYPERVISOR_shared_info->wc));

	WRITE_ONCE(asked, asked + 1);
	queue_work(system_dfl_wq, &tell_work);
}

/**
 * xen_suspend_reseed_told - wait until those who keep random numbers are told
 *
 * WireGuard, for one, waits for a lock of the network.  Whoever has that may wait for
 * memory, and so for a disk, which comes back after this.  So there is a limit; what is
 * left is done as soon as it can be.  Nothing depends on it but how soon new keys are
 * made: those who use a key, or a state, ask random_vmforks().
 *
 * Context: xenwatch (process context, may sleep), programs frozen or held, all vCPUs run.
 */
void xen_suspend_reseed_told(void)
{
	if (!wait_event_timeout(told_wait, READ_ONCE(told) == asked, 5 * HZ))
		pr_warn("whoever keeps random numbers is not told yet\n");
}
