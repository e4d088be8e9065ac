// SPDX-License-Identifier: GPL-2.0
/*
 * ask -w SECONDS HOST advance: in dom0, check that each program of a guest is ok,
 * and that its count increases. A program that has not failed may still hang.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "util.h"

#define MAX_LINES	16
#define POLL_MS		300
#define GRACE_NS	(5 * NSEC_PER_SEC)

struct line {
	char name[16];
	char state[8];
	unsigned long count;
	char text[160];
};

struct status {
	int nr;
	struct line lines[MAX_LINES];
};

static void parse(char *text, struct status *s)
{
	char *save, *p;

	s->nr = 0;
	for (p = strtok_r(text, "\n", &save); p && s->nr < MAX_LINES;
	     p = strtok_r(NULL, "\n", &save)) {
		struct line *l = &s->lines[s->nr++];

		*l = (struct line){ 0 };
		if (sscanf(p, "%15s %7s %lu %159[^\n]", l->name, l->state,
			   &l->count, l->text) < 3)
			die("the status line '%s' is malformed", p);
	}
}

static int poll_status(const struct guest *g, struct status *s)
{
	struct answer a;
	int err = ask(g, "status", &a);

	if (err)
		return err;
	parse(a.text, s);
	free(a.text);
	return 0;
}

/* If a program has failed, or restarted, print one line, and return true: waiting does not help. */
static bool failed(const struct guest *g, const struct status *first,
		   const struct status *now)
{
	if (now->nr != first->nr) {
		printf("FAIL %s: %d programs before, %d now\n", g->name, first->nr,
		       now->nr);
		return true;
	}
	for (int i = 0; i < now->nr; i++) {
		const struct line *l = &now->lines[i];

		if (strcmp(l->state, "ok")) {
			printf("FAIL %s %s: %s (count %lu)\n", g->name, l->name,
			       l->text, l->count);
			return true;
		}
		/* If the guest has silently rebooted, its programs count from 0 again. */
		if (l->count < first->lines[i].count) {
			printf("FAIL %s %s: count fell from %lu to %lu\n",
			       g->name, l->name, first->lines[i].count,
			       l->count);
			return true;
		}
	}
	return false;
}

/* Return the first program whose count has not increased, or NULL. */
static const struct line *laggard(const struct status *first,
				  const struct status *now)
{
	for (int i = 0; i < now->nr; i++)
		if (now->lines[i].count == first->lines[i].count)
			return &now->lines[i];
	return NULL;
}

static void print_all(const struct status *s)
{
	for (int i = 0; i < s->nr; i++)
		printf("%s %s %lu %s\n", s->lines[i].name, s->lines[i].state,
		       s->lines[i].count, s->lines[i].text);
}

/*
 * Poll, and wait at least GRACE_NS for the answer, even beyond the deadline.
 * Otherwise a poll just before the deadline would fail although the guest is well.
 */
static int poll_again(const struct guest *g, struct status *s)
{
	int64_t grace = now_ns(CLOCK_MONOTONIC) + GRACE_NS;
	struct guest patient = *g;

	if (patient.deadline < grace)
		patient.deadline = grace;
	return poll_status(&patient, s);
}

int advance(const struct guest *g)
{
	static struct status first, now;
	const struct line *late;

	if (poll_status(g, &first)) {
		fprintf(stderr, "ask: %s could not be reached in time\n",
			g->name);
		return EXIT_TIMEOUT;
	}
	if (!first.nr)
		die("%s runs no programs (nest.work= is empty)", g->name);
	now = first;
	for (;;) {
		if (failed(g, &first, &now))
			return EXIT_FAIL;
		late = laggard(&first, &now);
		if (!late)
			break;
		if (now_ns(CLOCK_MONOTONIC) >= g->deadline) {
			printf("FAIL %s %s: count stayed at %lu: %s\n", g->name,
			       late->name, late->count, late->text);
			return EXIT_FAIL;
		}
		sleep_ms(POLL_MS);
		if (poll_again(g, &now)) {
			printf("FAIL %s: answered once, and does not answer now\n",
			       g->name);
			return EXIT_FAIL;
		}
	}
	print_all(&now);
	return 0;
}
