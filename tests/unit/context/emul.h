/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emulation of the parts of Xen that hypervisor/xen/common/{save,load,save_domctl}.c
 * need, so that a program can be built from these files. The build removes their
 * #include lines, and includes this file before.
 */
#ifndef EMUL_H
#define EMUL_H

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define __XEN__
/*
 * A type that differs from size_t, as in a Xen whose long has 32 bits. FITS_LONG() is false for
 * such a value, which may be longer than a long.
 */
#define uint64_aligned_t unsigned long long __attribute__((aligned(8)))
#define FITS_LONG(x) _Generic((x), unsigned long long: false, default: true)

#define cf_check
#define __init
#define __ro_after_init
#define __initcall(fn) \
	static void __attribute__((constructor)) init_##fn(void) { fn(); } \
	struct emul_wants_a_semicolon

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BUILD_BUG_ON(c) _Static_assert(!(c), #c)
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define BITS_PER_LONG (8 * sizeof(long))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define SZ_16M 0x1000000

/* BUG_ON() and ASSERT() abort the program, or jump to emul_bug if a test expects them. */
extern jmp_buf *emul_bug;
void __attribute__((noreturn)) emul_stop(const char *file, int line, const char *what);
#define BUG_ON(c) do { if (c) emul_stop(__FILE__, __LINE__, #c); } while (0)
#define ASSERT(c) BUG_ON(!(c))

struct vcpu {
	struct domain *domain;
	unsigned int vcpu_id;
	struct vcpu *next_in_list;
	/* Data for the records of synthetic.c. */
	bool has;
	uint64_t word;
};

#define BLOB_MAX 64

struct domain {
	uint16_t domain_id;
	int is_dying;
	unsigned int max_vcpus;
	struct vcpu **vcpu;
	int pause_count;

	bool has_words, has_blob, has_any;
	uint64_t words[2], any;
	size_t blob_len;
	uint8_t blob[BLOB_MAX];
};

extern struct vcpu *current;

#define for_each_vcpu(d, v) \
	for ((v) = (d)->vcpu ? (d)->vcpu[0] : NULL; (v); (v) = (v)->next_in_list)

/* Counters that the tests check, and one failure that they can inject. */
extern struct emul {
	unsigned int pauses, softirqs;
	int paused;			/* number of domains that are paused now */
	unsigned int nospec_typecodes, nospec_lengths;
	unsigned int logged, debugged;	/* lines */
	char log[256];			/* the last line that was logged */
	long allocations;		/* blocks that are allocated now */
	size_t largest;			/* bytes of the largest block ever allocated */
	unsigned int fail_allocation;	/* the nth allocation from now fails; 0: none */
} emul;

void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);
struct vcpu *domain_vcpu(const struct domain *d, unsigned int vcpu_id);
void process_pending_softirqs(void);
size_t emul_nospec(size_t index, size_t size, unsigned int *count);
#define array_index_nospec(i, n) ({					\
	_Static_assert(FITS_LONG(i) && FITS_LONG(n), "nospec.h requires it");	\
	emul_nospec(i, n, &emul.nospec_lengths);			\
})
#define array_access_nospec(a, i) \
	(a)[emul_nospec(i, ARRAY_SIZE(a), &emul.nospec_typecodes)]
int __test_and_set_bit(unsigned int bit, unsigned long *addr);
size_t emul_strlcpy(char *dst, const char *src, size_t size);
#define strlcpy emul_strlcpy

/*
 * The core must use these levels. Xen may drop lines of the levels XENLOG_G_*, but xen-domctx
 * refers its user to the core's lines in Xen's log.
 */
#define XENLOG_ERR ""
#define XENLOG_WARNING ""
#define XENLOG_INFO ""
void printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void gdprintk(const char *level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void *emul_alloc(size_t size);
void xfree(void *p);
#define xzalloc_array(type, n) ((type *)emul_alloc(sizeof(type) * (n)))
#define vzalloc(size) emul_alloc(size)
#define vfree(p) xfree(p)

/* A handle of the caller's memory. The bytes from emul_unmapped to emul_unmapped_end fault. */
struct emul_handle {
	void *p;
};

#define XEN_GUEST_HANDLE_64(type) struct emul_handle
#define guest_handle_is_null(h) (!(h).p)
extern const char *emul_unmapped, *emul_unmapped_end;
size_t copy_to_guest(struct emul_handle to, const void *from, size_t n);
size_t copy_from_guest(void *to, struct emul_handle from, size_t n);

struct xen_domctl_domaincontext {
	uint64_aligned_t size;
	XEN_GUEST_HANDLE_64(void) buffer;
	uint32_t typecode;
	uint32_t vcpu_id;
};

#include "public-save.h"
#include "xen-save.h"
#include "common-save.h"

#endif
