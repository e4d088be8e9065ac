// SPDX-License-Identifier: GPL-2.0
/* Build domains that never run, and get and set contexts. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xencall.h>
#include <xenforeignmemory.h>

#include <xen/memory.h>

#include "malformed.h"

static xc_interface *xen;
static xencall_handle *calls;
static xenforeignmemory_handle *foreign;
static xen_domctl_t *domctl;

void die(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(2);
}

void domains_open(void)
{
	xen = xc_interface_open(NULL, NULL, 0);
	calls = xencall_open(NULL, 0);
	foreign = xenforeignmemory_open(NULL, 0);
	if (!xen || !calls || !foreign)
		die("no access to Xen");
	domctl = xencall_alloc_buffer(calls, sizeof(*domctl));
	if (!domctl)
		die("no memory");
}

/* Allow the domain some memory, and give it event channels, so that its context has some. */
static void furnish(const struct domain *d)
{
	int i;

	if (xc_domain_setmaxmem(xen, d->id, 1024))
		die("memory of domain %u", d->id);
	for (i = 0; i < 3; i++)
		if (xc_evtchn_alloc_unbound(xen, d->id, 0) < 0)
			die("a port of domain %u", d->id);
}

const char *const kind_names[KINDS] = { "PV", "PVH", "HVM" };

static const struct { uint32_t flags, emulation; } kinds[KINDS] = {
	[PVH] = { XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap, XEN_X86_EMU_LAPIC },
	[HVM] = { XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap, XEN_X86_EMU_ALL & ~XEN_X86_EMU_VPCI },
};

/* Build a domain. Without vCPUs, it is like a domain whose toolstack failed half-way. */
struct domain domain_build(enum kind kind, unsigned int vcpus)
{
	struct xen_domctl_createdomain config = {
		.flags = kinds[kind].flags,
		.arch.emulation_flags = kinds[kind].emulation,
		.max_vcpus = vcpus ? vcpus : 1,
		.max_evtchn_port = -1,
		.max_grant_frames = 4,
		.max_maptrack_frames = 4,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	struct domain d = { .vcpus = vcpus, .kind = kind };

	if (xc_domain_create(xen, &d.id, &config))
		die("a %s domain of %u vCPUs", kind_names[kind], vcpus);
	if (vcpus && xc_domain_max_vcpus(xen, d.id, vcpus))
		die("%u vCPUs for domain %u", vcpus, d.id);
	furnish(&d);
	return d;
}

void domain_destroy(const struct domain *d)
{
	if (xc_domain_destroy(xen, d->id))
		die("domain %u is not destroyed", d->id);
}

void domain_unpause_once(const struct domain *d)
{
	if (xc_domain_unpause(xen, d->id) || xc_domain_pause(xen, d->id))
		die("domain %u is not unpaused and paused", d->id);
}

xen_pfn_t domain_page(const struct domain *d)
{
	xen_pfn_t frame = 0;

	if (xc_domain_populate_physmap_exact(xen, d->id, 1, 0, 0, &frame))
		die("no page for domain %u", d->id);
	return frame;
}

void *domain_hold(const struct domain *d)
{
	xen_pfn_t frame = domain_page(d);
	void *held;
	int err;

	held = xenforeignmemory_map(foreign, d->id, PROT_READ, 1, &frame, &err);
	if (!held || err)
		die("frame %#lx of domain %u", (unsigned long)frame, d->id);
	return held;
}

void *domain_grants(const struct domain *d)
{
	void *table = NULL;

	if (!xenforeignmemory_map_resource(foreign, d->id, XENMEM_resource_grant_table,
					   XENMEM_resource_grant_table_id_shared, 0, 1, &table,
					   PROT_READ | PROT_WRITE, 0))
		die("the grant table of domain %u", d->id);
	return table;
}

static bool domain_is_there(const struct domain *d, xc_dominfo_t *info)
{
	return xc_domain_getinfo(xen, d->id, 1, info) == 1 && info->domid == d->id;
}

bool domain_is_dying(const struct domain *d)
{
	xc_dominfo_t info;

	return domain_is_there(d, &info) && info.dying;
}

/* After the last page of a dying domain is unmapped, Xen frees the domain a little later. */
void domain_let_go(const struct domain *d, void *held)
{
	xc_dominfo_t info;
	int i;

	if (held)
		xenforeignmemory_unmap(foreign, held, 1);
	for (i = 0; i < 100; i++) {
		if (!domain_is_there(d, &info))
			return;
		usleep(100000);
	}
	die("domain %u does not go away", d->id);
}

void xen_hush(void)
{
	/* Lower the thresholds of Xen's and of the guests' log. Xen rate-limits the rest. */
	if (xc_send_debug_keys(xen, (char *)"----G----G"))
		die("Xen's log");
}

static int call(uint32_t cmd, uint32_t domid, uint32_t typecode, uint32_t vcpu_id,
		const void *buffer, uint64_t *size)
{
	struct xen_domctl_domaincontext *context = &domctl->u.domaincontext;
	int err;

	memset(domctl, 0, sizeof(*domctl));
	domctl->cmd = cmd;
	domctl->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	domctl->domain = domid;
	context->size = *size;
	context->typecode = typecode;
	context->vcpu_id = vcpu_id;
	set_xen_guest_handle_raw(context->buffer, (void *)buffer);
	err = xencall1(calls, __HYPERVISOR_domctl, (uintptr_t)domctl) ? errno : 0;
	*size = context->size;
	return err;
}

int context_get(uint32_t domid, void *buffer, uint64_t *size)
{
	return context_get_one(domid, 0, 0, buffer, size);
}

int context_get_one(uint32_t domid, uint32_t typecode, uint32_t vcpu_id, void *buffer,
		    uint64_t *size)
{
	return call(XEN_DOMCTL_getdomaincontext, domid, typecode, vcpu_id, buffer, size);
}

int context_set(uint32_t domid, const void *buffer, uint64_t size)
{
	return context_set_one(domid, 0, 0, buffer, size);
}

int context_set_one(uint32_t domid, uint32_t typecode, uint32_t vcpu_id, const void *buffer,
		    uint64_t size)
{
	return call(XEN_DOMCTL_setdomaincontext, domid, typecode, vcpu_id, buffer, &size);
}

unsigned char *brink(void)
{
	static unsigned char *room;

	if (room)
		return room + ROOM;
	room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED || mlock(room, ROOM) ||
	    mprotect(room + ROOM, PAGE, PROT_NONE))
		die("no memory");
	return room + ROOM;
}
