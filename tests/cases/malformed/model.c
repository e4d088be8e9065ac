// SPDX-License-Identifier: GPL-2.0
/*
 * The result of a load, by Xen's docs/specs/domain-context.md, and not by Xen's code: Xen
 * returns the error of the first mistake in the stream. The records are checked in their
 * order, and each record in the order of the functions in this file.
 */
#include <errno.h>
#include <string.h>

#include "malformed.h"

struct walk {
	const struct domain *d;
	const unsigned char *bytes;
	size_t size, at;
	bool seen[DOMAIN_SAVE_CODE_MAX + 1];
	struct domain_save_descriptor desc;
};


static bool header_fits(const struct domain *d, const unsigned char *payload)
{
	struct domain_save_header header;

	(void)d;
	memcpy(&header, payload, sizeof(header));
	return header.magic == DOMAIN_SAVE_MAGIC && header.version == DOMAIN_SAVE_VERSION;
}

/* All domains here have 64 bits. An HVM domain keeps its width after it has been unpaused. */
static bool shared_info_fits(const struct domain *d, const unsigned char *payload)
{
	unsigned int type = d->kind == PV ? DOMAIN_SAVE_TYPE_PV : DOMAIN_SAVE_TYPE_HVM;
	struct domain_save_shared_info info;

	memcpy(&info, payload, sizeof(info));
	return info.arch <= DOMAIN_SAVE_ARCH_X86 && (!info.type || info.type == type) &&
	       info.width == 8 && !info.reserved;
}

/* Modes: 0 is the default, 1 is always emulated, 2 is never emulated and has no frequency. */
static bool tsc_info_fits(const struct domain *d, const unsigned char *payload)
{
	struct domain_save_tsc_info info;

	(void)d;
	memcpy(&info, payload, sizeof(info));
	if (info.mode == 2 && (info.khz || info.nsec))
		return false;
	return info.mode <= 2 && info.nsec <= INT64_MAX && !info.reserved;
}

/* Records that Xen can load. None of them belongs to a single vCPU. */
static const struct type {
	size_t length;
	bool (*fits)(const struct domain *d, const unsigned char *payload);
} types[DOMAIN_SAVE_CODE_MAX + 1] = {
	[DOMAIN_SAVE_CODE_HEADER] = { sizeof(struct domain_save_header), header_fits },
	[DOMAIN_SAVE_CODE_SHARED_INFO] = {
		sizeof(struct domain_save_shared_info) + PAGE, shared_info_fits },
	[DOMAIN_SAVE_CODE_TSC_INFO] = {
		sizeof(struct domain_save_tsc_info), tsc_info_fits },
};

bool model_loads(unsigned int typecode)
{
	return typecode <= DOMAIN_SAVE_CODE_MAX && types[typecode].fits;
}

/* Check the descriptor of a record, which does not depend on the type. */
static int framing(const struct walk *w, bool first)
{
	const struct domain_save_descriptor *desc = &w->desc;
	bool ends = desc->typecode == DOMAIN_SAVE_CODE_END;
	bool begins = desc->typecode == DOMAIN_SAVE_CODE_HEADER;

	if (desc->flags & ~DOMAIN_SAVE_FLAG_IGNORE || begins != first)
		return EINVAL;
	if ((begins || ends) && (desc->flags || desc->vcpu_id))
		return EINVAL;
	if ((desc->length % 8 && !desc->flags) || (ends && desc->length))
		return EINVAL;
	if (begins && desc->length != types[DOMAIN_SAVE_CODE_HEADER].length)
		return EINVAL;
	return desc->length > w->size - w->at ? ENODATA : 0;
}

static int typed(struct walk *w)
{
	const struct domain_save_descriptor *desc = &w->desc;
	const struct type *type = &types[desc->typecode];

	if (!model_loads(desc->typecode))
		return EOPNOTSUPP;
	if (desc->vcpu_id)
		return EINVAL;
	if (w->seen[desc->typecode])
		return EEXIST;
	w->seen[desc->typecode] = true;
	if (desc->length != type->length || !type->fits(w->d, w->bytes + w->at))
		return EINVAL;
	return 0;
}

int model_load(const struct domain *d, const void *stream, size_t size)
{
	struct walk w = { .d = d, .bytes = stream, .size = size };
	int err;

	do {
		bool first = !w.at;

		if (size - w.at < sizeof(w.desc))
			return ENODATA;
		memcpy(&w.desc, w.bytes + w.at, sizeof(w.desc));
		w.at += sizeof(w.desc);
		err = framing(&w, first);
		if (err || w.desc.typecode == DOMAIN_SAVE_CODE_END)
			return err;
		if (!(w.desc.flags & DOMAIN_SAVE_FLAG_IGNORE))
			err = typed(&w);
		w.at += w.desc.length;
	} while (!err);
	return err;
}
