// SPDX-License-Identifier: GPL-2.0
/*
 * Print a context as text: a line for each record, and its fields below it,
 * indented.
 */
#include <string.h>

#include "domctx.h"

static void show_fields(FILE *out, const char *prefix, const struct field *f,
			const uint8_t *data)
{
	for (; f->name; f++) {
		char text[NUMBER_BYTES], name[NUMBER_BYTES];

		snprintf(name, sizeof(name), "%s%s", prefix, f->name);
		fprintf(out, "    %-36s %s\n", name,
			field_text(f, field_value(f, data), text));
	}
}

static void show_bytes(FILE *out, const uint8_t *data, size_t length)
{
	for (size_t at = 0; at < length; at++) {
		if (at % 16 == 0)
			fprintf(out, "    %06zx ", at);
		fprintf(out, " %02x", data[at]);
		if (at % 16 == 15 || at == length - 1)
			fputc('\n', out);
	}
}

static unsigned int count_bits(const uint8_t *data, size_t length)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < length; i++)
		nr += __builtin_popcount(data[i]);
	return nr;
}

static void show_page(FILE *out, const struct context *c, const struct record *r)
{
	const uint8_t *data = r->data + sizeof(struct domain_save_shared_info);
	const struct page *page = page_of(r);

	if (!page) {
		fputs("    page of an unknown architecture:\n", out);
		show_bytes(out, data, PAGE_BYTES);
		return;
	}
	for (unsigned int i = 0; i < VCPU_INFOS; i++) {
		char prefix[NUMBER_BYTES];

		snprintf(prefix, sizeof(prefix), "vcpu_info[%u].", i);
		if (vcpu_info_in_page(c, i))
			show_fields(out, prefix, page->vcpu_info,
				    data + i * VCPU_INFO_BYTES);
	}
	fprintf(out, "    %-36s %u of %zu set\n", "evtchn_pending",
		count_bits(data + page->pending, page->bitmap), page->bitmap * 8);
	fprintf(out, "    %-36s %u of %zu set\n", "evtchn_mask",
		count_bits(data + page->mask, page->bitmap), page->bitmap * 8);
	show_fields(out, "", page->fields, data);
}

static void show_port(FILE *out, const struct port *p)
{
	const char *gap = "  ";
	char text[NUMBER_BYTES];

#define SAY(...) (fputs(gap, out), fprintf(out, __VA_ARGS__), gap = ", ")
	fprintf(out, "    %6u  %-11s  %4u  %8u", p->port, port_states[p->state], p->vcpu,
		p->priority);
	if (port_is_channel(p))
		SAY("domain %u", p->remote);
	if (p->state == DOMAIN_SAVE_EVTCHN_INTERDOMAIN)
		SAY("port %u", p->binding);
	if (p->state == DOMAIN_SAVE_EVTCHN_PIRQ)
		SAY("pirq %u", p->binding);
	if (p->state == DOMAIN_SAVE_EVTCHN_VIRQ)
		SAY("%s", value_name(virq_names, p->binding, text));
	if (p->flags & DOMAIN_SAVE_EVTCHN_XEN)
		SAY("Xen's");
	if (p->flags & DOMAIN_SAVE_EVTCHN_PENDING)
		SAY("pending");
	if (p->flags & DOMAIN_SAVE_EVTCHN_MASKED)
		SAY("masked");
#undef SAY
	fputc('\n', out);
}

static void show_ports(FILE *out, const struct record *r)
{
	struct ports ports;

	ports_read(&ports, r);
	if (ports.nr)
		fputs("      port  state        vCPU  priority\n", out);
	for (size_t i = 0; i < ports.nr; i++)
		show_port(out, &ports.ports[i]);
	ports_free(&ports);
}

static void show_pins(FILE *out, const struct record *r)
{
	const struct type *t = type_of(r->type);

	if (r->length > t->length)
		fputs("       ref  domain  readers  writers  device readers  device writers\n",
		      out);
	for (size_t at = t->length; at < r->length; at += t->entry) {
		struct domain_save_gnttab_pin pin;

		memcpy(&pin, r->data + at, sizeof(pin));
		fprintf(out, "    %6u  %6u  %7u  %7u  %14u  %14u\n", pin.ref, pin.domid,
			pin.host_readers, pin.host_writers, pin.device_readers,
			pin.device_writers);
	}
}

static void show_pages(FILE *out, const struct record *r)
{
	const struct type *t = type_of(r->type);

	for (size_t at = t->length; at < r->length; at += t->entry) {
		size_t port = (at - t->length) / t->entry * FIFO_WORDS;
		char name[NUMBER_BYTES];

		snprintf(name, sizeof(name), "ports %zu to %zu", port, port + FIFO_WORDS - 1);
		fprintf(out, "    %-36s 0x%llx\n", name,
			(unsigned long long)get_number(r->data, at, t->entry));
	}
}

static void show_record(FILE *out, const struct context *c, const struct record *r)
{
	const struct type *t = type_of(r->type);
	bool sound = record_sound(r, NULL);
	char name[NUMBER_BYTES];

	fprintf(out, "%s%s%s:\n", record_name(r, name), r->ignore ? ", ignored" : "",
		!t->name ? ", unknown type" : sound ? "" : ", not sound");
	if (!t->name || !sound) {
		show_bytes(out, r->data, r->length);
		return;
	}
	show_fields(out, "", t->fields, r->data);
	if (r->type == DOMAIN_SAVE_CODE_SHARED_INFO)
		show_page(out, c, r);
	else if (r->type == DOMAIN_SAVE_CODE_EVTCHN)
		show_ports(out, r);
	else if (r->type == DOMAIN_SAVE_CODE_GNTTAB)
		show_pins(out, r);
	else if (r->type == DOMAIN_SAVE_CODE_FIFO_ARRAY)
		show_pages(out, r);
}

void show_context(FILE *out, const struct context *c)
{
	for (size_t i = 0; i < c->nr; i++)
		show_record(out, c, &c->records[i]);
}
