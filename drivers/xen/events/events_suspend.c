// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels in a new domain: every port from before is gone, every irq
 * is still there.  Give each irq that Xen itself serves a new port.
 *
 * Interdomain channels are not rebound here: xenstore, the console and the
 * frontends have to agree on them with their other ends first.
 */
#include <linux/cpumask.h>
#include <linux/irq.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/printk.h>
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
 * A new domain hands out low port numbers, some of them, before it runs, to
 * its builder and to emulators, which want one per vCPU.
 */
#define FOREIGN_PORTS	(64 + 2 * num_possible_cpus())

/* Where there are more channels, tasks are frozen. */
#define MAX_SPARES	256U

/* Numbers of irqs without a user, and how many there are to be. */
static int spares[MAX_SPARES];
static unsigned int nr_spares, nr_channels;
static DEFINE_SPINLOCK(spares_lock);
static DECLARE_WAIT_QUEUE_HEAD(spares_made);

/* For a new irq, if there is one; negative if not. */
int xen_irq_take_spare(void)
{
	int irq;

	spin_lock(&spares_lock);
	irq = nr_spares ? spares[--nr_spares] : -ENOENT;
	spin_unlock(&spares_lock);
	return irq;
}

static bool has_spares(unsigned int wanted)
{
	return READ_ONCE(nr_spares) >= wanted;
}

/*
 * A new irq takes locks of sysfs and of irq descriptors, whose holder may be waiting for a
 * disk that only xenwatch can connect.  So it is not xenwatch that waits for them.
 */
static void make_spares(struct work_struct *work)
{
	while (!has_spares(min(READ_ONCE(nr_channels), MAX_SPARES))) {
		int irq = irq_alloc_desc_from(0, -1);

		if (irq < 0)
			break;
		spin_lock(&spares_lock);
		spares[nr_spares++] = irq;
		spin_unlock(&spares_lock);
	}
	wake_up(&spares_made);
}

static DECLARE_WORK(spares_work, make_spares);

/**
 * xen_evtchn_suspend_reserve - allocate what new ports will need
 *
 * Context: Process context, may sleep; nobody else reserves.
 * Return: 0 or -ENOMEM.  What was allocated stays, for the irqs there are.
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
 * xen_evtchn_reserve_irqs - have the irqs that frontends will need in a new domain
 *
 * For a walk during which programs run.  They stay, for the next one.
 *
 * Context: Process context, may sleep; after xen_evtchn_suspend_reserve().
 * Return: whether there are as many.  That is waited for, but for a second at most.
 */
bool xen_evtchn_reserve_irqs(void)
{
	if (!xen_evtchn_irqs_reserved() && nr_channels <= MAX_SPARES) {
		queue_work(system_unbound_wq, &spares_work);
		wait_event_timeout(spares_made, xen_evtchn_irqs_reserved(), HZ);
	}
	return xen_evtchn_irqs_reserved();
}

/**
 * xen_evtchn_irqs_reserved - is there an irq for each channel of a frontend?
 *
 * Context: Any.
 */
bool xen_evtchn_irqs_reserved(void)
{
	return has_spares(nr_channels);
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
	 * One that was pending is gone, and who queues work sends an IPI for
	 * the first of it only. One too many finds an empty queue.
	 */
	if (!err)
		notify_remote_via_evtchn(bind.port);
	return err;
}

/*
 * A new domain does not know the interrupts of emulated devices.  One that
 * cannot be mapped costs its device, not the guest.
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
 * VIRQs and IPIs stay masked: they are enabled where their irqs are resumed.
 * Pirqs are as __startup_pirq() leaves them.
 *
 * Context: Stopped machine, vCPU info registered.  Panics when a vCPU cannot
 *	have its timer or IPIs.
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
 * xen_evtchn_unmask_enabled - unmask the VIRQs, IPIs and pirqs that are enabled
 *
 * For a walk that has not suspended irqs, which nobody will resume therefore.
 *
 * Context: Stopped machine, after xen_evtchn_rebind_all().
 */
void xen_evtchn_unmask_enabled(void)
{
	xen_irq_unmask_enabled();
}

/**
 * xen_evtchn_doorbell - a port to wake parked vCPUs by
 *
 * That by which vCPU 0 is told of a lock, if there is one: it is always masked, so it
 * interrupts nobody.
 *
 * Context: Any.
 * Return: a port of vCPU 0's, to be notified by this domain itself.
 */
evtchn_port_t xen_evtchn_doorbell(void)
{
	return xen_ipi_port(0, XEN_SPIN_UNLOCK_VECTOR) ?:
	       xen_evtchn_resched_port();
}

/**
 * xen_evtchn_resched_port - the port by which vCPU 0 is told to reschedule
 *
 * Context: Any.
 */
evtchn_port_t xen_evtchn_resched_port(void)
{
	return xen_ipi_port(0, XEN_RESCHEDULE_VECTOR);
}

/**
 * xen_evtchn_doorbell_reset - have it wake somebody again
 * @port: the doorbell
 *
 * Context: Any.
 */
void xen_evtchn_doorbell_reset(evtchn_port_t port)
{
	clear_evtchn(port);
}
