// SPDX-License-Identifier: GPL-2.0
/*
 * Emulate libxl 4.17: start the helper, exchange messages with it, and write libxl's own records
 * around its stream. checkpoint-xen.h describes the variables.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <xenctrl.h>
#include <xenguest.h>
#include <xenstore.h>

#include "checkpoint-xen.h"

enum { LOG = 1, PROGRESS = 2, SUSPEND = 3, QEMU = 7, COMPLETE = 10 };

static xentoollog_logger *logger;
static const libxl_asyncop_how *how;
static pid_t helper;
static int to_helper, from_helper, image;
static bool waits, completed;	/* libxl waits for the guest; the helper has reported its result */
static int result;

/* A child may use libxl only after libxl_postfork_child_noexec(). */
static pid_t owner;

void libxl_postfork_child_noexec(libxl_ctx *ctx)
{
	(void)ctx;
	owner = 0;
}

int libxl_ctx_alloc(libxl_ctx **ctx, int version, unsigned int flags, xentoollog_logger *lg)
{
	if (owner && owner != getpid())
		return ERROR_FAIL;
	owner = getpid();
	(void)version;
	(void)flags;
	if (access(script("FAKE_WORLD", "world"), W_OK))
		return ERROR_FAIL;
	logger = lg;
	*ctx = (libxl_ctx *)world();
	return 0;
}

void libxl_childproc_setmode(libxl_ctx *ctx, const libxl_childproc_hooks *hooks, void *user)
{
	(void)ctx;
	(void)hooks;
	(void)user;
}

int libxl_domain_qualifier_to_domid(libxl_ctx *ctx, const char *name, uint32_t *domid)
{
	(void)ctx;
	*domid = atoi(script("FAKE_DOMID", "7"));
	return strcmp(name, "guest") ? ERROR_INVAL : 0;
}

int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *info)
{
	(void)ctx;
	info->cap_shadow = !script_is("FAKE_SHADOW", "0");
	return 0;
}

void libxl_physinfo_init(libxl_physinfo *info) { memset(info, 0, sizeof(*info)); }
void libxl_physinfo_dispose(libxl_physinfo *info) { (void)info; }
void libxl_domain_config_init(libxl_domain_config *c) { memset(c, 0, sizeof(*c)); }
void libxl_domain_config_dispose(libxl_domain_config *c) { (void)c; }

int libxl_retrieve_domain_configuration(libxl_ctx *ctx, uint32_t domid, libxl_domain_config *c,
					const libxl_asyncop_how *ao)
{
	static libxl_device_disk disk;

	(void)ctx;
	(void)ao;
	c->c_info.domid = domid;
	c->c_info.type = script_is("FAKE_KIND", "hvm") ? LIBXL_DOMAIN_TYPE_HVM :
			 script_is("FAKE_KIND", "pvh") ? LIBXL_DOMAIN_TYPE_PVH :
							 LIBXL_DOMAIN_TYPE_PV;
	disk.readwrite = script_is("FAKE_DISK", "w");
	c->disks = &disk;
	c->num_disks = 1;
	c->num_pcidevs = script_is("FAKE_PCI", "1");
	return 0;
}

char *libxl_domain_config_to_json(libxl_ctx *ctx, libxl_domain_config *c)
{
	char *json;

	(void)ctx;
	return asprintf(&json, "{\"domid\":%u}", c->c_info.domid) < 0 ? NULL : json;
}

int libxl_domain_resume(libxl_ctx *ctx, uint32_t domid, int suspend_cancel,
			const libxl_asyncop_how *ao)
{
	(void)ctx;
	(void)ao;
	if (script_is("FAKE_AT", "interrupt:resumed"))
		raise(SIGINT);
	/* Kill the main process, but not the guardian, which calls this function later. */
	if (script_is("FAKE_AT", "kill-main:resuming") && !world()->killed++)
		raise(SIGKILL);
	if (xc_domain_resume(NULL, domid, suspend_cancel))
		return ERROR_FAIL;
	xs_resume_domain(NULL, domid);
	return 0;
}

/* Copy a part of the stream to the image. A signal does not end this, as in libxl's datacopier. */
static void write_part(const char *name)
{
	char path[4096], bytes[4096], *next;
	ssize_t left, n;
	int in;

	snprintf(path, sizeof(path), "%s/%s", script("FAKE_STREAM", "stream"), name);
	in = open(path, O_RDONLY);
	while (!result && (left = read(in, bytes, sizeof(bytes))) > 0) {
		for (next = bytes; left && !result;) {
			n = write(image, next, left);
			if (n < 0 && errno != EINTR) {
				xtl_log(logger, XTL_ERROR, errno, "libxl", "error writing to save file");
				result = -1;
			}
			next += n < 0 ? 0 : n;
			left -= n < 0 ? 0 : n;
		}
	}
	close(in);
}

static void __attribute__((noreturn)) be_helper(int in, int out)
{
	char fd[16], domid[16];
	char *args[] = { getenv("LIBXL_SAVE_HELPER"), "--save-domain", fd, "-1", domid, "1", "136",
			 "0", NULL };

	snprintf(fd, sizeof(fd), "%d", image);
	snprintf(domid, sizeof(domid), "%s", script("FAKE_DOMID", "7"));
	fcntl(image, F_SETFD, 0);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	signal(SIGPIPE, SIG_DFL);
	execvp(args[0], args);
	_exit(1);
}

int libxl_domain_suspend(libxl_ctx *ctx, uint32_t domid, int fd, int flags,
			 const libxl_asyncop_how *ao)
{
	int in[2], out[2];

	(void)ctx;
	(void)domid;
	image = fd;
	how = ao;
	if (!(flags & LIBXL_SUSPEND_LIVE) || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return ERROR_FAIL;
	if (script_is("FAKE_AT", "pause:starting"))
		world()->paused = 1;
	write_part("head");
	helper = fork();
	if (!helper)
		be_helper(in[0], out[1]);
	close(in[0]);
	close(out[1]);
	to_helper = in[1];
	from_helper = out[0];
	return 0;
}

static void reply(int value)
{
	if (write(to_helper, &value, sizeof(value)) < 0)
		return;
}

int libxl_ao_abort(libxl_ctx *ctx, const libxl_asyncop_how *ao)
{
	(void)ctx;
	(void)ao;
	kill(helper, SIGTERM);
	if (waits)
		reply(0);
	waits = false;
	return 0;
}

/* Log a failed suspend as libxl does, with the line in its source, and reply to the helper. */
static void suspend_failed(const char *where, const char *what, int value)
{
	xtl_log(logger, XTL_ERROR, -1, "libxl", "libxl_dom_suspend.c:%s: Domain %s:%s", where,
		script("FAKE_DOMID", "7"), what);
	reply(value);
}

/* Request a suspend from the emulated guest. FAKE_GUEST determines how it responds. */
static void ask(void)
{
	struct world *w = world();

	strcpy(w->request, "suspend");
	if (script_is("FAKE_GUEST", "refuse")) {
		snprintf(w->reason, sizeof(w->reason), "%s", script("FAKE_REASON", ""));
		waits = true;
		return;
	}
	usleep(strtoul(script("FAKE_SUSPEND_US", "0"), NULL, 10));
	if (script_is("FAKE_GUEST", "unseen")) {
		suspend_failed("301:suspend_common_wait_guest_check", "unable to check for status of guest", 0);
		return;
	}
	*w->request = '\0';
	if (script_is("FAKE_GUEST", "deaf")) {
		/* After libxl 4.17 has withdrawn the request, it reports success to the helper. */
		suspend_failed("269:domain_suspend_common_pvcontrol_suspending",
			       "guest didn't acknowledge suspend, cancelling request", 1);
		return;
	}
	if (script_is("FAKE_GUEST", "retry")) {
		snprintf(w->reason, sizeof(w->reason), "%s", script("FAKE_REASON", ""));
		w->late = atoi(script("FAKE_LATE", "8"));
		waits = true;
		return;
	}
	if (script_is("FAKE_AT", "save:asked") || script_is("FAKE_AT", "migrate:asked"))
		start_saver(script_is("FAKE_AT", "save:asked") ? "0" : "1");
	if (script_is("FAKE_GUEST", "slow"))
		w->late = 8;
	else
		w->state = script_is("FAKE_GUEST", "vanish") ? WORLD_GONE : WORLD_SUSPENDED;
	reply(w->state == WORLD_SUSPENDED);
}

static const char *text_at(const unsigned char **at)
{
	uint32_t len;
	const char *text = (const char *)*at + sizeof(len);

	memcpy(&len, *at, sizeof(len));
	*at += sizeof(len) + len;
	return text;
}

static void log_line(const unsigned char *at)
{
	uint32_t level, error;
	const char *context;

	memcpy(&level, at, sizeof(level));
	memcpy(&error, at + 4, sizeof(error));
	at += 8;
	context = text_at(&at);
	xtl_log(logger, level, error, context, "%s", text_at(&at));
}

static void progress(const unsigned char *at)
{
	const char *context = text_at(&at), *what = text_at(&at);
	unsigned long done, total;

	memcpy(&done, at, sizeof(done));
	memcpy(&total, at + sizeof(done), sizeof(total));
	logger->progress(logger, context, what, total ? done * 100 / total : 0, done, total);
}

static void end_of_helper(void)
{
	int status;

	close(from_helper);
	from_helper = 0;
	waitpid(helper, &status, 0);
	if (!completed) {
		xtl_log(logger, XTL_ERROR, -1, "libxl", "the helper has ended, with status %#x", status);
		result = -1;
	}
	usleep(strtoul(script("FAKE_TAIL_US", "0"), NULL, 10));
	if (!result)
		write_part("tail");
	how->callback(NULL, result ? ERROR_FAIL : atoi(script("FAKE_RC", "0")), NULL);
}

static void take_message(void)
{
	unsigned char bytes[65536];
	uint16_t len, number;

	if (read(from_helper, &len, sizeof(len)) != sizeof(len) ||
	    read(from_helper, bytes, len) != len) {
		end_of_helper();
		return;
	}
	memcpy(&number, bytes, sizeof(number));
	if (number == PROGRESS) {
		progress(bytes + sizeof(number));
	} else if (number == LOG) {
		log_line(bytes + sizeof(number));
	} else if (number == SUSPEND) {
		ask();
	} else if (number == QEMU) {
		reply(0);
	} else if (number == COMPLETE) {
		memcpy(&result, bytes + sizeof(number), sizeof(result));
		completed = true;
		reply(0);
	}
}

int libxl_osevent_beforepoll(libxl_ctx *ctx, int *nfds, struct pollfd *fds, int *timeout,
			     struct timeval now)
{
	(void)ctx;
	(void)timeout;
	(void)now;
	*nfds = 1;
	fds[0] = (struct pollfd){ .fd = from_helper ? from_helper : -1, .events = POLLIN };
	return 0;
}

void libxl_osevent_afterpoll(libxl_ctx *ctx, int nfds, const struct pollfd *fds,
			     struct timeval now)
{
	(void)ctx;
	(void)nfds;
	(void)now;
	if (from_helper && fds[0].revents)
		take_message();
}

void xtl_log(struct xentoollog_logger *to, xentoollog_level level, int error,
	     const char *context, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	to->vmessage(to, level, error, context, fmt, args);
	va_end(args);
}
