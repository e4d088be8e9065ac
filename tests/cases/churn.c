// SPDX-License-Identifier: GPL-2.0
/*
 * churn STATE DIRECTORY SWAPPED: keep the kernel allocating memory. No allocation may fail.
 * - Four processes make and unlink files in DIRECTORY.
 * - Two processes with many page tables fork again and again.
 * - Four processes write many pages by one call, two to files in DIRECTORY, two in SWAPPED.
 *
 * The program goes to the background. The file STATE has one line: the numbers of files,
 * forks and writes, or FAIL and the first error.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIB		1024ul
#define MIB		(1024 * KIB)
#define TABLE		(2 * MIB)	/* the memory that one page table maps */
#define TABLES		512
#define WRITTEN		(8 * MIB)
#define SMALL		(16 * KIB)

static struct shared {
	atomic_int failed;
	atomic_ulong files, forks, writes;
	char why[200];
} *shared;

static char *data;

static _Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...)
{
	const char *error = strerror(errno);
	va_list arguments;
	char what[100];
	int first = 0;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (atomic_compare_exchange_strong(&shared->failed, &first, 1)) {
		snprintf(shared->why, sizeof(shared->why), "%s: %s", what, error);
		shared->failed = 2;
	}
	_exit(1);
}

static void fork_and_wait(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		fail("fork");
	if (!pid)
		_exit(0);
	if (waitpid(pid, &status, 0) != pid || status)
		fail("a child ended with status %#x", status);
	shared->forks++;
}

static void write_to(int fd, size_t size, const char *path)
{
	ssize_t n = write(fd, data, size);

	if (n < 0)
		fail("%s: write", path);
	if (n != (ssize_t)size) {
		errno = 0;
		fail("%s: write of %zu bytes returned %zd", path, size, n);
	}
}

/* Make and unlink files. close() then frees the inode, which needs a file system transaction. */
static void make_files(const char *directory, int process)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%d", directory, process);
	for (;;) {
		int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

		if (fd < 0)
			fail("%s: open", path);
		write_to(fd, SMALL, path);
		if (unlink(path))
			fail("%s: unlink", path);
		close(fd);
		shared->files++;
		if (!(shared->files % 8))
			fork_and_wait();
	}
}

static void make_tables(const char *directory, int process)
{
	char *area = mmap(NULL, TABLES * TABLE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)directory;
	(void)process;
	if (area == MAP_FAILED)
		fail("mmap");
	for (int i = 0; i < TABLES; i++)
		area[i * TABLE] = 1;
	for (;;)
		fork_and_wait();
}

static void write_many(const char *directory, int process)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/large-%d", directory, process);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	if (fd < 0)
		fail("%s: open", path);
	for (;;) {
		write_to(fd, WRITTEN, path);
		if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
			fail("%s: truncate", path);
		shared->writes++;
	}
}

static void start(int n, void (*work)(const char *directory, int process), const char *directory)
{
	static int processes;

	while (n--) {
		pid_t pid = fork();

		processes++;
		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work(directory, processes);
	}
}

static void say_state(int fd)
{
	char line[300];
	int status, n;

	if (waitpid(-1, &status, WNOHANG) > 0 && !shared->failed) {
		snprintf(shared->why, sizeof(shared->why), "a process ended with status %#x", status);
		shared->failed = 2;
	}
	if (shared->failed == 2)
		n = snprintf(line, sizeof(line), "FAIL %s\n", shared->why);
	else
		n = snprintf(line, sizeof(line), "files %lu forks %lu writes %lu\n", shared->files,
			     shared->forks, shared->writes);
	pwrite(fd, line, n, 0);
	ftruncate(fd, n);
}

int main(int argc, char **argv)
{
	int state;

	if (argc != 4)
		errx(2, "usage: churn STATE DIRECTORY SWAPPED");
	state = open(argv[1], O_CREAT | O_WRONLY, 0600);
	if (state < 0)
		err(1, "%s", argv[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	data = mmap(NULL, WRITTEN, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || data == MAP_FAILED || mlock(shared, sizeof(*shared)))
		err(1, "mmap");
	if (daemon(0, 0))
		err(1, "daemon");
	start(4, make_files, argv[2]);
	start(2, make_tables, NULL);
	start(2, write_many, argv[2]);
	start(2, write_many, argv[3]);
	for (;;) {
		usleep(200000);
		say_state(state);
	}
}
