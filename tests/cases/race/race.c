// SPDX-License-Identifier: GPL-2.0
/*
 * race run SECONDS: read the contexts of all domains except dom0, as fast as possible, until
 * SIGTERM, or for SECONDS. Meanwhile, a process makes a PV, a PVH or an HVM domain that never runs,
 * and changes it: it binds and closes event channels, maps and unmaps a grant, resets the channels,
 * and destroys the domain. Then it makes another domain.
 *
 * race reset DOMID: pause a guest, and reset its event channels. If the guest uses FIFO event
 * channels, Xen frees its control blocks and its event array. The guest cannot continue.
 *
 * The exit status is 1 if a context is unsound, or if Xen returns an error although the domain
 * exists, and 2 after any other error.
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

const char program[] = "race";

#define GETTERS		2
#define LISTED		64	/* more domains than exist in this case */
#define NAP_US		100000
#define ROUNDS		20	/* of changes, before a domain is destroyed */
#define CHANNELS	40
#define GRANT		8	/* the first reference that is not reserved (console, xenstore) */

static struct shared {
	unsigned long gets, gone, domains;
	volatile bool stop;
} *shared;

static time_t until;

static bool goes_on(void)
{
	return !shared->stop && time(NULL) < until;
}

static void stop(int sig)
{
	(void)sig;
	shared->stop = true;
}

/* --- The domain that is changed */

static void close_channels(xenevtchn_handle *evtchn, const int *ports, int nr)
{
	while (nr--)
		xenevtchn_unbind(evtchn, ports[nr]);
}

/*
 * Allocate unbound ports of the domain, bind each to a port of dom0, and close dom0's ports. The
 * domain's ports are unbound again then, until the event channels are reset.
 */
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
	while (goes_on()) {
		/* Give it vCPUs: without, evtchn_send() in Xen would dereference a NULL pointer. */
		d = domain_build(shared->domains % KINDS, 1 + shared->domains / KINDS % 4);
		grant_page(&d);
		for (i = 0; i < ROUNDS && goes_on(); i++) {
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

/* --- Contexts of the changed domain, and of all other domains */

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
	shared->stop = true;
	_exit(1);
}

static void get_each(uint32_t domid)
{
	static const uint32_t codes[] = {
		DOMAIN_SAVE_CODE_EVTCHN, DOMAIN_SAVE_CODE_GNTTAB, DOMAIN_SAVE_CODE_FIFO_ARRAY,
	};
	size_t i;

	get(domid, 0, 0);
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		get(domid, codes[i], 0);
	get(domid, DOMAIN_SAVE_CODE_VCPU_STATE, DOMAIN_SAVE_ALL_VCPUS);
	get(domid, DOMAIN_SAVE_CODE_VCPU_AREAS, 0);
}

/* Read the contexts of all domains, also of unfinished domains of a toolstack, and dying ones. */
static void get_all(xc_interface *xen)
{
	static xc_domaininfo_t infos[LISTED];
	int i, nr = xc_domain_getinfolist(xen, 1, LISTED, infos);

	if (nr < 0)
		die("a list of domains");
	for (i = 0; i < nr; i++)
		get_each(infos[i].domain);
}

static void getter(void)
{
	xc_interface *xen = xc_interface_open(NULL, NULL, 0);

	if (!xen)
		die("no access to Xen");
	domains_open();
	while (goes_on()) {
		get_all(xen);
		/* A read pauses its domain. On one pCPU, no guest would run without this sleep. */
		if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
			usleep(NAP_US);
	}
}

static void start(void (*work)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		die("no process");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	work();
	_exit(0);
}

static int run(unsigned long seconds)
{
	const struct sigaction act = { .sa_handler = stop };
	int i, status, worst = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || sigaction(SIGTERM, &act, NULL))
		die("no memory");
	until = time(NULL) + seconds;
	/* Run at the lowest priority. Otherwise the toolstack gets almost no CPU time. */
	errno = 0;
	if (nice(19) < 0 && errno)
		die("no low priority");
	start(change);
	for (i = 0; i < GETTERS; i++)
		start(getter);
	for (;;) {
		pid_t pid = wait(&status);

		if (pid < 0 && errno != EINTR)
			break;
		if (pid < 0)
			continue;
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
		worst = status > worst ? status : worst;
	}
	printf("%lu contexts and records, %lu of domains that were gone; %lu domains changed\n",
	       shared->gets, shared->gone, shared->domains);
	return worst ?: shared->gets > 100 && shared->domains >= KINDS ? 0 : 2;
}

static int reset(uint32_t domid)
{
	xc_interface *xen = xc_interface_open(NULL, NULL, 0);

	if (!xen || xc_domain_pause(xen, domid) || xc_evtchn_reset(xen, domid))
		die("the channels of domain %u are not reset", domid);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long number = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (number && !strcmp(argv[1], "run"))
		return run(number);
	if (number && !strcmp(argv[1], "reset"))
		return reset(number);
	fputs("usage: race run SECONDS, or race reset DOMID\n", stderr);
	return 2;
}
