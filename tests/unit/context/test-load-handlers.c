// SPDX-License-Identifier: GPL-2.0
/* Tests of load handlers that use the framework wrongly, that fail, or that are unusual. */
#include "test.h"

#define HANDLER(name) static int name(struct domain *d, struct vcpu *v, \
				      struct domain_context *c, bool dry_run)

static uint64_t word;

HANDLER(not_read)
{
	return 0;
}

HANDLER(no_end)
{
	return domain_load_begin(c, 8) ?: domain_load_data(c, &word, 8);
}

HANDLER(not_all)
{
	return domain_load_begin(c, 8) ?: domain_load_data(c, &word, 4) ?: domain_load_end(c);
}

HANDLER(not_all_swallowed)
{
	not_all(d, v, c, dry_run);
	return 0;
}

HANDLER(too_much)
{
	uint64_t words[2];

	return domain_load_begin(c, 8) ?: domain_load_data(c, words, 16);
}

HANDLER(too_much_in_pieces)
{
	return domain_load_begin(c, 8) ?: domain_load_data(c, &word, 8) ?:
	       domain_load_data(c, &word, 1);
}

HANDLER(too_much_wraps)
{
	return domain_load_begin(c, 8) ?: domain_load_data(c, &word, 4) ?:
	       domain_load_data(c, &word, SIZE_MAX - 3);
}

HANDLER(too_much_swallowed)
{
	too_much_wraps(d, v, c, dry_run);
	domain_load_data(c, &word, 4);
	domain_load_end(c);
	return 0;
}

HANDLER(twice)
{
	return domain_load_entry(c, &word, 8) ?: domain_load_entry(c, &word, 8);
}

HANDLER(begin_in_begun)
{
	return domain_load_begin(c, 8) ?: domain_load_entry(c, &word, 8);
}

HANDLER(no_begin)
{
	return domain_load_data(c, &word, 8);
}

HANDLER(end_only)
{
	return domain_load_end(c);
}

HANDLER(more_after_end)
{
	return domain_load_entry(c, &word, 8) ?: domain_load_data(c, &word, 0);
}

HANDLER(saves)
{
	return domain_save_entry(c, "12345678", 8);
}

HANDLER(saves_late)
{
	return domain_load_begin(c, 8) ?: domain_save_data(c, "12345678", 8);
}

HANDLER(positive)
{
	return domain_load_entry(c, &word, 8) ?: 1;
}

HANDLER(longer)
{
	return domain_load_entry(c, &word, 16);
}

HANDLER(shorter)
{
	return domain_load_entry(c, &word, 0);
}

HANDLER(longer_swallowed)
{
	longer(d, v, c, dry_run);
	return 0;
}

HANDLER(fails)
{
	return -EDOM;
}

HANDLER(fails_late)
{
	return domain_load_entry(c, &word, 8) ?: -EDOM;
}

HANDLER(fails_with_eio)
{
	return domain_load_entry(c, &word, 8) ?: -EIO;
}

HANDLER(second_thoughts)
{
	return domain_load_entry(c, &word, 8) ?: dry_run ? 0 : -EDOM;
}

HANDLER(knows_length)
{
	return domain_load_length(c) == 8 ? domain_load_entry(c, &word, 8) : -EDOM;
}

HANDLER(in_bytes)
{
	uint8_t bytes[8];
	unsigned int i;
	int rc = domain_load_begin(c, 8);

	for (i = 0; !rc && i < 8; i++)
		rc = domain_load_data(c, bytes + i, 1);
	if (!rc && memcmp(bytes, "\x37\x13\0\0\0\0\0\0", 8))
		rc = -EDOM;
	return rc ?: domain_load_end(c);
}

static const struct {
	const char *name;
	domain_load_handler load;
	int rc;
	bool named;
} faults[] = {
	{ "B10: a record that is not read", not_read, -EBADMSG, true },
	{ "B10: a record without an end", no_end, -EBADMSG, true },
	{ "I6: a part of the record is not read", not_all, -EBADMSG, true },
	{ "B10: a part is not read, and the handler returns 0", not_all_swallowed, -EBADMSG, true },
	{ "I6: a read is longer than the record", too_much, -EBADMSG, true },
	{ "I6: a second read is longer than the record", too_much_in_pieces, -EBADMSG, true },
	{ "B8: a read is longer than the record, and wraps", too_much_wraps, -EBADMSG, true },
	{ "B10: too much is read, and the handler continues", too_much_swallowed, -EBADMSG, true },
	{ "the record is read twice", twice, -EBADMSG, true },
	{ "the record is begun twice", begin_in_begun, -EBADMSG, true },
	{ "data without a begin", no_begin, -EBADMSG, true },
	{ "an end without a begin", end_only, -EBADMSG, true },
	{ "data after the end", more_after_end, -EBADMSG, true },
	{ "a load handler saves", saves, -EBADMSG, true },
	{ "a load handler saves after it has begun to load", saves_late, -EBADMSG, true },
	{ "a positive result", positive, -EBADMSG, true },
	{ "I6: the handler expects a longer record", longer, -EINVAL, false },
	{ "I6: the handler expects a shorter record", shorter, -EINVAL, false },
	{ "I6: the handler expects a longer record, returns 0", longer_swallowed, -EINVAL, false },
	{ "I11: an error of the handler", fails, -EDOM, false },
	{ "I11: an error of the handler after the record", fails_late, -EDOM, false },
	{ "an error that a handler must not return", fails_with_eio, -EBADMSG, false },
	{ "B24: an error in the second pass only", second_thoughts, -EIO, false },
	{ "B11: a handler that reads the length", knows_length, 0, false },
	{ "a handler that reads byte by byte", in_bytes, 0, false },
};

void test_load_handlers(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct stream s;
	unsigned int i;
	int rc;

	stream_begin(&s);
	stream_add(&s, &(struct record){ .code = 2, .length = 16 });
	stream_add(&s, &(struct record){ .code = 6, .length = 8, .word = 0x1337 });
	stream_add(&s, &(struct record){ .code = 4, .vcpu = 2, .length = 8 });
	stream_end(&s);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		const char *wrong;
		unsigned int applied = !faults[i].rc ? 2 : faults[i].load == second_thoughts;

		fresh();
		synthetic.load = faults[i].load;
		wrong = load_checked(d, s.bytes, s.len, &rc);
		ok_is(rc, faults[i].rc, "load: %s", faults[i].name);
		ok(!wrong && synthetic.applied == applied && (!faults[i].named || emul.logged == 2),
		   "... nothing else is loaded%s%s", wrong ? ": " : "", wrong ?: "");
	}
	fresh();
	synthetic.load = not_read;
	domain_load(d, s.bytes, s.len);
	ok(strstr(emul.log, "offset 56: record not read"), "the log has the record's offset");
	fresh();
	synthetic.load = second_thoughts;
	domain_load(d, s.bytes, s.len);
	ok(strstr(emul.log, "its handler failed, what is before it was loaded"),
	   "the log shows that the handler failed, and that earlier records were loaded");
	domain_free(d);
}
