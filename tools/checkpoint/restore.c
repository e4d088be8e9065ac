// SPDX-License-Identifier: GPL-2.0
/*
 * xen-checkpoint restore ARGUMENT... FILE: check FILE, and run xl restore with the same arguments.
 * If FILE is compressed, xl reads the decompressed image from a pipe instead. If FILE is not sound,
 * no domain is created.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image.h"
#include "main.h"

enum status image_status(const char *name, int fd, struct verdict *v)
{
	image_check(fd, -1, v, NULL);
	if (v->failed)
		fprintf(stderr, "%s: %s: %s\n", program, name, v->what);
	else if (!v->sound)
		fprintf(stderr, "%s: %s: not sound: %s\n", program, name, v->what);
	return v->sound ? DONE : v->failed ? FAILED : UNSOUND;
}

static void __attribute__((noreturn)) exec_xl(char **argv)
{
	execvp("xl", argv);
	die("xl: %s", strerror(errno));
}

/*
 * Start xl, which inherits a pipe, and opens it by a name in /proc. The pipe cannot be standard
 * input, because xl may need a terminal there, for the console of the domain.
 */
static pid_t start_xl(char **argv, int last, int *to)
{
	char path[32];
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		die("cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("cannot start xl: %s", strerror(errno));
	if (!pid) {
		close(ends[1]);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
		argv[last] = path;
		exec_xl(argv);
	}
	close(ends[0]);
	*to = ends[1];
	return pid;
}

static bool feed(int from, int to)
{
	struct source *s = source_open(from);
	char bytes[65536];
	ssize_t n;

	/* If write_all() fails, xl has ended early, and has reported the reason. */
	while ((n = source_read(s, bytes, sizeof(bytes))) > 0 && write_all(to, bytes, n))
		;
	source_close(s);
	close(to);
	return n >= 0;
}

static int restore_compressed(int fd, char **argv, int last)
{
	const char *name = argv[last];
	int to, status;
	pid_t xl = start_xl(argv, last, &to);

	signal(SIGPIPE, SIG_IGN);
	if (!feed(fd, to))
		fprintf(stderr, "%s: %s: %s\n", program, name, strerror(errno));
	while (waitpid(xl, &status, 0) < 0)
		if (errno != EINTR)
			return FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* argv[0] is "restore", and argv[last] is the file. */
int restore_main(int last, char **argv)
{
	int fd = open(argv[last], O_RDONLY | O_CLOEXEC);
	char *words[last + 3];
	enum status status;
	struct verdict v;

	if (fd < 0)
		die("%s: %s", argv[last], strerror(errno));
	status = image_status(argv[last], fd, &v);
	if (status != DONE)
		return status;
	if (lseek(fd, 0, SEEK_SET))
		die("%s: %s", argv[last], strerror(errno));
	words[0] = "xl";
	memcpy(words + 1, argv, (last + 1) * sizeof(*argv));
	words[last + 2] = NULL;
	if (!image_is_compressed(fd))
		exec_xl(words);
	return restore_compressed(fd, words, last + 1);
}
