// SPDX-License-Identifier: GPL-2.0
#include "test.h"

static void bytes(void)
{
	static const uint8_t least[] = {
		0x01, 0, 0, 0, 0, 0, 0, 0, 0x08, 0, 0, 0, 0, 0, 0, 0,
		0x45, 0x56, 0x41, 0x53, 0x01, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	static const uint8_t vcpu_2[] = {
		0x04, 0, 0x02, 0, 0, 0, 0, 0, 0x08, 0, 0, 0, 0, 0, 0, 0,
		0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01,
	};
	struct domain *d = domain_make(4, 0xd);
	struct stream s;

	fresh();
	ok(!stream_save(d, &s) && s.len == sizeof(least) && !memcmp(s.bytes, least, s.len),
	   "I3: the shortest stream, byte for byte");
	d->vcpu[2]->has = true;
	d->vcpu[2]->word = 0x123456789abcdef;
	ok(!stream_save(d, &s) && s.len == 64 && !memcmp(s.bytes + 24, vcpu_2, sizeof(vcpu_2)),
	   "I5, B7: a record, byte for byte");
	domain_free(d);
}

/* Return a text of "code:vcpu:length " for each record, with "!" after it if it has flags. */
const char *contents(const struct stream *s)
{
	static char text[512];
	struct domain_save_descriptor desc;
	size_t at, n = 0;

	text[0] = 0;
	for (at = 0; at + sizeof(desc) <= s->len; at += sizeof(desc) + desc.length) {
		memcpy(&desc, s->bytes + at, sizeof(desc));
		n += snprintf(text + n, sizeof(text) - n, "%u:%u:%u%s ", desc.typecode,
			      desc.vcpu_id, (unsigned int)desc.length, desc.flags ? "!" : "");
	}
	return text;
}

static unsigned int records(const struct stream *s)
{
	const char *p = contents(s);
	unsigned int n = 0;

	while ((p = strchr(p, ' ')))
		n++, p++;
	return n;
}

static void order(void)
{
	static const char *const want[NR_SHAPES] = {
		"1:0:8 2:0:16 3:0:56 7:0:24 0:0:0 ",
		"1:0:8 2:0:16 3:0:56 7:0:24 0:0:0 ",
		"1:0:8 2:0:16 3:0:56 4:0:8 5:0:8 7:0:24 0:0:0 ",
		"1:0:8 2:0:16 3:0:56 4:0:8 4:2:8 4:3:8 5:0:8 5:2:8 5:3:8 7:0:24 0:0:0 ",
	};
	unsigned int i;

	for (i = 0; i < NR_SHAPES; i++) {
		struct domain *d = domain_make(shapes[i].max, shapes[i].present);
		struct stream s;

		fresh();
		synthetic.dumps = true;
		domain_fill(d, 7);
		ok(!stream_save(d, &s) && !strcmp(contents(&s), want[i]),
		   "I4, B2, B3: records in order, of %s", shapes[i].name);
		ok(emul.pauses == 1 && !d->pause_count, "I2: the domain is paused and unpaused once");
		ok_is(emul.debugged, records(&s), "the log has a line for each record");
		ok(emul.softirqs >= 4, "B23: softirqs between records");
		domain_free(d);
	}
}

struct count {
	size_t bytes, with_data;
	unsigned int calls, fail_at, calls_after, data_after;
};

static int count_write(void *priv, const void *data, size_t len)
{
	struct count *n = priv;

	/* After a write without data, for which there was no room, no data may follow. */
	n->data_after += data && n->with_data < n->bytes;
	n->bytes += len;
	n->with_data += data ? len : 0;
	n->calls++;
	n->calls_after += n->fail_at && n->calls > n->fail_at;
	return n->calls == n->fail_at ? -EDOM : 0;
}

static void dry_run(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct count n = { 0 };
	struct stream s;

	fresh();
	synthetic.dumps = true;
	domain_fill(d, 5);
	ok_is(domain_save(d, all_records, count_write, &n, 0), 0, "I10: a dry run succeeds");
	ok(!n.with_data, "I10: a dry run passes no data");
	ok_is(emul.debugged + emul.logged, 0, "I10: a dry run does not log");
	ok(!stream_save(d, &s) && s.len == n.bytes, "I10: a dry run counts all bytes of a save");
	domain_free(d);
}

/* Return the size of the first records of a stream that fit into ROOM bytes as a whole. */
static size_t whole_records(const struct stream *s, size_t room)
{
	struct domain_save_descriptor desc;
	size_t at = 0;

	while (at < s->len) {
		memcpy(&desc, s->bytes + at, sizeof(desc));
		if (at + sizeof(desc) + desc.length > room)
			break;
		at += sizeof(desc) + desc.length;
	}
	return at;
}

static size_t room_seen;

/* A save handler that collects its data in scratch memory, and passes none without room. */
static int ask_room(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	void *scratch = domain_save_scratch(c, &room_seen);

	BUG_ON(dry_run && room_seen);
	if (scratch)
		memcpy(scratch, "12345678", min(room_seen, (size_t)8));
	return domain_save_entry(c, room_seen >= 24 ? scratch : NULL, 8);
}

static void room(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct stream s;
	size_t size, before, wrong = 0, wrong_rooms = 0;

	fresh();
	synthetic.dumps = true;
	synthetic.save = ask_room;
	synthetic.scratch = 1 << 16;
	domain_fill(d, 5);
	stream_save(d, &s);
	before = s.len - 16 - (16 + 24) - (16 + 8);
	for (size = 0; size <= s.len + 8; size++) {
		struct count n = { 0 };
		size_t fits = whole_records(&s, size);

		wrong += domain_save(d, all_records, count_write, &n, size) || n.bytes != s.len ||
			 n.with_data != fits || n.data_after;
		wrong_rooms += room_seen != (fits < before ? 0 : size - before);
	}
	ok_is(wrong, 0, "for any size of the buffer, the records that fit, and the length of all");
	ok_is(wrong_rooms, 0, "handlers get as much memory as is left in the buffer");
	domain_free(d);
}

static void write_errors(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct count n = { 0 };
	unsigned int i, calls, bad = 0;

	fresh();
	synthetic.dumps = true;
	domain_fill(d, 5);
	domain_save(d, all_records, count_write, &n, SIZE_MAX);
	calls = n.calls;
	for (i = 1; i <= calls; i++) {
		n = (struct count){ .fail_at = i };
		bad += domain_save(d, all_records, count_write, &n, SIZE_MAX) != -EDOM;
		bad += n.calls_after || d->pause_count;
	}
	ok(calls > 10 && !bad, "I11: an error of each of %u writes ends the save", calls);
	domain_free(d);
}

static void who(void)
{
	struct domain *d = domain_make(1, 1), *dom0 = current->domain;
	struct stream s = { 0 };

	fresh();
	current->domain = d;
	ok_is(stream_save(d, &s), -EPERM, "I1: a domain cannot save its own context");
	current->domain = dom0;
	ok(!emul.pauses && !s.len, "I1: the domain is not paused then");
	d->is_dying = 1;
	ok_is(stream_save(d, &s), 0, "a dying domain is saved");
	d->is_dying = 2;
	ok_is(stream_save(d, &s), 0, "a dead domain is saved");
	domain_free(d);
}

/* Save handlers that use the framework wrongly, and two that return an error. */
#define HANDLER(name) static int name(struct domain *d, struct vcpu *v, \
				      struct domain_context *c, bool dry_run)

HANDLER(no_end)
{
	return domain_save_begin(c, 8) ?: domain_save_data(c, "12345678", 8);
}

HANDLER(too_little)
{
	return domain_save_begin(c, 16) ?: domain_save_data(c, "12345678", 8) ?:
	       domain_save_end(c);
}

HANDLER(too_little_swallowed)
{
	too_little(d, v, c, dry_run);
	return 0;
}

HANDLER(too_much)
{
	return domain_save_begin(c, 8) ?: domain_save_data(c, "123456789", 9);
}

HANDLER(too_much_wraps)
{
	return domain_save_begin(c, 16) ?: domain_save_data(c, "12345678", 8) ?:
	       domain_save_data(c, "12345678", SIZE_MAX - 7);
}

HANDLER(too_much_swallowed)
{
	if (!domain_save_begin(c, 8)) {
		domain_save_data(c, "123456789", 9);
		domain_save_data(c, "12345678", 8);
		domain_save_end(c);
	}
	return 0;
}

HANDLER(odd_length)
{
	return domain_save_entry(c, "1234", 4);
}

HANDLER(no_data)
{
	return domain_save_entry(c, NULL, 8);
}

HANDLER(twice)
{
	return domain_save_entry(c, "12345678", 8) ?: domain_save_entry(c, "12345678", 8);
}

HANDLER(begin_in_begun)
{
	return domain_save_begin(c, 8) ?: domain_save_entry(c, "12345678", 8);
}

HANDLER(no_begin)
{
	return domain_save_data(c, "12345678", 8);
}

HANDLER(no_begin_nothing)
{
	return domain_save_data(c, "", 0);
}

HANDLER(end_only)
{
	return domain_save_end(c);
}

HANDLER(more_after_end)
{
	return domain_save_entry(c, "12345678", 8) ?: domain_save_data(c, "", 0);
}

HANDLER(positive)
{
	return domain_save_entry(c, "12345678", 8) ?: 1;
}

HANDLER(loads)
{
	uint64_t word;

	return domain_save_begin(c, 8) ?: domain_load_data(c, &word, 8);
}

HANDLER(loads_nothing)
{
	return domain_load_entry(c, NULL, 0);
}

HANDLER(fails)
{
	return -EDOM;
}

HANDLER(fails_late)
{
	return domain_save_entry(c, "12345678", 8) ?: -EDOM;
}

static const struct {
	const char *name;
	domain_save_handler save;
	int rc;
} faults[] = {
	{ "B9: a record without an end", no_end, -EBADMSG },
	{ "I5: too little data", too_little, -EBADMSG },
	{ "B9: too little data, and the handler returns 0", too_little_swallowed, -EBADMSG },
	{ "I5: too much data", too_much, -EBADMSG },
	{ "B8: too much data, by a length that wraps", too_much_wraps, -EBADMSG },
	{ "B9: too much data, and the handler continues", too_much_swallowed, -EBADMSG },
	{ "B21: a length that is no multiple of 8", odd_length, -EBADMSG },
	{ "a record without data", no_data, -EBADMSG },
	{ "a second record", twice, -EBADMSG },
	{ "a record within a record", begin_in_begun, -EBADMSG },
	{ "data without a record", no_begin, -EBADMSG },
	{ "empty data without a record", no_begin_nothing, -EBADMSG },
	{ "an end without a record", end_only, -EBADMSG },
	{ "data after the end", more_after_end, -EBADMSG },
	{ "a positive result", positive, -EBADMSG },
	{ "a save handler loads", loads, -EBADMSG },
	{ "a save handler loads an empty record", loads_nothing, -EBADMSG },
	{ "I11: an error of the handler", fails, -EDOM },
	{ "I11: an error of the handler after the record", fails_late, -EDOM },
};

static void handlers(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct stream s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		fresh();
		synthetic.dumps = true;
		synthetic.save = faults[i].save;
		ok_is(stream_save(d, &s), faults[i].rc, "%s", faults[i].name);
		ok(!d->pause_count && emul.pauses == 1 && strstr(emul.log, "EVTCHN") &&
		   !strstr(contents(&s), "7:0"), "... the log names the record, and the save ends");
	}
	domain_free(d);
}

/* If a handler passes too much data, the core must not write this data, nor any data after it. */
static void too_much_written(void)
{
	struct domain *d = domain_make(0, 0);
	struct stream s;

	fresh();
	synthetic.save = too_much_swallowed;
	stream_save(d, &s);
	ok_is(s.len, 24 + 16, "B9: after too much data, nothing is written");
	domain_free(d);
}

static int swallow(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	domain_save_entry(c, "12345678", 8);
	return 0;
}

static void swallowed(void)
{
	struct domain *d = domain_make(0, 0);
	struct count n = { .fail_at = 3 };

	fresh();
	synthetic.save = swallow;
	ok_is(domain_save(d, all_records, count_write, &n, SIZE_MAX), -EDOM,
	      "I11: an error of a write, and the handler returns 0");
	ok_is(n.calls_after, 0, "... it is the last write");
	domain_free(d);
}

void test_save(void)
{
	bytes();
	order();
	dry_run();
	room();
	write_errors();
	who();
	handlers();
	too_much_written();
	swallowed();
}
