// SPDX-License-Identifier: GPL-2.0
/* Tests of saving a single record, and of the scratch memory that a handler gets. */
#include "test.h"

#define ALL DOMAIN_SAVE_ALL_VCPUS

/* Selections, and the records that they return. The domain has vCPUs 0, 2 and 3, but no vCPU 1. */
static const struct {
	unsigned int typecode, vcpu_id;
	int rc;
	const char *contents, *name;
} choices[] = {
	{ 0, 0, 0, "1:0:8 2:0:16 3:0:56 4:0:8 4:2:8 4:3:8 5:0:8 5:2:8 5:3:8 7:0:24 0:0:0 ",
	  "all records" },
	{ 2, 0, 0, "1:0:8 2:0:16 0:0:0 ", "a record of the domain" },
	{ 7, 0, 0, "1:0:8 7:0:24 0:0:0 ", "a record that is not loaded" },
	{ 4, 0, 0, "1:0:8 4:0:8 0:0:0 ", "the record of vCPU 0" },
	{ 4, 2, 0, "1:0:8 4:2:8 0:0:0 ", "the record of another vCPU" },
	{ 5, 3, 0, "1:0:8 5:3:8 0:0:0 ", "the record of the last vCPU" },
	{ 4, ALL, 0, "1:0:8 4:0:8 4:2:8 4:3:8 0:0:0 ", "the records of all vCPUs" },
	{ 6, 0, 0, "1:0:8 0:0:0 ", "a record that the domain does not have" },
	{ 0, 1, -EINVAL, "", "all records of a vCPU" },
	{ 0, ALL, -EINVAL, "", "all records of all vCPUs" },
	{ 1, 0, -EOPNOTSUPP, "", "HEADER" },
	{ DOMAIN_SAVE_CODE_MAX, 0, -EOPNOTSUPP, "", "a type that this Xen does not save" },
	{ DOMAIN_SAVE_CODE_MAX + 1, 0, -EOPNOTSUPP, "", "the first unknown typecode" },
	{ ~0u, 0, -EOPNOTSUPP, "", "the last unknown typecode" },
	{ 2, 1, -EINVAL, "", "a record of the domain, for a vCPU" },
	{ 2, ALL, -EINVAL, "", "a record of the domain, for all vCPUs" },
	{ 4, 1, -ENXIO, "", "the record of a missing vCPU" },
	{ 4, 4, -ENXIO, "", "the record of a vCPU after the last" },
	{ 4, ALL - 1, -ENXIO, "", "the record of a vCPU far after the last" },
};

static void chosen(void)
{
	struct domain *d = domain_make(4, 0xd);
	unsigned int i;

	domain_fill(d, 7);
	for (i = 0; i < ARRAY_SIZE(choices); i++) {
		struct domain_save_choice choice = { choices[i].typecode, choices[i].vcpu_id };
		struct stream s = { 0 };

		fresh();
		synthetic.dumps = true;
		ok_is(domain_save(d, choice, stream_write, &s, sizeof(s.bytes)), choices[i].rc,
		      "chosen: %s", choices[i].name);
		ok(!strcmp(contents(&s), choices[i].contents) &&
		   emul.pauses == !choices[i].rc && !emul.paused, "... no other record is saved");
		ok(!choices[i].typecode || emul.nospec_typecodes ||
		   choices[i].typecode > DOMAIN_SAVE_CODE_MAX,
		   "... the typecode is not an index in speculation");
	}
	domain_free(d);
}

static size_t size_seen;

static int ask(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	void *scratch = domain_save_scratch(c, &size_seen);

	if (scratch)
		memcpy(scratch, "12345678", 8);
	return domain_save_entry(c, scratch, 8);
}

static int count_only(void *priv, const void *data, size_t len)
{
	return 0;
}

static void memory(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct stream s;

	fresh();
	synthetic.save = ask;
	synthetic.scratch = 32;
	emul.fail_allocation = 1;
	ok_is(stream_save(d, &s), -ENOMEM, "the save fails without memory for a handler");
	ok_is(emul.pauses, 0, "the save does not pause the domain then");
	emul.fail_allocation = 0;
	ok_is(stream_save(d, &s), 0, "the save succeeds with memory for a handler");
	ok_is(size_seen, 32, "the handler gets as much memory as it requests");
	ok_is(emul.allocations, 0, "this memory is freed");
	emul.largest = 0;
	ok_is(domain_save(d, (struct domain_save_choice){ 2 }, stream_write,
			  &s, 4096), 0,
	      "a record whose handler requests no memory");
	ok_is(emul.largest, 0, "no memory is allocated for this record");
	emul.largest = 0;
	ok_is(domain_save(d, all_records, count_only, NULL, 0), 0,
	      "all records can be counted without being saved");
	ok_is(emul.largest, 0, "no memory is allocated for this");
	domain_free(d);
}

void test_choice(void)
{
	chosen();
	memory();
}
