// SPDX-License-Identifier: GPL-2.0
/*
 * malformed [PART]: in dom0, check how Xen handles malformed contexts. The program builds PV,
 * PVH and HVM domains that never run. It loads bad streams into them, PART sevenths of these
 * streams or all, and makes all bad calls. The exit status is 0 if Xen returns each time what
 * the specification requires (model.c), and the context of the domain afterwards is the one
 * before, or the one that was loaded. It is 1 if not, and 2 after any other error.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "malformed.h"

const char program[] = "malformed";

/* Maximum number of faults that are printed. */
#define SAID	20

/*
 * The first "part" of each PARTS streams are tried. The streams of no kind of mistake repeat with
 * a period of seven, so each kind is tried.
 */
#define PARTS	7
static unsigned long part = PARTS, offered;

static const struct domain *subject;
static struct stream before, now, was;
static unsigned long tried, accepted, wrong;

__attribute__((format(printf, 1, 2)))
static void complain(const char *fmt, ...)
{
	va_list args;

	if (++wrong > SAID)
		return;
	printf("wrong: ");
	if (subject)
		printf("%s, %u vCPUs: ", kind_names[subject->kind], subject->vcpus);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

static const char *name_of(int err)
{
	return err ? strerrorname_np(err) : "success";
}

static void verdict(const char *what, size_t where, int got, int expected)
{
	tried++;
	if (got != expected)
		complain("%s %#zx: %s, not %s", what, where, name_of(got), name_of(expected));
}

/*
 * unchanged: compare the domain's context with the one before. Each stream is made from the
 * domain's own context, so a load must not change it either, except in the fields that
 * stream_forget_loads() clears.
 */
static void unchanged(const char *what, size_t where, bool loaded)
{
	size_t i = 0;

	stream_get(subject, &now);
	stream_settle(&now);
	stream_copy(&was, &before);
	stream_copy(&before, &now);
	if (loaded) {
		stream_forget_loads(&was);
		stream_forget_loads(&now);
	}
	while (i < now.size && i < was.size && now.bytes[i] == was.bytes[i])
		i++;
	if (i < now.size || i < was.size)
		complain("%s %#zx: the domain is another one, from byte %#zx on", what, where, i);
}

/* Load a stream that ends at an unmapped page: Xen returns EFAULT if it reads past the end. */
static void offer(const char *what, size_t where, const void *stream, size_t size)
{
	int got;

	if (offered++ % PARTS >= part)
		return;
	memcpy(brink() - size, stream, size);
	got = context_set(subject->id, brink() - size, size);
	verdict(what, where, got, model_load(subject, stream, size));
	accepted += !got;
	unchanged(what, where, !got);
}

/*
 * Try streams made from the domain's context: first as Xen wrote it, and then with each record
 * that Xen cannot load marked as ignored, so that Xen loads it.
 */
static void offer_all(void)
{
	static struct stream said, good;
	struct records records;

	stream_get(subject, &said);
	records_of(&said, &records);
	offer("what it said", 0, said.bytes, said.size);
	inputs_flips(&records, offer);

	records_ignore_unloadable(&records);
	stream_of(&records, &good);
	offer("what it said", 1, good.bytes, good.size);
	inputs_prefixes(&records, offer);
	inputs_flips(&records, offer);
	inputs_orders(&records, offer);
	inputs_fields(&records, offer);
	inputs_contents(&records, offer);
	inputs_random(&records, offer);
	calls_malformed(subject, &good, verdict);
	unchanged("calls", 0, false);
	calls_dying(subject, &good, verdict);
}

static void try_domain(enum kind kind, unsigned int vcpus)
{
	struct domain d = domain_build(kind, vcpus);

	subject = &d;
	tried = accepted = 0;
	if (kind != PV)
		loads_width(&d, complain);
	loads_arrive(&d, complain);
	stream_get(subject, &before);
	stream_settle(&before);
	offer_all();
	printf("%s, %u vCPUs: %lu tries, %lu streams loaded\n", kind_names[kind], vcpus, tried,
	       accepted);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct { enum kind kind; unsigned int vcpus; } domains[] = {
		{ PV, 0 }, { PV, 1 }, { PV, 4 }, { PVH, 1 }, { HVM, 2 },
	};
	size_t i;

	if (argc > 1)
		part = strtoul(argv[1], NULL, 10);
	domains_open();
	xen_hush();
	pins_are_said(complain);
	for (i = 0; i < ARRAY_SIZE(domains); i++)
		try_domain(domains[i].kind, domains[i].vcpus);
	if (wrong)
		printf("%lu wrong in all\n", wrong);
	return wrong ? 1 : 0;
}
