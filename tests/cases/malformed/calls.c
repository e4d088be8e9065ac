// SPDX-License-Identifier: GPL-2.0
/* Bad calls with good streams: wrong sizes, pointers, and domains. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "malformed.h"

#define XEN	0xffff830000000000ull	/* Xen's own memory */
#define HOLE	0x8000000000000000ull	/* not a canonical address */

static const uint64_t too_much[] = {
	MOST + 1, MOST + 8, 1u << 31, (1ull << 32) - 1, 1ull << 32, (1ull << 32) + 1,
	(1ull << 32) + 40, (1ull << 32) + PAGE, 1ull << 40, (1ull << 63) - 8, 1ull << 63,
	-(uint64_t)PAGE, -40ull, -8ull, -1ull,
};

static const uint64_t nowhere[] = { 1, PAGE, HOLE, XEN, -40ull, -8ull };

/* Domain ids that Xen reserves, with DOMID_SELF, and ids that no domain can have or has. */
static const uint32_t nobody[] = {
	0x7fef, 0x7ff0, 0x7ff1, 0x7ff2, 0x7ff3, 0x7ff4, 0x7fff, 0x8000, 0xffff,
};

static void *pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* at_brink: return a copy of the stream that ends at an unmapped page. */
static unsigned char *at_brink(const struct stream *stream)
{
	return memcpy(brink() - stream->size, stream->bytes, stream->size);
}

static void sets(const struct domain *d, const struct stream *good, verdict_t *verdict)
{
	unsigned char *buffer = at_brink(good);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(too_much); i++)
		verdict("set, size", i, context_set(d->id, buffer, too_much[i]), E2BIG);
	for (i = 0; i < ARRAY_SIZE(nowhere); i++)
		verdict("set, pointer", i,
			context_set(d->id, pointer(nowhere[i]), good->size), EFAULT);
	verdict("set, NULL", 0, context_set(d->id, NULL, good->size), EFAULT);
	verdict("set, one byte too many", 0, context_set(d->id, buffer, good->size + 1), EFAULT);
	verdict("set, all that may be", 0, context_set(d->id, buffer, MOST), EFAULT);
	verdict("set, behind the memory", 0, context_set(d->id, brink(), 40), EFAULT);
	verdict("set, nothing", 0, context_set(d->id, buffer, 0), ENODATA);
}

/* get: get a context. If Xen returns success or ENOBUFS, it must also return the size needed. */
static void get(const struct domain *d, const char *what, void *buffer, uint64_t size,
		uint64_t needed, int expected, verdict_t *verdict)
{
	uint64_t asked = size;
	int err = context_get(d->id, buffer, &size);

	verdict(what, asked, err, expected);
	if ((!expected || expected == ENOBUFS) && size != needed)
		verdict("get, the size then", asked, EBADMSG, 0);
}

/* If a buffer is too short for the whole context, Xen must not write into it. */
static void left_alone(const struct domain *d, uint64_t needed, verdict_t *verdict)
{
	static unsigned char want[ROOM];
	uint64_t size = needed - 1;

	memset(want, 0xa5, sizeof(want));
	memcpy(brink() - ROOM, want, ROOM);
	verdict("get, one byte too short", size, context_get(d->id, brink() - size, &size),
		ENOBUFS);
	verdict("get, what is in the buffer then", size,
		memcmp(brink() - ROOM, want, ROOM) ? EBADMSG : 0, 0);
}

static void gets(const struct domain *d, uint64_t needed, verdict_t *verdict)
{
	unsigned char *buffer = brink() - needed;
	size_t i;

	get(d, "get, NULL", NULL, 0, needed, 0, verdict);
	get(d, "get, NULL, of some size", NULL, MOST + 1, needed, 0, verdict);
	get(d, "get, just enough", buffer, needed, needed, 0, verdict);
	get(d, "get, more than enough", buffer, MOST, needed, 0, verdict);
	for (i = 0; i < needed; i = i < 64 ? i + 1 : i + 509)
		get(d, "get, short", brink() - i, i, needed, ENOBUFS, verdict);
	for (i = 1; i <= 16; i++)
		get(d, "get, too short", buffer, needed - i, needed, ENOBUFS, verdict);
	for (i = 1; i <= 16; i++)
		get(d, "get, behind the memory", buffer + i, needed, needed, EFAULT, verdict);
	for (i = 0; i < ARRAY_SIZE(too_much); i++)
		get(d, "get, size", buffer, too_much[i], needed, E2BIG, verdict);
	for (i = 0; i < ARRAY_SIZE(nowhere); i++)
		get(d, "get, pointer", pointer(nowhere[i]), needed, needed, EFAULT, verdict);
	left_alone(d, needed, verdict);
}

/* Get one record, which Xen returns between HEADER and END, or the error that is expected. */
static void get_one(const struct domain *d, uint32_t typecode, uint32_t vcpu_id, int expected,
		    uint64_t length, verdict_t *verdict)
{
	uint64_t size = ROOM, needed = 0;
	int err = context_get_one(d->id, typecode, vcpu_id, brink() - ROOM, &size);

	verdict("get, one record", typecode, err, expected);
	if (!err && size != length)
		verdict("get, how long one record is", typecode, EBADMSG, 0);
	verdict("get, one record, NULL", typecode,
		context_get_one(d->id, typecode, vcpu_id, NULL, &needed), expected);
	if (!expected && needed != length)
		verdict("get, how long one record has to be", typecode, EBADMSG, 0);
}

static void gets_one(const struct domain *d, const struct stream *good, verdict_t *verdict)
{
	const uint64_t least = 40, desc = sizeof(struct domain_save_descriptor);
	const uint64_t timers = desc + sizeof(struct domain_save_vcpu_timers);
	unsigned char *buffer = at_brink(good);

	get_one(d, DOMAIN_SAVE_CODE_TSC_INFO, 0, 0,
		least + desc + sizeof(struct domain_save_tsc_info), verdict);
	get_one(d, DOMAIN_SAVE_CODE_DOMAIN_STATE, 0, 0,
		least + desc + sizeof(struct domain_save_domain_state), verdict);
	get_one(d, DOMAIN_SAVE_CODE_VCPU_TIMERS, DOMAIN_SAVE_ALL_VCPUS, 0,
		least + d->vcpus * timers, verdict);
	get_one(d, DOMAIN_SAVE_CODE_VCPU_TIMERS, 0, d->vcpus ? 0 : ENXIO, least + timers, verdict);
	get_one(d, DOMAIN_SAVE_CODE_VCPU_TIMERS, d->vcpus, ENXIO, 0, verdict);
	get_one(d, DOMAIN_SAVE_CODE_VCPU_TIMERS, 0x80000000, ENXIO, 0, verdict);
	get_one(d, DOMAIN_SAVE_CODE_TSC_INFO, 1, EINVAL, 0, verdict);
	get_one(d, DOMAIN_SAVE_CODE_TSC_INFO, DOMAIN_SAVE_ALL_VCPUS, EINVAL, 0, verdict);
	get_one(d, 0, 1, EINVAL, 0, verdict);
	get_one(d, DOMAIN_SAVE_CODE_HEADER, 0, EOPNOTSUPP, 0, verdict);
	get_one(d, DOMAIN_SAVE_CODE_MAX + 1, 0, EOPNOTSUPP, 0, verdict);
	get_one(d, 0xffffffff, 0, EOPNOTSUPP, 0, verdict);
	verdict("set, one record", 0, context_set_one(d->id, DOMAIN_SAVE_CODE_TSC_INFO, 0, buffer,
						      good->size), EINVAL);
	verdict("set, one vCPU", 0, context_set_one(d->id, 0, 1, buffer, good->size), EINVAL);
}

/* Xen must return EFAULT if the caller cannot write to the buffer. */
static void read_only(const struct domain *d, uint64_t needed, verdict_t *verdict)
{
	unsigned char *page = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (page == MAP_FAILED || mlock(page, ROOM) || mprotect(page, ROOM, PROT_READ))
		die("no memory");
	get(d, "get, memory to read only", page, needed, needed, EFAULT, verdict);
	munmap(page, ROOM);
}

static void set_and_get(uint32_t id, const char *what, const struct stream *stream, int set,
			int get, verdict_t *verdict)
{
	uint64_t size = ROOM;

	verdict(what, id, context_set(id, at_brink(stream), stream->size), set);
	verdict(what, id, context_get(id, brink() - ROOM, &size), get);
	size = 0;
	verdict(what, id, context_get(id, NULL, &size), get);
}

static void both(uint32_t id, const char *what, const struct stream *stream, int expected,
		 verdict_t *verdict)
{
	set_and_get(id, what, stream, expected, expected, verdict);
}

void calls_malformed(const struct domain *d, const struct stream *good, verdict_t *verdict)
{
	struct stream half = *good;
	uint64_t needed = 0;
	size_t i;

	half.size /= 2;
	if (context_get(d->id, NULL, &needed))
		die("domain %u does not say how much it is", d->id);
	sets(d, good, verdict);
	gets(d, needed, verdict);
	gets_one(d, good, verdict);
	read_only(d, needed, verdict);
	for (i = 0; i < ARRAY_SIZE(nobody); i++) {
		both(nobody[i], "no domain", good, ESRCH, verdict);
		both(nobody[i], "no domain, malformed", &half, ESRCH, verdict);
	}
	both(0, "the caller's own", good, EPERM, verdict);
	both(0, "the caller's own, malformed", &half, EPERM, verdict);
}

/* Destroy d, and test it while it is dying, and when it is gone. */
void calls_dying(const struct domain *d, const struct stream *good, verdict_t *verdict)
{
	struct stream half = *good;
	void *held = domain_hold(d);

	half.size /= 2;
	domain_destroy(d);
	if (!domain_is_dying(d))
		die("domain %u is not dying", d->id);
	set_and_get(d->id, "dying", good, 0, 0, verdict);
	set_and_get(d->id, "dying, malformed", &half, ENODATA, 0, verdict);
	domain_let_go(d, held);
	both(d->id, "gone", good, ESRCH, verdict);
}
