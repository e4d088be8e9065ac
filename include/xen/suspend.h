/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Save and restore of a Xen guest: the phases of a suspend, and their order.
 *
 * A suspend is a walk through tables.  Reading a table from the top is the
 * save, from the bottom the resume.  Documentation/xen/phases.rst has the
 * invariants (I1 ... I10) that comments in the code refer to.
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
 * enum xen_suspend_outcome - what became of a suspend
 * @XEN_SUSPEND_ABORTED: a phase or the hypercall refused; nobody left (zero,
 *	so that it holds until the hypercall has returned)
 * @XEN_SUSPEND_CANCELLED: the same domain goes on: a checkpoint, or a save
 *	that the toolstack called off; every handle from Xen is still good
 * @XEN_SUSPEND_RESTORED: this is a new domain; every port, grant, machine
 *	frame and vCPU registration from before is stale
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
 * struct xen_suspend_phase - one step down and back up
 * @name: unique over the tables of a type of guest; what errors, records and
 *	injection call it
 * @suspend: way down: 0, or -errno having undone itself; NULL if it only
 *	acts on the way up
 * @resume: way up: runs if and only if @suspend returned 0 (or is NULL and
 *	was reached), cannot fail, may read the outcome; NULL if nothing is
 *	to be undone
 *
 * Both return with the interrupt and preemption state that they got.
 */
struct xen_suspend_phase {
	const char *name;
	int (*suspend)(struct xen_suspend *s);
	void (*resume)(struct xen_suspend *s);
};

/**
 * struct xen_suspend_table - phases that share a context, in order
 * @name: the level, as records and documentation call it
 * @phases: top-down is the save
 * @nr: number of @phases
 * @traced: announce each callback by trace_suspend_resume() as it runs, for
 *	tables whose whole context has a clock (I6)
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
 * struct xen_suspend_record - what one callback cost
 * @level: name of the table
 * @phase: name of the phase
 * @cycles: duration in TSC cycles; never spans the hypercall, since the two
 *	ends of that may be on different hosts
 * @err: what the callback returned, 0 on the way up
 * @up: way up
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
 * struct xen_suspend_request - somebody who waits for this domain to suspend
 * @accept: take the request up for good, once all that may refuse or be slow
 *	has not been: 0, -ECANCELED when nobody waits any more, or another
 *	-errno.  Runs in xenwatch, with xenstore at work and tasks frozen, but in
 *	the fast walk.
 * @wanted: is it still, with the machine stopped?  May be NULL; does not sleep
 * @deadline: CLOCK_BOOTTIME time at which they stop waiting; @accept sets it
 * @freeze_until: CLOCK_BOOTTIME time after which tasks must not be kept frozen for it
 */
struct xen_suspend_request {
	int (*accept)(struct xen_suspend_request *rq);
	bool (*wanted)(struct xen_suspend_request *rq);
	ktime_t deadline;
	ktime_t freeze_until;
};

/**
 * struct xen_suspend_fault - what is to go wrong, for a test
 * @phase: where; NULL for nowhere
 * @err: -errno that it refuses with; 0 if it does not
 * @delay_ms: how long it takes first; thread phases only
 */
struct xen_suspend_fault {
	const char *phase;
	int err;
	unsigned int delay_ms;
};

/* About 25 phases, twice each, plus the rendezvous. */
#define XEN_SUSPEND_MAX_RECORDS 64

/**
 * struct xen_suspend - one suspend, from request to resume
 * @outcome: written once, by xen_suspend_enter()
 * @request: who asked; NULL if nobody waits
 * @failed: name of the phase that refused, NULL if none did
 * @culprit: the device or task on account of which it did, "" if unknown
 * @slow: why the walk is not the fast one, "" if it is
 * @fault: what is to go wrong, once
 * @walker: the thread that stopped the machine
 * @stamp: TSC when the rendezvous in progress began
 * @nr_records: records in use; further ones are dropped
 * @records: in the order in which the callbacks ran
 *
 * Owned by whoever runs the walk.  No lock: the walk is one thread of
 * control, even where it changes CPU.
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
 * xen_suspend_fatal - give up on a domain that cannot be resumed
 * @phase: the phase whose resume cannot do its work
 * @err: -errno
 *
 * For the stopped and arch tables only: what they put back is what the
 * kernel runs on, and nothing is left that could be unwound (I9).
 *
 * Context: Stopped machine.  Does not return.
 */
static inline void __noreturn xen_suspend_fatal(const char *phase, int err)
{
	panic("xen: suspend: cannot resume \"%s\": %pe", phase,
	      ERR_PTR(err));
}

/* What programs have of Xen's: drivers/xen/suspend_handles.c */
#ifdef CONFIG_XEN_SAVE_RESTORE
void xen_handles_add(int nr);
#else
static inline void xen_handles_add(int nr) { }
#endif
bool xen_handles_exist(void);

/* How many event channels frontends may have: drivers/xen/events/events_suspend.c */
#ifdef CONFIG_XEN_SAVE_RESTORE
void xen_evtchn_expect(int change);
#else
static inline void xen_evtchn_expect(int change) { }
#endif

/* The engine: drivers/xen/suspend_walk.c */
int xen_suspend_walk(struct xen_suspend *s,
		     const struct xen_suspend_table *table,
		     int (*bottom)(struct xen_suspend *s));
int xen_suspend_fault_at(struct xen_suspend *s, const char *name);
void xen_suspend_record(struct xen_suspend *s,
			const struct xen_suspend_record *record);

/* The tables: drivers/xen/suspend*.c and arch/x86/xen/suspend*.c */
extern const struct xen_suspend_table xen_suspend_thread_table;
extern const struct xen_suspend_table xen_suspend_fast_table;
extern const struct xen_suspend_table xen_suspend_stopped_table;
extern const struct xen_suspend_table xen_suspend_parked_table;
extern const struct xen_suspend_table xen_suspend_pv_table;
extern const struct xen_suspend_table xen_suspend_hvm_table;
const struct xen_suspend_table *xen_suspend_arch_table(void);
int xen_suspend_stop(struct xen_suspend *s);
int xen_suspend_park(struct xen_suspend *s);

/* Which walk: drivers/xen/suspend_fast.c */
bool xen_suspend_wants_fast(void);
bool xen_suspend_may_be_fast(struct xen_suspend *s);
int xen_suspend_frontends(struct xen_suspend *s);
void xen_resume_frontends(struct xen_suspend *s);
int xen_suspend_rings(struct xen_suspend *s);
void xen_resume_rings(struct xen_suspend *s);

/* Programs that are held: drivers/xen/suspend_hold.c */
void xen_hold_programs(void);
void xen_resume_hold(struct xen_suspend *s);
int xen_suspend_programs(struct xen_suspend *s);
void xen_resume_programs(struct xen_suspend *s);

int xen_suspend(struct xen_suspend_request *rq);

/**
 * enum xen_consoles - which consoles are detached
 * @XEN_CONSOLES_NONE: none
 * @XEN_CONSOLES_LATER: all but the first, whose new port comes before theirs
 * @XEN_CONSOLES_ALL: all of them
 *
 * What one prints that is detached, and has no place in its ring, is lost to it; of
 * the rest the first is told when it is not, others with their next line.
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

/* The freezer, and what it waits for: drivers/xen/suspend_unfrozen.c */
int xen_suspend_freeze(struct xen_suspend *s, int (*freeze)(void), const char *unknown);

/* What to tell the host: drivers/xen/suspend_reason.c */
#define XEN_SUSPEND_REASON_MAX 144
void xen_suspend_reason_write(const char *phase, const char *culprit, int err);
void xen_suspend_reason_forget(void);
void xen_suspend_reason_reset(void);

/* What to tell programs: drivers/xen/suspend_identity.c */
void xen_suspend_identity_renew(void);
void xen_suspend_identity_date(void);
void xen_suspend_identity_end(const struct xen_suspend *s);
void xen_suspend_identity_failed(const char *reason);

/* Random numbers: drivers/xen/suspend_reseed.c */
void xen_suspend_reseed(void);
void xen_suspend_reseed_told(void);

/* Records, tracepoints, debugfs: drivers/xen/suspend_stats.c */
void xen_suspend_stats_begin(struct xen_suspend *s,
			     struct xen_suspend_request *rq);
void xen_suspend_stats_end(struct xen_suspend *s, int err);
const char *xen_suspend_find(const struct xen_suspend_table *table,
			     const char *name);

/*
 * What phases are made of.  The reserve functions run in thread context and
 * allocate, so that their stopped counterparts need not (I5).
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

/* Other vCPUs wait for this one in Xen: arch/x86/xen/park.c */
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
