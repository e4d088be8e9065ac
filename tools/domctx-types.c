// SPDX-License-Identifier: GPL-2.0
/*
 * What is in records, how it reads, and why it may be different when a domain was
 * restored, or went on after a checkpoint. What has no reason may not.
 *
 * They are facts of Xen and of Linux. A vCPU that is offline is not told to Xen anew in
 * full; it is when it boots. A restore counts as a new domain of the same guest: what
 * the guest has placed, it places where it was.
 */
#include "domctx.h"

#define AT(s, member) offsetof(struct s, member), sizeof(((struct s *)0)->member)

#define EITHER(why) .restored = why, .goes_on = why

static const char time_goes_on[] = "time goes on";

const char *why_offline(const struct pair *p)
{
	return p->way == RESTORED && !vcpu_online(p->is, p->vcpu) ?
		"the vCPU is offline, and tells Xen when it boots" : NULL;
}

static const char *offline(const struct pair *p, uint64_t was, uint64_t is)
{
	(void)was, (void)is;
	return why_offline(p);
}

/* The guest adds frames as it needs grants, and never gives one back. */
static const char *grew(const struct pair *p, uint64_t was, uint64_t is)
{
	(void)p;
	return is > was ? "it grows as grants are needed" : NULL;
}

static const char *const archs[] = { "0", "x86", "Arm", NULL };
static const char *const guest_types[] = { "0", "PV", "HVM", NULL };
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
 * Whether the timer goes on at all, diff_timer() says. Xen starts the periodic one of a
 * PV vCPU, and the guest stops it.
 */
#define TIMERS(member) AT(domain_save_vcpu_timers, member)
static const struct field vcpu_timers[] = {
	{ "now", TIMERS(now), DECIMAL, EITHER(time_goes_on) },
	{ "singleshot", TIMERS(singleshot), DECIMAL, EITHER("it expires, and is set anew"),
	  .zero = "not armed" },
	{ "period", TIMERS(period), .format = DECIMAL, .zero = "off", .excuse = offline },
	{ "periodic_last", TIMERS(periodic_last), DECIMAL, EITHER(time_goes_on) },
	{ 0 }
};

/* Ports and pins are compared one by one, not counted. */
#define EVTCHN(member) AT(domain_save_evtchn, member)
static const struct field evtchn[] = {
	{ "abi", EVTCHN(abi), NAME, .names = abis },
	{ "nr_ports", EVTCHN(nr_ports), DECIMAL, EITHER("ports are compared") },
	{ "nr_valid", EVTCHN(nr_valid), DECIMAL, EITHER("it grows with ports") },
	{ 0 }
};

#define GNTTAB(member) AT(domain_save_gnttab, member)
static const struct field gnttab[] = {
	{ "version", GNTTAB(version), .format = DECIMAL },
	{ "nr_frames", GNTTAB(nr_frames), DECIMAL, .excuse = grew },
	{ "max_frames", GNTTAB(max_frames), .format = DECIMAL },
	{ "nr_status_frames", GNTTAB(nr_status_frames), DECIMAL, .excuse = grew },
	{ "nr_pins", GNTTAB(nr_pins), DECIMAL, EITHER("requests come and go") },
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
};

const struct type *type_of(unsigned int code)
{
	static const struct type none;

	return code < sizeof(types) / sizeof(*types) ? &types[code] : &none;
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
	if (f->format == NAME)
		return value_name(f->names, value, text);
	if (!value && f->zero)
		return f->zero;
	if (f->format == SIGNED)	/* the one that there is has a byte */
		snprintf(text, NUMBER_BYTES, "%d", (int8_t)value);
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

/* As far as is known. */
bool vcpu_online(const struct context *c, unsigned int vcpu)
{
	const struct record *r = context_find(c, DOMAIN_SAVE_CODE_VCPU_AREAS, vcpu);

	return !r || field_value(&vcpu_areas[0], r->data);
}
