// SPDX-License-Identifier: GPL-2.0
/*
 * Emulated Xen and xenstore for xen-domctx, instead of their libraries. There is one
 * domain, with the id 7 and the name "guest". Variables of the environment control Xen's
 * answers:
 *
 *	XEN_CONTEXT	a file with the domain's context
 *	XEN_LOADED	a file to which a loaded context is written
 *	XEN_GROWS	so many times, the context has XEN_STEP bytes more than before
 *	XEN_SIZE	the size that Xen returns if there is no buffer
 *	XEN_OLD		Xen returns all records, even if one is selected
 *	XEN_GET, XEN_SET	the errno of these calls
 *	XEN_PROBE	the errno of a load of 0 bytes; by default ENODATA
 *	XEN_RUNS	the domain is not paused; "later": it runs after the load;
 *			"shutdown": it has shut down
 *	XEN_REUSED	after the load, another domain has the id; "gone": no domain has it;
 *			"early": after names were looked up twice, another domain has it
 *	XEN_NAMED	domain 9 has this name, too; "later": from the second call on, only 9
 *	SIGNAL		a signal just before a file is renamed to its final name
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
#include <xen/save.h>

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

/* Keep the selected records, HEADER and END. There are two vCPUs, and types up to 11. */
static int choose(uint32_t type, uint32_t vcpu)
{
	static uint8_t chosen[sizeof(context)];
	size_t to = 0, at, len;

	if (type < 2 || type > DOMAIN_SAVE_CODE_MAX)
		return fail(EOPNOTSUPP);
	if (vcpu != DOMAIN_SAVE_ALL_VCPUS && vcpu > 1)
		return fail(ENXIO);
	for (at = 0; at < length; at += len) {
		struct domain_save_descriptor desc;

		memcpy(&desc, context + at, sizeof(desc));
		len = sizeof(desc) + desc.length;
		if (desc.typecode >= 2 &&
		    (desc.typecode != type || desc.flags ||
		     (vcpu != DOMAIN_SAVE_ALL_VCPUS && desc.vcpu_id != vcpu)))
			continue;
		memcpy(chosen + to, context + at, len);
		to += len;
	}
	memcpy(context, chosen, to);
	length = to;
	return 0;
}

/* Read the context from its file. Return its length, plus what XEN_GROWS adds. */
static size_t look(void)
{
	static int asked;
	FILE *in = fopen(getenv("XEN_CONTEXT"), "r");

	if (!in)
		abort();
	length = fread(context, 1, sizeof(context), in);
	fclose(in);
	if (asked < number("XEN_GROWS"))
		asked++;
	return length + asked * (number("XEN_STEP") ?: 8);
}

static int get(struct xen_domctl_domaincontext *arg)
{
	size_t size = arg->size;

	if (number("XEN_GET"))
		return fail(number("XEN_GET"));
	arg->size = look();
	if (arg->typecode && !getenv("XEN_OLD")) {
		if (choose(arg->typecode, arg->vcpu_id))
			return -1;
		arg->size = length;
	}
	if (!arg->buffer.p && number("XEN_SIZE"))
		arg->size = number("XEN_SIZE");
	if (!arg->buffer.p)
		return 0;
	if (size < arg->size)
		return fail(ENOBUFS);
	arg->size = length;
	memcpy(arg->buffer.p, context, length);
	return 0;
}

static bool loaded;
static int lookups;	/* how often all names were looked up */

static bool is(const char *name, const char *value)
{
	return getenv(name) && !strcmp(getenv(name), value);
}

static int get_info(struct xen_domctl_getdomaininfo *info)
{
	bool later = is("XEN_REUSED", "early") ? lookups > 1 : loaded && getenv("XEN_REUSED");

	memset(info, 0, sizeof(*info));
	info->domain = later && is("XEN_REUSED", "gone") ? 12 : 7;
	memset(info->handle, later ? 2 : 1, sizeof(info->handle));
	if (!getenv("XEN_RUNS") || (is("XEN_RUNS", "later") && !loaded))
		info->flags = XEN_DOMINF_paused;
	if (is("XEN_RUNS", "shutdown"))
		info->flags = XEN_DOMINF_shutdown;
	return 0;
}

static int set(const struct xen_domctl_domaincontext *arg)
{
	FILE *out;

	if (arg->typecode || arg->vcpu_id)
		return fail(EINVAL);
	if (number("XEN_PROBE") && !arg->size)
		return fail(number("XEN_PROBE"));
	if (!arg->size)
		return fail(ENODATA);
	if (number("XEN_SET"))
		return fail(number("XEN_SET"));
	loaded = true;
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
	if (domctl->cmd == XEN_DOMCTL_getdomaininfo)
		return get_info(&domctl->u.getdomaininfo);
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

/*
 * Count the buffers for hypercalls. The real library locks them in memory, so each must be freed.
 * Freeing a buffer sets errno here, because it may do so in the library.
 */
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

/* Whether domains 7 and 9 have the name "guest". */
static bool named[2];

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
		    unsigned int *num)
{
	char **all = malloc(3 * sizeof(*all));

	(void)h, (void)t;
	*num = 0;
	if (!all || strcmp(path, "/local/domain"))
		return all;
	all[(*num)++] = "0";
	all[(*num)++] = "7";
	all[(*num)++] = "9";
	lookups++;
	named[0] = !is("XEN_NAMED", "later") || lookups == 1;
	named[1] = getenv("XEN_NAMED") && (!is("XEN_NAMED", "later") || lookups > 1);
	return all;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	(void)h, (void)t, (void)len;
	if ((named[0] && !strcmp(path, "/local/domain/7/name")) ||
	    (named[1] && !strcmp(path, "/local/domain/9/name")))
		return strdup("guest");
	return strcmp(path, "/local/domain/0/name") ? NULL : strdup("Domain-0");
}

/* The file must be synced before it is renamed, and the directory after that. */
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
