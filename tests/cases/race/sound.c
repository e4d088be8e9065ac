// SPDX-License-Identifier: GPL-2.0
/* Checks of a context that must pass even if its domain changes while Xen writes the context. */
#include <string.h>

#include "race.h"

/*
 * Check a table in a record. It has a head of HEAD bytes, with the number of entries at offset AT,
 * and then entries of ENTRY bytes. Each begins with a number, in ascending order.
 */
static const char *table_unsound(const unsigned char *payload, uint64_t length, size_t head,
				 size_t at, size_t entry)
{
	uint32_t nr, i, number, last = 0;

	if (length < head)
		return "a table without a head";
	memcpy(&nr, payload + at, sizeof(nr));
	if (length != head + (uint64_t)nr * entry)
		return "a table with another number of entries than it says";
	for (i = 0; i < nr; i++) {
		memcpy(&number, payload + head + i * entry, sizeof(number));
		if (i && number <= last)
			return "a table that is not in order";
		last = number;
	}
	return NULL;
}

#define TABLE(head, field, entry) \
	sizeof(struct head), offsetof(struct head, field), sizeof(struct entry)

static const char *record_unsound(const struct domain_save_descriptor *desc,
				  const unsigned char *payload)
{
	switch (desc->typecode) {
	case DOMAIN_SAVE_CODE_EVTCHN:
		return table_unsound(payload, desc->length,
				     TABLE(domain_save_evtchn, nr_ports, domain_save_evtchn_port));
	case DOMAIN_SAVE_CODE_GNTTAB:
		return table_unsound(payload, desc->length,
				     TABLE(domain_save_gnttab, nr_pins, domain_save_gnttab_pin));
	}
	return NULL;
}

const char *context_unsound(const unsigned char *stream, size_t size)
{
	struct domain_save_descriptor desc;
	unsigned int last = 0;
	const char *wrong;
	size_t at = 0;

	for (;;) {
		if (size - at < sizeof(desc))
			return "no END";
		memcpy(&desc, stream + at, sizeof(desc));
		at += sizeof(desc);
		if (desc.length % 8 || desc.length > size - at || desc.flags)
			return "a record that is not framed";
		if (desc.typecode == DOMAIN_SAVE_CODE_END)
			return at == size ? NULL : "something after END";
		if (desc.typecode < last || (!last && desc.typecode != DOMAIN_SAVE_CODE_HEADER))
			return "records in another order";
		wrong = record_unsound(&desc, stream + at);
		if (wrong)
			return wrong;
		last = desc.typecode;
		at += desc.length;
	}
}
