// SPDX-License-Identifier: GPL-2.0
/*
 * Find saves of the domain by other tools. xl takes no lock, but each save has a process of libxl,
 * whose arguments name the domain: libxl-save-helper --save-domain FD FD DOMID FLAGS...
 *
 * Two saves of one domain harm each other. Both use the log-dirty mode of Xen, and each switches
 * off the mode of the other. If both have requested a suspend, the first one that ends resumes the
 * domain while the other one still copies.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpoint.h"

#include <xenguest.h>

enum { MODE = 1, DOMID = 4, FLAGS, WORDS };	/* positions in this command line */

/*
 * Return whether the process is of another user, except root. Other users can run a process with
 * any arguments, so ignore it.
 */
static bool is_of_others(int fd)
{
	struct stat st;

	return fstat(fd, &st) || (st.st_uid && st.st_uid != geteuid());
}

static ssize_t read_file(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = is_of_others(fd) ? -1 : read(fd, text, size - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return len;
}

static pid_t parent_of(pid_t pid)
{
	char text[512], *name_end;
	int parent = 0;

	if (read_file(pid, "stat", text, sizeof(text)) < 0)
		return 0;
	name_end = strrchr(text, ')');
	return name_end && sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool saves_this_domain(pid_t pid, bool *live)
{
	char text[256], *word = text, *words[WORDS];
	ssize_t len = read_file(pid, "cmdline", text, sizeof(text));
	char *end;

	for (int i = 0; i < WORDS; i++) {
		if (word >= text + len)
			return false;
		words[i] = word;
		word += strlen(word) + 1;
	}
	if (strcmp(words[MODE], "--save-domain") ||
	    strtoul(words[DOMID], &end, 10) != shared->domid || *end)
		return false;
	*live = strtoul(words[FLAGS], NULL, 10) & XCFLAGS_LIVE;
	return true;
}

/*
 * Return whether the process is our helper. Main may ask before the helper has stored its id, so a
 * child of main counts, too.
 */
static bool is_ours(pid_t pid)
{
	return pid == shared->helper || parent_of(pid) == shared->main;
}

/*
 * The processes that the first look and the last look at /proc found. To read the arguments of a
 * process took 30 us on a slow machine. In the pause, look only at processes that have begun since
 * the last look. A process that only the last look found may have been forked just before, and call
 * exec() later. So a process is old only if the first look found it, too.
 */
enum { MOST_PIDS = 1 << 22 };	/* PID_MAX_LIMIT of Linux */

static struct pids {
	unsigned char bits[MOST_PIDS / 8];
} first, last;
static bool looked;

static void add(struct pids *p, pid_t pid)
{
	if (pid < MOST_PIDS)
		p->bits[pid / 8] |= 1 << pid % 8;
}

static bool has(const struct pids *p, pid_t pid)
{
	return pid < MOST_PIDS && p->bits[pid / 8] & 1 << pid % 8;
}

static bool is_old(pid_t pid)
{
	return has(&first, pid) && has(&last, pid);
}

static bool find(struct saver *s, bool all)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (proc && !found && (entry = readdir(proc))) {
		s->pid = atoi(entry->d_name);
		if (s->pid <= 0 || (!all && is_old(s->pid)))
			continue;
		found = saves_this_domain(s->pid, &s->live) && !is_ours(s->pid);
		add(&last, s->pid);
		if (!looked)
			add(&first, s->pid);
	}
	if (proc)
		closedir(proc);
	return found;
}

bool saver_find(struct saver *s)
{
	bool found;

	memset(&last, 0, sizeof(last));
	found = find(s, true);
	looked = true;
	return found;
}

bool saver_find_new(struct saver *s)
{
	return find(s, false);
}

bool saver_give_up(void)
{
	struct saver s;

	if (!saver_find(&s))
		return false;
	give_up(FAILED, "another tool saves this domain: process %d", (int)s.pid);
	return true;
}
