/* SPDX-License-Identifier: MIT */
/*
 * save.h: a domain's context as a stream of typed records
 *
 * docs/specs/domain-context.md specifies each byte of the stream.
 */

#ifndef XEN_PUBLIC_SAVE_H
#define XEN_PUBLIC_SAVE_H

#if defined(__XEN__) || defined(__XEN_TOOLS__)

#include "xen.h"

/* Each record begins with this descriptor. The payload follows it directly. */
struct domain_save_descriptor {
    uint16_t typecode;          /* DOMAIN_SAVE_CODE_* */
    uint16_t vcpu_id;           /* 0 if the record is of the whole domain */
    uint32_t flags;             /* DOMAIN_SAVE_FLAG_*; other bits are zero */
    uint64_aligned_t length;    /* of the payload, in bytes; a multiple of 8 */
};

/* The typecode of the record with the name x, for example END. */
#define DOMAIN_SAVE_CODE(x) DOMAIN_SAVE_CODE_##x

/*
 * A load skips a record with this flag. The length of such a record need not be
 * a multiple of 8. HEADER and END must not have this flag.
 */
#define DOMAIN_SAVE_FLAG_IGNORE (1u << 0)

/* END is the last record of a stream. It has no payload. */
#define DOMAIN_SAVE_CODE_END         0

/* HEADER is the first record of a stream. */
#define DOMAIN_SAVE_CODE_HEADER      1

struct domain_save_header {
    uint32_t magic;
    uint32_t version;
};

#define DOMAIN_SAVE_MAGIC   0x53415645
#define DOMAIN_SAVE_VERSION 1

/* Record of the shared info page. Xen can save and load it. */
#define DOMAIN_SAVE_CODE_SHARED_INFO 2

struct domain_save_shared_info {
    uint8_t width;              /* bytes of a word in the page: 4 or 8 */
    uint8_t type;               /* DOMAIN_SAVE_TYPE_*; 0: not known */
    uint16_t arch;              /* DOMAIN_SAVE_ARCH_*; 0: not known */
    uint32_t reserved;          /* zero */
    /* The page itself, 4096 bytes, follows this structure. */
};

#define DOMAIN_SAVE_ARCH_X86 1
#define DOMAIN_SAVE_ARCH_ARM 2

#define DOMAIN_SAVE_TYPE_PV  1
#define DOMAIN_SAVE_TYPE_HVM 2  /* also PVH, and all domains on Arm */

/* Record of the guest's TSC settings. x86 only. Xen can save and load it. */
#define DOMAIN_SAVE_CODE_TSC_INFO    3

struct domain_save_tsc_info {
    uint32_t mode;
    uint32_t khz;
    uint64_aligned_t nsec;
    uint32_t incarnation;
    uint32_t reserved;          /* zero */
};

/*
 * Record of the places where a vCPU shares memory with Xen. There is one for
 * each vCPU. Xen can save it, but not load it.
 */
#define DOMAIN_SAVE_CODE_VCPU_AREAS  4

struct domain_save_vcpu_areas {
    uint32_t flags;             /* DOMAIN_SAVE_AREAS_* */
    uint16_t vcpu_info_offset;  /* of vcpu_info in its page */
    uint16_t control_offset;    /* of the FIFO control block in its page */
    uint64_aligned_t vcpu_info_gfn;
    uint64_aligned_t control_gfn;  /* of the FIFO control block */
    uint64_aligned_t runstate;  /* guest virtual address; 0 if not registered */
    uint64_aligned_t time;      /* guest virtual address, or 0; x86 only */
};

#define DOMAIN_SAVE_AREAS_ONLINE    (1u << 0) /* the vCPU is up */
#define DOMAIN_SAVE_AREAS_VCPU_INFO (1u << 1) /* placed by the guest */
#define DOMAIN_SAVE_AREAS_CONTROL   (1u << 2) /* for FIFO channels */
#define DOMAIN_SAVE_AREAS_RUNSTATE  (1u << 3)
#define DOMAIN_SAVE_AREAS_TIME      (1u << 4)

/*
 * Record of a vCPU's timers, in ns of Xen's system time. There is one for each
 * vCPU. Xen can save it, but not load it.
 */
#define DOMAIN_SAVE_CODE_VCPU_TIMERS 5

struct domain_save_vcpu_timers {
    uint64_aligned_t now;           /* when Xen read the timers */
    uint64_aligned_t singleshot;    /* expiry of this timer; 0 if not armed */
    uint64_aligned_t period;        /* of the periodic timer; 0 if it is off */
    uint64_aligned_t periodic_last; /* last expiry of the periodic timer */
};

/* Record of all event channels that are not free. Xen cannot load it. */
#define DOMAIN_SAVE_CODE_EVTCHN      6

struct domain_save_evtchn {
    uint32_t abi;               /* DOMAIN_SAVE_EVTCHN_ABI_* */
    uint32_t nr_ports;          /* how many domain_save_evtchn_port follow */
    uint32_t nr_valid;          /* ports in use are all below nr_valid */
    uint32_t reserved;          /* zero */
};

#define DOMAIN_SAVE_EVTCHN_ABI_2L   1
#define DOMAIN_SAVE_EVTCHN_ABI_FIFO 2

/* An event channel in the record EVTCHN, in ascending order of ports. */
struct domain_save_evtchn_port {
    uint32_t port;
    uint8_t state;              /* DOMAIN_SAVE_EVTCHN_RESERVED to _IPI */
    uint8_t priority;
    uint16_t flags;             /* DOMAIN_SAVE_EVTCHN_PENDING to _XEN */
    uint16_t vcpu_id;           /* the vCPU that Xen notifies of events */
    uint16_t remote_domid;      /* if UNBOUND or INTERDOMAIN, else zero */
    uint32_t binding;           /* remote port, pirq or VIRQ, else zero */
};

#define DOMAIN_SAVE_EVTCHN_RESERVED    1
#define DOMAIN_SAVE_EVTCHN_UNBOUND     2
#define DOMAIN_SAVE_EVTCHN_INTERDOMAIN 3
#define DOMAIN_SAVE_EVTCHN_PIRQ        4
#define DOMAIN_SAVE_EVTCHN_VIRQ        5
#define DOMAIN_SAVE_EVTCHN_IPI         6

#define DOMAIN_SAVE_EVTCHN_PENDING (1u << 0)
#define DOMAIN_SAVE_EVTCHN_MASKED  (1u << 1)
#define DOMAIN_SAVE_EVTCHN_XEN     (1u << 2) /* Xen consumes the events */

/* Record of the grant table. Xen can save it, but not load it. */
#define DOMAIN_SAVE_CODE_GNTTAB      7

struct domain_save_gnttab {
    uint32_t version;           /* 1 or 2 */
    uint32_t nr_frames;
    uint32_t max_frames;
    uint32_t nr_status_frames;
    uint32_t nr_pins;           /* how many domain_save_gnttab_pin follow */
    uint32_t reserved;          /* zero */
};

/*
 * A grant that a domain uses, in ascending order of references. A copy counts
 * as a mapping for the CPU while it lasts.
 */
struct domain_save_gnttab_pin {
    uint32_t ref;
    uint16_t domid;             /* the domain that uses the grant */
    uint16_t reserved;          /* zero */
    uint16_t host_readers;      /* read-only mappings for the CPU */
    uint16_t host_writers;      /* writable mappings for the CPU */
    uint16_t device_readers;    /* read-only mappings for devices */
    uint16_t device_writers;    /* writable mappings for devices */
};

/*
 * Record of the watchdogs, the settings and the shutdown state of a domain. Xen
 * can save it, but not load it.
 */
#define DOMAIN_SAVE_CODE_DOMAIN_STATE 8

struct domain_save_domain_state {
    uint64_aligned_t now;       /* Xen's system time at the save */
    uint64_aligned_t watchdog[2]; /* when each expires; 0 if it is not armed */
    uint64_aligned_t time_offset; /* from the host's wall clock; signed, s */
    uint64_aligned_t vm_assist; /* bits VMASST_TYPE_* */
    uint32_t shutdown;          /* SHUTDOWN_*, or DOMAIN_SAVE_NOT_SHUT_DOWN */
    uint32_t suspend_port;      /* port that gets suspend events; 0: none */
};

#define DOMAIN_SAVE_NOT_SHUT_DOWN (~0u)

/*
 * Record of the reasons why a vCPU does not run, and of its runstates. There is
 * one for each vCPU. Xen can save it, but not load it.
 */
#define DOMAIN_SAVE_CODE_VCPU_STATE  9

struct domain_save_vcpu_state {
    uint64_aligned_t now;       /* Xen's system time at the save */
    uint32_t flags;             /* DOMAIN_SAVE_STATE_* */
    uint32_t poll_port;         /* that the vCPU polls; 0: none, or several */
    uint64_aligned_t poll_timeout; /* when the poll times out; 0: never */
    uint32_t runstate;          /* RUNSTATE_* */
    uint32_t reserved;          /* zero */
    uint64_aligned_t runstate_entry; /* when the vCPU entered it */
    uint64_aligned_t runstate_time[4]; /* ns in each runstate until now */
};

#define DOMAIN_SAVE_STATE_BLOCKED        (1u << 0) /* until an event */
#define DOMAIN_SAVE_STATE_DOWN           (1u << 1) /* offline for the guest */
#define DOMAIN_SAVE_STATE_BLOCKED_IN_XEN (1u << 2)
#define DOMAIN_SAVE_STATE_MIGRATING      (1u << 3) /* to another CPU */
#define DOMAIN_SAVE_STATE_MEM_PAGING     (1u << 4)
#define DOMAIN_SAVE_STATE_MEM_ACCESS     (1u << 5)
#define DOMAIN_SAVE_STATE_MEM_SHARING    (1u << 6)
#define DOMAIN_SAVE_STATE_IN_RESET       (1u << 7)
#define DOMAIN_SAVE_STATE_PARKED         (1u << 8)
#define DOMAIN_SAVE_STATE_POLLING        (1u << 9) /* SCHEDOP_poll */

/*
 * Record of the pending and masked traps of a vCPU. x86 only. There is one for
 * each vCPU. Xen can save it, but not load it.
 */
#define DOMAIN_SAVE_CODE_VCPU_TRAPS  10

struct domain_save_vcpu_traps {
    uint32_t flags;             /* DOMAIN_SAVE_TRAPS_* */
    uint32_t error_code;        /* of the exception, or 0 */
    uint64_aligned_t eip;       /* address of the PV guest's handler */
    uint16_t cs;                /* code segment of that handler */
    uint16_t reserved[3];       /* zero */
};

#define DOMAIN_SAVE_TRAPS_NMI        (1u << 0) /* an NMI is pending */
#define DOMAIN_SAVE_TRAPS_MCE        (1u << 1)
#define DOMAIN_SAVE_TRAPS_NMI_MASKED (1u << 2) /* the guest handles one now */
#define DOMAIN_SAVE_TRAPS_MCE_MASKED (1u << 3)
#define DOMAIN_SAVE_TRAPS_EXCEPTION  (1u << 4) /* PV: to be delivered next */
#define DOMAIN_SAVE_TRAPS_ERROR_CODE (1u << 5) /* the exception has one */
#define DOMAIN_SAVE_TRAPS_NO_EVENTS  (1u << 6) /* the handler masks upcalls */

/* Record of the event array of FIFO event channels. Xen cannot load it. */
#define DOMAIN_SAVE_CODE_FIFO_ARRAY  11

struct domain_save_fifo_array {
    uint32_t nr_pages;          /* how many gfns follow, 64 bits each */
    uint32_t reserved;          /* zero */
};

#define DOMAIN_SAVE_CODE_MAX         11

/* As vcpu_id of XEN_DOMCTL_getdomaincontext, it selects all vCPUs. */
#define DOMAIN_SAVE_ALL_VCPUS (~0u)

#endif /* __XEN__ || __XEN_TOOLS__ */

#endif /* XEN_PUBLIC_SAVE_H */
