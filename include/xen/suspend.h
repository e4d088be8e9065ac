/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Save and restore of a Xen guest: the phases of a suspend, and their order.
 *
 * A suspend is a walk through tables of phases.  The save calls the phases of a
 * table from the top to the bottom, and the resume from the bottom to the top.
 * Documentation/xen/phases.rst has the invariants (I1 ... I10) that comments in
 * the code refer to.
 */
#ifndef _XEN_SUSPEND_H
#define _XEN_SUSPEND_H

#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/panic.h>
#include <linux/types.h>

#include <xen/interface/event_channel.h>

/**
 * enum xen_suspend_outcome - result of a suspend
 * @XEN_SUSPEND_ABORTED: a phase or the hypercall refused, and the domain was not
 *	suspended.  The value is zero, so this is the outcome until the hypercall
 *	has returned.
 * @XEN_SUSPEND_CANCELLED: the same domain continues, after a checkpoint or
 *	because the toolstack cancelled the save.  All ports, grants, machine
 *	frames and vCPU registrations are still valid.
 * @XEN_SUSPEND_RESTORED: this is a new domain; all ports, grants, machine
 *	frames and vCPU registrations of the old domain are stale
 */
enum xen_suspend_outcome {
	XEN_SUSPEND_ABORTED,
	XEN_SUSPEND_CANCELLED,
	XEN_SUSPEND_RESTORED,
};

struct task_struct;
struct xen_suspend;
struct xenbus_device;

/**
 * struct xen_suspend_phase - one step of the suspend, and the step that undoes it
 * @name: name of the phase in errors, records and fault injection; unique over
 *	the tables that one walk uses
 * @suspend: called on the way down.  Returns 0, or undoes its own work and
 *	returns -errno.  NULL if the phase acts on the way up only.
 * @resume: called on the way up, if and only if the way down reached this phase
 *	and @suspend is NULL or returned 0.  Cannot fail, and may read the
 *	outcome.  NULL if the phase has nothing to undo.
 *
 * Both callbacks must leave the interrupt and preemption state unchanged.
 */
struct xen_suspend_phase {
	const char *name;
	int (*suspend)(struct xen_suspend *s);
	void (*resume)(struct xen_suspend *s);
};

/**
 * struct xen_suspend_table - phases that run in the same context, in their order
 * @name: name of the level in records and documentation
 * @phases: the phases, in the order in which they suspend
 * @nr: number of @phases
 * @traced: emit trace_suspend_resume() before and after each callback.  Only for
 *	tables in which sched_clock works during all callbacks (I6).
 */
struct xen_suspend_table {
	const char *name;
	const struct xen_suspend_phase *phases;
	unsigned int nr;
	bool traced;
};

#define XEN_SUSPEND_TABLE(_name, _phases) \
	{ .name = (_name), .phases = (_phases), .nr = ARRAY_SIZE(_phases) }

/**
 * struct xen_suspend_record - duration and result of one callback
 * @level: name of the table
 * @phase: name of the phase
 * @cycles: duration in TSC cycles.  The hypercall is never part of a duration,
 *	because it may begin on one host and return on another.
 * @err: return value of the callback; 0 on the way up
 * @up: true on the way up, false on the way down
 * @unbalanced: the callback changed the interrupt or preemption state (I4)
 */
struct xen_suspend_record {
	const char *level;
	const char *phase;
	u64 cycles;
	int err;
	bool up;
	bool unbalanced;
};

/**
 * struct xen_suspend_request - a toolstack's request to suspend this domain
 * @accept: acknowledge the request.  Called after all phases that are slow, and
 *	most that may refuse.  Returns 0, -ECANCELED if the toolstack does not
 *	wait any more, or another -errno.  Runs in xenwatch while xenstore works.
 *	In the slow walk, tasks are frozen.  With xen_suspend.early_ack, xenwatch
 *	calls @accept also before the walk.
 * @wanted: return true if the toolstack still waits.  Called with the machine
 *	stopped, so it must not sleep.  May be NULL.
 * @deadline: CLOCK_BOOTTIME time at which the toolstack stops waiting; set by
 *	@accept
 * @freeze_until: CLOCK_BOOTTIME time after which tasks must not stay frozen for
 *	this request
 */
struct xen_suspend_request {
	int (*accept)(struct xen_suspend_request *rq);
	bool (*wanted)(struct xen_suspend_request *rq);
	ktime_t deadline;
	ktime_t freeze_until;
};

/**
 * struct xen_suspend_fault - a fault that a test injects into a suspend
 * @phase: name of the phase that fails or is delayed; NULL for no fault
 * @err: -errno that the phase returns; 0 if it is only delayed
 * @delay_ms: how long the phase is delayed first; only for phases that run in
 *	xenwatch
 */
struct xen_suspend_fault {
	const char *phase;
	int err;
	unsigned int delay_ms;
};

/*
 * Room for all records of a walk: it has fewer than 30 phases, and each phase and the
 * rendezvous make two records.
 */
#define XEN_SUSPEND_MAX_RECORDS 64

/**
 * struct xen_suspend - state of one suspend, from the request to the resume
 * @outcome: set once, by xen_suspend_enter()
 * @request: the toolstack's request; NULL if no toolstack waits
 * @failed: name of the phase that refused, or NULL if none did
 * @culprit: the device or task because of which the phase refused, or ""
 * @slow: reason why the slow walk was taken, or "" for none
 * @fault: fault to inject; cleared when it is injected
 * @walker: the thread that stopped the machine
 * @stamp: TSC value when the present rendezvous began
 * @nr_records: number of @records in use; records that do not fit are dropped
 * @records: records, in the order in which the callbacks ran
 *
 * Only the walk uses this struct, so there is no lock.  The walk may continue in
 * another thread on another CPU, but xenwatch waits for this thread meanwhile.
 */
struct xen_suspend {
	enum xen_suspend_outcome outcome;
	struct xen_suspend_request *request;
	const char *failed;
	char culprit[40];
	char slow[40];
	struct xen_suspend_fault fault;
	struct task_struct *walker;
	u64 stamp;
	unsigned int nr_records;
	struct xen_suspend_record records[XEN_SUSPEND_MAX_RECORDS];
};

static inline bool xen_suspend_restored(const struct xen_suspend *s)
{
	return s->outcome == XEN_SUSPEND_RESTORED;
}

/**
 * xen_suspend_fatal - panic because a phase cannot resume
 * @phase: name of the phase
 * @err: -errno
 *
 * Only for the stopped, parked and arch tables: the kernel cannot run without
 * the state that their phases restore, so the suspend cannot be undone (I9).
 *
 * Context: Stopped machine.  Does not return.
 */
static inline void __noreturn xen_suspend_fatal(const char *phase, int err)
{
	panic("xen: suspend: cannot resume \"%s\": %pe", phase,
	      ERR_PTR(err));
}

/*
 * Count the open files that give programs event channels or grant mappings:
 * drivers/xen/suspend_handles.c
 */
#ifdef CONFIG_XEN_SAVE_RESTORE
void xen_handles_add(int nr);
#else
static inline void xen_handles_add(int nr) { }
#endif
bool xen_handles_exist(void);

/*
 * Change the number of event channels that frontends may request:
 * drivers/xen/events/events_suspend.c
 */
#ifdef CONFIG_XEN_SAVE_RESTORE
void xen_evtchn_expect(int change);
#else
static inline void xen_evtchn_expect(int change) { }
#endif

/* The engine that walks through the tables: drivers/xen/suspend_walk.c */
int xen_suspend_walk(struct xen_suspend *s,
		     const struct xen_suspend_table *table,
		     int (*bottom)(struct xen_suspend *s));
int xen_suspend_fault_at(struct xen_suspend *s, const char *name);
void xen_suspend_record(struct xen_suspend *s,
			const struct xen_suspend_record *record);

/* The tables of phases: drivers/xen/suspend*.c and arch/x86/xen/suspend*.c */
extern const struct xen_suspend_table xen_suspend_thread_table;
extern const struct xen_suspend_table xen_suspend_fast_table;
extern const struct xen_suspend_table xen_suspend_stopped_table;
extern const struct xen_suspend_table xen_suspend_parked_table;
extern const struct xen_suspend_table xen_suspend_pv_table;
extern const struct xen_suspend_table xen_suspend_hvm_table;
const struct xen_suspend_table *xen_suspend_arch_table(void);
int xen_suspend_stop(struct xen_suspend *s);
int xen_suspend_park(struct xen_suspend *s);

/* Choose the fast or the slow walk, and handle frontends: drivers/xen/suspend_fast.c */
bool xen_suspend_wants_fast(void);
bool xen_suspend_may_be_fast(struct xen_suspend *s);
int xen_suspend_frontends(struct xen_suspend *s);
void xen_resume_frontends(struct xen_suspend *s);
int xen_suspend_rings(struct xen_suspend *s);
void xen_resume_rings(struct xen_suspend *s);

/* Send programs to the freezer in the fast walk: drivers/xen/suspend_hold.c */
void xen_hold_programs(void);
void xen_resume_hold(struct xen_suspend *s);
int xen_suspend_programs(struct xen_suspend *s);
void xen_resume_programs(struct xen_suspend *s);

int xen_suspend(struct xen_suspend_request *rq);

/**
 * enum xen_consoles - set of consoles that are detached from their backends
 * @XEN_CONSOLES_NONE: no console
 * @XEN_CONSOLES_LATER: all consoles except the first, which gets its new port
 *	before the others
 * @XEN_CONSOLES_ALL: all consoles
 *
 * The kernel does not wait for room in the ring of a detached console, so messages
 * that do not fit are lost for this console.  When a console is attached again,
 * its backend is notified of the text in the ring.  If its frontend is not
 * connected yet, the backend is notified with the next line.
 */
enum xen_consoles {
	XEN_CONSOLES_NONE,
	XEN_CONSOLES_LATER,
	XEN_CONSOLES_ALL,
};

/* drivers/tty/hvc/hvc_xen.c */
#ifdef CONFIG_HVC_XEN
void xen_console_detach(enum xen_consoles which);
#else
static inline void xen_console_detach(enum xen_consoles which) { }
#endif

/* Freeze tasks, and find the one that does not freeze: drivers/xen/suspend_unfrozen.c */
int xen_suspend_freeze(struct xen_suspend *s, int (*freeze)(void), const char *unknown);

/* Report to the host why a suspend was refused: drivers/xen/suspend_reason.c */
#define XEN_SUSPEND_REASON_MAX 144
void xen_suspend_reason_write(const char *phase, const char *culprit, int err);
void xen_suspend_reason_forget(void);
void xen_suspend_reason_reset(void);

/* Report restores, checkpoints and refusals to programs: drivers/xen/suspend_identity.c */
void xen_suspend_identity_renew(void);
void xen_suspend_identity_date(void);
void xen_suspend_identity_end(const struct xen_suspend *s);
void xen_suspend_identity_failed(const char *reason);

/* Reseed random numbers after a restore: drivers/xen/suspend_reseed.c */
void xen_suspend_reseed(void);
void xen_suspend_reseed_told(void);

/* Records, tracepoints, debugfs and fault injection: drivers/xen/suspend_stats.c */
void xen_suspend_stats_begin(struct xen_suspend *s,
			     struct xen_suspend_request *rq);
void xen_suspend_stats_end(struct xen_suspend *s, int err);
const char *xen_suspend_find(const struct xen_suspend_table *table,
			     const char *name);

/*
 * Functions that the phases call.  The *_suspend_reserve() functions allocate
 * memory in thread context, because nothing can be allocated when the machine is
 * stopped (I5).
 */
int xen_suspend_vcpus(struct xen_suspend *s);
void xen_resume_vcpus(struct xen_suspend *s);
int xen_suspend_enter(struct xen_suspend *s);

#ifdef CONFIG_XEN_PV
int xen_p2m_suspend_reserve(void);
bool xen_p2m_suspend_reserved(void);
int xen_suspend_faults(struct xen_suspend *s);
#else
static inline int xen_p2m_suspend_reserve(void) { return 0; }
static inline int xen_suspend_faults(struct xen_suspend *s) { return -EAGAIN; }
#endif
void xenbus_refresh_store_port(void);
void xenbus_resume_frontend(struct xenbus_device *xdev);
void xen_resume_notify(void);

int gnttab_suspend_reserve(void);
void gnttab_suspend_release(void);
int gnttab_suspend_frames(struct xen_suspend *s);
void gnttab_resume_frames(struct xen_suspend *s);

int xen_evtchn_suspend_reserve(void);
bool xen_evtchn_reserve_irqs(void);
bool xen_evtchn_irqs_reserved(void);
void xen_evtchn_rebind_all(void);
void xen_evtchn_unmask_enabled(void);
evtchn_port_t xen_evtchn_doorbell(void);
void xen_evtchn_doorbell_reset(evtchn_port_t port);
evtchn_port_t xen_evtchn_resched_port(void);

/* Park all vCPUs except vCPU 0 in Xen: arch/x86/xen/park.c */
#ifdef CONFIG_SMP
int xen_park_vcpus(int (*run)(struct xen_suspend *s), struct xen_suspend *s);
#else
static inline int xen_park_vcpus(int (*run)(struct xen_suspend *s),
				 struct xen_suspend *s)
{
	return -EAGAIN;
}
#endif

void xen_runstate_save(void);
void xen_runstate_accumulate(void);

#endif /* _XEN_SUSPEND_H */
