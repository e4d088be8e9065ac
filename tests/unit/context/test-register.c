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

	ok(scratch_stops(DOMAIN_SAVE_CODE_MAX + 1, some),
	   "scratch memory for a typecode after the table is refused");
	ok(scratch_stops(DOMAIN_SAVE_CODE_GNTTAB, NULL),
	   "scratch memory without a size is refused");
	ok(!scratch_stops(DOMAIN_SAVE_CODE_GNTTAB, some),
	   "scratch memory for a typecode is registered");
	ok(scratch_stops(DOMAIN_SAVE_CODE_GNTTAB, some),
	   "scratch memory for the same typecode is refused");
	domain_save_types[DOMAIN_SAVE_CODE_GNTTAB] = kept;
}

void test_register(void)
{
	const unsigned int code = DOMAIN_SAVE_CODE_GNTTAB;
	struct domain_save_type kept = domain_save_types[code];
	struct domain_save_type *type = &domain_save_types[code];
	char name[32] = "SHORT-LIVED";

	ok(stops(DOMAIN_SAVE_CODE_MAX + 1, "X", save), "B5: a typecode after the table is refused");
	ok(stops(~0u, "X", save), "B5: a typecode far after the table is refused");
	ok(stops(code, "X", save), "B6: a second type of a typecode is refused");
	ok(!strcmp(type->name, kept.name) && type->save == kept.save,
	   "B6: the first type is unchanged");
	ok(stops(DOMAIN_SAVE_CODE_HEADER, "X", save), "HEADER is reserved for the core");
	ok(stops(DOMAIN_SAVE_CODE_END, "X", save), "END is reserved for the core");

	memset(type, 0, sizeof(*type));
	ok(stops(code, "X", NULL), "a type without a save handler is refused");
	memset(type, 0, sizeof(*type));
	ok(stops(code, "", save), "a type without a name is refused");
	memset(type, 0, sizeof(*type));
	ok(stops(code, "SIXTEEN-LETTERS-", save), "a name of 16 letters is refused");
	memset(type, 0, sizeof(*type));
	ok(!stops(code, "FIFTEEN-LETTERS", save), "a name of 15 letters is accepted");
	memset(type, 0, sizeof(*type));
	domain_register_save_type(code, name, true, save, NULL);
	memset(name, '?', sizeof(name));
	ok(!strcmp(type->name, "SHORT-LIVED"),
	   "B26: the name is copied, because the original may not exist after boot");
	*type = kept;
	scratch();
}
