/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emulated parts of Xen that the core of the framework for domain contexts needs.
 * tests/unit/records/emul.h includes this file if the real core calls the handlers of records, and
 * not a stand-in.
 */
#ifndef CORE_H
#define CORE_H

#define __init
#define __ro_after_init
#define __initcall(fn) \
	static void __attribute__((constructor)) init_##fn(void) { fn(); } \
	struct emul_wants_a_semicolon
#define BUG_ON(c) do { if (c) abort(); } while (0)
#define max(a, b) ((a) > (b) ? (a) : (b))
#define BITS_PER_LONG (8 * sizeof(long))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define array_index_nospec(i, n) ({ size_t i_ = (i); BUG_ON(i_ >= (n)); i_; })
#define array_access_nospec(a, i) (a)[array_index_nospec(i, ARRAY_SIZE(a))]

static inline int __test_and_set_bit(unsigned int bit, unsigned long *addr)
{
	unsigned long mask = 1UL << bit % BITS_PER_LONG;
	int was = !!(addr[bit / BITS_PER_LONG] & mask);

	addr[bit / BITS_PER_LONG] |= mask;
	return was;
}

static inline size_t core_strlcpy(char *dst, const char *src, size_t size)
{
	snprintf(dst, size, "%s", src);
	return strlen(src);
}
#define strlcpy core_strlcpy

/* Format the line, but do not print it. */
static inline void __attribute__((format(printf, 1, 2))) printk(const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
}
#define XENLOG_ERR ""
#define XENLOG_WARNING ""
#define XENLOG_INFO ""
#define gdprintk(level, ...) printk(__VA_ARGS__)

/* Allocate by the C library, so that AddressSanitizer checks that the core frees its memory. */
#define xzalloc_array(type, n) ((type *)calloc(n, sizeof(type)))
#define xfree(p) free(p)
#define vzalloc(size) calloc(1, size)
#define vfree(p) free(p)

/* The vCPU that calls, of dom0. The context of dom0 is never saved or loaded. */
extern struct vcpu *current;

static inline void domain_pause(struct domain *d) { d->pause_count++; }
static inline void domain_unpause(struct domain *d) { d->pause_count--; }

static inline struct vcpu *domain_vcpu(const struct domain *d, unsigned int vcpu_id)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		if (v->vcpu_id == vcpu_id)
			return v;
	return NULL;
}

#include "xen-save.h"
#include "common-save.h"

#endif
