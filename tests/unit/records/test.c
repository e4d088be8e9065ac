// SPDX-License-Identifier: GPL-2.0
/* Tests of the handlers that save and load records, without Xen. */
#include "test.h"

struct saved record;
static unsigned int tests, failures;

void ok(long got, long want, const char *name)
{
	failures += got != want;
	printf("%s %u - %s\n", got == want ? "ok" : "not ok", ++tests, name);
	if (got != want)
		printf("# got %ld, expected %ld\n", got, want);
}

int count(struct saved *s, unsigned int type, struct domain *d)
{
	return save_into(s, type, d, 0);
}

/*
 * Call a save handler once, as the core does. Scratch memory is exactly as large as the handler
 * requests, so sanitizers notice overruns.
 */
static int save_once(struct saved *s, unsigned int type, struct domain *d, struct vcpu *v,
		     size_t room)
{
	struct domain_context c = { .data = s->data, .room = room, .dry_run = !room };
	size_t want = scratch_sizes[type] ? scratch_sizes[type](d) : 0;
	int rc;

	c.scratch_size = min(want, room);
	c.scratch = c.scratch_size ? malloc(c.scratch_size) : NULL;
	if (c.scratch)
		memset(c.scratch, 0xa5, c.scratch_size);
	emul.looks = emul.most = emul.grant_locks = emul.sizes = 0;
	emul.scratch = c.scratch_size;
	rc = types[type].save(d, v, &c, !room);
	free(c.scratch);
	s->length = c.length;
	return rc || c.ended ? rc : -EIO;
}

int save_into(struct saved *s, unsigned int type, struct domain *d, size_t room)
{
	return save_once(s, type, d, NULL, room);
}

/* Save in two passes, as the core does. Both must have the same length; the first needs no data. */
int save(struct saved *s, unsigned int type, struct domain *d, struct vcpu *v)
{
	int rc = save_once(s, type, d, v, 0);
	size_t length = s->length;

	if (rc)
		return rc;
	memset(s->data, 0xa5, sizeof(s->data));
	rc = save_once(s, type, d, v, sizeof(s->data));
	return rc || s->length == length ? rc : -EIO;
}

int load(struct saved *s, unsigned int type, struct domain *d, bool dry_run)
{
	struct domain_context c = { .data = s->data, .length = s->length };
	int rc = types[type].load(d, NULL, &c, dry_run);

	return rc || c.ended ? rc : -EIO;
}

int load_all(struct saved *s, unsigned int type, struct domain *d)
{
	int rc = load(s, type, d, true);

	if (rc)
		return rc;
	/* After a dry run without error, the load must not fail. */
	return load(s, type, d, false) ? -EIO : 0;
}

uint64_t number(const struct saved *s, size_t at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, s->data + at, size);
	return value;
}

/* Check that the types are registered as the specification describes them. */
static void test_types(void)
{
	static const struct { bool per_vcpu, load, x86; const char *name; } want[] = {
		[2] = { false, true, false, "SHARED_INFO" },
		[3] = { false, true, true, "TSC_INFO" },
		[4] = { true, false, false, "VCPU_AREAS" },
		[5] = { true, false, false, "VCPU_TIMERS" },
		[6] = { false, false, false, "EVTCHN" },
		[7] = { false, false, false, "GNTTAB" },
		[8] = { false, false, false, "DOMAIN_STATE" },
		[9] = { true, false, false, "VCPU_STATE" },
		[10] = { true, false, true, "VCPU_TRAPS" },
		[11] = { false, false, false, "FIFO_ARRAY" },
	};

	ok(DOMAIN_SAVE_CODE(SHARED_INFO), 2, "types: the macro gives the typecode of a record");
	ok(DOMAIN_SAVE_CODE_MAX, 11, "types: the test has all typecodes");
	for (unsigned int i = 2; i <= DOMAIN_SAVE_CODE_MAX; i++) {
		bool here = !want[i].x86 || IS_ENABLED(CONFIG_X86);

		ok(!!types[i].save, here, want[i].name);
		ok(!!types[i].load, here && want[i].load, "the type can be loaded, if it should");
		ok(types[i].per_vcpu, here && want[i].per_vcpu,
		   "the type is of a vCPU, if it should");
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_types();
	test_load();
	if (IS_ENABLED(CONFIG_X86)) {
		test_tsc();
		test_traps();
	}
	test_state();
	test_dump();
	test_evtchn();
	ok(emul.locks, 0, "no lock is held at the end");
	printf("1..%u\n", tests);
	return !!failures;
}
