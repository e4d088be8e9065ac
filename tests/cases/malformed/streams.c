// SPDX-License-Identifier: GPL-2.0
/* Convert streams to records, and records to streams, and change fields in a stream. */
#include <errno.h>
#include <string.h>

#include "malformed.h"

void stream_get(const struct domain *d, struct stream *stream)
{
	uint64_t size = ROOM;
	unsigned char *room = brink() - ROOM;

	errno = context_get(d->id, room, &size);
	if (errno)
		die("domain %u says nothing of itself", d->id);
	stream->size = size;
	memcpy(stream->bytes, room, size);
}

/* Split a stream that Xen wrote into records. If it does not end with END, exit. */
void records_of(const struct stream *stream, struct records *records)
{
	size_t at = 0;

	records->nr = 0;
	do {
		struct record *record = &records->of[records->nr++];

		if (stream->size - at < sizeof(record->desc) || records->nr == RECORDS)
			break;
		memcpy(&record->desc, stream->bytes + at, sizeof(record->desc));
		at += sizeof(record->desc);
		record->payload = stream->bytes + at;
		if (record->desc.length > stream->size - at)
			break;
		at += record->desc.length;
		if (record->desc.typecode == DOMAIN_SAVE_CODE_END && at == stream->size)
			return;
	} while (records->nr < RECORDS);
	errno = EBADMSG;
	die("what Xen wrote ends at %zu, not %zu", at, stream->size);
}

struct record *records_find(struct records *records, unsigned int typecode)
{
	unsigned int i;

	for (i = 0; i < records->nr; i++)
		if (records->of[i].desc.typecode == typecode)
			return &records->of[i];
	errno = ENOENT;
	die("no record of type %u", typecode);
}

void stream_copy(struct stream *to, const struct stream *from)
{
	to->size = from->size;
	memcpy(to->bytes, from->bytes, from->size);
}

void stream_add(struct stream *stream, const struct record *record)
{
	size_t length = record->desc.length;
	size_t room = ROOM - stream->size;

	if (length > room || room - length < sizeof(record->desc)) {
		errno = ENOBUFS;
		die("a stream of more than %zu bytes", stream->size);
	}
	memcpy(stream->bytes + stream->size, &record->desc, sizeof(record->desc));
	stream->size += sizeof(record->desc);
	if (length)
		memcpy(stream->bytes + stream->size, record->payload, length);
	stream->size += length;
}

void stream_of(const struct records *records, struct stream *stream)
{
	unsigned int i;

	stream->size = 0;
	for (i = 0; i < records->nr; i++)
		stream_add(stream, &records->of[i]);
}

void records_ignore_unloadable(struct records *records)
{
	unsigned int i;

	for (i = 0; i < records->nr; i++) {
		struct domain_save_descriptor *desc = &records->of[i].desc;

		if (desc->typecode != DOMAIN_SAVE_CODE_END && !model_loads(desc->typecode))
			desc->flags |= DOMAIN_SAVE_FLAG_IGNORE;
	}
}

static void blank(struct stream *stream, unsigned int typecode, size_t at, size_t size)
{
	struct records records;
	unsigned int i;

	records_of(stream, &records);
	for (i = 0; i < records.nr; i++)
		if (records.of[i].desc.typecode == typecode)
			memset(stream->bytes + (records.of[i].payload - stream->bytes) + at,
			       0, size);
}

#define BLANK(stream, code, type, field)				\
	blank(stream, DOMAIN_SAVE_CODE_##code, offsetof(struct domain_save_##type, field), \
	      sizeof(((struct domain_save_##type *)0)->field))

/* Clear bytes of the page in a SHARED_INFO record. The page follows the head of the record. */
static void blank_page(struct stream *stream, size_t at, size_t size)
{
	blank(stream, DOMAIN_SAVE_CODE_SHARED_INFO,
	      sizeof(struct domain_save_shared_info) + at, size);
}

void stream_settle(struct stream *stream)
{
	BLANK(stream, TSC_INFO, tsc_info, nsec);
	BLANK(stream, VCPU_TIMERS, vcpu_timers, now);
	BLANK(stream, DOMAIN_STATE, domain_state, now);
	BLANK(stream, VCPU_STATE, vcpu_state, now);
	BLANK(stream, VCPU_STATE, vcpu_state, runstate_time);
	/* The wall clock: dom0 may set the host's clock at any time. */
	blank_page(stream, offsetof(shared_info_t, wc_version),
		   offsetof(shared_info_t, arch) - offsetof(shared_info_t, wc_version));
}

void stream_forget_loads(struct stream *stream)
{
	size_t i, at;

	BLANK(stream, TSC_INFO, tsc_info, incarnation);
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		at = offsetof(shared_info_t, vcpu_info) + i * sizeof(vcpu_info_t);
		blank_page(stream, at + offsetof(vcpu_info_t, evtchn_upcall_pending),
			   sizeof(((vcpu_info_t *)0)->evtchn_upcall_pending));
		blank_page(stream, at + offsetof(vcpu_info_t, evtchn_pending_sel),
			   sizeof(((vcpu_info_t *)0)->evtchn_pending_sel));
	}
}
