// SPDX-License-Identifier: GPL-2.0
/*
 * What a load brings is there afterwards, and what it leaves alone is as it was. Here the
 * domain is given what it has never said of itself: a load that did nothing would show.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "malformed.h"

/* Who sets the host's clock meanwhile makes a few updates more. */
#define UPDATES_MOST	100
#define DAY		86400
#define MINUTE		60000000000ull

struct shared {
	struct domain_save_shared_info head;
	union {
		shared_info_t info;
		unsigned char bytes[PAGE];
	} page;
};

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

/* Returns what Xen returns. */
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

/* No byte is as its neighbour, and each bit is set in one round and clear in the other. */
static void fill_page(unsigned char *page, unsigned int round)
{
	size_t i;

	for (i = 0; i < PAGE; i++)
		page[i] = (37 * i + 11 * (i / 256) + 1) ^ (round ? 0xff : 0);
}

/* The host's, at the moment when it booted, which was today; and the version goes on. */
static void check_clock(const shared_info_t *old, const shared_info_t *now)
{
	uint64_t booted = (uint64_t)now->wc_sec_hi << 32 | now->wc_sec;
	uint32_t updates = now->wc_version - old->wc_version;
	uint64_t utc = time(NULL);

	if (now->wc_version % 2 || !updates || updates > UPDATES_MOST)
		complain("wc_version went from %u to %u", old->wc_version, now->wc_version);
	if (booted > utc + 60 || booted + DAY < utc || now->wc_nsec >= 1000000000)
		complain("the wall clock is %llu s and %u ns, at %llu s",
			 (unsigned long long)booted, now->wc_nsec, (unsigned long long)utc);
}

/*
 * Change the page that was loaded to the page that is expected: Xen's own fields stay, events that
 * were pending stay pending, and each vCPU must look for events.
 */
static void expect(shared_info_t *loaded, const shared_info_t *old, const shared_info_t *now)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(loaded->evtchn_pending); i++)
		loaded->evtchn_pending[i] |= old->evtchn_pending[i];
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		loaded->vcpu_info[i].time = old->vcpu_info[i].time;
	for (i = 0; i < subject->vcpus; i++) {
		loaded->vcpu_info[i].evtchn_upcall_pending = 1;
		loaded->vcpu_info[i].evtchn_pending_sel = ~0ul;
	}
	loaded->wc_version = now->wc_version;
	loaded->wc_sec = now->wc_sec;
	loaded->wc_nsec = now->wc_nsec;
	loaded->wc_sec_hi = now->wc_sec_hi;
}

static void try_page(unsigned int round)
{
	struct shared old, loaded, now;
	size_t i;

	take(DOMAIN_SAVE_CODE_SHARED_INFO, &old, sizeof(old));
	loaded.head = old.head;
	fill_page(loaded.page.bytes, round);
	give(DOMAIN_SAVE_CODE_SHARED_INFO, &loaded, sizeof(loaded));
	take(DOMAIN_SAVE_CODE_SHARED_INFO, &now, sizeof(now));
	check_clock(&old.page.info, &now.page.info);
	expect(&loaded.page.info, &old.page.info, &now.page.info);
	for (i = 0; i < PAGE && now.page.bytes[i] == loaded.page.bytes[i]; i++)
		;
	if (i < PAGE)
		complain("page %u: byte %#zx is %#x after the load, not %#x", round, i,
			 now.page.bytes[i], loaded.page.bytes[i]);
}

/* An empty page of this width. Afterwards, the domain has the width HAS. */
static void try_width(unsigned int width, int expected, unsigned int has)
{
	struct shared page;
	int err;

	take(DOMAIN_SAVE_CODE_SHARED_INFO, &page, sizeof(page));
	memset(&page.page, 0, sizeof(page.page));
	page.head.width = width;
	err = offer(DOMAIN_SAVE_CODE_SHARED_INFO, &page, sizeof(page));
	if (err != expected)
		complain("a page of width %u: %s, not %s", width, strerror(err), strerror(expected));
	take(DOMAIN_SAVE_CODE_SHARED_INFO, &page, sizeof(page));
	if (page.head.width != has)
		complain("after a page of width %u, the width is %u, not %u", width, page.head.width,
			 has);
}

/* A new domain gets any width. One that may have run keeps its width, also while it is paused. */
void loads_width(const struct domain *d, complain_t *to)
{
	subject = d;
	complain = to;
	try_width(8, 0, 8);
	try_width(4, 0, 4);
	try_width(0, EINVAL, 4);
	try_width(8, 0, 8);
	domain_unpause_once(d);
	try_width(4, EINVAL, 8);
	try_width(8, 0, 8);
}

/* --- TSC_INFO */

/* With another incarnation than 0, what another frequency needs is emulated. */
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
	/* If the host scales the TSC of an HVM domain, the guest's time is that of the host. */
	if (subject->kind == PV && (now.nsec < info->nsec || now.nsec > most))
		complain("TSC of mode %u, at %llu ns: now at %llu", info->mode,
			 (unsigned long long)info->nsec, (unsigned long long)now.nsec);
}

/* 0 kHz is the host's, as it was at first. */
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
		try_page(i);
	take(DOMAIN_SAVE_CODE_TSC_INFO, &first, sizeof(first));
	for (i = 0; i < ARRAY_SIZE(infos); i++)
		try_info(&infos[i]);
	try_host(first.khz);
}
