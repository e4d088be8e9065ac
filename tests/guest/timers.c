// SPDX-License-Identifier: GPL-2.0
/*
 * Every way a program waits for time or for another CPU, on every vCPU at
 * once. A timer that a restore forgot to arm again, or an IPI that got lost,
 * shows as a thread that no longer moves; a wrong clock base as one that
 * fires early.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "programs.h"
#include "report.h"
#include "util.h"

#define MAX_WORKERS	(MAX_CPUS * 5)
#define TICK_MS		200
/* More vCPUs than this set timers less often, so that others get the CPUs of the host, too. */
#define BUSY_CPUS	8

enum kind_index { NANOSLEEP, TIMERFD, POSIX, FUTEX, NR_KINDS };

struct worker {
	enum kind_index kind;
	int cpu;
	_Atomic uint64_t count;
	/* futex only: the word both sides share, and which side this is */
	_Atomic uint32_t *word;
	uint32_t side;
	/* owned by the watchdog */
	uint64_t seen;
	int64_t stalled;
};

static struct worker workers[MAX_WORKERS];
static int nr_workers;
static int slower = 1;	/* timers are set so many times less often */

/* Long enough to be armed in hardware, short enough to be under way always. */
static struct timespec soon(void)
{
	int64_t t = now_ns(CLOCK_MONOTONIC) + (10 + rnd() % 90) * slower * NSEC_PER_MSEC;

	return (struct timespec){ t / NSEC_PER_SEC, t % NSEC_PER_SEC };
}

static void fired(struct worker *w, const char *what, struct timespec due)
{
	int64_t early = due.tv_sec * NSEC_PER_SEC + due.tv_nsec -
			now_ns(CLOCK_MONOTONIC);

	if (early > 0)
		report_fail("%s on cpu %d fired %ld ns early", what, w->cpu,
			    early);
	w->count++;
}

static void *run_nanosleep(void *arg)
{
	for (;;) {
		struct timespec due = soon();

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due,
				       NULL) == EINTR)
			;
		fired(arg, "nanosleep", due);
	}
	return NULL;
}

static void *run_timerfd(void *arg)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t n;

	if (fd < 0)
		report_fail("timerfd_create: %m");
	for (;;) {
		struct itimerspec its = { .it_value = soon() };

		if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL))
			report_fail("timerfd_settime: %m");
		while (read(fd, &n, sizeof(n)) != sizeof(n))
			if (errno != EINTR)
				report_fail("timerfd read: %m");
		fired(arg, "timerfd", its.it_value);
	}
	return NULL;
}

/* SIGALRM is blocked in all threads, and each timer aims at its own. */
static void *run_posix(void *arg)
{
	struct sigevent sev = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGALRM,
		._sigev_un._tid = gettid(),
	};
	sigset_t set;
	timer_t timer;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (timer_create(CLOCK_MONOTONIC, &sev, &timer))
		report_fail("timer_create: %m");
	for (;;) {
		struct itimerspec its = { .it_value = soon() };

		if (timer_settime(timer, TIMER_ABSTIME, &its, NULL))
			report_fail("timer_settime: %m");
		while (sigwaitinfo(&set, NULL) < 0)
			if (errno != EINTR)
				report_fail("sigwaitinfo: %m");
		fired(arg, "posix timer", its.it_value);
	}
	return NULL;
}

static void futex(_Atomic uint32_t *word, int op, uint32_t val)
{
	/* No timeout: it would turn a lost wake-up into a slow one. */
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

static void *run_futex(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		while (*w->word != w->side)
			futex(w->word, FUTEX_WAIT, !w->side);
		w->count++;
		sleep_ms(15 * slower);
		*w->word = !w->side;
		futex(w->word, FUTEX_WAKE, 1);
	}
	return NULL;
}

static const struct {
	const char *name;
	void *(*run)(void *arg);
} kinds[NR_KINDS] = {
	[NANOSLEEP]	= { "nanosleep", run_nanosleep },
	[TIMERFD]	= { "timerfd", run_timerfd },
	[POSIX]		= { "posix", run_posix },
	[FUTEX]		= { "futex", run_futex },
};

static void start(struct worker w)
{
	struct worker *slot = &workers[nr_workers++];

	*slot = w;
	if (start_pinned(w.cpu, kinds[w.kind].run, slot))
		report_fail("cannot start %s on cpu %d", kinds[w.kind].name,
			    w.cpu);
}

static void start_all(void)
{
	static _Atomic uint32_t words[MAX_CPUS];
	int cpus[MAX_CPUS];
	int n = cpu_list(cpus);

	slower = (n + BUSY_CPUS - 1) / BUSY_CPUS;
	for (int i = 0; i < n; i++) {
		for (enum kind_index k = NANOSLEEP; k < FUTEX; k++)
			start((struct worker){ .kind = k, .cpu = cpus[i] });
		/* Each CPU with its neighbour, so that wake-ups cross. */
		for (uint32_t side = 0; side < 2; side++)
			start((struct worker){
				.kind = FUTEX,
				.cpu = cpus[(i + side) % n],
				.word = &words[i],
				.side = side,
			});
	}
}

/*
 * No timer here is set further ahead than 100 ms for each eight vCPUs, so a
 * worker that does not count is late. A tick adds at most a second, however far the clock jumped:
 * after a restore the workers get the same chance to run as the watchdog.
 */
static void watch(struct worker *w, int64_t tick, int64_t limit)
{
	uint64_t count = w->count;

	if (count != w->seen) {
		w->seen = count;
		w->stalled = 0;
		return;
	}
	w->stalled += tick < NSEC_PER_SEC ? tick : NSEC_PER_SEC;
	if (w->stalled > limit)
		report_fail("%s on cpu %d stands still for %ld s at %lu",
			    kinds[w->kind].name, w->cpu,
			    w->stalled / NSEC_PER_SEC, count);
}

/* The slowest vCPU of each kind: a sum would hide one that stopped. */
static void tell(void)
{
	static uint64_t told;
	uint64_t min[NR_KINDS], sum = 0;

	memset(min, 0xff, sizeof(min));
	for (int i = 0; i < nr_workers; i++) {
		struct worker *w = &workers[i];

		sum += w->seen;
		if (w->seen < min[w->kind])
			min[w->kind] = w->seen;
	}
	report_add(sum - told);
	told = sum;
	report_detail("nanosleep %lu timerfd %lu posix %lu futex %lu, least of any vcpu",
		      min[NANOSLEEP], min[TIMERFD], min[POSIX], min[FUTEX]);
}

int timers_main(int argc, char **argv)
{
	int64_t limit, now, last = now_ns(CLOCK_MONOTONIC);
	sigset_t set;

	report_attach();
	if (argc != 2)
		die("usage: timers STALL_SECONDS");
	limit = parse_number(argv[1], "STALL_SECONDS", 1, 3600) * NSEC_PER_SEC;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start_all();
	for (;;) {
		sleep_ms(TICK_MS);
		now = now_ns(CLOCK_MONOTONIC);
		for (int i = 0; i < nr_workers; i++)
			watch(&workers[i], now - last, limit);
		last = now;
		tell();
	}
}
