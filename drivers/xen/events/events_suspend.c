// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels in a new domain: every port from before is gone, every irq
 * is still there.  Give each irq that Xen itself serves a new port.
 *
 * Interdomain channels are not rebound here: xenstore, the console and the
 * frontends have to agree on them with their other ends first.
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
 * A new domain hands out low port numbers, some of them, before it runs, to
 * its builder and to emulators, which want one per vCPU.
 */
#define FOREIGN_PORTS	(64 + 2 * num_possible_cpus())

/* Where more may be needed, tasks are frozen. */
#define MAX_SPARES	1024U

/* Numbers of irqs without a user. */
static int spares[MAX_SPARES];
static unsigned int nr_spares;
static DEFINE_SPINLOCK(spares_lock);
static DECLARE_WAIT_QUEUE_HEAD(spares_made);

/*
 * How many there are to be: as many as there are channels now, which may all come anew, and
 * as many as drivers say that they may have beyond that, since a new host may offer more.
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
 * A new irq takes locks of sysfs and of irq descriptors.  Who holds one may be waiting for
 * a disk that only xenwatch can connect, so xenwatch must not wait for them; nor must this,
 * which holds them, wait for a disk.
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

/* For a new irq, if there is one; negative if not.  Another one takes its place. */
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
 * xen_evtchn_expect - change the number of event channels that frontends may have
 * @change: how many more, or fewer, if negative
 *
 * A frontend that is probed says the most that it may ask a backend for, and takes it back
 * when it is removed.  For each of them an irq is kept in reserve.
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
 * xen_evtchn_reserve_irqs - have the irqs that frontends may need in a new domain
 *
 * They stay, for the next suspend.
 *
 * Context: Process context, may sleep; after xen_evtchn_suspend_reserve().
 * Return: whether there are as many, or as many as are kept.  That is waited for, but for a
 *	second at most.
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
 * xen_evtchn_irqs_reserved - is there an irq for each channel that frontends may have?
 *
 * Context: Any.
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
 * Pirqs whose irqs were started get a port, which is masked if the irq is.
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
 * xen_evtchn_unmask_enabled - unmask VIRQs, IPIs and pirqs whose irqs are not masked
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
