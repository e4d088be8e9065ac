// SPDX-License-Identifier: GPL-2.0
/*
 * A Xen and a xenstore for xen-domctx, in the place of their libraries: one domain, 7,
 * called guest. What Xen answers, the environment says:
 *
 *	XEN_CONTEXT	the file that is the domain's context
 *	XEN_LOADED	the file for what is loaded
 *	XEN_GROWS	how often the context is longer than it just was
 *	XEN_SIZE	how long it is said to be
 *	XEN_GET, XEN_SET	an errno
 *	XEN_PROBE	one for a load of nothing; ENODATA if it is not set
 *
 * And SIGNAL is one that comes when a file is about to get its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xencall.h>
#include <xenstore.h>
#include <xentoollog.h>
#include <xen/xen.h>
#include <xen/domctl.h>

static uint8_t context[1 << 16];
static size_t length;

static int fail(int err)
{
	errno = err;
	return -1;
}

static int number(const char *name)
{
	return getenv(name) ? atoi(getenv(name)) : 0;
}

/* How long it is, or seems to be. */
static size_t look(void)
{
	static int asked;
	FILE *in = fopen(getenv("XEN_CONTEXT"), "r");

	if (!in)
		abort();
	length = fread(context, 1, sizeof(context), in);
	fclose(in);
	return asked++ < number("XEN_GROWS") ? length - 8 : length;
}

static int get(struct xen_domctl_domaincontext *arg)
{
	size_t size = arg->size;

	if (number("XEN_GET"))
		return fail(number("XEN_GET"));
	arg->size = look();
	if (!arg->buffer.p && number("XEN_SIZE"))
		arg->size = number("XEN_SIZE");
	if (!arg->buffer.p)
		return 0;
	if (size < length)
		return fail(ENOBUFS);
	arg->size = length;
	memcpy(arg->buffer.p, context, length);
	return 0;
}

static int set(const struct xen_domctl_domaincontext *arg)
{
	FILE *out;

	if (number("XEN_PROBE") && !arg->size)
		return fail(number("XEN_PROBE"));
	if (!arg->size)
		return fail(ENODATA);
	if (number("XEN_SET"))
		return fail(number("XEN_SET"));
	out = fopen(getenv("XEN_LOADED"), "w");
	if (!out || fwrite(arg->buffer.p, 1, arg->size, out) != arg->size || fclose(out))
		abort();
	return 0;
}

int xencall1(xencall_handle *xcall, unsigned int op, uint64_t arg)
{
	struct xen_domctl *domctl = (void *)(uintptr_t)arg;
	struct xen_domctl_domaincontext context_arg;
	int rc;

	(void)xcall;
	if (op != __HYPERVISOR_domctl ||
	    domctl->interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return fail(EACCES);
	if (domctl->domain != 7)
		return fail(ESRCH);
	memcpy(&context_arg, &domctl->u, sizeof(context_arg));
	if (domctl->cmd == XEN_DOMCTL_getdomaincontext)
		rc = get(&context_arg);
	else if (domctl->cmd == XEN_DOMCTL_setdomaincontext)
		rc = set(&context_arg);
	else
		rc = fail(ENOSYS);
	memcpy(&domctl->u, &context_arg, sizeof(context_arg));
	return rc;
}

xencall_handle *xencall_open(struct xentoollog_logger *logger, unsigned int flags)
{
	(void)logger, (void)flags;
	return (xencall_handle *)context;
}

/* Those of the library are locked in memory. And freeing one may well set errno. */
static int buffers;

static void __attribute__((destructor)) report(void)
{
	if (buffers)
		fprintf(stderr, "%d buffers are not freed\n", buffers);
}

void *xencall_alloc_buffer(xencall_handle *xcall, size_t size)
{
	(void)xcall;
	buffers++;
	return malloc(size ? size : 1);
}

void xencall_free_buffer(xencall_handle *xcall, void *p)
{
	(void)xcall;
	buffers--;
	free(p);
	errno = EBADF;
}

xentoollog_logger_stdiostream *xtl_createlogger_stdiostream(FILE *f, xentoollog_level level,
							    unsigned int flags)
{
	(void)f, (void)level, (void)flags;
	return NULL;
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return (struct xs_handle *)context;
}

void xs_close(struct xs_handle *h)
{
	(void)h;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
		    unsigned int *num)
{
	char **all = malloc(2 * sizeof(*all));

	(void)h, (void)t;
	*num = 0;
	if (!all || strcmp(path, "/local/domain"))
		return all;
	all[(*num)++] = "0";
	all[(*num)++] = "7";
	return all;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	(void)h, (void)t, (void)len;
	if (!strcmp(path, "/local/domain/7/name"))
		return strdup("guest");
	return strcmp(path, "/local/domain/0/name") ? NULL : strdup("Domain-0");
}

/* A file is on the disk before it gets its name, and then its name is. */
static bool synced_file, synced_dir, renamed;

int fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	if (S_ISDIR(st.st_mode))
		synced_dir = renamed;
	else
		synced_file = true;
	return 0;
}

static void __attribute__((destructor)) report_sync(void)
{
	if (renamed && !synced_file)
		fprintf(stderr, "the file is not synced before it is renamed\n");
	if (renamed && !synced_dir)
		fprintf(stderr, "the directory is not synced after the file is renamed\n");
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	if (number("SIGNAL"))
		raise(number("SIGNAL"));
	renamed = true;
	return renameat2(from_dir, from, to_dir, to, 0);
}

int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}
