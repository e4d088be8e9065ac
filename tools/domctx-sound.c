// SPDX-License-Identifier: GPL-2.0
/*
 * Check the payload of a record against the rules of its type.
 *
 * In a record that passes, the number of entries matches the length of the record.
 */
#include <stdarg.h>

#include "domctx.h"

#define PORTS_MAX (1u << 17)	/* the most ports with FIFO event channels */
#define NEVER_EMULATED 2	/* the TSC mode in which Xen never emulates it */

/* The range that is valid for a number in a record, or in each entry of a record. */
struct rule {
	uint16_t type, at;
	uint8_t size;
	bool entry;
	const char *name;
	uint64_t least, most;
};

#define AT(s, member) offsetof(struct s, member), sizeof(((struct s *)0)->member)
#define FLAGS(last) 0, 2 * (last) - 1

static const struct rule rules[] = {
	{ DOMAIN_SAVE_CODE_SHARED_INFO, AT(domain_save_shared_info, arch), false,
	  "arch", 0, DOMAIN_SAVE_ARCH_ARM },
	{ DOMAIN_SAVE_CODE_SHARED_INFO, AT(domain_save_shared_info, type), false,
	  "type", 0, DOMAIN_SAVE_TYPE_HVM },
	{ DOMAIN_SAVE_CODE_SHARED_INFO, AT(domain_save_shared_info, width), false,
	  "width", 4, 8 },
	{ DOMAIN_SAVE_CODE_SHARED_INFO, AT(domain_save_shared_info, reserved), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_TSC_INFO, AT(domain_save_tsc_info, mode), false, "mode", 0, 2 },
	{ DOMAIN_SAVE_CODE_TSC_INFO, AT(domain_save_tsc_info, nsec), false,
	  "nsec", 0, INT64_MAX },
	{ DOMAIN_SAVE_CODE_TSC_INFO, AT(domain_save_tsc_info, reserved), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_VCPU_AREAS, AT(domain_save_vcpu_areas, flags), false,
	  "flags", FLAGS(DOMAIN_SAVE_AREAS_TIME) },
	{ DOMAIN_SAVE_CODE_VCPU_AREAS, AT(domain_save_vcpu_areas, vcpu_info_offset), false,
	  "vcpu_info_offset", 0, PAGE_BYTES - 1 },
	{ DOMAIN_SAVE_CODE_VCPU_AREAS, AT(domain_save_vcpu_areas, control_offset), false,
	  "control_offset", 0, PAGE_BYTES - 1 },
	{ DOMAIN_SAVE_CODE_EVTCHN, AT(domain_save_evtchn, abi), false,
	  "abi", DOMAIN_SAVE_EVTCHN_ABI_2L, DOMAIN_SAVE_EVTCHN_ABI_FIFO },
	{ DOMAIN_SAVE_CODE_EVTCHN, AT(domain_save_evtchn, nr_valid), false,
	  "nr_valid", 0, PORTS_MAX },
	{ DOMAIN_SAVE_CODE_EVTCHN, AT(domain_save_evtchn, reserved), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_EVTCHN, AT(domain_save_evtchn_port, state), true,
	  "state", DOMAIN_SAVE_EVTCHN_RESERVED, DOMAIN_SAVE_EVTCHN_IPI },
	{ DOMAIN_SAVE_CODE_EVTCHN, AT(domain_save_evtchn_port, priority), true,
	  "priority", 0, 15 },
	{ DOMAIN_SAVE_CODE_EVTCHN, AT(domain_save_evtchn_port, flags), true,
	  "flags", FLAGS(DOMAIN_SAVE_EVTCHN_XEN) },
	{ DOMAIN_SAVE_CODE_GNTTAB, AT(domain_save_gnttab, version), false, "version", 1, 2 },
	{ DOMAIN_SAVE_CODE_GNTTAB, AT(domain_save_gnttab, reserved), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_GNTTAB, AT(domain_save_gnttab_pin, reserved), true,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_VCPU_STATE, AT(domain_save_vcpu_state, flags), false,
	  "flags", FLAGS(DOMAIN_SAVE_STATE_POLLING) },
	{ DOMAIN_SAVE_CODE_VCPU_STATE, AT(domain_save_vcpu_state, poll_port), false,
	  "poll_port", 0, PORTS_MAX - 1 },
	{ DOMAIN_SAVE_CODE_VCPU_STATE, AT(domain_save_vcpu_state, runstate), false,
	  "runstate", 0, 3 },
	{ DOMAIN_SAVE_CODE_VCPU_STATE, AT(domain_save_vcpu_state, reserved), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_VCPU_TRAPS, AT(domain_save_vcpu_traps, flags), false,
	  "flags", FLAGS(DOMAIN_SAVE_TRAPS_NO_EVENTS) },
	{ DOMAIN_SAVE_CODE_VCPU_TRAPS, AT(domain_save_vcpu_traps, reserved[0]), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_VCPU_TRAPS, AT(domain_save_vcpu_traps, reserved[1]), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_VCPU_TRAPS, AT(domain_save_vcpu_traps, reserved[2]), false,
	  "reserved", 0, 0 },
	{ DOMAIN_SAVE_CODE_FIFO_ARRAY, AT(domain_save_fifo_array, nr_pages), false,
	  "nr_pages", 0, PORTS_MAX / FIFO_WORDS },
	{ DOMAIN_SAVE_CODE_FIFO_ARRAY, AT(domain_save_fifo_array, reserved), false,
	  "reserved", 0, 0 },
};

#define NR_RULES (sizeof(rules) / sizeof(*rules))

/*
 * Fields that a flag in the flags of their record makes valid: areas, the poll and the exception of
 * a vCPU. If the flag is clear, the field must be 0. If the flag is set, an address must not be 0.
 */
static const struct {
	uint16_t type;
	uint32_t flag;
	uint16_t at;
	uint8_t size;
	bool address;
	const char *name;
} flagged[] = {
#define AREA(flag, member, address) \
	{ DOMAIN_SAVE_CODE_VCPU_AREAS, DOMAIN_SAVE_AREAS_##flag, \
	  AT(domain_save_vcpu_areas, member), address, #member }
	AREA(VCPU_INFO, vcpu_info_gfn, false), AREA(VCPU_INFO, vcpu_info_offset, false),
	AREA(CONTROL, control_gfn, false), AREA(CONTROL, control_offset, false),
	AREA(RUNSTATE, runstate, true), AREA(TIME, time, true),
#undef AREA
#define STATE(member) \
	{ DOMAIN_SAVE_CODE_VCPU_STATE, DOMAIN_SAVE_STATE_POLLING, \
	  AT(domain_save_vcpu_state, member), false, #member }
	STATE(poll_port), STATE(poll_timeout),
#undef STATE
#define TRAP(flag, member) \
	{ DOMAIN_SAVE_CODE_VCPU_TRAPS, DOMAIN_SAVE_TRAPS_##flag, \
	  AT(domain_save_vcpu_traps, member), false, #member }
	TRAP(ERROR_CODE, error_code), TRAP(EXCEPTION, eip), TRAP(EXCEPTION, cs),
#undef TRAP
};

/* Return the offset of the 32-bit flags in a record of this type. */
static size_t flags_at(unsigned int type)
{
	if (type == DOMAIN_SAVE_CODE_VCPU_STATE)
		return offsetof(struct domain_save_vcpu_state, flags);
	if (type == DOMAIN_SAVE_CODE_VCPU_TRAPS)
		return offsetof(struct domain_save_vcpu_traps, flags);
	return offsetof(struct domain_save_vcpu_areas, flags);
}

static bool __attribute__((format(printf, 4, 5)))
wrong(const struct record *r, size_t at, struct fault *f, const char *fmt, ...)
{
	char name[NUMBER_BYTES];
	va_list args;
	int len;

	if (!f)
		return false;
	f->at = r->at + sizeof(struct domain_save_descriptor) + at;
	len = snprintf(f->what, sizeof(f->what), "%s: ", record_name(r, name));
	va_start(args, fmt);
	vsnprintf(f->what + len, sizeof(f->what) - len, fmt, args);
	va_end(args);
	return false;
}

static bool length_fits(const struct record *r, const struct type *t, struct fault *f)
{
	size_t rest = r->length - t->length;
	uint64_t count;

	if (r->length < t->length || (!t->entry && rest))
		return wrong(r, 0, f, "%zu bytes, not %zu", r->length, t->length);
	if (!t->entry)
		return true;
	count = get_number(r->data, t->count_at, 4);
	if (rest % t->entry || count != rest / t->entry)
		return wrong(r, t->count_at, f, "%llu entries, but %zu bytes for entries",
			     (unsigned long long)count, rest);
	return true;
}

static bool keep_rules(const struct record *r, size_t base, bool entry, struct fault *f)
{
	for (size_t i = 0; i < NR_RULES; i++) {
		const struct rule *rule = &rules[i];
		uint64_t value;

		if (rule->type != r->type || rule->entry != entry)
			continue;
		value = get_number(r->data, base + rule->at, rule->size);
		if (value < rule->least || value > rule->most)
			return wrong(r, base + rule->at, f, "%s is %llu", rule->name,
				     (unsigned long long)value);
	}
	return true;
}

static bool check_flagged(const struct record *r, struct fault *f)
{
	for (size_t i = 0; i < sizeof(flagged) / sizeof(*flagged); i++) {
		uint64_t value;
		bool has;

		if (flagged[i].type != r->type)
			continue;
		value = get_number(r->data, flagged[i].at, flagged[i].size);
		has = get_number(r->data, flags_at(r->type), 4) & flagged[i].flag;
		if (value && !has)
			return wrong(r, flagged[i].at, f, "%s is 0x%llx, but its flag is clear",
				     flagged[i].name, (unsigned long long)value);
		if (!value && has && flagged[i].address)
			return wrong(r, flagged[i].at, f, "%s is 0, but its flag is set",
				     flagged[i].name);
	}
	return true;
}

/* Reject flags that describe an exception if the flag of the exception itself is clear. */
static bool check_traps(const struct record *r, struct fault *f)
{
	const uint32_t of_exception = DOMAIN_SAVE_TRAPS_ERROR_CODE | DOMAIN_SAVE_TRAPS_NO_EVENTS;
	uint32_t flags = get_number(r->data, AT(domain_save_vcpu_traps, flags));

	if (flags & of_exception && !(flags & DOMAIN_SAVE_TRAPS_EXCEPTION))
		return wrong(r, offsetof(struct domain_save_vcpu_traps, flags), f,
			     "flags is %u, but there is no exception", flags);
	return true;
}

/* Reject a shutdown code of more than 8 bits: Xen truncates the code that the guest gives. */
static bool check_shutdown(const struct record *r, struct fault *f)
{
	uint32_t code = get_number(r->data, AT(domain_save_domain_state, shutdown));

	if (code > UINT8_MAX && code != DOMAIN_SAVE_NOT_SHUT_DOWN)
		return wrong(r, offsetof(struct domain_save_domain_state, shutdown), f,
			     "shutdown is %u", code);
	return true;
}

static bool check_sizes(const struct record *r, struct fault *f)
{
	uint64_t nr = get_number(r->data, AT(domain_save_gnttab, nr_frames));
	uint64_t max = get_number(r->data, AT(domain_save_gnttab, max_frames));
	uint64_t status = get_number(r->data, AT(domain_save_gnttab, nr_status_frames));

	if (nr > max)
		return wrong(r, offsetof(struct domain_save_gnttab, nr_frames), f,
			     "%llu frames, but at most %llu are allowed", (unsigned long long)nr,
			     (unsigned long long)max);
	if (status && get_number(r->data, AT(domain_save_gnttab, version)) == 1)
		return wrong(r, offsetof(struct domain_save_gnttab, nr_status_frames), f,
			     "%llu status frames, but version 1 has none", (unsigned long long)status);
	return true;
}

/*
 * If the TSC is never emulated, Xen uses neither khz nor nsec, and rejects a load of other values
 * than 0.
 */
static bool check_tsc(const struct record *r, struct fault *f)
{
	uint64_t khz = get_number(r->data, AT(domain_save_tsc_info, khz));
	uint64_t nsec = get_number(r->data, AT(domain_save_tsc_info, nsec));

	if (get_number(r->data, AT(domain_save_tsc_info, mode)) != NEVER_EMULATED)
		return true;
	if (khz)
		return wrong(r, offsetof(struct domain_save_tsc_info, khz), f,
			     "khz is %llu, but the TSC is never emulated",
			     (unsigned long long)khz);
	if (nsec)
		return wrong(r, offsetof(struct domain_save_tsc_info, nsec), f,
			     "nsec is %llu, but the TSC is never emulated",
			     (unsigned long long)nsec);
	return true;
}

/* Check fields whose valid values depend on other fields, or are no range. */
static bool check_fields(const struct record *r, struct fault *f)
{
	/* keep_rules() has checked that width is from 4 to 8. */
	if (r->type == DOMAIN_SAVE_CODE_SHARED_INFO &&
	    get_number(r->data, AT(domain_save_shared_info, width)) % 4)
		return wrong(r, offsetof(struct domain_save_shared_info, width), f,
			     "width is neither 4 nor 8");
	if (r->type == DOMAIN_SAVE_CODE_TSC_INFO)
		return check_tsc(r, f);
	if (r->type == DOMAIN_SAVE_CODE_DOMAIN_STATE)
		return check_shutdown(r, f);
	if (r->type == DOMAIN_SAVE_CODE_VCPU_TRAPS && !check_traps(r, f))
		return false;
	if (!check_flagged(r, f))
		return false;
	return r->type != DOMAIN_SAVE_CODE_GNTTAB || check_sizes(r, f);
}

/* Ports and grant references must be in ascending order, and each port must be below nr_valid. */
static bool check_order(const struct record *r, size_t at, struct fault *f)
{
	const struct type *t = type_of(r->type);
	uint64_t number = get_number(r->data, at, 4);

	if (at > t->length && number <= get_number(r->data, at - t->entry, 4))
		return wrong(r, at, f, "%llu is not above the number of the previous entry",
			     (unsigned long long)number);
	if (r->type == DOMAIN_SAVE_CODE_EVTCHN &&
	    number >= get_number(r->data, offsetof(struct domain_save_evtchn, nr_valid), 4))
		return wrong(r, at, f, "port %llu is not below nr_valid",
			     (unsigned long long)number);
	return true;
}

/*
 * Return a description of a port whose events the guest does not receive, or NULL. Such a port is
 * Xen's own, or is reserved.
 */
static const char *whose(unsigned int state, unsigned int flags)
{
	if (flags & DOMAIN_SAVE_EVTCHN_XEN)
		return "the port belongs to Xen";
	return state == DOMAIN_SAVE_EVTCHN_RESERVED ? "the port is reserved" : NULL;
}

/*
 * A port of Xen or a reserved port must have no event bits and no priority. With 2-level event
 * channels, no port has a priority.
 */
static bool check_bits(const struct record *r, size_t at, struct fault *f)
{
	const unsigned int bits = DOMAIN_SAVE_EVTCHN_PENDING | DOMAIN_SAVE_EVTCHN_MASKED;
	size_t flags_at = at + offsetof(struct domain_save_evtchn_port, flags);
	size_t priority_at = at + offsetof(struct domain_save_evtchn_port, priority);
	unsigned int abi = get_number(r->data, AT(domain_save_evtchn, abi));
	unsigned int flags = get_number(r->data, flags_at, 2);
	unsigned int priority = get_number(r->data, priority_at, 1);
	const char *port = whose(get_number(r->data, at + offsetof(struct domain_save_evtchn_port,
								   state), 1), flags);

	if (port && flags & bits)
		return wrong(r, flags_at, f, "flags is %u, but %s", flags, port);
	if (priority && abi == DOMAIN_SAVE_EVTCHN_ABI_2L)
		port = "the ABI is not FIFO";
	if (priority && port)
		return wrong(r, priority_at, f, "priority is %u, but %s", priority, port);
	return true;
}

/* Fields that a port of this state does not use must be 0. */
static bool check_binding(const struct record *r, size_t at, struct fault *f)
{
	unsigned int state = get_number(r->data, at + offsetof(struct domain_save_evtchn_port,
							       state), 1);
	size_t remote = at + offsetof(struct domain_save_evtchn_port, remote_domid);
	size_t binding = at + offsetof(struct domain_save_evtchn_port, binding);
	bool has_remote = state == DOMAIN_SAVE_EVTCHN_UNBOUND ||
			  state == DOMAIN_SAVE_EVTCHN_INTERDOMAIN;
	bool has_binding = state >= DOMAIN_SAVE_EVTCHN_INTERDOMAIN &&
			   state <= DOMAIN_SAVE_EVTCHN_VIRQ;

	if (!has_remote && get_number(r->data, remote, 2))
		return wrong(r, remote, f, "remote_domid is not 0, but a port in this state has none");
	if (!has_binding && get_number(r->data, binding, 4))
		return wrong(r, binding, f, "binding is not 0, but a port in this state has none");
	return true;
}

/* A grant has an entry only while it is in use, so one of its four counters is not 0. */
static bool check_pin(const struct record *r, size_t at, struct fault *f)
{
	if (get_number(r->data, at + offsetof(struct domain_save_gnttab_pin, host_readers), 8))
		return true;
	return wrong(r, at, f, "a grant that is not in use");
}

static bool check_entry(const struct record *r, size_t at, struct fault *f)
{
	if (r->type == DOMAIN_SAVE_CODE_FIFO_ARRAY)	/* any page frames, in any order */
		return true;
	if (!keep_rules(r, at, true, f) || !check_order(r, at, f))
		return false;
	if (r->type == DOMAIN_SAVE_CODE_EVTCHN)
		return check_bits(r, at, f) && check_binding(r, at, f);
	return check_pin(r, at, f);
}

static bool has_port_0(const struct record *r, size_t first, struct fault *f)
{
	if (r->length > first &&
	    !get_number(r->data, first + offsetof(struct domain_save_evtchn_port, port), 4) &&
	    get_number(r->data, first + offsetof(struct domain_save_evtchn_port, state), 1) ==
	    DOMAIN_SAVE_EVTCHN_RESERVED)
		return true;
	return wrong(r, offsetof(struct domain_save_evtchn, nr_ports), f,
		     "port 0 is missing or not reserved");
}

bool record_sound(const struct record *r, struct fault *f)
{
	const struct type *t = type_of(r->type);

	if (!t->name)
		return true;
	if (!length_fits(r, t, f) || !keep_rules(r, 0, false, f) || !check_fields(r, f))
		return false;
	for (size_t at = t->length; at < r->length && t->entry; at += t->entry)
		if (!check_entry(r, at, f))
			return false;
	return r->type != DOMAIN_SAVE_CODE_EVTCHN || has_port_0(r, t->length, f);
}
