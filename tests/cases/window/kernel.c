// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of window in which the kernel changes page tables for its own memory, or allocates them.
 */
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asm/ldt.h>

#include "window.h"

#define MANY		64
#define BALLOON_KB	1024

/* Make a BPF map, whose values are in memory from vmalloc(), and check its values. */
void vmalloc(unsigned long n)
{
	unsigned char value[PAGE];
	uint32_t key = n % MANY;
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = sizeof(key),
		.value_size = PAGE, .max_entries = MANY,
	};
	int fd;

	enter();
	fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	leave();
	want(fd >= 0, "BPF_MAP_CREATE");
	for (key = 0; key < MANY; key++) {
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = fd;
		attr.key = (uintptr_t)&key;
		attr.value = (uintptr_t)value;
		fill(value, n + key);
		want(!syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)), "update");
		memset(value, 0, PAGE);
		want(!syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)), "look up");
		check(value, n + key);
	}
	close(fd);
}

/* Write a segment to the LDT, and read its limit by lsl, which reads the LDT itself. */
void ldt(unsigned long n)
{
	struct user_desc desc = { .limit = 0x1000 + n % 4096, .seg_32bit = 1, .useable = 1 };
	unsigned int selector = 7, limit = 0;

	enter();
	want(syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc)) == 0, "modify_ldt");
	leave();
	asm volatile("lsl %1, %0" : "+r" (limit) : "r" (selector) : "cc");
	if (limit != desc.limit)
		bad(row, "the descriptor table is not what was written to it");
}

#define XEN_MEMORY	"/sys/devices/system/xen_memory/xen_memory0/"
/* Set the balloon's target until it is reached. A restore sets it to the toolstack's target. */
static void balloon_to(unsigned long kb)
{
	double until = now() + 60;

	while (number_in(XEN_MEMORY "info/current_kb") != kb) {
		if (now() > until)
			bad(row, "the balloon does not come to its target");
		put_into(XEN_MEMORY "target_kb", kb);
		usleep(50000);
	}
}

void balloon(unsigned long n)
{
	static unsigned long kb;

	if (!n)
		kb = number_in(XEN_MEMORY "target_kb");
	balloon_to(kb - BALLOON_KB);
	enter();
	balloon_to(kb);
	leave();
}

void pgd(unsigned long n)
{
	unsigned char *page = filled(n);
	int status;
	pid_t pid;

	enter();
	pid = fork();
	if (!pid) {
		check(page, n);
		_exit(0);
	}
	leave();
	want(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
	if (status)
		bad(row, "a child does not find what its parent has");
	check_and_unmap(page, n);
}
