// SPDX-License-Identifier: GPL-2.0
/*
 * away FILE: in the guest, record how clocks and timers behave while the guest is saved
 * ("away") for some seconds.
 *
 * The program arms timers for SOON and for LATER, goes to the background, and reads all
 * clocks every 5 ms. After FILE.over exists, and all timers had time to expire, it writes to FILE:
 *
 *	CLOCK gap MS back MS	how far the clock went from the last reading before
 *				the guest was away to the first reading after; and
 *				the largest step by which it ever went back
 *	timer NAME SECONDS ...	how the timer ended
 *	FAIL ...		a clock or timer broke a promise of its man page
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_MSEC	1000000LL
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define SOON		6	/* seconds: while the guest is away, if the clock counts then */
#define LATER		16
#define NEVER		(10 * 24 * 3600)
/* A timer counts as late only after so many ns, because an emulated machine is slow. */
#define LATE		(5 * NSEC_PER_SEC)

enum { REALTIME, MONOTONIC, BOOTTIME, TAI, MONOTONIC_RAW, NR_CLOCKS };

static const struct {
	const char *name;
	clockid_t id;
} clocks[NR_CLOCKS] = {
	[REALTIME]	= { "REALTIME", CLOCK_REALTIME },
	[MONOTONIC]	= { "MONOTONIC", CLOCK_MONOTONIC },
	[BOOTTIME]	= { "BOOTTIME", CLOCK_BOOTTIME },
	[TAI]		= { "TAI", CLOCK_TAI },
	[MONOTONIC_RAW] = { "MONOTONIC_RAW", CLOCK_MONOTONIC_RAW },
};

struct reading {
	int64_t ns[NR_CLOCKS];
};

struct timer {
	const struct way *way;
	int seconds;
	int64_t target;		/* expiry time by way->clock, in ns */
	int64_t reached;	/* MONOTONIC, when a reading first showed target */
	int err;
	struct reading fired;
	atomic_bool done;
};

struct way {
	const char *name;
	int clock;		/* the clock by which the timer must expire */
	int id;			/* the clock that is passed to the system call */
	bool absolute;
	int (*wait)(const struct timer *t);	/* returns 0, or an errno */
	int64_t early;		/* ns by which it may be early; jiffies are coarse */
};

static pthread_barrier_t armed;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(int clock)
{
	struct timespec ts;

	if (clock_gettime(clocks[clock].id, &ts))
		die(clocks[clock].name);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static struct timespec to_timespec(int64_t ns)
{
	return (struct timespec) {
		.tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC,
	};
}

/* Read all clocks within 1 ms. If another task on the CPU delays this, retry, up to 20 times. */
static struct reading look(void)
{
	struct reading r;
	int64_t took;
	int tries = 20;

	do {
		int64_t start = now(MONOTONIC);

		for (int c = 0; c < NR_CLOCKS; c++)
			r.ns[c] = now(c);
		took = now(MONOTONIC) - start;
	} while (took > NSEC_PER_MSEC && --tries);
	return r;
}

static struct timespec expiry(const struct timer *t)
{
	return to_timespec(t->way->absolute ? t->target :
					      t->seconds * NSEC_PER_SEC);
}

static int read_timerfd(const struct timer *t, int flags)
{
	struct itimerspec its = { .it_value = expiry(t) };
	int fd = timerfd_create(clocks[t->way->id].id, 0);
	uint64_t times;

	if (fd < 0 || timerfd_settime(fd, flags, &its, NULL))
		die("timerfd");
	pthread_barrier_wait(&armed);
	return read(fd, &times, sizeof(times)) < 0 ? errno : 0;
}

static int by_timerfd(const struct timer *t)
{
	return read_timerfd(t, t->way->absolute ? TFD_TIMER_ABSTIME : 0);
}

static int by_cancel(const struct timer *t)
{
	return read_timerfd(t, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
}

static int by_nanosleep(const struct timer *t)
{
	struct timespec ts = expiry(t);

	pthread_barrier_wait(&armed);
	return clock_nanosleep(clocks[t->way->id].id,
			       t->way->absolute ? TIMER_ABSTIME : 0, &ts, NULL);
}

static int by_poll(const struct timer *t)
{
	pthread_barrier_wait(&armed);
	return poll(NULL, 0, t->seconds * 1000) ? errno : 0;
}

/* Wait in recv(). broken() accepts EINTR, which signal(7) allows after a stop of the process. */
static int by_receive(const struct timer *t)
{
	struct timeval tv = { .tv_sec = t->seconds };
	int pair[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
	    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		die("socketpair");
	pthread_barrier_wait(&armed);
	if (recv(pair[0], &byte, 1, 0) >= 0)
		return EIO;
	return errno == EAGAIN ? 0 : errno;
}

/*
 * Relative waits on REALTIME must expire by MONOTONIC: by the standard, clock_settime()
 * does not affect them. So the step of REALTIME after a restore must not either.
 */
static const struct way ways[] = {
	{ "timerfd REALTIME", MONOTONIC, REALTIME, false, by_timerfd, 0 },
	{ "timerfd MONOTONIC", MONOTONIC, MONOTONIC, false, by_timerfd, 0 },
	{ "timerfd BOOTTIME", BOOTTIME, BOOTTIME, false, by_timerfd, 0 },
	{ "timerfd REALTIME absolute", REALTIME, REALTIME, true, by_timerfd, 0 },
	{ "timerfd MONOTONIC absolute", MONOTONIC, MONOTONIC, true, by_timerfd, 0 },
	{ "timerfd BOOTTIME absolute", BOOTTIME, BOOTTIME, true, by_timerfd, 0 },
	{ "nanosleep REALTIME", MONOTONIC, REALTIME, false, by_nanosleep, 0 },
	{ "nanosleep MONOTONIC", MONOTONIC, MONOTONIC, false, by_nanosleep, 0 },
	{ "nanosleep BOOTTIME", BOOTTIME, BOOTTIME, false, by_nanosleep, 0 },
	{ "nanosleep REALTIME absolute", REALTIME, REALTIME, true, by_nanosleep, 0 },
	{ "nanosleep MONOTONIC absolute", MONOTONIC, MONOTONIC, true, by_nanosleep, 0 },
	{ "nanosleep BOOTTIME absolute", BOOTTIME, BOOTTIME, true, by_nanosleep, 0 },
	{ "nanosleep TAI absolute", TAI, TAI, true, by_nanosleep, 0 },
	{ "poll", MONOTONIC, MONOTONIC, false, by_poll, 0 },
	{ "SO_RCVTIMEO", MONOTONIC, MONOTONIC, false, by_receive, 20 * NSEC_PER_MSEC },
};

static const struct way cancel = {
	"timerfd REALTIME cancel-on-set", REALTIME, REALTIME, true, by_cancel, 0
};

static struct timer timers[2 * ARRAY_SIZE(ways)];
static struct timer cancelled = { .way = &cancel, .seconds = NEVER };

static void *run_timer(void *arg)
{
	struct timer *t = arg;

	t->target = now(t->way->clock) + t->seconds * NSEC_PER_SEC;
	t->err = t->way->wait(t);
	t->fired = look();
	t->done = true;
	return NULL;
}

static void start(struct timer *t)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run_timer, t);
	if (errno)
		die("pthread_create");
}

static void arm_all(void)
{
	pthread_barrier_init(&armed, NULL, ARRAY_SIZE(timers) + 2);
	for (size_t i = 0; i < ARRAY_SIZE(timers); i++) {
		timers[i].way = &ways[i / 2];
		timers[i].seconds = i % 2 ? LATER : SOON;
		start(&timers[i]);
	}
	start(&cancelled);
	pthread_barrier_wait(&armed);
}

/* The first and last reading of each clock, and its maximum, gap and largest step back. */
static struct reading first, last, highest, gap, back;
static int64_t strangest = -1;

/* Add a reading. The guest was away in the step in which a clock differed most from MONOTONIC. */
static void compare(const struct reading *r)
{
	struct reading step;
	int64_t strange = 0;

	for (int c = 0; c < NR_CLOCKS; c++) {
		step.ns[c] = r->ns[c] - last.ns[c];
		if (-step.ns[c] > back.ns[c])
			back.ns[c] = -step.ns[c];
		if (r->ns[c] > highest.ns[c])
			highest.ns[c] = r->ns[c];
	}
	for (int c = 0; c < NR_CLOCKS; c++)
		if (llabs(step.ns[c] - step.ns[MONOTONIC]) > strange)
			strange = llabs(step.ns[c] - step.ns[MONOTONIC]);
	if (strange > strangest) {
		strangest = strange;
		gap = step;
	}
}

static void note_reached(const struct reading *r)
{
	for (struct timer *t = timers; t < timers + ARRAY_SIZE(timers); t++)
		if (!t->reached && r->ns[t->way->clock] >= t->target)
			t->reached = r->ns[MONOTONIC];
}

/* Return true LATER + 1 s after the start, or LATE more if a due timer has not expired then. */
static bool settled(void)
{
	int64_t spent = last.ns[MONOTONIC] - first.ns[MONOTONIC] -
			(LATER + 1) * NSEC_PER_SEC;

	if (spent < 0)
		return false;
	for (struct timer *t = timers; t < timers + ARRAY_SIZE(timers); t++)
		if (t->reached && !t->done)
			return spent > LATE;
	return true;
}

static void watch(const char *over)
{
	first = look();
	last = first;
	highest = first;
	while (!settled() || access(over, F_OK)) {
		struct reading r = look();

		compare(&r);
		note_reached(&r);
		last = r;
		usleep(5000);
	}
}

/* Return how the timer broke the promise of its man page, or NULL if it did not. */
static const char *broken(const struct timer *t)
{
	int64_t fired_at = t->fired.ns[t->way->clock];
	int64_t waited = last.ns[MONOTONIC] - t->reached;

	if (!t->done)
		return t->reached && waited > LATE ? "did not expire" : NULL;
	if (t->err)
		return t->err == EINTR && t->way->wait == by_receive ?
		       NULL : strerror(t->err);
	/* A clock that was set back showed this time before. The timer may have expired then. */
	if (back.ns[t->way->clock] > 0)
		fired_at = highest.ns[t->way->clock] + gap.ns[MONOTONIC];
	if (fired_at + t->way->early < t->target)
		return "expired early";
	if (t->reached && t->fired.ns[MONOTONIC] - t->reached > LATE)
		return "expired late";
	return NULL;
}

static void report_timer(FILE *file, const struct timer *t)
{
	const char *how = broken(t);

	if (how)
		fprintf(file, "FAIL %s, armed for %d s: %s\n", t->way->name,
			t->seconds, how);
	fprintf(file, "timer %s %d: ", t->way->name, t->seconds);
	if (t->done)
		fprintf(file, "%s, %+lld ms by its clock\n",
			t->err ? strerror(t->err) : "expired",
			(long long)(t->fired.ns[t->way->clock] - t->target) /
			NSEC_PER_MSEC);
	else
		fprintf(file, "%s\n", t->reached ? "is due" : "is not due");
}

/* timerfd_create(2): a read of this timer must fail with ECANCELED if REALTIME jumps. */
static void report_cancelled(FILE *file)
{
	int64_t jump = (last.ns[REALTIME] - last.ns[MONOTONIC]) -
		       (first.ns[REALTIME] - first.ns[MONOTONIC]);
	bool told = cancelled.done && cancelled.err == ECANCELED;

	fprintf(file, "timer %s: REALTIME jumped by %lld ms, %s\n",
		cancel.name, (long long)jump / NSEC_PER_MSEC,
		told ? "told" : "not told");
	if (llabs(jump) > 100 * NSEC_PER_MSEC && !told)
		fprintf(file, "FAIL %s: not told\n", cancel.name);
}

static void report(const char *path)
{
	char tmp[256];
	FILE *file;

	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	file = fopen(tmp, "w");
	if (!file)
		die(tmp);
	for (int c = 0; c < NR_CLOCKS; c++) {
		fprintf(file, "%s gap %lld back %lld\n", clocks[c].name,
			(long long)gap.ns[c] / NSEC_PER_MSEC,
			(long long)back.ns[c] / NSEC_PER_MSEC);
		if (c != REALTIME && c != TAI && back.ns[c] > 0)
			fprintf(file, "FAIL %s went back\n", clocks[c].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(timers); i++)
		report_timer(file, &timers[i]);
	report_cancelled(file);
	if (fclose(file) || rename(tmp, path))
		die(path);
}

int main(int argc, char **argv)
{
	char over[256], ok = 0;
	int ready[2];

	if (argc != 2) {
		fprintf(stderr, "usage: away FILE\n");
		return 2;
	}
	snprintf(over, sizeof(over), "%s.over", argv[1]);
	if (pipe(ready))
		die("pipe");
	if (fork()) {
		close(ready[1]);
		return read(ready[0], &ok, 1) != 1;
	}
	if (setsid() < 0 || !freopen("/dev/null", "w", stdout))
		die("away");
	arm_all();
	if (write(ready[1], &ok, 1) != 1 || close(ready[1]))
		die("write");
	freopen("/dev/null", "w", stderr);
	watch(over);
	report(argv[1]);
	return 0;
}
