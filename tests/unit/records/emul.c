// SPDX-License-Identifier: GPL-2.0
/* Emulated functions of Xen that the handlers of records call. */
#include "emul.h"

struct emul emul;

void process_pending_softirqs(void)
{
	/* Softirqs may take any lock, so the caller must hold none. */
	if (emul.locks)
		abort();
	emul.softirqs++;
	if (emul.grows)
		*emul.grows += 4;
}

#define OF(type, member, lock) ((type *)((void *)(lock) - offsetof(type, member)))

void emul_show_timer(spinlock_t *lock, bool held)
{
	struct vcpu *v = OF(struct vcpu, periodic_timer_lock, lock);

	v->periodic_period = held ? v->period : -1;
	v->periodic_last_event = held ? v->last_event : -1;
}

/* Swap the watchdogs at each lock and unlock, so that a read without the lock gets wrong ones. */
void emul_show_watchdogs(spinlock_t *lock, bool held)
{
	struct domain *d = OF(struct domain, watchdog_lock, lock);

	d->watchdog_inuse_map ^= 3;
}

/* Change the field at each lock and unlock, so that a read without the lock gets a wrong value. */
void emul_show_shutdown(spinlock_t *lock, bool held)
{
	struct domain *d = OF(struct domain, shutdown_lock, lock);

	d->is_shutting_down = !d->is_shutting_down;
}

void spin_lock(spinlock_t *lock)
{
	read_lock(&lock->held);
	if (lock->show)
		lock->show(lock, true);
}

void spin_unlock(spinlock_t *lock)
{
	if (lock->show)
		lock->show(lock, false);
	read_unlock(&lock->held);
}

void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *runstate)
{
	*runstate = v->runstate;
	runstate->time[runstate->state] += NOW() - runstate->state_entry_time;
}

/* As in Xen, the new version depends on the one in the page, so a load must keep that one. */
void update_domain_wallclock_time(struct domain *d)
{
	emul.wallclocks++;
	shared_info(d, wc_version) = ((shared_info(d, wc_version) + 1) | 1) + 1;
	shared_info(d, wc_sec) = 77;
}

vcpu_info_t dummy_vcpu_info;

void vcpu_mark_events_pending(struct vcpu *v)
{
	if (vcpu_info(v, evtchn_upcall_pending))
		return;
	vcpu_info(v, evtchn_upcall_pending) = 1;
	v->events++;
}

bool timer_expires_before(struct timer *t, s_time_t when)
{
	return t->armed && t->expires <= when;
}

const void *evtchn_fifo_control_block(const struct vcpu *v)
{
	if (!v->domain->event_lock)
		abort();
	return v->control;
}

const void *evtchn_fifo_array_page(const struct domain *d, unsigned int nr)
{
	if (!d->event_lock || nr >= ARRAY_SIZE(d->array))
		abort();
	return d->evtchn_fifo ? d->array[nr] : NULL;
}

mfn_t domain_page_map_to_mfn(const void *p)
{
	return (mfn_t){ (uintptr_t)p / PAGE_SIZE };
}

static void check_chn(const struct domain *d, const struct evtchn *chn)
{
	if (!d->event_lock || !evtchn_usable(chn) || chn->port >= max_evtchns(d))
		abort();
}

bool evtchn_is_pending(const struct domain *d, const struct evtchn *chn)
{
	check_chn(d, chn);
	return (!d->evtchn_fifo || chn->port < d->words) && chn->seen_pending;
}

bool evtchn_is_masked(const struct domain *d, const struct evtchn *chn)
{
	check_chn(d, chn);
	return (d->evtchn_fifo && chn->port >= d->words) || chn->seen_masked;
}

bool evtchn_fifo_has_word(const struct domain *d, uint32_t port)
{
	return port < d->words;
}

void tsc_get_info(struct domain *d, uint32_t *mode, uint64_t *nsec, uint32_t *khz,
		  uint32_t *incarnation)
{
	bool emulated = d->tsc.mode != TSC_MODE_NEVER_EMULATE;

	*mode = d->tsc.mode;
	*nsec = emulated ? d->tsc.nsec : 0;
	*khz = emulated ? d->tsc.khz : 0;
	*incarnation = d->tsc.incarnation;
}

int tsc_set_info(struct domain *d, uint32_t mode, uint64_t nsec, uint32_t khz,
		 uint32_t incarnation)
{
	if (mode > TSC_MODE_NEVER_EMULATE)
		return -EINVAL;
	if (mode != TSC_MODE_NEVER_EMULATE)
		d->tsc.khz = khz ?: EMUL_HOST_KHZ;
	d->tsc = (struct tsc){ .mode = mode, .nsec = nsec, .khz = d->tsc.khz,
			       .incarnation = incarnation + 1 };
	return 0;
}

uint64_t hvm_get_tsc_scaling_ratio(uint32_t khz)
{
	return khz <= emul.tsc_max_khz ? khz : 0;
}

void emul_setup_tsc_scaling(struct vcpu *v)
{
	v->tsc_khz = hvm_get_tsc_scaling_ratio(v->domain->tsc.khz);
}

struct hvm_funcs hvm_funcs;

/* Abort if the lock of the table is not held: another domain may change the size then. */
unsigned int nr_grant_entries(const struct grant_table *gt)
{
	if (!gt->lock)
		abort();
	emul.sizes++;
	return gt->nr_frames * (PAGE_SIZE / (gt->gt_version == 1 ? 8 : 16));
}

struct active_grant_entry *emul_active_entry(const struct grant_table *gt, grant_ref_t ref)
{
	static struct active_grant_entry all;

	if (!gt->lock || ref >= gt->nr_frames * (PAGE_SIZE / 8))
		abort();
	emul.looks++;
	if (++emul.batch > emul.most)
		emul.most = emul.batch;
	all = (struct active_grant_entry){ .pin = 1 };
	return gt->active ? &gt->active[ref] : &all;
}

struct active_grant_entry *active_entry_acquire(const struct grant_table *gt, grant_ref_t ref)
{
	struct active_grant_entry *act = emul_active_entry(gt, ref);

	emul.looks--;
	if (ref && ref == gt->unmapped)
		act->pin = 0;
	act->held = true;
	emul.locks++;
	return act;
}

void active_entry_release(struct active_grant_entry *act)
{
	if (!act->held)
		abort();
	act->held = false;
	emul.locks--;
}

#ifndef EMUL_CORE
struct record_type types[DOMAIN_SAVE_CODE_MAX + 1];
scratch_size_fn *scratch_sizes[DOMAIN_SAVE_CODE_MAX + 1];

void *domain_save_scratch(const struct domain_context *c, size_t *size)
{
	*size = min(c->scratch_size, c->room);
	return c->scratch;
}

int domain_save_begin(struct domain_context *c, size_t len)
{
	if (c->length || len % 8)
		abort();
	c->length = len;
	if (len > c->room)
		c->dry_run = true;
	return 0;
}

static void *take(struct domain_context *c, size_t len)
{
	void *at = c->data + c->done;

	if (len > c->length - c->done)
		abort();
	c->done += len;
	return at;
}

int domain_save_data(struct domain_context *c, const void *src, size_t len)
{
	uint8_t *at = take(c, len);

	if (c->dry_run || !len)
		return 0;
	if (!src)
		abort();
	memcpy(at, src, len);
	return 0;
}

int domain_load_begin(struct domain_context *c, size_t len)
{
	return len == c->length ? 0 : -EINVAL;
}

int domain_load_data(struct domain_context *c, void *dst, size_t len)
{
	if (emul.sends_to && emul.sent < 1024) {
		guest_set_bit(NULL, emul.sent, emul.sends_to);
		emul.sent++;
	}
	memcpy(dst, take(c, len), len);
	return 0;
}

int domain_save_end(struct domain_context *c)
{
	if (c->done != c->length || c->ended)
		abort();
	c->ended = true;
	return 0;
}

int domain_save_entry(struct domain_context *c, const void *src, size_t len)
{
	return domain_save_begin(c, len) ?: domain_save_data(c, src, len) ?:
	       domain_save_end(c);
}

int domain_load_entry(struct domain_context *c, void *dst, size_t len)
{
	return domain_load_begin(c, len) ?: domain_load_data(c, dst, len) ?:
	       domain_load_end(c);
}
#endif
