// SPDX-License-Identifier: GPL-2.0
#include "test.h"

static int save(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	return 0;
}

static bool stops(unsigned int code, const char *name, domain_save_handler handler)
{
	jmp_buf bug;
	volatile bool stopped = true;

	emul_bug = &bug;
	if (!setjmp(bug)) {
		domain_register_save_type(code, name, false, handler, NULL);
		stopped = false;
	}
	emul_bug = NULL;
	return stopped;
}

static size_t some(const struct domain *d)
{
	return 8;
}

static bool scratch_stops(unsigned int code, domain_scratch_size size)
{
	jmp_buf bug;
	volatile bool stopped = true;

	emul_bug = &bug;
	if (!setjmp(bug)) {
		domain_register_save_scratch(code, size);
		stopped = false;
	}
	emul_bug = NULL;
	return stopped;
}

static void scratch(void)
{
	struct domain_save_type kept = domain_save_types[DOMAIN_SAVE_CODE_GNTTAB];

	ok(scratch_stops(DOMAIN_SAVE_CODE_MAX + 1, some), "no memory beyond the table");
	ok(scratch_stops(DOMAIN_SAVE_CODE_GNTTAB, NULL), "none of no size");
	ok(!scratch_stops(DOMAIN_SAVE_CODE_GNTTAB, some), "some for a typecode");
	ok(scratch_stops(DOMAIN_SAVE_CODE_GNTTAB, some), "not twice");
	domain_save_types[DOMAIN_SAVE_CODE_GNTTAB] = kept;
}

void test_register(void)
{
	const unsigned int code = DOMAIN_SAVE_CODE_GNTTAB;
	struct domain_save_type kept = domain_save_types[code];
	struct domain_save_type *type = &domain_save_types[code];
	char name[32] = "SHORT-LIVED";

	ok(stops(DOMAIN_SAVE_CODE_MAX + 1, "X", save), "B5: no type beyond the table");
	ok(stops(~0u, "X", save), "B5: nor far beyond");
	ok(stops(code, "X", save), "B6: no second one of a typecode");
	ok(!strcmp(type->name, kept.name) && type->save == kept.save, "B6: the first stays");
	ok(stops(DOMAIN_SAVE_CODE_HEADER, "X", save), "HEADER is the core's");
	ok(stops(DOMAIN_SAVE_CODE_END, "X", save), "END is the core's");

	memset(type, 0, sizeof(*type));
	ok(stops(code, "X", NULL), "no type that is not saved");
	memset(type, 0, sizeof(*type));
	ok(stops(code, "", save), "no type without a name");
	memset(type, 0, sizeof(*type));
	ok(stops(code, "SIXTEEN-LETTERS-", save), "no name that is cut off");
	memset(type, 0, sizeof(*type));
	ok(!stops(code, "FIFTEEN-LETTERS", save), "a name of 15 letters");
	memset(type, 0, sizeof(*type));
	domain_register_save_type(code, name, true, save, NULL);
	memset(name, '?', sizeof(name));
	ok(!strcmp(type->name, "SHORT-LIVED"), "B26: a name that is gone after boot");
	*type = kept;
	scratch();
}
