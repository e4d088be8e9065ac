// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>

#include "emul.h"

struct emul emul;
jmp_buf *emul_bug;
const char *emul_unmapped, *emul_unmapped_end;

static struct domain dom0;
static struct vcpu dom0_vcpu = { .domain = &dom0 };
struct vcpu *current = &dom0_vcpu;

void emul_stop(const char *file, int line, const char *what)
{
	if (emul_bug)
		longjmp(*emul_bug, 1);
	fprintf(stderr, "Xen stopped: %s:%d: %s\n", file, line, what);
	abort();
}

void domain_pause(struct domain *d)
{
	BUG_ON(d == current->domain);
	emul.pauses++;
	emul.paused++;
	d->pause_count++;
}

void domain_unpause(struct domain *d)
{
	BUG_ON(d->pause_count <= 0);
	d->pause_count--;
	emul.paused--;
}

struct vcpu *domain_vcpu(const struct domain *d, unsigned int vcpu_id)
{
	return vcpu_id < d->max_vcpus ? d->vcpu[vcpu_id] : NULL;
}

void process_pending_softirqs(void)
{
	emul.softirqs++;
}

size_t emul_nospec(size_t index, size_t size, unsigned int *count)
{
	BUG_ON(index >= size);
	(*count)++;
	return index;
}

int __test_and_set_bit(unsigned int bit, unsigned long *addr)
{
	unsigned long mask = 1UL << bit % BITS_PER_LONG;
	int was = !!(addr[bit / BITS_PER_LONG] & mask);

	addr[bit / BITS_PER_LONG] |= mask;
	return was;
}

size_t emul_strlcpy(char *dst, const char *src, size_t size)
{
	snprintf(dst, size, "%s", src);
	return strlen(src);
}

void printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(emul.log, sizeof(emul.log), fmt, args);
	va_end(args);
	emul.logged++;
}

/* Count the line, and format it, because that crashes if an argument is wrong. */
void gdprintk(const char *level, const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	emul.debugged += !level[0];
}

/* Allocate memory, and count it. BUG_ON() fires if the core allocates while a domain is paused. */
void *emul_alloc(size_t size)
{
	BUG_ON(!size || emul.paused);
	if (emul.fail_allocation && !--emul.fail_allocation)
		return NULL;
	emul.allocations++;
	emul.largest = max(emul.largest, size);
	return calloc(1, size);
}

void xfree(void *p)
{
	if (p)
		emul.allocations--;
	free(p);
}

static bool mapped(const char *p, size_t n)
{
	return p + n <= emul_unmapped || p >= emul_unmapped_end;
}

size_t copy_to_guest(struct emul_handle to, const void *from, size_t n)
{
	BUG_ON(emul.paused);
	if (!mapped(to.p, n))
		return n;
	memcpy(to.p, from, n);
	return 0;
}

size_t copy_from_guest(void *to, struct emul_handle from, size_t n)
{
	BUG_ON(emul.paused);
	if (!mapped(from.p, n))
		return n;
	memcpy(to, from.p, n);
	return 0;
}
