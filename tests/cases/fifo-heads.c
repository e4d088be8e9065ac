// SPDX-License-Identifier: GPL-2.0
/*
 * fifo-heads: for each online CPU, print the heads of its FIFO event queues,
 * one per priority from the highest. Xen writes a head when an event comes to
 * an empty queue. The guest clears the heads when it registers the page with Xen.
 * So if a head is not 0, an event of that priority came after the registration.
 *
 * priority.sh runs this program in a guest. No interface shows the priority of an
 * event channel, so the program reads kernel memory.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRIORITIES	16
#define MAX_SEGMENTS	64

/* The page that Xen and the guest share for each vCPU (xen/interface/event_channel.h). */
struct control_block {
	uint32_t ready;
	uint32_t reserved;
	uint32_t head[PRIORITIES];
};

static void die(const char *what)
{
	fprintf(stderr, "fifo-heads: %s\n", what);
	exit(1);
}

static uint64_t symbol(const char *name)
{
	FILE *in = fopen("/proc/kallsyms", "r");
	unsigned long long address;
	char line[256], found[128];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "%llx %*c %127s", &address, found) == 2 &&
		    !strcmp(found, name)) {
			fclose(in);
			return address;
		}
	die(name);
	return 0;
}

/* Read SIZE bytes at a virtual address from /proc/kcore, which is a core file. */
static void read_kernel(uint64_t address, void *to, size_t size)
{
	Elf64_Phdr segments[MAX_SEGMENTS];
	int fd = open("/proc/kcore", O_RDONLY);
	Elf64_Ehdr header;
	int i, nr;

	if (fd < 0 || pread(fd, &header, sizeof(header), 0) != sizeof(header))
		die("cannot read /proc/kcore");
	nr = header.e_phnum < MAX_SEGMENTS ? header.e_phnum : MAX_SEGMENTS;
	if (pread(fd, segments, nr * sizeof(*segments), header.e_phoff) < 0)
		die("cannot read /proc/kcore");

	for (i = 0; i < nr; i++) {
		Elf64_Phdr *s = &segments[i];

		if (s->p_type == PT_LOAD && address >= s->p_vaddr &&
		    address + size <= s->p_vaddr + s->p_memsz &&
		    pread(fd, to, size, s->p_offset + address - s->p_vaddr) ==
		    (ssize_t)size) {
			close(fd);
			return;
		}
	}
	die("an address is not in /proc/kcore");
}

static uint64_t read_word(uint64_t address)
{
	uint64_t word;

	read_kernel(address, &word, sizeof(word));
	return word;
}

int main(void)
{
	uint64_t offsets = symbol("__per_cpu_offset");
	uint64_t pointer = symbol("cpu_control_block");
	long cpu, cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (cpu = 0; cpu < cpus; cpu++) {
		uint64_t offset = read_word(offsets + 8 * cpu);
		struct control_block block;
		int i;

		read_kernel(read_word(pointer + offset), &block, sizeof(block));
		printf("%ld", cpu);
		for (i = 0; i < PRIORITIES; i++)
			printf(" %u", block.head[i]);
		putchar('\n');
	}
	return 0;
}
