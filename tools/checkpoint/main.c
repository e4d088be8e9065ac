// SPDX-License-Identifier: GPL-2.0
/*
 * xen-checkpoint DOMAIN FILE: make a checkpoint in these steps. checkpoint.h describes the
 * processes.
 *
 *	1. find the domain, lock it, start the guardian
 *	2. open a temporary file beside FILE, and write the header
 *	3. let libxl save the domain, with our helper
 *	4. settle: make the domain run, whatever libxl returned
 *	5. check the image, and compact it
 *	6. sync the image, rename it, and remove old images
 *
 * In step 3, signals abort the save. Before and after it they end the process, and output.c removes
 * the temporary file.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../output.h"
#include "image.h"
#include "main.h"

const char program[] = "xen-checkpoint";

/* The output of the image. */
struct target {
	const char *name;
	FILE *file;
	int fd;		/* libxl writes to it: the file, a file without a name, or a pipe */
	bool relayed;	/* xen-checkpoint did not create the file, and does not rename it */
	bool is_stdout;
	const char *family;	/* --keep: the name without the time */
	unsigned int keep;
};

/*
 * Store the final name of the image for the command of --at-pause. Also store the name of the
 * temporary file, which output.c does not export: if main is killed, the guardian removes this
 * file.
 */
static void note_file(int fd, const char *name)
{
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, shared->unfinished, sizeof(shared->unfinished) - 1);
	shared->unfinished[len < 0 ? 0 : len] = '\0';
	snprintf(shared->file, sizeof(shared->file), "%s", name);
}

/* Open a file for the uncompressed image. Without a name, it vanishes if main is killed. */
static int open_unnamed(void)
{
	char *path = strdup(shared->unfinished), *name;
	int dir, fd;

	if (!path)
		die("out of memory");
	dir = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : output_temporary(dir, "image", &name);
	if (fd < 0 || unlinkat(dir, name, 0))
		die("%s: %s", path, strerror(errno));
	close(dir);
	free(name);
	free(path);
	return fd;
}

/*
 * Return whether two descriptors lead to the same file. Ignore character devices: two descriptors
 * of /dev/null do no harm.
 */
static bool is_same(int fd, int other)
{
	struct stat a, b;

	return !fstat(fd, &a) && !fstat(other, &b) && !S_ISCHR(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void open_target(struct target *t, const char *name, bool compress)
{
	t->name = name;
	t->file = output_open(name, OUTPUT_PRIVATE);
	t->fd = fileno(t->file);
	t->relayed = !output_is_new();
	if (isatty(t->fd))
		die("the image would go to a terminal: name a file or a pipe");
	if (is_same(t->fd, STDERR_FILENO))
		die("the image would go to standard error, among the messages");
	t->is_stdout = t->file == stdout || is_same(t->fd, STDOUT_FILENO);
	if (t->relayed && compress)
		die("--compress: %s is not a regular file: pipe the image to zstd", name);
	if (t->relayed)
		t->fd = relay_start(t->fd);
	else
		note_file(t->fd, name);
	if (compress)
		t->fd = open_unnamed();
}

static void set_options(const struct options *o)
{
	shared->max_pause_ms = o->max_pause_ms;
	shared->rate = o->rate;
	shared->command_ms = o->at_pause_ms;
	if (o->at_pause)
		strcpy(shared->command, o->at_pause);
}

/* Give up with the reason of a failed save: the first of the many errors that libxl logs. */
static void explain(const struct handles *h, bool saved)
{
	const char *first = log_first_error();

	if (saved)
		return;
	if (domain_state(h->xen) == GONE)
		give_up(FAILED, "the domain does not exist any more");
	else
		give_up(FAILED, "%s", first ? first : "libxl failed, and logged no reason");
}

static bool has_image;

/* Report that the domain is stuck. The user must know this first, and then earlier errors. */
static void give_up_stuck(void)
{
	char besides[WHY_BYTES + 16] = "";
	const char *why = shared->status ? shared->why : log_first_error();

	if (why)
		snprintf(besides, sizeof(besides), ". Also: %s", why);
	shared->status = DONE;
	give_up(STUCK, "the domain is suspended and cannot be resumed, and %s: see status 6 in xen-checkpoint(8)%s",
		has_image ? "its image is complete" : "there is no new image", besides);
}

/*
 * die() calls this after the start. The status USAGE would be wrong, because something was done,
 * and reports need their last line.
 */
static void __attribute__((noreturn)) fail(const char *line)
{
	give_up(FAILED, "%s", line);
	if (*shared->unfinished && !output_is_new())
		has_image = true;	/* in place, but its directory cannot be synced */
	if (shared->stuck) {
		give_up_stuck();
		guard_end();	/* no log is needed: the user knows that the domain is suspended */
	}
	report_failed(shared->status, shared->why);
	exit(shared->status);
}

static void complete(struct target *t, uint64_t bytes)
{
	/*
	 * Ignore signals: after the rename, a signal would end the program without a report,
	 * although there is a new image.
	 */
	save_ignore_signals();
	output_close(t->file, t->name);
	has_image = true;
	if (t->keep && !shared->stuck)
		keep_prune(t->family, t->keep, t->name);
	report_done(t->name, bytes);
}

/* Save the domain, and return the exit status. The caller must call guard_end() before it exits. */
static enum status run(const struct handles *h, struct target *t, const char *config)
{
	enum settled settled;
	uint64_t bytes = 0;
	bool saved;

	saved = image_header(t->fd, config);
	if (!saved)
		give_up(FAILED, "%s: %s", t->name, strerror(errno));
	saved = saved && save_run(h, t->fd);
	if (saved && shared->step == SUSPENDED && domain_state(h->xen) == RUNNING)
		give_up(FAILED, "another tool resumed the domain in the pause");
	settled = settle(h);
	shared->stuck = settled == NOT_RESUMED;
	if (shared->stuck && saved)
		report_warn("the domain is suspended and cannot be resumed: wait until its image is complete");
	if (shared->log_dirty)
		report_warn("log-dirty mode cannot be switched off: the guest is slower, and the next checkpoint fails, until xl save -c or xl migrate ends this mode");
	explain(h, saved);
	/*
	 * A domain that is stuck needs its image, so signals do not end the program until the image
	 * is complete. With a pipe, they do, because its reader may stall.
	 */
	if (!shared->stuck || t->relayed)
		save_restore_signals();
	if (shared->status && !shared->stuck)
		saved = false;
	if (t->relayed && !saved)
		relay_kill();
	else if (t->relayed)
		saved = relay_end(t->fd, &bytes);
	if (saved && !t->relayed)
		saved = finish(t->fd, fileno(t->file), &bytes);
	if (saved)
		complete(t, bytes);
	if (shared->stuck)
		give_up_stuck();
	if (shared->status)
		report_failed(shared->status, shared->why);
	/* Exit without guard_end(): the guardian waits for the guest, which may still suspend. */
	if (settled == MAY_SUSPEND)
		exit(shared->status);
	return shared->status;
}

static int check_only(const struct options *o)
{
	int fd = strcmp(o->file, "-") ? open(o->file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	enum status status;
	struct verdict v;

	if (fd < 0)
		die("%s: %s", o->file, strerror(errno));
	status = image_status(o->file, fd, &v);
	if (status == DONE && !o->quiet)
		printf("%s: sound: %llu pages, of which %llu are page tables\n", o->file,
		       (unsigned long long)v.pages, (unsigned long long)v.tables);
	return status;
}

/*
 * Open /dev/null for each standard descriptor that the caller has closed, so that its use fails.
 * Otherwise the next file that is opened would get its number, and reports would go to the shared
 * memory.
 */
static void reserve_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(USAGE);
}

int main(int argc, char **argv)
{
	struct options o;
	struct handles h;
	struct target t;
	enum status status;
	bool writable_disk;
	char *config;

	reserve_standard();
	if (argc > 1 && !strcmp(argv[1], "--save-domain"))
		return helper_main(argc, argv);
	if (argc > 2 && !strcmp(argv[1], "restore"))
		return restore_main(argc - 2, argv + 1);
	options_parse(&o, argc, argv);
	if (o.check)
		return check_only(&o);
	shared_create();
	set_options(&o);
	signal(SIGPIPE, SIG_IGN);
	handles_open(&h, log_create(o.verbose));
	handles_find(&h, o.domain);
	config = handles_config(&h, &writable_disk);
	guard_start(&h);
	t = (struct target){ .family = o.file, .keep = o.keep };
	open_target(&t, o.keep ? keep_name(o.file) : o.file, o.compress);
	report_open(&o, o.domain, t.is_stdout);
	report_start();
	if (writable_disk && !o.at_pause)
		report_warn("the domain has a writable disk, and --at-pause is not given: if you restore the image after the disk has changed, the guest destroys the file system");
	save_catch_signals();
	on_die = fail;
	status = run(&h, &t, config);
	guard_end();
	return status;
}
