// SPDX-License-Identifier: GPL-2.0
/*
 * Check that loaded values are in the domain afterwards, and that other values have not changed.
 * The loaded values are new to the domain. So the checks fail if a load does nothing.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "malformed.h"

/* The most updates of wc_version. It is updated more often if the host's clock is set meanwhile. */
#define UPDATES_MOST	100
#define DAY		86400
#define MINUTE		60000000000ull

struct shared {
	struct domain_save_shared_info head;
	unsigned char page[PAGE];
};

/*
 * The layout of shared info for each width. In both, a vcpu_info has 64 bytes, and its time is in
 * the last 32.
 */
static const struct layout {
	size_t width;		/* bytes of a word; the selector is behind the first word */
	size_t ports;		/* bytes of the pending bits */
	size_t version, sec, nsec, sec_hi;
} layouts[] = {
	{ 8, 512, 3072, 3076, 3080, 3084 },
	{ 4, 128, 2304, 2308, 2312, 2340 },
};

#define VCPU_INFO	64
#define TIME		32
#define PENDING		(XEN_LEGACY_MAX_VCPUS * VCPU_INFO)

_Static_assert(sizeof(struct vcpu_info) == VCPU_INFO && offsetof(struct vcpu_info, time) == TIME &&
	       offsetof(struct vcpu_info, evtchn_pending_sel) == 8 &&
	       offsetof(shared_info_t, evtchn_pending) == PENDING &&
	       offsetof(shared_info_t, evtchn_mask) == PENDING + 512 &&
	       offsetof(shared_info_t, wc_version) == 3072 &&
	       offsetof(shared_info_t, wc_sec_hi) == 3084, "the page of 64 bits");

static const struct domain *subject;
static complain_t *complain;

static void take(unsigned int typecode, void *payload, size_t size)
{
	static struct stream said;
	struct records records;

	stream_get(subject, &said);
	records_of(&said, &records);
	memcpy(payload, records_find(&records, typecode)->payload, size);
}

/* Load a stream with one record. Return: 0, or the errno of Xen. */
static int offer(unsigned int typecode, const void *payload, size_t size)
{
	const struct domain_save_header magic = { DOMAIN_SAVE_MAGIC, DOMAIN_SAVE_VERSION };
	const struct record header = {
		{ .typecode = DOMAIN_SAVE_CODE_HEADER, .length = sizeof(magic) },
		(const void *)&magic,
	};
	const struct record record = { { .typecode = typecode, .length = size }, payload };
	const struct record end = { { .typecode = DOMAIN_SAVE_CODE_END }, NULL };
	static struct stream stream;

	stream.size = 0;
	stream_add(&stream, &header);
	stream_add(&stream, &record);
	stream_add(&stream, &end);
	return context_set(subject->id, stream.bytes, stream.size);
}

static void give(unsigned int typecode, const void *payload, size_t size)
{
	int err = offer(typecode, payload, size);

	if (err)
		complain("a record of type %u that is good: %s", typecode, strerror(err));
}

/* --- SHARED_INFO */

/* Fill a page. Neighbouring bytes differ. Each bit is set in one round, and clear in the other. */
static void fill_page(unsigned char *page, unsigned int round)
{
	size_t i;

	for (i = 0; i < PAGE; i++)
		page[i] = (37 * i + 11 * (i / 256) + 1) ^ (round ? 0xff : 0);
}

static const struct layout *layout_of(const struct shared *s)
{
	return &layouts[s->head.width == 4];
}

static uint32_t number(const struct shared *s, size_t at)
{
	uint32_t value;

	memcpy(&value, s->page + at, sizeof(value));
	return value;
}

/*
 * Check that a load sets the wall clock to the host's: the time when the host booted, at most a
 * day ago. wc_version must increase.
 */
static void check_clock(const struct shared *old, const struct shared *now)
{
	const struct layout *l = layout_of(now);
	uint32_t was = number(old, layout_of(old)->version), is = number(now, l->version);
	uint64_t booted = (uint64_t)number(now, l->sec_hi) << 32 | number(now, l->sec);
	uint32_t nsec = number(now, l->nsec), updates = is - was;
	uint64_t utc = time(NULL);

	if (is % 2 || !updates || updates > UPDATES_MOST)
		complain("wc_version went from %u to %u", was, is);
	if (booted > utc + 60 || booted + DAY < utc || nsec >= 1000000000)
		complain("the wall clock is %llu s and %u ns, at %llu s",
			 (unsigned long long)booted, nsec, (unsigned long long)utc);
}

/*
 * Change the page that was loaded to the page that is expected: Xen's own fields stay, events that
 * were pending stay pending, and each vCPU must look for events. If the width changes, only the ports
 * that both widths have were pending.
 */
static void expect(struct shared *loaded, const struct shared *old, const struct shared *now)
{
	const struct layout *l = layout_of(loaded), *before = layout_of(old);
	const size_t clock[] = { l->version, l->sec, l->nsec, l->sec_hi };
	unsigned char *info = loaded->page;
	unsigned int i;

	for (i = 0; i < l->ports && i < before->ports; i++)
		loaded->page[PENDING + i] |= old->page[PENDING + i];
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++, info += VCPU_INFO) {
		memcpy(info + TIME, old->page + i * VCPU_INFO + TIME, VCPU_INFO - TIME);
		if (i >= subject->vcpus)
			continue;
		*info = 1;	/* evtchn_upcall_pending */
		memset(info + l->width, 0xff, l->width);
	}
	for (i = 0; i < ARRAY_SIZE(clock); i++)
		memcpy(loaded->page + clock[i], now->page + clock[i], sizeof(uint32_t));
}

/* Load a page of a width that the domain has, or can get, and compare the result. */
static void try_page(unsigned int width, unsigned int round)
{
	struct shared old, loaded, now;
	size_t i;

	take(DOMAIN_SAVE_CODE_SHARED_INFO, &old, sizeof(old));
	loaded.head = old.head;
	loaded.head.width = width;
	fill_page(loaded.page, round);
	give(DOMAIN_SAVE_CODE_SHARED_INFO, &loaded, sizeof(loaded));
	take(DOMAIN_SAVE_CODE_SHARED_INFO, &now, sizeof(now));
	if (now.head.width != width) {
		complain("page %u: the width is %u after the load, not %u", round, now.head.width, width);
		return;
	}
	check_clock(&old, &now);
	expect(&loaded, &old, &now);
	for (i = 0; i < PAGE && now.page[i] == loaded.page[i]; i++)
		;
	if (i < PAGE)
		complain("page %u of width %u, into width %u: byte %#zx is %#x after the load, not %#x",
			 round, width, old.head.width, i, now.page[i], loaded.page[i]);
}

/* Load an empty page of this width. Xen must return EXPECTED, and the domain has the width HAS. */
static void try_width(unsigned int width, int expected, unsigned int has)
{
	struct shared page;
	int err;

	take(DOMAIN_SAVE_CODE_SHARED_INFO, &page, sizeof(page));
	memset(page.page, 0, sizeof(page.page));
	page.head.width = width;
	err = offer(DOMAIN_SAVE_CODE_SHARED_INFO, &page, sizeof(page));
	if (err != expected)
		complain("a page of width %u: %s, not %s", width, strerror(err), strerror(expected));
	take(DOMAIN_SAVE_CODE_SHARED_INFO, &page, sizeof(page));
	if (page.head.width != has)
		complain("after a page of width %u, the width is %u, not %u", width, page.head.width,
			 has);
}

/*
 * Check which widths Xen loads. A new domain gets the width of the page. After the domain may have
 * run, Xen must reject a page of the other width, also while the domain is paused.
 */
void loads_width(const struct domain *d, complain_t *to)
{
	static const unsigned int widths[] = { 8, 4, 4, 8, 4 };
	unsigned int i;

	subject = d;
	complain = to;
	try_width(8, 0, 8);
	for (i = 0; i < 2 * ARRAY_SIZE(widths); i++)
		try_page(widths[i / 2], i % 2);
	try_width(0, EINVAL, 4);
	try_width(8, 0, 8);
	domain_unpause_once(d);
	try_width(4, EINVAL, 8);
	try_width(8, 0, 8);
}

/* --- TSC_INFO */

/* If the incarnation is not 0, Xen emulates a TSC of another frequency. */
static const struct domain_save_tsc_info infos[] = {
	{ .mode = 1, .khz = 1234567, .nsec = 5000000000000, .incarnation = 41 },
	{ .mode = 0, .khz = 7654321, .nsec = 7000000000, .incarnation = 7 },
	{ .mode = 2, .khz = 0, .nsec = 0, .incarnation = 99 },
	{ .mode = 1, .khz = 2000001, .nsec = 0, .incarnation = 0 },
	{ .mode = 0, .khz = 54321, .nsec = 123456789012345, .incarnation = 1000 },
};

static void try_info(const struct domain_save_tsc_info *info)
{
	struct domain_save_tsc_info now;
	uint64_t most = info->nsec + (info->mode == 2 ? 0 : MINUTE);

	give(DOMAIN_SAVE_CODE_TSC_INFO, info, sizeof(*info));
	take(DOMAIN_SAVE_CODE_TSC_INFO, &now, sizeof(now));
	if (now.mode != info->mode || now.khz != info->khz ||
	    now.incarnation != info->incarnation + 1)
		complain("TSC of mode %u, %u kHz, incarnation %u: now %u, %u kHz, %u",
			 info->mode, info->khz, info->incarnation, now.mode, now.khz,
			 now.incarnation);
	/* Only for PV: if the host scales the TSC of an HVM domain, Xen returns the host's time. */
	if (subject->kind == PV && (now.nsec < info->nsec || now.nsec > most))
		complain("TSC of mode %u, at %llu ns: now at %llu", info->mode,
			 (unsigned long long)info->nsec, (unsigned long long)now.nsec);
}

/* Load a TSC of 0 kHz, which stands for the host's frequency. A new domain has this frequency. */
static void try_host(uint32_t khz)
{
	const struct domain_save_tsc_info info = { 0 };
	struct domain_save_tsc_info now;

	give(DOMAIN_SAVE_CODE_TSC_INFO, &info, sizeof(info));
	take(DOMAIN_SAVE_CODE_TSC_INFO, &now, sizeof(now));
	if (now.mode || now.khz != khz || now.incarnation != 1)
		complain("TSC of the host's %u kHz: mode %u, %u kHz, incarnation %u", khz,
			 now.mode, now.khz, now.incarnation);
}

void loads_arrive(const struct domain *d, complain_t *to)
{
	struct domain_save_tsc_info first;
	unsigned int i;

	subject = d;
	complain = to;
	for (i = 0; i < 2; i++)
		try_page(8, i);
	take(DOMAIN_SAVE_CODE_TSC_INFO, &first, sizeof(first));
	for (i = 0; i < ARRAY_SIZE(infos); i++)
		try_info(&infos[i]);
	try_host(first.khz);
}
