// SPDX-License-Identifier: GPL-2.0
/*
 * Check Xen's report of mapped grants. The program writes the grant table of a domain that
 * never runs, maps some of its grants in dom0, and compares the report.
 *
 * gntdev may map a page for dom0's kernel, too. So one mapping counts once or twice. Mappings
 * only for devices have no address, and are made by hypercalls, not by gntdev.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <xencall.h>
#include <xengnttab.h>
#include <xen/grant_table.h>

#include "malformed.h"

/* Grant references. The first 8 are reserved, for instance for the console and xenstore. */
#define READ	8
#define WRITE	9
#define DEVICE	10
#define IDLE	11

#define MAPS_DEVICE	4
#define READS_DEVICE	3

static xengnttab_handle *gnttab;
static xencall_handle *calls;

static void open_all(void)
{
	gnttab = xengnttab_open(NULL, 0);
	calls = xencall_open(NULL, 0);
	if (!gnttab || !calls)
		die("no access to grants");
}

static void *new_table(const struct domain *d)
{
	grant_entry_v1_t *table = domain_grants(d);
	xen_pfn_t frame = domain_page(d);
	unsigned int ref;

	for (ref = READ; ref <= IDLE; ref++) {
		table[ref].domid = 0;
		table[ref].frame = frame;
		__atomic_store_n(&table[ref].flags, GTF_permit_access, __ATOMIC_RELEASE);
	}
	return table;
}

static void *map(const struct domain *d, uint32_t ref, int prot)
{
	void *page = xengnttab_map_grant_ref(gnttab, d->id, ref, prot);

	if (!page)
		die("grant %u of domain %u", ref, d->id);
	return page;
}

static gnttab_map_grant_ref_t map_for_device(const struct domain *d, bool only_read)
{
	gnttab_map_grant_ref_t *op = xencall_alloc_buffer(calls, sizeof(*op)), done;

	if (!op)
		die("no memory");
	memset(op, 0, sizeof(*op));
	op->flags = GNTMAP_device_map | (only_read ? GNTMAP_readonly : 0);
	op->ref = DEVICE;
	op->dom = d->id;
	if (xencall3(calls, __HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, (uintptr_t)op, 1) ||
	    op->status)
		die("grant for a device: status %d", op->status);
	done = *op;
	xencall_free_buffer(calls, op);
	return done;
}

static void unmap_for_device(const gnttab_map_grant_ref_t *map)
{
	gnttab_unmap_grant_ref_t *op = xencall_alloc_buffer(calls, sizeof(*op));

	if (!op)
		die("no memory");
	memset(op, 0, sizeof(*op));
	op->dev_bus_addr = map->dev_bus_addr;
	op->handle = map->handle;
	if (xencall3(calls, __HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, (uintptr_t)op, 1) ||
	    op->status)
		die("grant back from a device: status %d", op->status);
	xencall_free_buffer(calls, op);
}

/* Return Xen's report of a grant. All fields are 0 if Xen does not report the grant. */
static struct domain_save_gnttab_pin pin_of(const struct domain *d, uint32_t ref)
{
	static struct stream said;
	struct domain_save_gnttab_pin pin;
	struct domain_save_gnttab head;
	const unsigned char *at;
	struct records records;
	uint32_t i;

	stream_get(d, &said);
	records_of(&said, &records);
	at = records_find(&records, DOMAIN_SAVE_CODE_GNTTAB)->payload;
	memcpy(&head, at, sizeof(head));
	for (i = 0; i < head.nr_pins; i++) {
		memcpy(&pin, at + sizeof(head) + i * sizeof(pin), sizeof(pin));
		if (pin.ref == ref)
			return pin;
	}
	memset(&pin, 0, sizeof(pin));
	return pin;
}

static void check(const struct domain *d, uint32_t ref, const struct domain_save_gnttab_pin *want,
		  complain_t *complain)
{
	struct domain_save_gnttab_pin pin = pin_of(d, ref);

	if (pin.domid || pin.host_readers != want->host_readers ||
	    pin.host_writers != want->host_writers ||
	    pin.device_readers != want->device_readers ||
	    pin.device_writers != want->device_writers)
		complain("grant %u: of domain %u, %u %u %u %u, not %u %u %u %u", ref, pin.domid,
			 pin.host_readers, pin.host_writers, pin.device_readers,
			 pin.device_writers, want->host_readers, want->host_writers,
			 want->device_readers, want->device_writers);
}

/* Check the counts of the four grants. ONCE is the count of one mapping by gntdev: 1 or 2. */
static void check_all(const struct domain *d, uint16_t once, uint16_t devices,
		      complain_t *complain)
{
	const struct domain_save_gnttab_pin none = { 0 }, read = { .host_readers = once },
		write = { .host_writers = 2 * once }, device = {
			.device_readers = devices ? READS_DEVICE : 0,
			.device_writers = devices ? devices - READS_DEVICE : 0,
		};

	check(d, READ, &read, complain);
	check(d, WRITE, &write, complain);
	check(d, DEVICE, &device, complain);
	check(d, IDLE, &none, complain);
}

/* Map READ once, WRITE twice, and DEVICE for devices. Check all counts. Unmap all, and check. */
void pins_are_said(complain_t *complain)
{
	gnttab_map_grant_ref_t devices[MAPS_DEVICE];
	struct domain d = domain_build(PV, 1);
	void *table, *reads, *writes[2];
	uint16_t once;
	int i;

	open_all();
	table = new_table(&d);
	reads = map(&d, READ, PROT_READ);
	once = pin_of(&d, READ).host_readers;
	if (!once || once > 2)
		complain("grant %u is mapped once, and has %u readers", READ, once);
	for (i = 0; i < 2; i++)
		writes[i] = map(&d, WRITE, PROT_READ | PROT_WRITE);
	for (i = 0; i < MAPS_DEVICE; i++)
		devices[i] = map_for_device(&d, i < READS_DEVICE);
	check_all(&d, once, MAPS_DEVICE, complain);

	for (i = 0; i < MAPS_DEVICE; i++)
		unmap_for_device(&devices[i]);
	if (xengnttab_unmap(gnttab, reads, 1) || xengnttab_unmap(gnttab, writes[0], 1) ||
	    xengnttab_unmap(gnttab, writes[1], 1) || munmap(table, PAGE))
		die("grants of domain %u stay mapped", d.id);
	check_all(&d, 0, 0, complain);
	domain_destroy(&d);
	domain_let_go(&d, NULL);
}
