// SPDX-License-Identifier: GPL-2.0
/*
 * Bind irqs to new event channel ports after a restore.  A new domain keeps its
 * irqs, but has lost all ports of the old domain.  This file binds the irqs of
 * VIRQs, IPIs and pirqs, for which the guest needs only Xen.
 *
 * Other code binds interdomain channels: xenstore, the console and the frontends
 * must first agree on a port with their backends.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/irq.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/physdev.h>
#include <xen/suspend.h>
#include <xen/xen-ops.h>

#include <asm/xen/hypercall.h>

#include "events_internal.h"

/*
 * Number of ports that may be in use before the new domain runs: the toolstack
 * binds some, and device models bind one or more per vCPU.  These get the lowest
 * numbers, so the guest's own ports get higher numbers than it has irqs.
 */
#define FOREIGN_PORTS	(64 + 2 * num_possible_cpus())

/* Most irqs that are kept in reserve.  If frontends may need more, take the slow walk. */
#define MAX_SPARES	1024U

/* The numbers of the irqs in reserve: allocated, but not used yet. */
static int spares[MAX_SPARES];
static unsigned int nr_spares;
static DEFINE_SPINLOCK(spares_lock);
static DECLARE_WAIT_QUEUE_HEAD(spares_made);

/*
 * nr_channels: number of interdomain channels at the last suspend.  After a restore, each may
 * need a new irq.  nr_expected: the most channels that all frontends may request, by
 * xen_evtchn_expect(): a new backend may offer more queues.  Keep as many irqs in reserve as the
 * sum of both.
 */
static unsigned int nr_channels;
static atomic_t nr_expected;

static unsigned int wanted(void)
{
	return READ_ONCE(nr_channels) + atomic_read(&nr_expected);
}

static bool has_spares(void)
{
	return READ_ONCE(nr_spares) >= min(wanted(), MAX_SPARES);
}

/*
 * Allocate irqs for the reserve, in a worker.  Allocating an irq takes locks of sysfs and of irq
 * descriptors.  A holder of such a lock may wait for a disk that only xenwatch can connect, so
 * xenwatch must not allocate irqs after a restore.  The worker itself must not wait for a disk
 * while it holds these locks, so it allocates memory without I/O.
 */
static void make_spares(struct work_struct *work)
{
	unsigned int noio = memalloc_noio_save();

	while (!has_spares()) {
		int irq = irq_alloc_desc_from(0, -1);

		if (irq < 0)
			break;
		spin_lock(&spares_lock);
		spares[nr_spares++] = irq;
		spin_unlock(&spares_lock);
	}
	memalloc_noio_restore(noio);
	wake_up(&spares_made);
}

static DECLARE_WORK(spares_work, make_spares);

/*
 * Take an irq out of the reserve, and let the worker allocate another one.  Return its number, or
 * -ENOENT if there is none.
 */
int xen_irq_take_spare(void)
{
	int irq;

	spin_lock(&spares_lock);
	irq = nr_spares ? spares[--nr_spares] : -ENOENT;
	spin_unlock(&spares_lock);
	if (irq >= 0)
		queue_work(system_dfl_wq, &spares_work);
	return irq;
}

/**
 * xen_evtchn_expect - change the number of event channels that frontends may request
 * @change: how many more, or, if negative, how many fewer
 *
 * When a frontend is probed, its driver adds the most channels that it may request from any
 * backend.  When the frontend is removed, its driver subtracts as many.  A worker keeps an irq in
 * reserve for each of these channels.
 *
 * Context: Process context.
 */
void xen_evtchn_expect(int change)
{
	atomic_add(change, &nr_expected);
	queue_work(system_dfl_wq, &spares_work);
}
EXPORT_SYMBOL_GPL(xen_evtchn_expect);

/**
 * xen_evtchn_suspend_reserve - allocate the tables for the ports of a new domain
 *
 * Context: Process context, may sleep.  Only one task may call this at a time.
 * Return: 0 or -ENOMEM.  The memory stays allocated after the suspend.
 */
int xen_evtchn_suspend_reserve(void)
{
	unsigned int channels = 0;
	int err = xen_irq_reserve_ports(FOREIGN_PORTS, &channels);

	if (!err)
		WRITE_ONCE(nr_channels, channels);
	return err;
}

/**
 * xen_evtchn_reserve_irqs - wait until enough irqs are in reserve for a restore
 *
 * Let a worker allocate irqs, and wait a second at most.  Unused irqs stay in reserve for the next
 * suspend.
 *
 * Context: Process context, may sleep; after xen_evtchn_suspend_reserve().
 * Return: true if there is an irq for each channel that frontends may request, or if there are
 *	MAX_SPARES irqs.
 */
bool xen_evtchn_reserve_irqs(void)
{
	if (!has_spares()) {
		queue_work(system_dfl_wq, &spares_work);
		wait_event_timeout(spares_made, has_spares(), HZ);
	}
	return has_spares();
}

/**
 * xen_evtchn_irqs_reserved - check that each channel that frontends may request has an irq
 *
 * Context: Any.
 * Return: true if enough irqs are in reserve.
 */
bool xen_evtchn_irqs_reserved(void)
{
	return READ_ONCE(nr_spares) >= wanted();
}

static int rebind_virq(unsigned int cpu, unsigned int virq)
{
	struct evtchn_bind_virq bind = {
		.virq = virq,
		.vcpu = xen_vcpu_nr(cpu),
	};
	int err;

	err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &bind);
	return err ?: xen_irq_renew_virq(cpu, virq, bind.port);
}

static int rebind_ipi(unsigned int cpu, enum ipi_vector ipi)
{
	struct evtchn_bind_ipi bind = { .vcpu = xen_vcpu_nr(cpu) };
	int err;

	err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_ipi, &bind);
	if (!err)
		err = xen_irq_renew_ipi(cpu, ipi, bind.port);
	/*
	 * Send an IPI, because one that was pending in the old domain is lost.
	 * A vCPU sends an IPI only for the first work in a queue, so without
	 * this IPI the work would stay there.  If the queue is empty, the
	 * handler of the IPI does nothing.
	 */
	if (!err)
		notify_remote_via_evtchn(bind.port);
	return err;
}

/*
 * Map the interrupt of an emulated device again, because a new domain has no
 * such mapping.  If this fails, only the device does not work, so do not panic.
 */
static int map_gsi(unsigned int pirq, unsigned int gsi)
{
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_GSI,
		.index = gsi,
		.pirq = pirq,
	};
	int err = HYPERVISOR_physdev_op(PHYSDEVOP_map_pirq, &map);

	if (err)
		pr_warn("xen: gsi %u lost: pirq %u: %d\n", gsi, pirq, err);
	return err;
}

static int rebind_cpu(unsigned int cpu)
{
	unsigned int virq, ipi;
	evtchn_port_t unused;
	int err = 0;

	for (virq = 0; virq < NR_VIRQS && !err; virq++)
		if (irq_evtchn_from_virq(cpu, virq, &unused) != -1)
			err = rebind_virq(cpu, virq);
	for (ipi = 0; ipi < XEN_NR_IPIS && !err; ipi++)
		if (xen_ipi_port(cpu, ipi))
			err = rebind_ipi(cpu, ipi);
	return err;
}

/**
 * xen_evtchn_rebind_all - bind VIRQs, IPIs and pirqs to ports of a new domain
 *
 * The ports of VIRQs and IPIs stay masked.  Code that resumes irqs, or
 * xen_evtchn_unmask_enabled(), unmasks them later.  A pirq gets a port only if its
 * irq was started, and the port is masked if the irq is masked.
 *
 * Panic if a VIRQ or an IPI cannot be bound: a vCPU cannot run without its timer
 * or its IPIs.
 *
 * Context: Stopped machine, vCPU info registered.
 */
void xen_evtchn_rebind_all(void)
{
	unsigned int cpu;

	xen_irq_forget_ports();

	for_each_possible_cpu(cpu) {
		int err = rebind_cpu(cpu);

		if (err)
			xen_suspend_fatal("event channels", err);
	}

	xen_irq_renew_pirqs(map_gsi);
}

/**
 * xen_evtchn_unmask_enabled - unmask VIRQs, IPIs and pirqs whose irqs are not masked
 *
 * The fast walk calls this: it does not suspend irqs, so no later phase resumes them, and their
 * ports would stay masked.
 *
 * Context: Stopped machine, after xen_evtchn_rebind_all().
 */
void xen_evtchn_unmask_enabled(void)
{
	xen_irq_unmask_enabled();
}

/**
 * xen_evtchn_doorbell - return the port that vCPU 0 notifies to wake parked vCPUs
 *
 * Use vCPU 0's port for spinlocks, if it is bound.  This port is always masked, so the event
 * interrupts no vCPU.
 *
 * Context: Any.
 * Return: an IPI port of vCPU 0: that for spinlocks, or that for rescheduling.
 */
evtchn_port_t xen_evtchn_doorbell(void)
{
	return xen_ipi_port(0, XEN_SPIN_UNLOCK_VECTOR) ?:
	       xen_evtchn_resched_port();
}

/**
 * xen_evtchn_resched_port - return the port of vCPU 0's reschedule IPI
 *
 * Context: Any.
 */
evtchn_port_t xen_evtchn_resched_port(void)
{
	return xen_ipi_port(0, XEN_RESCHEDULE_VECTOR);
}

/**
 * xen_evtchn_doorbell_reset - make the doorbell not pending, so that the next event wakes vCPUs
 * @port: the doorbell
 *
 * Context: Any.
 */
void xen_evtchn_doorbell_reset(evtchn_port_t port)
{
	clear_evtchn(port);
}
