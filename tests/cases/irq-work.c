// SPDX-License-Identifier: GPL-2.0
/*
 * irq-work: wait for perf events on CPU 0, and count the wakeups in the file
 * /tmp/irq-work. perf wakes its readers by irq_work, hence the name.
 *
 * ipis.sh runs this program in a guest. The program opens two events:
 * - power:suspend_resume also occurs while the machine is stopped for a suspend.
 * - sched:sched_process_fork occurs whenever ipis.sh forks. Only this one is counted.
 */
#include <linux/perf_event.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t tracepoint(const char *name)
{
	unsigned long long id;
	char path[128];
	FILE *in;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", name);
	in = fopen(path, "r");
	if (!in || fscanf(in, "%llu", &id) != 1)
		die(path);
	fclose(in);
	return id;
}

static struct perf_event_mmap_page *ring_of(const char *name, struct pollfd *p)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = tracepoint(name),
		.sample_period = 1,
		.wakeup_events = 1,
	};
	void *ring;

	p->fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	p->events = POLLIN;
	if (p->fd < 0)
		die(name);
	ring = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (ring == MAP_FAILED)
		die("mmap");
	return ring;
}

static void count(unsigned int n)
{
	FILE *out = fopen("/tmp/irq-work.new", "w");

	if (!out || fprintf(out, "%u\n", n) < 0 || fclose(out) ||
	    rename("/tmp/irq-work.new", "/tmp/irq-work"))
		die("/tmp/irq-work");
}

int main(void)
{
	struct perf_event_mmap_page *rings[2];
	struct pollfd fds[2];
	unsigned int n = 0;

	/* Call daemon() before ring_of(), because a child does not inherit perf rings. */
	if (daemon(0, 0))
		die("daemon");
	rings[0] = ring_of("sched/sched_process_fork", &fds[0]);
	rings[1] = ring_of("power/suspend_resume", &fds[1]);
	count(0);
	for (;;) {
		if (poll(fds, 2, -1) <= 0)
			continue;
		if (fds[0].revents)
			count(++n);
		/* Mark all events as read. Otherwise the rings fill up, and no wakeup comes. */
		for (int i = 0; i < 2; i++)
			__atomic_store_n(&rings[i]->data_tail,
					 __atomic_load_n(&rings[i]->data_head, __ATOMIC_ACQUIRE),
					 __ATOMIC_RELEASE);
	}
}
