// SPDX-License-Identifier: GPL-2.0
/*
 * Park all vCPUs except vCPU 0: vCPU 0 suspends the domain while the others block in Xen.
 *
 * With stop_machine(), the vCPUs meet three times, and spin each time until the last one
 * arrives.  If there are fewer pCPUs than vCPUs, the spinning vCPUs take the pCPUs that the
 * late vCPUs need.  With parking, the vCPUs meet once, and block instead of spinning.  One event
 * wakes all of them.  In the same domain, vCPU 0 does not wait until they have left.
 *
 * Until all vCPUs have arrived, those that have arrived still answer IPIs and do irq_work.
 * Otherwise a vCPU that waits for an answer, or for irq_work, would never arrive.  A
 * stop_machine() at the same time may stop the vCPUs in another order.  Then each side waits for
 * a vCPU that the other side has stopped.  The lock against this deadlock is private to
 * stop_machine().  So vCPU 0 stops waiting after half a second, and the caller gets -EAGAIN.
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

/* How long vCPU 0 waits for the others to arrive, or to leave the last rendezvous. */
#define COME_NS		(NSEC_PER_SEC / 2)
/* How long vCPU 0 spins before it naps.  If each vCPU has a pCPU, all arrive in this time. */
#define SPIN_NS		(20 * NSEC_PER_USEC)
/*
 * An event ends a nap.  If a vCPU misses the event, one of these timeouts ends the nap.  For
 * instance, after a long pause of the domain, the naps of all vCPUs time out at once.  An event
 * that vCPU 0 sends just before a vCPU begins its next nap does not end this nap.
 */
#define NAP_NS		NSEC_PER_MSEC
#define SLEEP_NS	(2 * NSEC_PER_MSEC)

enum park_state {
	PARK_COMING,	/* vCPU 0 waits for the others to arrive */
	PARK_PARKED,	/* all have arrived; vCPU 0 suspends and resumes the domain */
	PARK_GO,	/* the others leave */
};

static struct {
	enum park_state state;
	bool restored;		/* valid in PARK_GO: this is a new domain */
	atomic_t missing;	/* number of vCPUs that have not arrived yet */
	atomic_t inside;	/* number of vCPUs that have not left yet */
} park;

static DEFINE_PER_CPU(struct cpu_stop_work, park_work);

/*
 * Return Xen's system time, for the timeout of a hypercall.  In a new domain, the time may be
 * wrong until Xen has updated xen_vcpu_info.  So do not call pvclock_clocksource_read(): it
 * stores the time as a minimum for later readings.
 *
 * Read xen_vcpu_info, and not the pointer xen_vcpu.  vCPU 0 changes this pointer in a restore
 * while parked vCPUs call this function, and sets it to NULL for a moment if there are more than
 * MAX_VIRT_CPUS vCPUs.
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
 * Block this vCPU in Xen until an event arrives at @port, or at most for @ns.  If @port is 0, an
 * event at any port of the domain ends the nap.
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
 * Park this vCPU until vCPU 0 has suspended and resumed the domain.
 *
 * Nap without a port, so that any event ends the nap.  A vCPU may be saved just before the poll
 * hypercall, and then execute this hypercall in the new domain.  There, a port of the old domain
 * may belong to another channel, and the timeout is a time of the old host.
 *
 * Context: a stopper thread.  The kernel does not preempt itself, so all other tasks of this
 *	vCPU are at schedule points or in user mode.
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
	/* Pairs with let_go(): after PARK_GO, park.restored is valid. */
	while (smp_load_acquire(&park.state) == PARK_PARKED)
		nap(0, SLEEP_NS);

	xen_spec_ctrl_resume();
	if (park.restored)
		xen_pmu_restore();
	/*
	 * Set this vCPU's timer again.  A new domain does not have the timer.  In the same
	 * domain, the timer would expire too early, because CLOCK_MONOTONIC did not count
	 * during the suspend.  Also update the vCPU's offsets of CLOCK_REALTIME and
	 * CLOCK_BOOTTIME to CLOCK_MONOTONIC, which lack the time of the suspend.
	 */
	tick_suspend_local();
	tick_resume_local();
	/* Pairs with all_gone(): after that, call_all() writes park and park_work again. */
	atomic_dec_return_release(&park.inside);
	local_irq_enable();
	return 0;
}

static unsigned int others(void)
{
	return num_online_cpus() - 1;
}

/* Wait until all vCPUs have left the last rendezvous.  Return false after COME_NS. */
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
 * Wait on vCPU 0 until all other vCPUs have arrived.  Return false after COME_NS.
 *
 * Interrupts are off only around the nap, so that vCPU 0 answers IPIs.  The last vCPU to arrive
 * sends a reschedule IPI to vCPU 0.  This IPI ends the nap, or, if it is already pending, prevents
 * the nap.
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
	/* The lock of each vCPU's stopper makes these writes visible to park_vcpu(). */
	atomic_set(&park.missing, others());
	atomic_set(&park.inside, others());

	for_each_online_cpu(cpu)
		if (cpu > 0)
			stop_one_cpu_nowait(cpu, park_vcpu, NULL,
					    per_cpu_ptr(&park_work, cpu));
	return all_come() ? 0 : -EAGAIN;
}

/*
 * Wake all vCPUs that nap, by one event to the doorbell's port.  An event at a port that is already
 * pending wakes no vCPU, so reset the port first.
 */
static void ring(void)
{
	evtchn_port_t doorbell = xen_evtchn_doorbell();

	xen_evtchn_doorbell_reset(doorbell);
	notify_remote_via_evtchn(doorbell);
}

static void let_go(bool restored)
{
	park.restored = restored;
	/* Pairs with park_vcpu(), which reads park.restored after park.state. */
	smp_store_release(&park.state, PARK_GO);
	if (others())
		ring();
	/*
	 * In a new domain, a vCPU that was saved just before a nap may nap with a timeout of
	 * the old host, which may be far in the future.  So wake all vCPUs until they have left.
	 */
	while (restored && atomic_read_acquire(&park.inside)) {
		HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
		ring();
	}
}

/**
 * xen_park_vcpus - call a function while all other vCPUs are parked
 * @run: suspends and resumes the domain; called with interrupts off
 * @s: the suspend
 *
 * After @run, the other vCPUs continue.  In the same domain, this function does not wait for them.
 * In a new domain, it returns when each has set its timer, and registered its PMU page with Xen.
 *
 * Context: vCPU 0 at a schedule point, preemption off, interrupts on, CPU hotplug kept out.  The
 *	kernel does not preempt itself.
 * Return: the result of @run, or -EAGAIN if not all other vCPUs arrived within half a second, or
 *	left the rendezvous before this one.
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
