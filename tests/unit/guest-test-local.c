// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest-tamper.h"
#include "guest-test.h"
#include "util.h"

#define BLOCK		4096
#define DISK_SIZE	(256 * BLOCK)
#define PATIENCE_MS	20000	/* long enough for a busy machine */

static char disk[300];

static void new_disk(void)
{
	int fd;

	snprintf(disk, sizeof(disk), "%s/test-disk", dir);
	fd = open(disk, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, DISK_SIZE))
		die("cannot make %s: %m", disk);
	close(fd);
}

/* Overwrite five bytes in the middle of each block. */
static void corrupt_disk(void)
{
	int fd = open(disk, O_WRONLY);

	for (off_t off = BLOCK / 2; off < DISK_SIZE; off += BLOCK)
		if (pwrite(fd, "wrong", 5, off) != 5)
			die("cannot write %s: %m", disk);
	close(fd);
}

static bool mem_goes_on(void)
{
	START("mem", "1");
	return moves(5, PATIENCE_MS);
}

/* Change one byte of the program's memory by /proc/PID/mem, even if the page is PROT_NONE. */
static bool mem_sees_corruption(void)
{
	char path[64];
	void *area;
	int fd;

	START("mem", "1");
	if (!moves(2, PATIENCE_MS) || sscanf(view.text, "1 MB at %p", &area) != 1)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/mem", prog.pid);
	fd = open(path, O_RDWR);
	if (fd < 0 || pwrite(fd, "x", 1, (off_t)area + 255 * 4096 + 77) != 1)
		die("cannot write %s: %m", path);
	close(fd);
	return fails("page 255 at", PATIENCE_MS);
}

static bool storm_goes_on(void)
{
	START("storm");
	return moves(50, PATIENCE_MS);
}

/* At each mprotect() of storm, change the memory that it protects. storm must notice. */
static int poke_area(pid_t tid, struct user_regs_struct *regs)
{
	char path[64];
	int fd;

	/* Skip memory of the C library, which is much higher or lower than storm's areas. */
	if (regs->rdi >> 44 != 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	fd = open(path, O_RDWR);
	if (fd < 0 || pwrite(fd, "wrong", 5, regs->rdi) != 5)
		die("cannot write %s: %m", path);
	close(fd);
	return 0;
}

static bool storm_sees_corruption(void)
{
	static const struct tamper t = { SYS_mprotect, NULL, poke_area };

	START("storm");
	if (!moves(3, PATIENCE_MS))
		return false;
	tamper(prog.pid, &t, PATIENCE_MS);
	return fails("expected", 100);
}

static int refuse(pid_t tid, struct user_regs_struct *regs)
{
	(void)tid;
	regs->rax = -ENOMEM;
	return 1;
}

static bool storm_sees_errors(void)
{
	static const struct tamper t = { SYS_munmap, NULL, refuse };

	START("storm");
	if (!moves(3, PATIENCE_MS))
		return false;
	tamper(prog.pid, &t, PATIENCE_MS);
	return fails("munmap", 100);
}

/* storm kills some kinds of children in any case. So stop all, again and again, until one hangs. */
static bool storm_sees_a_hang(void)
{
	bool seen = false;

	START("storm", "1");
	if (!moves(3, PATIENCE_MS))
		return false;
	for (int ms = 0; !seen && ms < PATIENCE_MS; ms += 100) {
		stop_children(prog.pid);
		seen = fails("hangs: T", 100);
	}
	kill_stopped();
	return seen;
}

static bool disk_goes_on(void)
{
	char count[24];

	new_disk();
	START("disk", disk);
	if (!moves(50, PATIENCE_MS))
		return false;
	stop(prog.pid);
	snprintf(count, sizeof(count), "%lu", view.count);
	return ENDS(0, "disk: ok", "disk", "verify", disk, count) &&
	       ENDS(1, "expected at least 9999", "disk", "verify", disk,
		    "9999");
}

static bool disk_sees_corruption(void)
{
	new_disk();
	START("disk", disk);
	if (!moves(50, PATIENCE_MS))
		return false;
	corrupt_disk();
	return fails("corrupt", PATIENCE_MS);
}

/* Stop the program, and read or write the whole disk meanwhile. */
static void copy_disk(char *image, bool put)
{
	int fd = open(disk, O_RDWR);
	ssize_t n;

	kill(prog.pid, SIGSTOP);
	sleep_ms(100);
	n = put ? pwrite(fd, image, DISK_SIZE, 0) :
		  pread(fd, image, DISK_SIZE, 0);
	if (fd < 0 || n != DISK_SIZE)
		die("cannot copy %s: %m", disk);
	close(fd);
	kill(prog.pid, SIGCONT);
}

/* Write back an older content of the disk, whose blocks are sound, as if writes were lost. */
static bool disk_sees_stale_blocks(void)
{
	static char image[DISK_SIZE];

	new_disk();
	START("disk", disk);
	if (!moves(50, PATIENCE_MS))
		return false;
	copy_disk(image, false);
	if (!moves(200, PATIENCE_MS))
		return false;
	copy_disk(image, true);
	return fails("acknowledged was", PATIENCE_MS);
}

static bool disk_verify_sees_corruption(void)
{
	new_disk();
	if (!ENDS(1, "expected at least 1", "disk", "verify", disk))
		return false;
	START("disk", disk);
	if (!moves(50, PATIENCE_MS))
		return false;
	stop(prog.pid);
	corrupt_disk();
	return ENDS(1, "disk: FAIL", "disk", "verify", disk);
}

static bool disk_needs_a_disk(void)
{
	START("disk", "/nonexistent");
	return fails("cannot open /nonexistent", PATIENCE_MS);
}

static bool clock_goes_on(void)
{
	START("clock");
	return moves(100, PATIENCE_MS);
}

/* Change the result of clock_gettime(): add BY seconds. */
static int shift(pid_t tid, struct user_regs_struct *regs, int64_t by)
{
	char path[64];
	int64_t sec;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	fd = open(path, O_RDWR);
	if (fd < 0 || pread(fd, &sec, 8, regs->rsi) != 8)
		die("cannot read %s: %m", path);
	sec += by;
	if (pwrite(fd, &sec, 8, regs->rsi) != 8)
		die("cannot write %s: %m", path);
	close(fd);
	return 0;
}

static int shift_back(pid_t tid, struct user_regs_struct *regs)
{
	return shift(tid, regs, -1);
}

static int shift_ahead(pid_t tid, struct user_regs_struct *regs)
{
	return shift(tid, regs, 1);
}

static bool clock_sees(int (*leave)(pid_t tid, struct user_regs_struct *regs),
		       const char *why)
{
	struct tamper t = { SYS_clock_gettime, NULL, leave };

	START("clock");
	if (!moves(20, PATIENCE_MS))
		return false;
	tamper(prog.pid, &t, PATIENCE_MS);
	return fails(why, 100);
}

static bool clock_sees_step_back(void)
{
	return clock_sees(shift_back, "vdso to syscall");
}

static bool clock_sees_vdso_behind(void)
{
	return clock_sees(shift_ahead, "syscall to vdso");
}

/* Use the limit that guests have. A shorter one would fail on a busy machine. */
static bool timers_go_on(void)
{
	START("timers", "20");
	return moves(300, PATIENCE_MS);
}

/* Skip a system call: the kernel ignores the number -1. succeed() then sets its result to 0. */
static int skip_call(pid_t tid, struct user_regs_struct *regs)
{
	(void)tid;
	regs->orig_rax = -1;
	return 1;
}

static int succeed(pid_t tid, struct user_regs_struct *regs)
{
	(void)tid;
	regs->rax = 0;
	return 1;
}

/* Skip only FUTEX_WAKE. After a skipped FUTEX_WAIT, the program would just wait again. */
static int skip_wake(pid_t tid, struct user_regs_struct *regs)
{
	return (regs->rsi & 0x7f) == FUTEX_WAKE ? skip_call(tid, regs) : 0;
}

static bool timers_see_early_sleep(void)
{
	static const struct tamper t = {
		SYS_clock_nanosleep, skip_call, succeed
	};

	START("timers", "2");
	if (!moves(100, PATIENCE_MS))
		return false;
	tamper(prog.pid, &t, PATIENCE_MS);
	return fails("early", 100);
}

static bool timers_see_early_posix_timer(void)
{
	static const struct tamper t = {
		SYS_rt_sigtimedwait, skip_call, succeed
	};

	START("timers", "2");
	if (!moves(100, PATIENCE_MS))
		return false;
	tamper(prog.pid, &t, PATIENCE_MS);
	return fails("posix timer", 100);
}

static bool timers_see_a_thread_stop(void)
{
	START("timers", "2");
	if (!moves(100, PATIENCE_MS) || freeze_one_thread(prog.pid))
		return false;
	return fails("stands still", PATIENCE_MS);
}

/* Skip all wake-ups by futex. timers must notice. */
static bool timers_see_lost_wakeups(void)
{
	static const struct tamper t = { SYS_futex, skip_wake, succeed };

	START("timers", "2");
	if (!moves(100, PATIENCE_MS))
		return false;
	tamper(prog.pid, &t, PATIENCE_MS);
	return fails("futex on cpu", 100);
}

/* Read a report while a program has marked a failure, but not yet written the text. */
static bool failure_has_a_reason(void)
{
	struct report *r;
	pid_t writer;
	int fd;

	r = report_create(&fd);
	if (!r)
		die("no report page: %m");
	r->state = REPORT_FAILING;
	writer = fork_bound();
	if (!writer) {
		sleep_ms(20);
		strcpy(r->why, "the reason");
		r->state = REPORT_FAILED;
		_exit(0);
	}
	report_read(r, &view);
	stop(writer);
	close(fd);
	return view.failed && !strcmp(view.text, "the reason");
}

const struct test local_tests[] = {
	{ "a failure has a reason",		failure_has_a_reason },
	{ "mem continues",			mem_goes_on },
	{ "mem detects corruption",		mem_sees_corruption },
	{ "storm continues",			storm_goes_on },
	{ "storm detects corruption",		storm_sees_corruption },
	{ "storm detects errors",		storm_sees_errors },
	{ "storm detects a hang",		storm_sees_a_hang },
	{ "disk continues",			disk_goes_on },
	{ "disk detects corruption",		disk_sees_corruption },
	{ "disk detects stale blocks",		disk_sees_stale_blocks },
	{ "disk verify detects corruption",	disk_verify_sees_corruption },
	{ "disk needs a disk",			disk_needs_a_disk },
	{ "clock continues",			clock_goes_on },
	{ "clock detects a step back",		clock_sees_step_back },
	{ "clock detects that the vdso is behind", clock_sees_vdso_behind },
	{ "timers continue",			timers_go_on },
	{ "timers detect an early sleep",	timers_see_early_sleep },
	{ "timers detect an early posix timer",	timers_see_early_posix_timer },
	{ "timers detect a stopped thread",	timers_see_a_thread_stop },
	{ "timers detect lost wake-ups",	timers_see_lost_wakeups },
	{ 0 },
};
