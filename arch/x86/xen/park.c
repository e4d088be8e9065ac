// SPDX-License-Identifier: GPL-2.0
/*
 * Parking: vCPU 0 suspends the domain while all others wait in Xen.
 *
 * stop_machine() has the vCPUs come together three times, and spin each time until
 * the last one is there.  Where there are fewer pCPUs than vCPUs, those that spin are
 * in the way of those that are waited for.  Here each comes once, and blocks; one
 * event wakes all of them, and nobody waits until they are gone.
 *
 * Whoever waits for the answer to an IPI, or for what a vCPU does by an IPI to itself,
 * would wait for ever if that vCPU were parked: until all have come, both are done.  Two who
 * stop vCPUs, each in an order of his own, would wait for each other, and the lock by which
 * stop_machine() prevents that is its own: so there is a limit to the wait, and whoever
 * asked has to do without.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/tick.h>
#include <linux/time64.h>

#include <xen/events.h>
#include <xen/interface/sched.h>
#include <xen/xen-ops.h>

#include <asm/msr.h>
#include <asm/xen/hypercall.h>

#include "suspend.h"

/* For how long the others are waited for. */
#define COME_NS		(NSEC_PER_SEC / 2)
/* How long vCPU 0 spins first: with a pCPU for each vCPU, that is all it takes. */
#define SPIN_NS		(20 * NSEC_PER_USEC)
/*
 * Naps end by an event.  Should one be missed, they end nevertheless: after a long pause
 * all of them are over at once, and a vCPU may be about to begin the next one when others
 * are told to go.
 */
#define NAP_NS		NSEC_PER_MSEC
#define SLEEP_NS	(2 * NSEC_PER_MSEC)

enum park_state {
	PARK_COMING,	/* not all are there yet */
	PARK_PARKED,	/* all are; the domain is being suspended, or is back */
	PARK_GO,
};

static struct {
	enum park_state state;
	bool restored;		/* with PARK_GO: this is a new domain */
	atomic_t missing;	/* vCPUs that have not come yet */
	atomic_t inside;	/* vCPUs that have not gone yet */
} park;

static DEFINE_PER_CPU(struct cpu_stop_work, park_work);

/*
 * Xen's time, for Xen.  In a new domain this may be anything for a while; so it leaves
 * no trace in what keeps the clock from going back.
 *
 * Not by way of xen_vcpu, which is changed while a parked vCPU may be here, and is NULL
 * for a moment where there are many.
 */
static u64 system_time(void)
{
	const struct pvclock_vcpu_time_info *src = &this_cpu_ptr(&xen_vcpu_info)->time;
	unsigned int version;
	u64 now;

	do {
		version = pvclock_read_begin(src);
		now = __pvclock_read_cycles(src, rdtsc_ordered());
	} while (pvclock_read_retry(src, version));
	return now;
}

/*
 * Block until @port is notified, or any of this domain's, if it is 0, or @ns are over.
 */
static void nap(evtchn_port_t port, u64 ns)
{
	struct sched_poll poll = {
		.nr_ports = port ? 1 : 0,
		.timeout = system_time() + ns,
	};

	set_xen_guest_handle(poll.ports, &port);
	HYPERVISOR_sched_op(SCHEDOP_poll, &poll);
}

static void come(void)
{
	if (atomic_dec_and_test(&park.missing))
		arch_smp_send_reschedule(0);
}

/*
 * They nap for any event, since one that naps for a port, and is about to when the domain
 * is saved, would do so in a new domain for one that is another's, or until a time of the
 * old host's.
 *
 * Context: a stopper thread.  In a kernel that does not preempt itself, whatever else
 * this vCPU runs is at a schedule point, or a program.
 */
static int park_vcpu(void *unused)
{
	local_irq_disable();
	xen_spec_ctrl_suspend();
	come();

	while (READ_ONCE(park.state) == PARK_COMING) {
		generic_smp_call_function_single_interrupt();
		irq_work_run();
		nap(0, NAP_NS);
	}
	/* Pairs with let_go(): what became of the suspend is known by then. */
	while (smp_load_acquire(&park.state) == PARK_PARKED)
		nap(0, SLEEP_NS);

	xen_spec_ctrl_resume();
	if (park.restored)
		xen_pmu_restore();
	/*
	 * A new domain has no timer that was set, and one that was not.  In one that goes
	 * on, Xen's timer is early for CLOCK_MONOTONIC, which did not count meanwhile; and
	 * what this vCPU adds to that for other clocks is too little by the pause.
	 */
	tick_suspend_local();
	tick_resume_local();
	/* Pairs with all_gone(), which lets all of this be used again. */
	atomic_dec_return_release(&park.inside);
	local_irq_enable();
	return 0;
}

static unsigned int others(void)
{
	return num_online_cpus() - 1;
}

/* Have they gone, since the last time? */
static bool all_gone(void)
{
	u64 end = system_time() + COME_NS;

	while (atomic_read_acquire(&park.inside)) {
		if (system_time() > end)
			return false;
		cpu_relax();
	}
	return true;
}

/*
 * Interrupts are off in between only, so that IPIs are answered here too.  The last one
 * to come sends such a one, for which the nap is over, or not begun.
 */
static bool all_come(void)
{
	u64 start = system_time(), now = start;

	while (atomic_read_acquire(&park.missing)) {
		now = system_time();
		if (now - start > COME_NS)
			return false;
		if (now - start < SPIN_NS) {
			cpu_relax();
			continue;
		}
		local_irq_disable();
		if (atomic_read_acquire(&park.missing))
			nap(xen_evtchn_resched_port(), NAP_NS);
		local_irq_enable();
	}
	return true;
}

static int call_all(void)
{
	unsigned int cpu;

	if (!all_gone())
		return -EAGAIN;

	park.state = PARK_COMING;
	/* They see this by way of the stoppers' locks. */
	atomic_set(&park.missing, others());
	atomic_set(&park.inside, others());

	for_each_online_cpu(cpu)
		if (cpu > 0)
			stop_one_cpu_nowait(cpu, park_vcpu, NULL,
					    per_cpu_ptr(&park_work, cpu));
	return all_come() ? 0 : -EAGAIN;
}

/* By one event: it wakes all that nap, if it was not pending. */
static void ring(void)
{
	evtchn_port_t doorbell = xen_evtchn_doorbell();

	xen_evtchn_doorbell_reset(doorbell);
	notify_remote_via_evtchn(doorbell);
}

static void let_go(bool restored)
{
	park.restored = restored;
	/* Pairs with park_vcpu(). */
	smp_store_release(&park.state, PARK_GO);
	if (others())
		ring();
	/* In a new domain some may have been about to nap, until who knows when. */
	while (restored && atomic_read_acquire(&park.inside)) {
		HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
		ring();
	}
}

/**
 * xen_park_vcpus - run something while all other vCPUs are parked
 * @run: it suspends the domain; interrupts are off
 * @s: the suspend
 *
 * Others go on after @run, at once where the domain is the same; in a new one, each has
 * its tick again, and has given Xen the page of its PMU.
 *
 * Context: vCPU 0, at a place where it may schedule, but preemption off; interrupts on.
 *	CPU hotplug is kept out.  A kernel that does not preempt itself.
 * Return: what @run does; -EAGAIN when not all of them came in half a second.
 */
int xen_park_vcpus(int (*run)(struct xen_suspend *s), struct xen_suspend *s)
{
	int err = call_all();

	local_irq_disable();
	if (!err) {
		WRITE_ONCE(park.state, PARK_PARKED);
		xen_spec_ctrl_suspend();
		err = run(s);
		xen_spec_ctrl_resume();
	}
	let_go(xen_suspend_restored(s));
	if (xen_suspend_restored(s))
		xen_pmu_restore();
	local_irq_enable();
	return err;
}
