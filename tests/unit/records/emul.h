/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emulation of the parts of Xen that the handlers of records need, so that a
 * program can be built from them. The build removes their #include lines, and
 * includes this file before. tests/unit/context tests the core of the framework.
 */
#ifndef EMUL_H
#define EMUL_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define __XEN__
/* The Makefile defines CONFIG_X86 as 1 for x86. For Arm, it does not define CONFIG_X86. */
#define EMUL_TEXT(x) #x
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define IS_ENABLED(option) (EMUL_TEXT(option)[0] == '1')
#define uint64_aligned_t uint64_t __attribute__((aligned(8)))
#define cf_check
#define BUILD_BUG_ON(c) _Static_assert(!(c), #c)
#define read_atomic(p) (*(p))
#define write_atomic(p, x) (*(p) = (x))
#define smp_wmb() __sync_synchronize()
#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define PAGE_SIZE 4096UL
#define PAGE_MASK (~(PAGE_SIZE - 1))

#include "public-save.h"

/* As in the public headers: 64 bits on Arm, also if Xen's long has 32 bits. */
#ifdef CONFIG_X86
typedef unsigned long xen_ulong_t;
#else
typedef uint64_t xen_ulong_t;
#endif

typedef int64_t s_time_t;
#define STIME_MAX INT64_MAX
typedef struct { uint64_t mfn; } mfn_t;
#define INVALID_MFN ((mfn_t){ ~0ULL })
#define mfn_eq(a, b) ((a).mfn == (b).mfn)
#define mfn_x(m) ((m).mfn)
#define EMUL_GFN(mfn) ((mfn) + 1000)
#define get_gpfn_from_mfn(mfn) EMUL_GFN(mfn)

/* --- Domains and vCPUs */

struct timer { bool armed; s_time_t expires; };
struct vcpu_time_info { uint32_t version, pad[7]; };

struct vcpu_info {
	uint8_t evtchn_upcall_pending, pad[7];
	uint64_t evtchn_pending_sel, more[2];
	struct vcpu_time_info time;
};

#ifdef CONFIG_X86
#define XEN_LEGACY_MAX_VCPUS 32
#else
#define XEN_LEGACY_MAX_VCPUS 1
#endif

struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	uint64_t evtchn_pending[64], evtchn_mask[64];
	uint32_t wc_version, wc_sec, wc_nsec, wc_sec_hi;
};

#ifdef CONFIG_COMPAT
/* The layout for 32-bit guests. As in Xen, the macros below give each field its type from here. */
struct compat_vcpu_info {
	uint8_t evtchn_upcall_pending, pad[3];
	uint32_t evtchn_pending_sel, more[6];
	struct vcpu_time_info time;
};

struct compat_shared_info {
	struct compat_vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	uint32_t evtchn_pending[32], evtchn_mask[32];
	uint32_t wc_version, wc_sec, wc_nsec, wc_sec_hi;
};

typedef union { struct vcpu_info native; struct compat_vcpu_info compat; } vcpu_info_t;
typedef union { struct shared_info native; struct compat_shared_info compat; } shared_info_t;
#define EMUL_FIELD(d, info, field)						\
	(*(!has_32bit_shinfo(d) ?						\
	   (typeof(&(info)->compat.field))&(info)->native.field :		\
	   &(info)->compat.field))
/* For mutants, which use only one of the two layouts. */
#define EMUL_NATIVE(field) native.field
#define EMUL_COMPAT(field) compat.field
#else
typedef struct vcpu_info vcpu_info_t;
typedef struct shared_info shared_info_t;
#define EMUL_NATIVE(field) field
#define EMUL_COMPAT(field) field
#define EMUL_FIELD(d, info, field) ((info)->field)
#endif

#define shared_info(d, field) EMUL_FIELD(d, (d)->shared_info, field)
#define vcpu_info(v, field) EMUL_FIELD((v)->domain, (v)->vcpu_info, field)

/* The vcpu_info of all vCPUs for which shared info has no room. */
extern vcpu_info_t dummy_vcpu_info;

#define runstate_guest(v) ((v)->runstate_guest)

/* show() sets the fields that a lock protects to wrong values while the lock is not held. */
typedef struct spinlock {
	int held;
	void (*show)(struct spinlock *lock, bool held);
} spinlock_t;

struct vcpu_runstate_info { int state; uint64_t state_entry_time, time[4]; };
struct trap_bounce { uint32_t error_code; uint8_t flags; uint16_t cs; unsigned long eip; };
/* These numbers differ from those in the records, as they may in Xen. */
enum { TBF_INTERRUPT = 1, TBF_EXCEPTION_ERRCODE = 2, TBF_EXCEPTION = 8 };
enum { VCPU_TRAP_NMI = 3, VCPU_TRAP_MCE = 5 };

struct vcpu {
	struct domain *domain;
	unsigned int vcpu_id;
	struct vcpu *next;
	unsigned long pause_flags;
	vcpu_info_t *vcpu_info;
	mfn_t vcpu_info_mfn;
	struct { void *p; } runstate_guest;
	struct vcpu_runstate_info runstate;
	int poll_evtchn;
	struct timer poll_timer;
	struct {
		struct { void *p; } time_info_guest;
		struct { uint8_t evtchn_upcall_vector; struct vlapic { bool off; } vlapic; } hvm;
		struct { struct trap_bounce trap_bounce; } pv;
		bool nmi_pending, mce_pending;
		uint8_t async_exception_mask;
	} arch;
	const void *control;
	struct timer singleshot_timer;
	spinlock_t periodic_timer_lock;
	/* periodic_* are period and last_event while the lock is held, and -1 while it is not. */
	s_time_t period, last_event, periodic_period, periodic_last_event;
	unsigned int events;		/* how often it was notified of events */
	uint32_t tsc_khz;		/* frequency to which its TSC is scaled */
};

/* These numbers differ from those in the records, as they may in Xen. */
enum { _VPF_parked, _VPF_in_reset, _VPF_down, _VPF_blocked, _VPF_blocked_in_xen, _VPF_migrating,
       _VPF_mem_paging, _VPF_mem_access, _VPF_mem_sharing };
#define VPF_parked (1UL << _VPF_parked)
#define VPF_in_reset (1UL << _VPF_in_reset)
#define VPF_down (1UL << _VPF_down)
#define VPF_blocked (1UL << _VPF_blocked)
#define VPF_blocked_in_xen (1UL << _VPF_blocked_in_xen)
#define VPF_migrating (1UL << _VPF_migrating)
#define VPF_mem_paging (1UL << _VPF_mem_paging)
#define VPF_mem_access (1UL << _VPF_mem_access)
#define VPF_mem_sharing (1UL << _VPF_mem_sharing)
#define test_bit(bit, p) (*(p) >> (bit) & 1)
/* Set a bit in its byte. On little-endian machines, it is the same byte for words of any width. */
#define guest_set_bit(d, bit, p) \
	((void)(d), (void)(((uint8_t *)(p))[(bit) / 8] |= 1 << (bit) % 8))

enum { ECS_FREE, ECS_RESERVED, ECS_UNBOUND, ECS_INTERDOMAIN, ECS_PIRQ, ECS_VIRQ, ECS_IPI };

struct evtchn {
	unsigned char state, xen_consumer;
	uint32_t port;
	union {
		struct { uint16_t remote_domid; } unbound;
		struct { uint32_t remote_port; struct domain *remote_dom; } interdomain;
		struct { unsigned int irq, next_port, prev_port; } pirq;
		unsigned int virq;
	} u;
	bool pending;
	unsigned char priority;
	unsigned short notify_vcpu_id;
	bool seen_pending, seen_masked;	/* the bits in the guest's memory */
};

struct tsc { uint32_t mode, khz, incarnation; uint64_t nsec; };

struct domain {
	uint16_t domain_id;
	bool hvm;
	bool creation_finished;			/* a toolstack has unpaused it once */
	unsigned int max_vcpus;
	int pause_count;
	shared_info_t *shared_info;
	struct vcpu *vcpu;
	union {
		struct tsc tsc;
		/* The same fields, with the names of Xen. */
		struct { uint32_t tsc_mode, tsc_khz; uint64_t other[2]; bool has_32bit_shinfo; } arch;
	};
	struct evtchn *evtchn;
	unsigned int valid_evtchns, max_evtchn_port;
	unsigned int words;			/* number of FIFO ports that have an event word */
	void *evtchn_fifo;
	int event_lock;
	const void *array[128];			/* pages of FIFO words */
	spinlock_t watchdog_lock, shutdown_lock;
	uint32_t watchdog_inuse_map;
	struct timer watchdog_timer[2];
	struct { int64_t seconds; bool set; } time_offset;
	unsigned long vm_assist, poll_mask[1];
	bool is_shutting_down;
	unsigned int shutdown_code, suspend_evtchn;
	struct grant_table *grant_table;
};

#define for_each_vcpu(d, v) for ((v) = (d)->vcpu; (v); (v) = (v)->next)
#define is_hvm_domain(d) ((d)->hvm)
#define is_hvm_vcpu(v) is_hvm_domain((v)->domain)
#define vcpu_vlapic(v) (&(v)->arch.hvm.vlapic)
#define vlapic_enabled(vlapic) (!(vlapic)->off)
#define is_pv_vcpu(v) (!is_hvm_vcpu(v))
#define NR_DOMAIN_WATCHDOG_TIMERS 2
typedef uint32_t event_word_t;
#define EVTCHN_FIFO_NR_CHANNELS (1 << 17)
#define has_32bit_shinfo(d) ((d)->arch.has_32bit_shinfo)
#define BITS_PER_EVTCHN_WORD(d) (has_32bit_shinfo(d) ? 32 : 64)
#define max_evtchns(d) ((d)->evtchn_fifo ? 1u << 17 : \
			(unsigned int)(BITS_PER_EVTCHN_WORD(d) * BITS_PER_EVTCHN_WORD(d)))
#define evtchn_from_port(d, p) (&(d)->evtchn[p])
#define evtchn_usable(chn) (!(chn)->xen_consumer && (chn)->state > ECS_RESERVED)

/* --- Emulated functions of Xen */

/* Counters that the tests check, and settings of the emulation. */
extern struct emul {
	int locks;			/* number of locks that are held now */
	unsigned int softirqs, wallclocks;
	size_t scratch;			/* bytes of memory that the last handler got */
	unsigned int batch, most;	/* entries looked at while a grant table is locked: now, at most */
	unsigned int looks;		/* how many entries of a grant table were read */
	unsigned int *grows;		/* if set, each softirq adds four frames here */
	unsigned int grant_locks, sizes; /* how often a grant table was locked, and its size read */
	uint8_t *sends_to;		/* pending bits: each read of a record sends an event there */
	unsigned int sent;
	uint32_t tsc_max_khz;		/* highest frequency to which the host can scale, or 0 */
} emul;

#define read_lock(l) (emul.locks++, ++*(l))
#define read_unlock(l) (emul.locks--, --*(l))
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
/* show() of the locks of a vCPU's periodic timer, and of a domain's watchdogs and shutdown. */
void emul_show_timer(spinlock_t *lock, bool held);
void emul_show_watchdogs(spinlock_t *lock, bool held);
void emul_show_shutdown(spinlock_t *lock, bool held);
uint64_t domain_save_expiry(struct timer *t);
void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *runstate);
const void *evtchn_fifo_array_page(const struct domain *d, unsigned int nr);
#define NOW() ((s_time_t)5000)
void process_pending_softirqs(void);
void update_domain_wallclock_time(struct domain *d);
void vcpu_mark_events_pending(struct vcpu *v);
bool timer_expires_before(struct timer *t, s_time_t when);
const void *evtchn_fifo_control_block(const struct vcpu *v);
mfn_t domain_page_map_to_mfn(const void *p);
bool evtchn_is_pending(const struct domain *d, const struct evtchn *chn);
bool evtchn_is_masked(const struct domain *d, const struct evtchn *chn);
bool evtchn_fifo_has_word(const struct domain *d, uint32_t port);

enum { TSC_MODE_DEFAULT, TSC_MODE_ALWAYS_EMULATE, TSC_MODE_NEVER_EMULATE };
void tsc_get_info(struct domain *d, uint32_t *mode, uint64_t *nsec, uint32_t *khz,
		  uint32_t *incarnation);
int tsc_set_info(struct domain *d, uint32_t mode, uint64_t nsec, uint32_t khz,
		 uint32_t incarnation);
#define EMUL_HOST_KHZ 2500000
#define hvm_tsc_scaling_supported (emul.tsc_max_khz != 0)
uint64_t hvm_get_tsc_scaling_ratio(uint32_t khz);
/* Sets the ratio of a vCPU, on hosts whose vCPUs have ratios. */
void emul_setup_tsc_scaling(struct vcpu *v);
extern struct hvm_funcs {
	struct { void (*setup)(struct vcpu *v); } tsc_scaling;
} hvm_funcs;
#define alternative_vcall(fn, ...) fn(__VA_ARGS__)

typedef uint32_t grant_ref_t;
typedef struct { uint8_t bytes[8]; } grant_entry_v1_t;
typedef struct { uint8_t bytes[16]; } grant_entry_v2_t;
/* As in Xen, the order of the counters in "pin" differs from that of the fields of a record. */
struct active_grant_entry { uint32_t pin; uint16_t domid; bool held; };
#define GNTPIN_hstw_mask 0xffu
#define GNTPIN_hstr_mask 0xff00u
#define GNTPIN_devw_mask 0xff0000u
#define GNTPIN_devr_mask 0xff000000u
#define MASK_EXTR(v, m) (((v) & (m)) / ((m) & -(m)))

struct grant_table {
	unsigned int gt_version, nr_frames, max_grant_frames, status_frames;
	struct active_grant_entry *active;	/* one for each ref; NULL: all are in use */
	grant_ref_t unmapped;			/* another domain unmaps it before we lock it; or 0 */
	int lock;
};

#define nr_grant_frames(gt) ((gt)->nr_frames)
#define nr_status_frames(gt) ((gt)->status_frames)
#define grant_read_lock(gt) (emul.batch = 0, emul.grant_locks++, read_lock(&(gt)->lock))
#define grant_read_unlock(gt) read_unlock(&(gt)->lock)
#define _active_entry(gt, ref) (*emul_active_entry(gt, ref))
unsigned int nr_grant_entries(const struct grant_table *gt);
struct active_grant_entry *emul_active_entry(const struct grant_table *gt, grant_ref_t ref);
struct active_grant_entry *active_entry_acquire(const struct grant_table *gt, grant_ref_t ref);
void active_entry_release(struct active_grant_entry *act);
void gnttab_get_sizes(const struct domain *d, struct domain_save_gnttab *s);
bool gnttab_next_pin(const struct domain *d, grant_ref_t *ref, grant_ref_t stop,
		     struct domain_save_gnttab_pin *pin);

/* --- The framework: a stand-in for one record in memory, or the real one, for tests/fuzz */

#ifdef EMUL_CORE
#include "core.h"
#else
struct domain_context {
	uint8_t *data;
	size_t length, done, room;
	void *scratch;
	size_t scratch_size;
	bool ended, dry_run;
};

void *domain_save_scratch(const struct domain_context *c, size_t *size);

int domain_save_begin(struct domain_context *c, size_t len);
int domain_save_data(struct domain_context *c, const void *src, size_t len);
int domain_load_begin(struct domain_context *c, size_t len);
int domain_load_data(struct domain_context *c, void *dst, size_t len);
int domain_save_end(struct domain_context *c);
#define domain_load_end domain_save_end
int domain_save_entry(struct domain_context *c, const void *src, size_t len);
int domain_load_entry(struct domain_context *c, void *dst, size_t len);

typedef int handler(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run);
extern struct record_type {
	bool per_vcpu;
	handler *save, *load;
} types[DOMAIN_SAVE_CODE_MAX + 1];
typedef size_t scratch_size_fn(const struct domain *d);
extern scratch_size_fn *scratch_sizes[DOMAIN_SAVE_CODE_MAX + 1];

#define DOMAIN_REGISTER_SAVE_SCRATCH(x, size) \
	static void __attribute__((constructor)) register_scratch_##x(void) \
	{ scratch_sizes[DOMAIN_SAVE_CODE_##x] = size; } \
	struct emul_wants_a_semicolon

#define DOMAIN_REGISTER_SAVE_RESTORE(x, vcpu, s, l) \
	static void __attribute__((constructor)) register_##x(void) \
	{ types[DOMAIN_SAVE_CODE_##x] = (struct record_type){ vcpu, s, l }; } \
	struct emul_wants_a_semicolon
#endif

#endif
