// SPDX-License-Identifier: GPL-2.0
/*
 * output-race public|private NAME: write a line, or REPORTS lines, to the output NAME. The first
 * RANDOM_ZEROS random numbers are 0, as if another user could guess them.
 *
 * output-race exchange DIRECTORY KIND TRAP: the output is in the directory "shared". In each run, the
 * output is exchanged for a trap before one system call of tools/output*.c, and in some runs
 * exchanged back before a later system call. The exit status is 1 if a run opens the victim, writes
 * to the victim or to the trap, or does not end.
 *
 *	DIRECTORY	theirs: belongs to user 65534, and everybody can write in it. ours: no other
 *			user can write in it, so the checks of the directory pass, and the run tests
 *			the checks of the file
 *	KIND		the output before the exchange: file, fifo or link, of user 65534; or own or
 *			own-fifo, a file or FIFO of this user
 *	TRAP		the number of a user: a link of this user to the file "victim"; or fifo: a
 *			FIFO of user 65534
 *
 * The linker replaces the system calls by those below (--wrap).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../tools/output.h"
#include "../../tools/util.h"

const char program[] = "output-race";

#define OTHERS	65534
#define OUTPUT	"shared/r.svg"
#define TRAP	"shared/trap"
#define VICTIM	"victim"
#define PRECIOUS "precious\n"

static unsigned int calls, exchanges[2];
static bool no_victim, *opens = &no_victim;	/* was the victim opened? */

static void before_call(void)
{
	calls++;
	if ((calls == exchanges[0] || calls == exchanges[1]) &&
	    renameat2(AT_FDCWD, OUTPUT, AT_FDCWD, TRAP, RENAME_EXCHANGE))
		abort();
}

#define CALL(type, name, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		before_call(); \
		return __real_##name args; \
	}
CALL(int, fstat, (int fd, struct stat *st), (fd, st))
CALL(int, stat, (const char *name, struct stat *st), (name, st))
CALL(int, lstat, (const char *name, struct stat *st), (name, st))
CALL(ssize_t, readlink, (const char *name, char *to, size_t size), (name, to, size))
CALL(ssize_t, readlinkat, (int dir, const char *name, char *to, size_t size), (dir, name, to, size))
CALL(int, open, (const char *name, int flags, int mode), (name, flags, mode))
CALL(int, renameat, (int d, const char *from, int e, const char *to), (d, from, e, to))

/* Record if the victim is opened. open() alone may change a device, so it must not happen. */
int __real_openat(int dir, const char *name, int flags, int mode);
int __wrap_openat(int dir, const char *name, int flags, int mode);
int __wrap_openat(int dir, const char *name, int flags, int mode)
{
	struct stat opened, victim;
	int fd;

	before_call();
	fd = __real_openat(dir, name, flags, mode);
	if (fd >= 0 && !(flags & O_PATH) && !__real_stat(VICTIM, &victim) &&
	    !__real_fstat(fd, &opened) && opened.st_ino == victim.st_ino)
		*opens = true;
	return fd;
}

ssize_t __real_getrandom(void *to, size_t size, unsigned int flags);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned int flags);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned int flags)
{
	static int times;

	if (!getenv("RANDOM_ZEROS") || times++ >= atoi(getenv("RANDOM_ZEROS")))
		return __real_getrandom(to, size, flags);
	memset(to, 0, size);
	return size;
}

static void write_output(const char *mode, const char *name)
{
	FILE *out = output_open(name, strcmp(mode, "private") ? OUTPUT_PUBLIC : OUTPUT_PRIVATE);

	for (int n = getenv("REPORTS") ? atoi(getenv("REPORTS")) : 1; n; n--)
		fputs("report\n", out);
	output_close(out, name);
}

/* --- The runs: an exchange of the output before each system call */

static void must(bool done, const char *what)
{
	if (!done)
		die("%s: %s", what, strerror(errno));
}

static void make_file(const char *name, const char *text)
{
	FILE *out = fopen(name, "w");

	must(out && fputs(text, out) >= 0 && !fclose(out), name);
}

static void set_scene(const char *directory, const char *kind, const char *trap)
{
	bool theirs = !strcmp(directory, "theirs"), own = !strncmp(kind, "own", 3);

	unlink(OUTPUT);
	unlink(TRAP);
	rmdir("shared");
	make_file(VICTIM, PRECIOUS);
	must(!mkdir("shared", 0755) && !chmod("shared", theirs ? 0777 : 0755), "shared");
	must(!chown("shared", theirs ? OTHERS : 0, theirs ? OTHERS : 0), "shared");
	if (strstr(kind, "fifo"))
		must(!mkfifo(OUTPUT, 0600), OUTPUT);
	else if (!strcmp(kind, "link"))
		must(!symlink("../" VICTIM, OUTPUT), OUTPUT);
	else
		make_file(OUTPUT, "old\n");
	must(own || !lchown(OUTPUT, OTHERS, OTHERS), OUTPUT);
	if (!strcmp(trap, "fifo"))
		must(!mkfifo(TRAP, 0600) && !chown(TRAP, OTHERS, OTHERS), TRAP);
	else
		must(!symlink("../" VICTIM, TRAP) && !lchown(TRAP, atoi(trap), atoi(trap)), TRAP);
}

static bool victim_is_whole(void)
{
	char text[64] = "";
	FILE *in = fopen(VICTIM, "r");
	size_t len = in ? fread(text, 1, sizeof(text) - 1, in) : 0;

	must(in && !fclose(in), VICTIM);
	return len == strlen(PRECIOUS) && !strcmp(text, PRECIOUS);
}

/* Return whether the trap is a FIFO and a run has written to it. */
static bool is_caught(int trap)
{
	char byte;

	return trap >= 0 && read(trap, &byte, 1) > 0;
}

static void report_calls(int status, void *to)
{
	(void)status;
	*(unsigned int *)to = calls;
}

/*
 * Write to the output in a child, and check the victim and the trap. Keep a reader of each FIFO
 * open, so that no open() waits. Return the number of system calls.
 */
static unsigned int run(const char *mode, unsigned int first, unsigned int second)
{
	static struct { unsigned int calls; bool opens; } *done;
	int status, trap = __real_open(TRAP, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
	const char *why = NULL;
	pid_t pid;

	if (!done)
		done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(done != MAP_FAILED, "memory");
	done->opens = false;
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid) {
		int reader = __real_open(OUTPUT, O_RDWR | O_NOFOLLOW, 0);

		(void)reader;
		must(freopen("/dev/null", "w", stderr), "/dev/null");
		alarm(10);
		opens = &done->opens;
		exchanges[0] = first;
		exchanges[1] = second;
		on_exit(report_calls, &done->calls);
		write_output(mode, OUTPUT);
		exit(0);
	}
	must(waitpid(pid, &status, 0) == pid, "wait");
	if (!WIFEXITED(status))
		why = "the run does not end";
	else if (!victim_is_whole() || is_caught(trap))
		why = "the trap was written to";
	else if (done->opens)
		why = "the victim was opened";
	if (trap >= 0)
		close(trap);
	if (!why)
		return done->calls;
	printf("%s: exchanged at %u and %u: %s\n", mode, first, second, why);
	exit(1);
}

static void exchange(const char *directory, const char *kind, const char *trap)
{
	static const char *const modes[] = { "public", "private" };

	for (int mode = 0; mode < 2; mode++) {
		unsigned int last, first, second;

		set_scene(directory, kind, trap);
		last = run(modes[mode], 0, 0);
		must(last >= 1, "too few system calls are replaced");
		for (first = 1; first <= last; first++)
			for (second = first; second <= last + 2; second++) {
				set_scene(directory, kind, trap);
				run(modes[mode], first, second == first ? 0 : second);
			}
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "exchange"))
		exchange(argv[2], argv[3], argv[4]);
	else if (argc == 3)
		write_output(argv[1], argv[2]);
	else
		die("usage: output-race public|private NAME, or output-race exchange DIRECTORY KIND TRAP");
	return 0;
}
