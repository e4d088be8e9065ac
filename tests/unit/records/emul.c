// SPDX-License-Identifier: GPL-2.0
/* What Xen does for the handlers, as far as the tests look at it. */
#include "test.h"

struct emul emul;
struct record_type types[DOMAIN_SAVE_CODE_MAX + 1];

/* Those are the first that are not in use yet. */
static void map_more(struct domain *d)
{
	unsigned int more = 300, refs = d->sizes.nr_frames * 512;

	for (unsigned int ref = 0; more && ref < refs; ref++) {
		more -= !d->pins[ref].host_readers;
		d->pins[ref].host_readers = 1;
	}
}

void *vzalloc(size_t size)
{
	if (!size || emul.locks || emul.fail_allocation)
		return NULL;
	if (emul.grows) {
		emul.grows->valid_evtchns *= 2;
		emul.grows = NULL;
	}
	if (emul.maps)
		map_more(emul.maps);
	emul.allocations++;
	emul.largest = size > emul.largest ? size : emul.largest;
	return calloc(1, size);
}

void vfree(void *p)
{
	if (p)
		emul.allocations--;
	free(p);
}

void process_pending_softirqs(void)
{
	/* They may take any lock. */
	if (emul.locks)
		abort();
	emul.softirqs++;
}

static void show_timer(int *lock, bool show)
{
	struct vcpu *v = (void *)lock - offsetof(struct vcpu, periodic_timer_lock);

	v->periodic_period = show ? v->period : -1;
	v->periodic_last_event = show ? v->last_event : -1;
}

void spin_lock(int *lock)
{
	read_lock(lock);
	show_timer(lock, true);
}

void spin_unlock(int *lock)
{
	show_timer(lock, false);
	read_unlock(lock);
}

/* It reads the version that is there. */
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
	*mode = d->tsc.mode;
	*nsec = d->tsc.nsec;
	*khz = d->tsc.khz;
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

void gnttab_get_sizes(struct domain *d, struct domain_save_gnttab *s)
{
	*s = d->sizes;
}

void gnttab_get_pin(struct domain *d, grant_ref_t ref, struct domain_save_gnttab_pin *pin)
{
	emul.looks++;
	*pin = d->pins ? d->pins[ref] : (struct domain_save_gnttab_pin){ .host_readers = 1 };
	pin->ref = ref;
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

size_t domain_save_room(const struct domain_context *c)
{
	return c->room;
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
