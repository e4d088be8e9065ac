// SPDX-License-Identifier: GPL-2.0
/*
 * race SECONDS DOMID...: read the contexts of these domains, and of a domain that race itself
 * makes, as fast as possible. Meanwhile, a process changes this domain: it binds and closes event
 * channels, maps and unmaps a grant, resets the channels, and destroys the domain. Then it makes
 * another domain.
 *
 * Ends with 1 if a context is unsound, or if Xen returns an error although the domain exists.
 * Ends with 2 after any other error.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/grant_table.h>

#include "race.h"

#define GETTERS		2
#define ROUNDS		20	/* of changes, before a domain dies */
#define CHANNELS	40
#define GRANT		8	/* the first one that neither console nor xenstore uses */

static struct shared {
	uint32_t domid;		/* of the domain that is changed; 0: none yet */
	unsigned long gets, gone, domains;
} *shared;

static time_t until;

/* --- The domain that is changed */

static void close_channels(xenevtchn_handle *evtchn, const int *ports, int nr)
{
	while (nr--)
		xenevtchn_unbind(evtchn, ports[nr]);
}

/* Allocate each port unbound, bind it to dom0, and free it. */
static void use_channels(xc_interface *xen, xenevtchn_handle *evtchn, uint32_t domid)
{
	int ports[CHANNELS], i, port;

	for (i = 0; i < CHANNELS; i++) {
		port = xc_evtchn_alloc_unbound(xen, domid, 0);
		if (port < 0)
			die("a port of domain %u", domid);
		ports[i] = xenevtchn_bind_interdomain(evtchn, domid, port);
		if (ports[i] < 0)
			die("port %d of domain %u is not bound", port, domid);
		xenevtchn_notify(evtchn, ports[i]);
	}
	close_channels(evtchn, ports, CHANNELS);
}

static void use_grant(xengnttab_handle *gnttab, uint32_t domid)
{
	void *page = xengnttab_map_grant_ref(gnttab, domid, GRANT, PROT_READ);

	if (!page || xengnttab_unmap(gnttab, page, 1))
		die("grant %d of domain %u", GRANT, domid);
}

static void grant_page(const struct domain *d)
{
	grant_entry_v1_t *table = domain_grants(d);

	table[GRANT].domid = 0;
	table[GRANT].frame = domain_page(d);
	__atomic_store_n(&table[GRANT].flags, GTF_permit_access, __ATOMIC_RELEASE);
	if (munmap(table, PAGE))
		die("the grant table of domain %u stays mapped", d->id);
}

static void change(void)
{
	xc_interface *xen = xc_interface_open(NULL, NULL, 0);
	xenevtchn_handle *evtchn = xenevtchn_open(NULL, 0);
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);
	struct domain d;
	int i;

	if (!xen || !evtchn || !gnttab)
		die("no access to channels and grants");
	domains_open();
	while (time(NULL) < until) {
		/* evtchn_send() of Xen follows a NULL pointer if a domain has no vCPUs. */
		d = domain_build(1 + shared->domains % 4);
		grant_page(&d);
		__atomic_store_n(&shared->domid, d.id, __ATOMIC_RELEASE);
		for (i = 0; i < ROUNDS; i++) {
			use_channels(xen, evtchn, d.id);
			use_grant(gnttab, d.id);
			if (i % 4 == 3 && xc_evtchn_reset(xen, d.id))
				die("the channels of domain %u are not reset", d.id);
		}
		domain_destroy(&d);
		domain_let_go(&d, NULL);
		shared->domains++;
	}
}

/* --- Contexts of it, and of the others */

static void get(uint32_t domid, uint32_t typecode, uint32_t vcpu_id)
{
	static unsigned char *buffer;
	uint64_t size = CONTEXT_ROOM;
	const char *wrong;
	int err;

	if (!buffer) {
		buffer = mmap(NULL, CONTEXT_ROOM, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (buffer == MAP_FAILED || mlock(buffer, CONTEXT_ROOM))
			die("no memory");
	}
	err = context_get_one(domid, typecode, vcpu_id, buffer, &size);
	__atomic_add_fetch(&shared->gets, 1, __ATOMIC_RELAXED);
	if (err == ESRCH || err == ENXIO) {
		__atomic_add_fetch(&shared->gone, 1, __ATOMIC_RELAXED);
		return;
	}
	wrong = err ? strerror(err) : context_unsound(buffer, size);
	if (!wrong)
		return;
	printf("wrong: domain %u, record %u: %s\n", domid, typecode, wrong);
	fflush(stdout);
	_exit(1);
}

static void get_all(int nr, char **domids)
{
	static const uint32_t codes[] = {
		DOMAIN_SAVE_CODE_EVTCHN, DOMAIN_SAVE_CODE_GNTTAB, DOMAIN_SAVE_CODE_FIFO_ARRAY,
	};
	uint32_t changed = __atomic_load_n(&shared->domid, __ATOMIC_ACQUIRE);
	size_t i;
	int n;

	for (n = 0; n <= nr; n++) {
		uint32_t domid = n < nr ? strtoul(domids[n], NULL, 10) : changed;

		if (!domid)
			continue;
		get(domid, 0, 0);
		for (i = 0; i < ARRAY_SIZE(codes); i++)
			get(domid, codes[i], 0);
		get(domid, DOMAIN_SAVE_CODE_VCPU_STATE, DOMAIN_SAVE_ALL_VCPUS);
		get(domid, DOMAIN_SAVE_CODE_VCPU_AREAS, 0);
	}
}

static void start(bool changes, int nr, char **domids)
{
	pid_t pid = fork();

	if (pid < 0)
		die("no process");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (changes) {
		change();
	} else {
		domains_open();
		while (time(NULL) < until)
			get_all(nr, domids);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	int i, status, worst = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc < 2 || shared == MAP_FAILED)
		die("usage: race SECONDS DOMID...");
	until = time(NULL) + strtoul(argv[1], NULL, 10);
	for (i = 0; i <= GETTERS; i++)
		start(!i, argc - 2, argv + 2);
	while (wait(&status) > 0) {
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
		worst = status > worst ? status : worst;
	}
	printf("%lu contexts and records, %lu of domains that were gone; %lu domains changed\n",
	       shared->gets, shared->gone, shared->domains);
	return worst ?: shared->gets > 100 && shared->domains ? 0 : 2;
}
