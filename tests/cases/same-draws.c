// SPDX-License-Identifier: GPL-2.0
/*
 * same-draws REPORT...: in dom0, check whether guests that were restored from one another's
 * images draw the same random numbers. The reports are from draws.c, one of each guest.
 *
 * If a draw was made before a save, or was in progress at the save, the reports of all guests
 * from this image have the same draw: the same source, vCPU and number, begun at the same
 * nanosecond. Such draws are "shared". Each guest begins all other draws, its own, after the
 * restore, and at other times. The value of an own draw must not occur in any other draw, of
 * any guest, vCPU or source. The program prints, for each source, the number of guests, of
 * own draws, and of own draws whose value occurs elsewhere ("equal").
 *
 * Exit status: 0 if no draw is equal; 1 if some are, and the first is printed; 2 if the
 * reports prove nothing.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST		12	/* own draws that each report must have, by source and vCPU */
#define MAX_SOURCES	16
#define MAX_CPUS	64
#define MAX_REPORTS	128

struct draw {
	uint64_t number, stamp;
	int report, source, cpu;
	bool shared, equal;
	char value[65];
};

static struct draw *draws;
static size_t nr_draws;
static char sources[MAX_SOURCES][16];
static int nr_sources;
static int own[MAX_REPORTS][MAX_SOURCES][MAX_CPUS];
static int shared[MAX_REPORTS][MAX_CPUS];
static bool seen[MAX_SOURCES][MAX_CPUS];

__attribute__((format(printf, 1, 2)))
static _Noreturn void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "same-draws: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static int source_of(const char *name)
{
	for (int i = 0; i < nr_sources; i++)
		if (!strcmp(sources[i], name))
			return i;
	if (nr_sources == MAX_SOURCES)
		die("more than %d sources", MAX_SOURCES);
	snprintf(sources[nr_sources], sizeof(*sources), "%s", name);
	return nr_sources++;
}

static void add(const struct draw *draw)
{
	static size_t room;

	if (nr_draws == room) {
		room = room ? 2 * room : 4096;
		draws = realloc(draws, room * sizeof(*draws));
		if (!draws)
			die("no memory");
	}
	draws[nr_draws++] = *draw;
}

static void read_report(int report, const char *path)
{
	FILE *f = fopen(path, "r");
	struct draw draw = { .report = report };
	char line[256], name[16];

	if (!f)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		int end = 0;

		sscanf(line, "%15s %d %lu %lu %64[0-9a-f]\n%n", name, &draw.cpu,
		       &draw.number, &draw.stamp, draw.value, &end);
		if (!end || line[end] || line[end - 1] != '\n' ||
		    draw.cpu < 0 || draw.cpu >= MAX_CPUS)
			die("%s: not a draw: %.64s", path, line);
		draw.source = source_of(name);
		seen[draw.source][draw.cpu] = true;
		add(&draw);
	}
	fclose(f);
}

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Compare draws, but not their reports. Return: 0 if two reports have the same, shared, draw. */
static int by_draw(const struct draw *a, const struct draw *b)
{
	int d = order(a->source, b->source);

	if (!d)
		d = order(a->cpu, b->cpu);
	if (!d)
		d = order(a->number, b->number);
	return d ? d : order(a->stamp, b->stamp);
}

static int by_draw_and_report(const void *a, const void *b)
{
	const struct draw *x = a, *y = b;
	int d = by_draw(x, y);

	return d ? d : order(x->report, y->report);
}

static int by_value(const void *a, const void *b)
{
	const struct draw *x = a, *y = b;
	int d = strcmp(x->value, y->value);

	return d ? d : by_draw_and_report(a, b);
}

/* Mark the draws that are in more than one report as shared. */
static void find_shared(char **paths)
{
	qsort(draws, nr_draws, sizeof(*draws), by_draw_and_report);
	for (size_t i = 1; i < nr_draws; i++) {
		struct draw *a = &draws[i - 1], *b = &draws[i];

		if (by_draw(a, b))
			continue;
		if (a->report == b->report)
			die("%s: draw %lu of vCPU %d is there twice",
			    paths[b->report], b->number, b->cpu);
		a->shared = true;
		b->shared = true;
	}
}

static void count_draws(void)
{
	for (size_t i = 0; i < nr_draws; i++) {
		const struct draw *d = &draws[i];

		if (d->shared)
			shared[d->report][d->cpu]++;
		else
			own[d->report][d->source][d->cpu]++;
	}
}

/*
 * Check that a report can prove something. Each vCPU must share draws with another report:
 * otherwise its own draws might begin long after the restore. And it must have enough own draws.
 */
static void look_at(int report, const char *path)
{
	for (int i = 0; i < MAX_SOURCES * MAX_CPUS; i++) {
		int source = i / MAX_CPUS, cpu = i % MAX_CPUS;

		if (!seen[source][cpu])
			continue;
		if (!shared[report][cpu])
			die("%s: vCPU %d has no past that another has", path, cpu);
		if (own[report][source][cpu] < LEAST)
			die("%s: only %d draws of %s on vCPU %d of its own", path,
			    own[report][source][cpu], sources[source], cpu);
	}
}

/* Mark as equal all draws whose value was drawn more than once. Shared draws count once. */
static void find_equal(void)
{
	size_t first = 0;

	qsort(draws, nr_draws, sizeof(*draws), by_value);
	for (size_t i = 1; i < nr_draws; i++) {
		if (strcmp(draws[first].value, draws[i].value)) {
			first = i;
		} else if (by_draw(&draws[first], &draws[i])) {
			draws[first].equal = true;
			draws[i].equal = true;
		}
	}
}

/* Return another draw with the same value. Such draws are neighbours, because draws[] is sorted. */
static const struct draw *other_than(const struct draw *d)
{
	const struct draw *o = d;

	while (o > draws && !strcmp(o[-1].value, d->value))
		o--;
	while (!by_draw(o, d))
		o++;
	return o;
}

static void tell(const struct draw *d, char **paths)
{
	const struct draw *o = other_than(d);

	printf("draw %lu of %s, by %s on vCPU %d, is draw %lu of %s, by %s on vCPU %d: %s\n",
	       d->number, paths[d->report], sources[d->source], d->cpu, o->number,
	       paths[o->report], sources[o->source], o->cpu, d->value);
}

/* Return the first own draw of a guest that is equal to another one, or NULL. */
static const struct draw *first_equal(void)
{
	const struct draw *found = NULL;

	for (size_t i = 0; i < nr_draws; i++) {
		const struct draw *d = &draws[i];

		if (!d->equal || d->shared)
			continue;
		if (!found || d->number < found->number)
			found = d;
	}
	return found;
}

static void count(int source, int nr_reports)
{
	size_t drawn = 0, equal = 0;

	for (size_t i = 0; i < nr_draws; i++) {
		if (draws[i].source != source || draws[i].shared)
			continue;
		drawn++;
		equal += draws[i].equal;
	}
	printf("%s | %d clones | %zu draws | %zu equal\n", sources[source], nr_reports,
	       drawn, equal);
}

int main(int argc, char **argv)
{
	const struct draw *equal;
	char **paths = argv + 1;
	int nr = argc - 1;

	if (nr < 2 || nr > MAX_REPORTS)
		die("usage: same-draws REPORT...");
	for (int i = 0; i < nr; i++)
		read_report(i, paths[i]);
	if (!nr_draws)
		die("no draws");
	find_shared(paths);
	count_draws();
	for (int i = 0; i < nr; i++)
		look_at(i, paths[i]);
	find_equal();
	for (int i = 0; i < nr_sources; i++)
		count(i, nr);
	equal = first_equal();
	if (!equal)
		return 0;
	tell(equal, paths);
	return 1;
}
