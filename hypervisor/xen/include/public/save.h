/* SPDX-License-Identifier: MIT */
/*
 * save.h: a domain's context as a stream of typed records
 *
 * Byte for byte: docs/specs/domain-context.md.
 */

#ifndef XEN_PUBLIC_SAVE_H
#define XEN_PUBLIC_SAVE_H

#if defined(__XEN__) || defined(__XEN_TOOLS__)

#include "xen.h"

/* Each record begins with this; its payload follows. */
struct domain_save_descriptor {
    uint16_t typecode;          /* DOMAIN_SAVE_CODE_* */
    uint16_t vcpu_id;           /* 0 where a record is of the whole domain */
    uint32_t flags;             /* DOMAIN_SAVE_FLAG_*, others are zero */
    uint64_aligned_t length;    /* of the payload, in bytes: a multiple of 8 */
};

/* The typecode of record x. */
#define DOMAIN_SAVE_CODE(x) DOMAIN_SAVE_CODE_##x

/*
 * Skip this record on load. Its length may then be any number of bytes. Not for
 * HEADER and END.
 */
#define DOMAIN_SAVE_FLAG_IGNORE (1u << 0)

/* The last record, without a payload. */
#define DOMAIN_SAVE_CODE_END         0

/* The first record. */
#define DOMAIN_SAVE_CODE_HEADER      1

struct domain_save_header {
    uint32_t magic;
    uint32_t version;
};

#define DOMAIN_SAVE_MAGIC   0x53415645
#define DOMAIN_SAVE_VERSION 1

/* The shared info page. Save and load. */
#define DOMAIN_SAVE_CODE_SHARED_INFO 2

struct domain_save_shared_info {
    uint8_t width;              /* bytes of a guest's word in it: 4 or 8 */
    uint8_t type;               /* DOMAIN_SAVE_TYPE_*; 0: not known */
    uint16_t arch;              /* DOMAIN_SAVE_ARCH_*; 0: not known */
    uint32_t reserved;          /* zero */
    /* The page follows, 4096 bytes. */
};

#define DOMAIN_SAVE_ARCH_X86 1
#define DOMAIN_SAVE_ARCH_ARM 2

#define DOMAIN_SAVE_TYPE_PV  1
#define DOMAIN_SAVE_TYPE_HVM 2  /* PVH, and Arm, too */

/* How the TSC is shown to the guest. x86 only. Save and load. */
#define DOMAIN_SAVE_CODE_TSC_INFO    3

struct domain_save_tsc_info {
    uint32_t mode;
    uint32_t khz;
    uint64_aligned_t nsec;
    uint32_t incarnation;
    uint32_t reserved;          /* zero */
};

/* Where a vCPU shares memory with Xen. One per vCPU, save only. */
#define DOMAIN_SAVE_CODE_VCPU_AREAS  4

struct domain_save_vcpu_areas {
    uint32_t flags;             /* DOMAIN_SAVE_AREAS_* */
    uint16_t vcpu_info_offset;  /* in its page */
    uint16_t control_offset;
    uint64_aligned_t vcpu_info_gfn;
    uint64_aligned_t control_gfn;  /* the FIFO control block's */
    uint64_aligned_t runstate;  /* guest virtual address; 0 if there is none */
    uint64_aligned_t time;      /* the same; x86 only */
};

#define DOMAIN_SAVE_AREAS_ONLINE    (1u << 0) /* the guest has the vCPU up */
#define DOMAIN_SAVE_AREAS_VCPU_INFO (1u << 1) /* the guest has placed it */
#define DOMAIN_SAVE_AREAS_CONTROL   (1u << 2) /* there is a control block */
#define DOMAIN_SAVE_AREAS_RUNSTATE  (1u << 3)
#define DOMAIN_SAVE_AREAS_TIME      (1u << 4)

/* A vCPU's timers, in ns of Xen's system time. One per vCPU, save only. */
#define DOMAIN_SAVE_CODE_VCPU_TIMERS 5

struct domain_save_vcpu_timers {
    uint64_aligned_t now;           /* when this was read */
    uint64_aligned_t singleshot;    /* when it expires; 0 if not armed */
    uint64_aligned_t period;        /* of the periodic timer; 0 if it is off */
    uint64_aligned_t periodic_last; /* when that expired last */
};

/* Every event channel that is not free. Save only. */
#define DOMAIN_SAVE_CODE_EVTCHN      6

struct domain_save_evtchn {
    uint32_t abi;               /* DOMAIN_SAVE_EVTCHN_ABI_* */
    uint32_t nr_ports;          /* as many domain_save_evtchn_port follow */
    uint32_t nr_valid;          /* ports below this may be in use */
    uint32_t reserved;          /* zero */
};

#define DOMAIN_SAVE_EVTCHN_ABI_2L   1
#define DOMAIN_SAVE_EVTCHN_ABI_FIFO 2

/* In ascending order of ports. */
struct domain_save_evtchn_port {
    uint32_t port;
    uint8_t state;              /* DOMAIN_SAVE_EVTCHN_* */
    uint8_t priority;
    uint16_t flags;             /* DOMAIN_SAVE_EVTCHN_PENDING, ... */
    uint16_t vcpu_id;           /* who is told of events */
    uint16_t remote_domid;      /* of UNBOUND and INTERDOMAIN, else zero */
    uint32_t binding;           /* remote port, pirq, virq; else zero */
};

#define DOMAIN_SAVE_EVTCHN_RESERVED    1
#define DOMAIN_SAVE_EVTCHN_UNBOUND     2
#define DOMAIN_SAVE_EVTCHN_INTERDOMAIN 3
#define DOMAIN_SAVE_EVTCHN_PIRQ        4
#define DOMAIN_SAVE_EVTCHN_VIRQ        5
#define DOMAIN_SAVE_EVTCHN_IPI         6

#define DOMAIN_SAVE_EVTCHN_PENDING (1u << 0)
#define DOMAIN_SAVE_EVTCHN_MASKED  (1u << 1)
#define DOMAIN_SAVE_EVTCHN_XEN     (1u << 2) /* for Xen, not the guest */

/* The grant table. Save only. */
#define DOMAIN_SAVE_CODE_GNTTAB      7

struct domain_save_gnttab {
    uint32_t version;           /* 1 or 2 */
    uint32_t nr_frames;
    uint32_t max_frames;
    uint32_t nr_status_frames;
    uint32_t nr_pins;           /* as many domain_save_gnttab_pin follow */
    uint32_t reserved;          /* zero */
};

/* A grant that somebody uses at the moment. In ascending order. */
struct domain_save_gnttab_pin {
    uint32_t ref;
    uint16_t domid;             /* who uses it */
    uint16_t reserved;          /* zero */
    uint16_t host_readers;      /* mapped for the CPU, to read and to write */
    uint16_t host_writers;
    uint16_t device_readers;    /* mapped for devices */
    uint16_t device_writers;
};

/* Watchdogs, settings and the shutdown state of a domain. Save only. */
#define DOMAIN_SAVE_CODE_DOMAIN_STATE 8

struct domain_save_domain_state {
    uint64_aligned_t now;       /* Xen's system time, when this was read */
    uint64_aligned_t watchdog[2]; /* when it expires; 0 if it is not armed */
    uint64_aligned_t time_offset; /* signed: s from the host's wall clock */
    uint64_aligned_t vm_assist; /* bits VMASST_TYPE_* */
    uint32_t shutdown;          /* SHUTDOWN_*, or DOMAIN_SAVE_NOT_SHUT_DOWN */
    uint32_t suspend_port;      /* its port to notify of a suspend; 0: none */
};

#define DOMAIN_SAVE_NOT_SHUT_DOWN (~0u)

/* Why a vCPU does not run, and its runstates. One per vCPU, save only. */
#define DOMAIN_SAVE_CODE_VCPU_STATE  9

struct domain_save_vcpu_state {
    uint64_aligned_t now;       /* Xen's system time, when this was read */
    uint32_t flags;             /* DOMAIN_SAVE_STATE_* */
    uint32_t poll_port;         /* the one that is polled; 0: none, several */
    uint64_aligned_t poll_timeout; /* when the poll times out; 0: never */
    uint32_t runstate;          /* RUNSTATE_* */
    uint32_t reserved;          /* zero */
    uint64_aligned_t runstate_entry; /* when it entered that state */
    uint64_aligned_t runstate_time[4]; /* in each state, until now, in ns */
};

#define DOMAIN_SAVE_STATE_BLOCKED        (1u << 0) /* until an event comes */
#define DOMAIN_SAVE_STATE_DOWN           (1u << 1) /* by the guest */
#define DOMAIN_SAVE_STATE_BLOCKED_IN_XEN (1u << 2)
#define DOMAIN_SAVE_STATE_MIGRATING      (1u << 3) /* to another CPU */
#define DOMAIN_SAVE_STATE_MEM_PAGING     (1u << 4)
#define DOMAIN_SAVE_STATE_MEM_ACCESS     (1u << 5)
#define DOMAIN_SAVE_STATE_MEM_SHARING    (1u << 6)
#define DOMAIN_SAVE_STATE_IN_RESET       (1u << 7)
#define DOMAIN_SAVE_STATE_PARKED         (1u << 8)
#define DOMAIN_SAVE_STATE_POLLING        (1u << 9) /* SCHEDOP_poll */

/* Pending and masked traps of a vCPU. x86 only. One per vCPU, save only. */
#define DOMAIN_SAVE_CODE_VCPU_TRAPS  10

struct domain_save_vcpu_traps {
    uint32_t flags;             /* DOMAIN_SAVE_TRAPS_* */
    uint32_t error_code;        /* of the exception, if it has one */
    uint64_aligned_t eip;       /* where a PV guest handles the exception */
    uint16_t cs;
    uint16_t reserved[3];       /* zero */
};

#define DOMAIN_SAVE_TRAPS_NMI        (1u << 0) /* pending */
#define DOMAIN_SAVE_TRAPS_MCE        (1u << 1)
#define DOMAIN_SAVE_TRAPS_NMI_MASKED (1u << 2) /* one is being handled */
#define DOMAIN_SAVE_TRAPS_MCE_MASKED (1u << 3)
#define DOMAIN_SAVE_TRAPS_EXCEPTION  (1u << 4) /* PV: to be delivered next */
#define DOMAIN_SAVE_TRAPS_ERROR_CODE (1u << 5) /* it has one */
#define DOMAIN_SAVE_TRAPS_NO_EVENTS  (1u << 6) /* masks upcalls */

/* The event array of FIFO event channels. Save only. */
#define DOMAIN_SAVE_CODE_FIFO_ARRAY  11

struct domain_save_fifo_array {
    uint32_t nr_pages;          /* as many gfns follow, 64 bits each */
    uint32_t reserved;          /* zero */
};

#define DOMAIN_SAVE_CODE_MAX         11

/* vcpu_id of XEN_DOMCTL_getdomaincontext: the records of all vCPUs. */
#define DOMAIN_SAVE_ALL_VCPUS (~0u)

#endif /* __XEN__ || __XEN_TOOLS__ */

#endif /* XEN_PUBLIC_SAVE_H */
