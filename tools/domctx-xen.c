// SPDX-License-Identifier: GPL-2.0
/* Call the domctls that save and load a context, and explain their errors to the user. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xencall.h>
#include <xentoollog.h>

#include "domctx.h"

#include <xen/domctl.h>

static const struct choice all;
static xencall_handle *xen;

/* Suppress the error messages of libxencall: this program prints better ones. */
static void open_xen(void)
{
	xentoollog_logger_stdiostream *quiet =
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);

	if (!xen)
		xen = xencall_open((xentoollog_logger *)quiet, 0);
	if (!xen)
		die("no access to Xen (/dev/xen/privcmd): run xen-domctx in dom0, as root");
}

static void *buffer(size_t size)
{
	void *b = xencall_alloc_buffer(xen, size);

	if (!b)
		die("out of memory");
	return b;
}

/* Free a buffer, but keep the errno of the hypercall that used it. */
static void release(void *b)
{
	int saved = errno;

	xencall_free_buffer(xen, b);
	errno = saved;
}

/* Call a domctl with the argument @arg, and replace @arg by Xen's answer. */
static int domctl(unsigned int cmd, unsigned int domid, void *arg, size_t arg_size)
{
	struct xen_domctl *op = buffer(sizeof(*op));
	int rc;

	memset(op, 0, sizeof(*op));
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = domid;
	memcpy(&op->u, arg, arg_size);
	rc = xencall1(xen, __HYPERVISOR_domctl, (uintptr_t)op);
	memcpy(arg, &op->u, arg_size);
	release(op);
	return rc;
}

/*
 * *@size is the room at @data in bytes. The call sets it to the bytes that Xen has written, or
 * needs.
 */
static int context_domctl(unsigned int cmd, unsigned int domid, const struct choice *choice,
			  void *data, uint64_t *size)
{
	struct xen_domctl_domaincontext arg = {
		.size = *size, .typecode = choice->type, .vcpu_id = choice->vcpu,
	};
	int rc;

	set_xen_guest_handle_raw(arg.buffer, data);
	rc = domctl(cmd, domid, &arg, sizeof(arg));
	*size = arg.size;
	return rc;
}

/* Report an error of a save or a load that does not depend on the content of the stream. */
static void __attribute__((noreturn)) fail(unsigned int domid, const char *what)
{
	switch (errno) {
	case ENOSYS:
	case EOPNOTSUPP:	/* an unknown domctl, if the domain has no IOMMU */
		die("this Xen has no domain contexts: boot a Xen that has domctl %d, %s",
		    XEN_DOMCTL_getdomaincontext, "getdomaincontext");
	case EACCES:
		die("not permitted: a policy forbids it, or the domctl interface of Xen is not 0x%x",
		    XEN_DOMCTL_INTERFACE_VERSION);
	case ESRCH:
		die("domain %u: no domain has this id", domid);
	case EBADMSG:
		die("domain %u: cannot %s: a bug of Xen, see xl dmesg", domid, what);
	case EPERM:	/* also if Flask does not know this permission, and denies unknown ones */
		die("domain %u: not permitted: xen-domctx runs in this domain, or a policy forbids it",
		    domid);
	default:
		die("domain %u: cannot %s: %s", domid, what, strerror(errno));
	}
}

/*
 * A running guest may need more room than Xen has just reported. A malicious guest can grow its
 * context before each call. So ask with slack first, and then with room for the most that Xen
 * returns.
 */
static uint64_t with_slack(uint64_t need)
{
	need += need / 4 + (64 << 10);
	return need < MAX_STREAM ? need : MAX_STREAM;
}

/*
 * After EOPNOTSUPP, ask for the size of all records. If this succeeds, Xen knows the domctl, and
 * lacks only this type of record.
 */
static void __attribute__((noreturn)) fail_get(unsigned int domid, const struct choice *choice,
					       const char *what)
{
	uint64_t need = 0;
	int err = errno;

	if (choice->type && err == EOPNOTSUPP &&
	    !context_domctl(XEN_DOMCTL_getdomaincontext, domid, &all, NULL, &need))
		die("domain %u: this Xen saves no records of type %u", domid, choice->type);
	if (choice->type && err == ENXIO)
		die("domain %u: there is no vCPU %u", domid, choice->vcpu);
	if (choice->type && err == EINVAL)
		die("domain %u: records of type %u have no vCPU", domid, choice->type);
	errno = err;
	fail(domid, what);
}

uint8_t *xen_get_context(unsigned int domid, const struct choice *choice, size_t *size)
{
	uint64_t need = 0, room;

	open_xen();
	if (context_domctl(XEN_DOMCTL_getdomaincontext, domid, choice, NULL, &need))
		fail_get(domid, choice, "get the size of its context");
	for (room = with_slack(need);; room = MAX_STREAM) {
		uint8_t *bytes, *data;

		if (need > MAX_STREAM)
			die("domain %u: its context has %llu bytes, but Xen returns at most %u MiB: "
			    "more than a million grants are in use; try again when fewer are",
			    domid, (unsigned long long)need, MAX_STREAM >> 20);
		data = buffer(room);
		need = room;
		if (!context_domctl(XEN_DOMCTL_getdomaincontext, domid, choice, data, &need)) {
			bytes = grow(NULL, 1, need);
			memcpy(bytes, data, need);
			release(data);
			*size = need;
			return bytes;
		}
		release(data);
		if (errno != ENOBUFS || (room == MAX_STREAM && need <= MAX_STREAM))
			fail_get(domid, choice, "get its context");
	}
}

/* If no domain has this id, Xen describes the domain with the next higher id. */
static void get_info(unsigned int domid, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	if (domctl(XEN_DOMCTL_getdomaininfo, domid, info, sizeof(*info)))
		fail(domid, "get its state");
	if (info->domain != domid) {
		errno = ESRCH;
		fail(domid, "get its state");
	}
}

static bool is_paused(const struct xen_domctl_getdomaininfo *info)
{
	return info->flags & (XEN_DOMINF_paused | XEN_DOMINF_shutdown);
}

/*
 * Reject a running domain, because a load would set back its event masks and its TSC. Store the
 * handle in @id, so that xen_same_domain() notices if another domain gets the same id.
 */
void xen_paused_domain(unsigned int domid, struct identity *id)
{
	struct xen_domctl_getdomaininfo info;

	open_xen();
	get_info(domid, &info);
	if (!is_paused(&info))
		die("domain %u: unchanged: the domain runs: pause it first", domid);
	memcpy(id->handle, info.handle, sizeof(id->handle));
}

void xen_same_domain(unsigned int domid, const struct identity *id)
{
	struct xen_domctl_getdomaininfo info = { 0 };

	if (domctl(XEN_DOMCTL_getdomaininfo, domid, &info, sizeof(info)) ||
	    info.domain != domid || memcmp(id->handle, info.handle, sizeof(id->handle)))
		die("domain %u: destroyed during the load: if another domain has this id now, do not run that domain",
		    domid);
	if (!is_paused(&info))
		die("domain %u: loaded, but unpaused during the load: the domain may run with half of the context",
		    domid);
}

/*
 * Check that Xen has the domctl: load an empty stream, which Xen rejects with ENODATA. The caller
 * needs only the permission to load. An error of the real load would not show whether Xen has the
 * domctl, because that load may fail with EOPNOTSUPP for another reason.
 */
void xen_can_load(unsigned int domid)
{
	uint64_t length = 0;

	open_xen();
	if (context_domctl(XEN_DOMCTL_setdomaincontext, domid, &all, NULL, &length) && errno != ENODATA)
		fail(domid, "load a context");
}

void xen_set_context(unsigned int domid, const uint8_t *bytes, size_t size)
{
	uint64_t length;
	void *data;
	int rc;

	data = buffer(size);
	memcpy(data, bytes, size);
	length = size;
	rc = context_domctl(XEN_DOMCTL_setdomaincontext, domid, &all, data, &length);
	release(data);
	if (!rc)
		return;
	switch (errno) {
	case EOPNOTSUPP:
		die("domain %u: unchanged: this Xen cannot load the type of a record: xl dmesg shows which",
		    domid);
	case ENXIO:
		die("domain %u: unchanged: a record is for a vCPU that the domain does not have: xl dmesg shows which",
		    domid);
	case EBADMSG:
		die("domain %u: unchanged: a bug of Xen, see xl dmesg", domid);
	case EIO:
		die("domain %u: half-loaded: do not run it: xl dmesg shows the record where Xen failed",
		    domid);
	case EINVAL:
		die("domain %u: unchanged: a record does not fit this domain: xl dmesg shows which, and why",
		    domid);
	default:
		fail(domid, "load a context");
	}
}
