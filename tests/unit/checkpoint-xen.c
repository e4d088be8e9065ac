// SPDX-License-Identifier: GPL-2.0
/* Emulate Xen and libxenguest. checkpoint-xen.h describes the variables. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xentoollog.h>

#include "checkpoint-xen.h"

const char *script(const char *name, const char *otherwise)
{
	return getenv(name) ?: otherwise;
}

bool script_is(const char *name, const char *value)
{
	return !strcmp(script(name, ""), value);
}

struct world *world(void)
{
	static struct world *w;
	int fd;

	if (w)
		return w;
	fd = open(script("FAKE_WORLD", "world"), O_RDWR);
	w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (w == MAP_FAILED)
		abort();
	close(fd);
	return w;
}

/* --- Xen */

static xentoollog_logger *log_to;

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild,
				unsigned int flags)
{
	(void)dombuild;
	(void)flags;
	log_to = logger;
	return (xc_interface *)world();
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int most,
			  xc_domaininfo_t *info)
{
	struct world *w = world();

	(void)xch;
	(void)most;
	if (w->late && !--w->late)
		w->state = WORLD_SUSPENDED;
	if (w->state == WORLD_GONE)
		return 0;
	memset(info, 0, sizeof(*info));
	info->domain = first;
	memcpy(info->handle, w->uuid, sizeof(info->handle));
	if (w->state == WORLD_SUSPENDED)
		info->flags = XEN_DOMINF_shutdown | SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
	else if (w->paused || script_is("FAKE_GUEST", "paused"))
		info->flags = XEN_DOMINF_paused;
	return 1;
}

static int at(const char *point);

static void __attribute__((format(printf, 1, 2))) log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_to->vmessage(log_to, XTL_ERROR, -1, "xc", fmt, args);
	va_end(args);
}

int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int op, unsigned int *mb,
		      unsigned int mode)
{
	struct world *w = world();

	(void)xch;
	(void)domid;
	(void)mb;
	(void)mode;
	if (op == XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY && w->log_dirty) {
		errno = EINVAL;
		return -1;
	}
	if (op == XEN_DOMCTL_SHADOW_OP_OFF && script_is("FAKE_OFF", "fails")) {
		errno = EBUSY;
		return -1;
	}
	w->offs += op == XEN_DOMCTL_SHADOW_OP_OFF;
	w->log_dirty = op == XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
	return w->log_dirty && at("enabled") ? -1 : 0;
}

/* Return the next number of FAKE_DIRTY. After the last number, return this one each time. */
static unsigned int next_dirty(void)
{
	static const char *rest;
	char *end;
	unsigned long dirty;

	rest = rest ?: script("FAKE_DIRTY", "0");
	dirty = strtoul(rest, &end, 10);
	if (*end)
		rest = end;
	return dirty;
}

long long xc_logdirty_control(xc_interface *xch, uint32_t domid, unsigned int op,
			      xc_hypercall_buffer_t *bitmap, unsigned long pages,
			      unsigned int mode, xc_shadow_op_stats_t *stats)
{
	(void)xch;
	(void)domid;
	(void)bitmap;
	(void)mode;
	if (op == XEN_DOMCTL_SHADOW_OP_PEEK)
		world()->peeks++;
	else
		world()->cleans++;
	stats->dirty_count = next_dirty();
	return pages;
}

/* Time of the last call of xc_get_pfn_type_batch(). */
static struct timespec typed;

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t domid, unsigned int num, xen_pfn_t *pfns)
{
	unsigned int holes = strtoul(script("FAKE_HOLES", "0"), NULL, 10);

	(void)xch;
	(void)domid;
	clock_gettime(CLOCK_MONOTONIC, &typed);
	for (unsigned int i = 0; i < num; i++)
		pfns[i] = i % (holes + 1) ? XEN_DOMCTL_PFINFO_XTAB : XEN_DOMCTL_PFINFO_NOTAB;
	return 0;
}

int xc_domain_resume(xc_interface *xch, uint32_t domid, int fast)
{
	int stuck = atoi(script("FAKE_STUCK", "0"));
	struct world *w = world();

	if (w->state != WORLD_SUSPENDED && xch && log_to)
		log_error("Dom %u not suspended", domid);
	if (w->state != WORLD_SUSPENDED || w->tries++ < stuck ||
	    script_is("FAKE_GUEST", "lost")) {
		errno = EINVAL;
		return -1;
	}
	w->state = WORLD_RUNS;
	w->resumes++;
	w->restored += !fast;
	if (xch)
		at("resumed");
	return 0;
}

/* --- libxenguest */

static void progress(const char *what)
{
	log_to->progress(log_to, "xc", what, 0, 0, 0);
}

static int stopped(int result)
{
	(void)result;
	log_error("Save failed (%d = %s): Internal error", errno, strerror(errno));
	return -1;
}

/* Start a process that looks like another tool's save of this domain, or its migration. */
void start_saver(const char *flags)
{
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, NULL, 0);
		usleep(100000);
		return;
	}
	if (fork())
		_exit(0);
	close_range(0, ~0U, 0);
	execlp("./saver", "libxl-save-helper", "--save-domain", "5", "-1", script("FAKE_DOMID", "7"),
	       flags, "136", "0", NULL);
	_exit(1);
}

/* If FAKE_AT names this point, do its action. Return: 0, or -1 if the helper must fail here. */
static int at(const char *point)
{
	const char *does = script("FAKE_AT", ""), *colon = strchr(does, ':');

	if (!colon || strcmp(colon + 1, point))
		return 0;
	if (!strncmp(does, "kill-main", 9))
		kill(getppid(), SIGKILL);
	else if (!strncmp(does, "kill-self", 9))
		raise(SIGKILL);
	else if (!strncmp(does, "interrupt", 9))
		kill(getppid(), SIGINT);
	else if (!strncmp(does, "quit", 4))
		kill(getppid(), SIGQUIT);
	else if (!strncmp(does, "stop", 4))
		kill(getppid(), SIGTSTP), raise(SIGTSTP);
	else if (!strncmp(does, "foreign", 7))
		strcpy(world()->request, "suspend");
	else if (!strncmp(does, "off", 3))
		world()->log_dirty = 0;
	else if (!strncmp(does, "resume", 6))
		world()->state = WORLD_RUNS;
	else if (!strncmp(does, "migrate", 7))
		start_saver("1");
	else if (!strncmp(does, "save", 4))
		start_saver("0");
	usleep(300000);
	return strncmp(does, "fail", 4) ? 0 : -1;
}

static int write_exact(int fd, const char *bytes, ssize_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= n) {
		n = write(fd, bytes, len);
		if (n < 0)
			return -1;
	}
	return 0;
}

static int write_part(int fd, const char *name)
{
	char path[4096], bytes[65536];
	int in, result = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", script("FAKE_STREAM", "stream"), name);
	in = open(path, O_RDONLY);
	while (!result && (n = read(in, bytes, sizeof(bytes))) > 0)
		result = write_exact(fd, bytes, n);
	close(in);
	if (result)
		log_error("Failed to write page data to stream (%d = %s): Internal error", errno,
			  strerror(errno));
	return result;
}

static void send_pages(xc_interface *xch, uint32_t dom, unsigned long pages)
{
	struct timespec now_is;
	xen_pfn_t pfns[1024];

	for (unsigned long done = 0; done < pages; done += 1024) {
		unsigned long now = pages - done < 1024 ? pages - done : 1024;

		xc_get_pfn_type_batch(xch, dom, now, pfns);
		clock_gettime(CLOCK_MONOTONIC, &now_is);
		world()->old_types |= now_is.tv_sec - typed.tv_sec > 1;
		log_to->progress(log_to, "xc", "Frames", (done + now) * 100 / pages, done + now, pages);
		usleep(now * strtoul(script("FAKE_PAGE_US", "1"), NULL, 10));
	}
}

/* Copy memory while the guest runs, as send_memory_live() of libxenguest does. */
static int copy_live(xc_interface *xch, uint32_t dom, struct save_callbacks *call)
{
	struct precopy_stats stats = { .dirty_count = next_dirty() };
	xc_shadow_op_stats_t dirty = { 0, stats.dirty_count };
	int decision;

	for (unsigned int round = 1;; round++) {
		decision = call->precopy_policy(stats, call->data);
		if (dirty.dirty_count && decision != XGS_POLICY_ABORT)
			send_pages(xch, dom, dirty.dirty_count);
		if (decision != XGS_POLICY_CONTINUE_PRECOPY)
			break;
		stats.iteration = round;
		stats.dirty_count = -1;
		decision = call->precopy_policy(stats, call->data);
		if (decision != XGS_POLICY_CONTINUE_PRECOPY)
			break;
		xc_logdirty_control(xch, dom, XEN_DOMCTL_SHADOW_OP_CLEAN, NULL, 1, 0, &dirty);
		stats.dirty_count = dirty.dirty_count;
	}
	return decision == XGS_POLICY_ABORT ? -1 : 0;
}

static int copy_last(xc_interface *xch, int fd, uint32_t dom, struct save_callbacks *call)
{
	xc_shadow_op_stats_t dirty;
	xc_domaininfo_t info;

	if (!call->suspend(call->data))
		return -1;
	if (xc_domain_getinfolist(xch, dom, 1, &info) != 1 ||
	    !(info.flags & XEN_DOMINF_shutdown)) {
		log_error("Domain has not been suspended: Internal error");
		return -1;
	}
	progress("Domain now suspended");
	if (at("suspended") ||
	    xc_logdirty_control(xch, dom, XEN_DOMCTL_SHADOW_OP_CLEAN, NULL, 1,
				XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL, &dirty) != 1)
		return -1;
	send_pages(xch, dom, dirty.dirty_count);
	if (write_part(fd, "body"))
		return -1;
	progress("End of stream");
	return at("copied") || write_part(fd, "end") ? -1 : 0;
}

static int enable(xc_interface *xch, uint32_t dom)
{
	if (!xc_shadow_control(xch, dom, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0))
		return 0;
	if (xc_shadow_control(xch, dom, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0))
		return -1;
	return xc_shadow_control(xch, dom, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0);
}

int xc_domain_save(xc_interface *xch, int fd, uint32_t dom, uint32_t flags,
		   struct save_callbacks *call, xc_stream_type_t type, int recv_fd)
{
	int result;

	(void)flags;
	(void)type;
	(void)recv_fd;
	if (at("starting"))
		return -1;
	progress("Start of stream");
	result = enable(xch, dom) || at("copying") || write_part(fd, "start") ||
		 copy_live(xch, dom, call) || copy_last(xch, fd, dom, call);
	if (result)
		result = stopped(result);
	else
		progress("Complete");
	xc_shadow_control(xch, dom, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0);
	return result;
}
