// SPDX-License-Identifier: GPL-2.0
/*
 * The fields of each type of record, how to print them, and why they may change between two
 * contexts of a guest. A change without a reason is unexpected.
 *
 * The reasons depend on the behaviour of Xen and Linux. After a restore, Linux registers the memory
 * that its vCPUs share with Xen in the new domain, at the same addresses. For an offline vCPU,
 * Linux registers all of this memory only when the vCPU boots.
 */
#include "domctx.h"

#include <strings.h>

#include <xen/sched.h>

#define AT(s, member) offsetof(struct s, member), sizeof(((struct s *)0)->member)

#define EITHER(why) .restored = why, .goes_on = why

static const char time_goes_on[] = "time passes";

const char *why_offline(const struct pair *p)
{
	return p->way == RESTORED && !vcpu_online(p->is, p->vcpu) ?
		"an offline vCPU registers this when it boots" : NULL;
}

static const char *offline(const struct pair *p, uint64_t was, uint64_t is)
{
	(void)was, (void)is;
	return why_offline(p);
}

/*
 * Expect a larger grant table: Linux adds frames when it needs more grants, and never removes a
 * frame.
 */
static const char *grew(const struct pair *p, uint64_t was, uint64_t is)
{
	(void)p;
	return is > was ? "the table grows when the guest needs grants" : NULL;
}

static const char *const archs[] = { "unknown", "x86", "Arm", NULL };
static const char *const guest_types[] = { "unknown", "PV", "HVM", NULL };
static const char *const tsc_modes[] = { "default", "always emulated", "never emulated", NULL };
static const char *const abis[] = { "0", "2-level", "FIFO", NULL };

const char *const port_states[] = {
	"free", "reserved", "unbound", "interdomain", "pirq", "virq", "ipi", NULL
};

const char *const virq_names[] = {
	"TIMER", "DEBUG", "CONSOLE", "DOM_EXC", "TBUF", "5", "DEBUGGER", "XENOPROF",
	"CON_RING", "PCPU_STATE", "MEM_EVENT", "ARGO", "ENOMEM", "XENPMU", NULL
};

#define SHARED_INFO(member) AT(domain_save_shared_info, member)
static const struct field shared_info[] = {
	{ "arch", SHARED_INFO(arch), NAME, .names = archs },
	{ "type", SHARED_INFO(type), NAME, .names = guest_types },
	{ "width", SHARED_INFO(width), .format = DECIMAL },
	{ 0 }
};

#define TSC_INFO(member) AT(domain_save_tsc_info, member)
static const struct field tsc_info[] = {
	{ "mode", TSC_INFO(mode), NAME, .names = tsc_modes },
	{ "khz", TSC_INFO(khz), .format = DECIMAL },
	{ "nsec", TSC_INFO(nsec), DECIMAL, EITHER(time_goes_on) },
	{ "incarnation", TSC_INFO(incarnation), DECIMAL, .restored = "Xen counts restores" },
	{ 0 }
};

#define AREAS(member) AT(domain_save_vcpu_areas, member)
#define IS(flag) .mask = DOMAIN_SAVE_AREAS_##flag
static const struct field vcpu_areas[] = {
	{ "online", AREAS(flags), FLAG, IS(ONLINE) },
	{ "vcpu_info", AREAS(flags), FLAG, IS(VCPU_INFO), .excuse = offline },
	{ "vcpu_info_gfn", AREAS(vcpu_info_gfn), HEX, .excuse = offline },
	{ "vcpu_info_offset", AREAS(vcpu_info_offset), HEX, .excuse = offline },
	{ "control", AREAS(flags), FLAG, IS(CONTROL), .excuse = offline },
	{ "control_gfn", AREAS(control_gfn), HEX, .excuse = offline },
	{ "control_offset", AREAS(control_offset), HEX, .excuse = offline },
	{ "runstate", AREAS(flags), FLAG, IS(RUNSTATE), .excuse = offline },
	{ "runstate_address", AREAS(runstate), HEX, .excuse = offline },
	{ "time", AREAS(flags), FLAG, IS(TIME), .excuse = offline },
	{ "time_address", AREAS(time), HEX, .excuse = offline },
	{ 0 }
};

/*
 * diff_timer() checks whether the one-shot timer still works. Xen starts the periodic timer of a PV
 * vCPU, and Linux stops it when the vCPU boots.
 */
#define TIMERS(member) AT(domain_save_vcpu_timers, member)
static const struct field vcpu_timers[] = {
	{ "now", TIMERS(now), DECIMAL, EITHER(time_goes_on) },
	{ "singleshot", TIMERS(singleshot), DECIMAL, EITHER("the guest sets the timer again"),
	  .zero = "not armed" },
	{ "period", TIMERS(period), .format = DECIMAL, .zero = "off", .excuse = offline },
	{ "periodic_last", TIMERS(periodic_last), DECIMAL, EITHER(time_goes_on) },
	{ 0 }
};

/* The numbers of ports may change here: diff_ports() compares the ports themselves. */
#define EVTCHN(member) AT(domain_save_evtchn, member)
static const struct field evtchn[] = {
	{ "abi", EVTCHN(abi), NAME, .names = abis },
	{ "nr_ports", EVTCHN(nr_ports), DECIMAL, EITHER("the ports are compared instead") },
	{ "nr_valid", EVTCHN(nr_valid), DECIMAL, EITHER("the number grows with the ports") },
	{ 0 }
};

#define GNTTAB(member) AT(domain_save_gnttab, member)
static const struct field gnttab[] = {
	{ "version", GNTTAB(version), .format = DECIMAL },
	{ "nr_frames", GNTTAB(nr_frames), DECIMAL, .excuse = grew },
	{ "max_frames", GNTTAB(max_frames), .format = DECIMAL },
	{ "nr_status_frames", GNTTAB(nr_status_frames), DECIMAL, .excuse = grew },
	{ "nr_pins", GNTTAB(nr_pins), DECIMAL, EITHER("requests change all the time") },
	{ 0 }
};

/*
 * Do not expect that an armed watchdog is off later: Xen would no longer detect that the guest
 * hangs.
 */
static const char *armed(const struct pair *p, uint64_t was, uint64_t is)
{
	(void)p;
	if (was)
		return is ? "the guest sets the watchdog again" : NULL;
	return "the guest has armed the watchdog";
}

static const char *resumed(const struct pair *p, uint64_t was, uint64_t is)
{
	(void)p;
	return was == SHUTDOWN_suspend && is == DOMAIN_SAVE_NOT_SHUT_DOWN ?
		"the domain was suspended, and continues" : NULL;
}

static const char *const shutdown_codes[] = {
	"poweroff", "reboot", "suspend", "crash", "watchdog", "soft reset", NULL
};

#define STATE(member) AT(domain_save_domain_state, member)
static const struct field domain_state[] = {
	{ "now", STATE(now), DECIMAL, EITHER(time_goes_on) },
	{ "watchdog[0]", STATE(watchdog[0]), DECIMAL, .zero = "not armed", .excuse = armed },
	{ "watchdog[1]", STATE(watchdog[1]), DECIMAL, .zero = "not armed", .excuse = armed },
	{ "time_offset", STATE(time_offset), SIGNED, .restored = "the toolstack sets the offset" },
	{ "vm_assist", STATE(vm_assist), .format = HEX },
	{ "shutdown", STATE(shutdown), NAME, .names = shutdown_codes, .ones = "none",
	  .excuse = resumed },
	{ "suspend_port", STATE(suspend_port), DECIMAL, EITHER("the toolstack registers the port"),
	  .zero = "none" },
	{ 0 }
};

/*
 * The runstate times of a vCPU start at 0 in a new domain. In the same domain, they can only grow.
 */
static const char *counted(const struct pair *p, uint64_t was, uint64_t is)
{
	return p->way == RESTORED || is > was ? time_goes_on : NULL;
}

static const char *const runstates[] = { "running", "runnable", "blocked", "offline", NULL };
static const char blocks[] = "the vCPU blocks and wakes all the time";
static const char polls[] = "the vCPU polls from time to time";

#define VCPU(member) AT(domain_save_vcpu_state, member)
#define VCPU_IS(flag) .mask = DOMAIN_SAVE_STATE_##flag
static const struct field vcpu_state[] = {
	{ "now", VCPU(now), DECIMAL, EITHER(time_goes_on) },
	{ "blocked", VCPU(flags), FLAG, EITHER(blocks), VCPU_IS(BLOCKED) },
	{ "down", VCPU(flags), FLAG, VCPU_IS(DOWN) },
	{ "blocked_in_xen", VCPU(flags), FLAG, EITHER("Xen unblocks the vCPU"),
	  VCPU_IS(BLOCKED_IN_XEN) },
	{ "migrating", VCPU(flags), FLAG, EITHER("the scheduler moves the vCPU"),
	  VCPU_IS(MIGRATING) },
	{ "mem_paging", VCPU(flags), FLAG, VCPU_IS(MEM_PAGING) },
	{ "mem_access", VCPU(flags), FLAG, VCPU_IS(MEM_ACCESS) },
	{ "mem_sharing", VCPU(flags), FLAG, VCPU_IS(MEM_SHARING) },
	{ "in_reset", VCPU(flags), FLAG, VCPU_IS(IN_RESET) },
	{ "parked", VCPU(flags), FLAG, EITHER("this depends on the host's CPUs"),
	  VCPU_IS(PARKED) },
	{ "polling", VCPU(flags), FLAG, EITHER(polls), VCPU_IS(POLLING) },
	{ "poll_port", VCPU(poll_port), DECIMAL, EITHER(polls), .zero = "none" },
	{ "poll_timeout", VCPU(poll_timeout), DECIMAL, EITHER(polls), .zero = "never" },
	{ "runstate", VCPU(runstate), NAME, EITHER(blocks), .names = runstates },
	{ "runstate_entry", VCPU(runstate_entry), DECIMAL, EITHER(time_goes_on) },
	{ "running_for", VCPU(runstate_time[0]), DECIMAL, .excuse = counted },
	{ "runnable_for", VCPU(runstate_time[1]), DECIMAL, .excuse = counted },
	{ "blocked_for", VCPU(runstate_time[2]), DECIMAL, .excuse = counted },
	{ "offline_for", VCPU(runstate_time[3]), DECIMAL, .excuse = counted },
	{ 0 }
};

/*
 * Expect that a pending trap is no longer pending. A new trap that is pending in each new dump is
 * unexpected: the vCPU never takes it.
 */
static const char *taken(const struct pair *p, uint64_t was, uint64_t is)
{
	(void)p;
	return was && !is ? "the vCPU has handled the trap" : NULL;
}

static const char exception[] = "this belongs to the exception";

#define TRAPS(member) AT(domain_save_vcpu_traps, member)
#define TRAP_IS(flag) .mask = DOMAIN_SAVE_TRAPS_##flag
static const struct field vcpu_traps[] = {
	{ "nmi", TRAPS(flags), FLAG, TRAP_IS(NMI), .excuse = taken },
	{ "mce", TRAPS(flags), FLAG, TRAP_IS(MCE), .excuse = taken },
	{ "nmi_masked", TRAPS(flags), FLAG, TRAP_IS(NMI_MASKED), .excuse = taken },
	{ "mce_masked", TRAPS(flags), FLAG, TRAP_IS(MCE_MASKED), .excuse = taken },
	{ "exception", TRAPS(flags), FLAG, TRAP_IS(EXCEPTION), .excuse = taken },
	{ "has_error_code", TRAPS(flags), FLAG, EITHER(exception), TRAP_IS(ERROR_CODE) },
	{ "error_code", TRAPS(error_code), HEX, EITHER(exception) },
	{ "no_events", TRAPS(flags), FLAG, EITHER(exception), TRAP_IS(NO_EVENTS) },
	{ "cs", TRAPS(cs), HEX, EITHER(exception) },
	{ "eip", TRAPS(eip), HEX, EITHER(exception) },
	{ 0 }
};

/* Return how many pages the event array must have to hold the words of all ports of the guest. */
static uint64_t pages_needed(const struct ports *ports)
{
	uint64_t need = 0;

	for (size_t i = 0; i < ports->nr; i++) {
		const struct port *p = &ports->ports[i];

		if (p->state != DOMAIN_SAVE_EVTCHN_RESERVED &&
		    !(p->flags & DOMAIN_SAVE_EVTCHN_XEN) && p->port / FIFO_WORDS >= need)
			need = p->port / FIFO_WORDS + 1;
	}
	return need;
}

/*
 * In a new domain, Linux registers a page of the event array only when a port needs it. So expect
 * fewer pages if they have the words of all ports. Without its word, a port gets no events.
 */
static const char *enough(const struct pair *p, uint64_t was, uint64_t is)
{
	if (is > was)
		return "the event array grows with the ports";
	return p->way == RESTORED && p->ports_is && is >= pages_needed(p->ports_is) ?
		"the guest has fewer ports" : NULL;
}

#define ARRAY(member) AT(domain_save_fifo_array, member)
static const struct field fifo_array[] = {
	{ "nr_pages", ARRAY(nr_pages), DECIMAL, .excuse = enough },
	{ 0 }
};

static const struct type types[] = {
	[DOMAIN_SAVE_CODE_SHARED_INFO] = {
		"SHARED_INFO", .loads = true,
		.length = sizeof(struct domain_save_shared_info) + PAGE_BYTES,
		.fields = shared_info,
	},
	[DOMAIN_SAVE_CODE_TSC_INFO] = {
		"TSC_INFO", .loads = true,
		.length = sizeof(struct domain_save_tsc_info), .fields = tsc_info,
	},
	[DOMAIN_SAVE_CODE_VCPU_AREAS] = {
		"VCPU_AREAS", .per_vcpu = true,
		.length = sizeof(struct domain_save_vcpu_areas), .fields = vcpu_areas,
	},
	[DOMAIN_SAVE_CODE_VCPU_TIMERS] = {
		"VCPU_TIMERS", .per_vcpu = true,
		.length = sizeof(struct domain_save_vcpu_timers), .fields = vcpu_timers,
	},
	[DOMAIN_SAVE_CODE_EVTCHN] = {
		"EVTCHN", .length = sizeof(struct domain_save_evtchn),
		.entry = sizeof(struct domain_save_evtchn_port),
		.count_at = offsetof(struct domain_save_evtchn, nr_ports), .fields = evtchn,
	},
	[DOMAIN_SAVE_CODE_GNTTAB] = {
		"GNTTAB", .length = sizeof(struct domain_save_gnttab),
		.entry = sizeof(struct domain_save_gnttab_pin),
		.count_at = offsetof(struct domain_save_gnttab, nr_pins), .fields = gnttab,
	},
	[DOMAIN_SAVE_CODE_DOMAIN_STATE] = {
		"DOMAIN_STATE",
		.length = sizeof(struct domain_save_domain_state), .fields = domain_state,
	},
	[DOMAIN_SAVE_CODE_VCPU_STATE] = {
		"VCPU_STATE", .per_vcpu = true,
		.length = sizeof(struct domain_save_vcpu_state), .fields = vcpu_state,
	},
	[DOMAIN_SAVE_CODE_VCPU_TRAPS] = {
		"VCPU_TRAPS", .per_vcpu = true,
		.length = sizeof(struct domain_save_vcpu_traps), .fields = vcpu_traps,
	},
	[DOMAIN_SAVE_CODE_FIFO_ARRAY] = {
		"FIFO_ARRAY", .length = sizeof(struct domain_save_fifo_array),
		.entry = sizeof(uint64_t),
		.count_at = offsetof(struct domain_save_fifo_array, nr_pages),
		.fields = fifo_array,
	},
};

const struct type *type_of(unsigned int code)
{
	static const struct type none;

	return code < sizeof(types) / sizeof(*types) ? &types[code] : &none;
}

/* Return 0 if no type has this name. */
unsigned int type_named(const char *name)
{
	for (unsigned int code = 0; code < sizeof(types) / sizeof(*types); code++)
		if (types[code].name && !strcasecmp(types[code].name, name))
			return code;
	return 0;
}

uint64_t field_value(const struct field *f, const uint8_t *data)
{
	uint64_t value = get_number(data, f->at, f->size);

	if (f->format == FLAG)
		return !!(value & f->mask);
	return value;
}

const char *value_name(const char *const *names, uint64_t value, char text[NUMBER_BYTES])
{
	for (uint64_t i = 0; names[i]; i++)
		if (i == value)
			return names[i];
	snprintf(text, NUMBER_BYTES, "%llu", (unsigned long long)value);
	return text;
}

const char *field_text(const struct field *f, uint64_t value, char text[NUMBER_BYTES])
{
	if (f->format == FLAG)
		return value ? "yes" : "no";
	if (f->ones && value == ~0ULL >> (64 - 8 * f->size))
		return f->ones;
	if (f->format == NAME)
		return value_name(f->names, value, text);
	if (!value && f->zero)
		return f->zero;
	if (f->format == SIGNED)
		snprintf(text, NUMBER_BYTES, "%lld",
			 (long long)(value << (64 - 8 * f->size)) >> (64 - 8 * f->size));
	else
		snprintf(text, NUMBER_BYTES, f->format == HEX ? "0x%llx" : "%llu",
			 (unsigned long long)value);
	return text;
}

const char *record_name(const struct record *r, char text[NUMBER_BYTES])
{
	const struct type *t = type_of(r->type);

	if (!t->name)
		snprintf(text, NUMBER_BYTES, "record of type %u, vCPU %u", r->type, r->vcpu);
	else if (t->per_vcpu)
		snprintf(text, NUMBER_BYTES, "%s of vCPU %u", t->name, r->vcpu);
	else
		return t->name;
	return text;
}

/* Return true also if the context does not show whether the vCPU is online. */
bool vcpu_online(const struct context *c, unsigned int vcpu)
{
	const struct record *r = context_find(c, DOMAIN_SAVE_CODE_VCPU_AREAS, vcpu);

	return !r || field_value(&vcpu_areas[0], r->data);
}
