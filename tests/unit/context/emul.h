/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Just enough of Xen to have hypervisor/xen/common/{save,load,save_domctl}.c in
 * a program. Their own includes are blanked; this is included before.
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
/* Another type than size_t, as where a long has 32 bits only. */
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

/* What stops Xen stops a test, unless that is what it wants to see. */
extern jmp_buf *emul_bug;
void __attribute__((noreturn)) emul_stop(const char *file, int line, const char *what);
#define BUG_ON(c) do { if (c) emul_stop(__FILE__, __LINE__, #c); } while (0)
#define ASSERT(c) BUG_ON(!(c))

struct vcpu {
	struct domain *domain;
	unsigned int vcpu_id;
	struct vcpu *next_in_list;
	/* What the records of synthetic.c are about. */
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

/* What happened, for the tests to look at. */
extern struct emul {
	unsigned int pauses, softirqs;
	int paused;			/* number of domains that are paused now */
	unsigned int nospec_typecodes, nospec_lengths;
	unsigned int logged, debugged;	/* lines */
	char log[256];			/* the last of those logged */
	long allocations;		/* now */
	size_t largest;			/* of those ever made */
	unsigned int fail_allocation;	/* the nth from now; 0: none */
} emul;

void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);
struct vcpu *domain_vcpu(const struct domain *d, unsigned int vcpu_id);
void process_pending_softirqs(void);
size_t emul_nospec(size_t index, size_t size, unsigned int *count);
#define array_index_nospec(i, n) ({					\
	_Static_assert(FITS_LONG(i) && FITS_LONG(n), "nospec.h wants it");	\
	emul_nospec(i, n, &emul.nospec_lengths);			\
})
#define array_access_nospec(a, i) \
	(a)[emul_nospec(i, ARRAY_SIZE(a), &emul.nospec_typecodes)]
int __test_and_set_bit(unsigned int bit, unsigned long *addr);
size_t emul_strlcpy(char *dst, const char *src, size_t size);
#define strlcpy emul_strlcpy

/* Not those of XENLOG_G_*, which may be dropped: this is what tools refer to. */
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

/* A guest's memory: what is past unmapped faults. */
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
