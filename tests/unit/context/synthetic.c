// SPDX-License-Identifier: GPL-2.0
#include <sys/mman.h>

#include "synthetic.h"

struct synthetic synthetic;
const struct domain_save_choice all_records;

const struct shape shapes[NR_SHAPES] = {
	{ "no vCPUs", 0, 0 },
	{ "vCPUs that do not exist yet", 2, 0 },
	{ "one vCPU", 1, 1 },
	{ "three of four vCPUs", 4, 0xd },
};

/* Count a call of a load handler. The core must have paused the domain, exactly once. */
static void look(const struct domain *d, bool dry_run)
{
	BUG_ON(d->pause_count != 1);
	if (dry_run)
		synthetic.looked_at++;
	else
		synthetic.applied++;
}

static int save_words(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	BUG_ON(v);
	return d->has_words ? domain_save_entry(c, d->words, sizeof(d->words)) : 0;
}

static int load_words(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	uint64_t words[2];
	int rc = domain_load_entry(c, words, sizeof(words));

	BUG_ON(v);
	look(d, dry_run);
	if (rc)
		return rc;
	if (words[0] > WORD_MAX)
		return -EINVAL;
	if (!dry_run) {
		memcpy(d->words, words, sizeof(words));
		d->has_words = true;
	}
	return 0;
}

DOMAIN_REGISTER_SAVE_RESTORE(SHARED_INFO, false, save_words, load_words);

static int save_blob(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	return d->has_blob ? domain_save_entry(c, d->blob, d->blob_len) : 0;
}

static int load_blob(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	size_t len = domain_load_length(c), half = len / 2;
	uint8_t blob[BLOB_MAX] = { 0 };
	int rc;

	look(d, dry_run);
	if (len > BLOB_MAX)
		return -EINVAL;
	rc = domain_load_begin(c, len);
	if (!rc)
		rc = domain_load_data(c, blob, half);
	if (!rc)
		rc = domain_load_data(c, blob + half, len - half);
	if (!rc)
		rc = domain_load_end(c);
	if (rc || dry_run)
		return rc;
	memcpy(d->blob, blob, sizeof(blob));
	d->blob_len = len;
	d->has_blob = true;
	return 0;
}

DOMAIN_REGISTER_SAVE_RESTORE(TSC_INFO, false, save_blob, load_blob);

static int save_vcpu(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	BUG_ON(v->domain != d || d->vcpu[v->vcpu_id] != v);
	return v->has ? domain_save_entry(c, &v->word, sizeof(v->word)) : 0;
}

static int load_vcpu(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	uint64_t word;
	int rc = domain_load_entry(c, &word, sizeof(word));

	BUG_ON(v->domain != d || d->vcpu[v->vcpu_id] != v);
	look(d, dry_run);
	if (rc || dry_run)
		return rc;
	v->word = word;
	v->has = true;
	return 0;
}

DOMAIN_REGISTER_SAVE_RESTORE(VCPU_AREAS, true, save_vcpu, load_vcpu);

static int dump_vcpu(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	uint64_t id = v->vcpu_id;

	return synthetic.dumps ? domain_save_entry(c, &id, sizeof(id)) : 0;
}

DOMAIN_REGISTER_SAVE_RESTORE(VCPU_TIMERS, true, dump_vcpu, NULL);

static int save_any(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	if (synthetic.save)
		return synthetic.save(d, v, c, dry_run);
	return d->has_any ? domain_save_entry(c, &d->any, sizeof(d->any)) : 0;
}

static int load_any(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	uint64_t word;
	int rc;

	if (synthetic.load)
		return synthetic.load(d, v, c, dry_run);
	look(d, dry_run);
	rc = domain_load_entry(c, &word, sizeof(word));
	if (rc || dry_run)
		return rc;
	d->any = word;
	d->has_any = true;
	return 0;
}

DOMAIN_REGISTER_SAVE_RESTORE(EVTCHN, false, save_any, load_any);

static size_t scratch_size(const struct domain *d)
{
	return synthetic.scratch;
}

DOMAIN_REGISTER_SAVE_SCRATCH(EVTCHN, scratch_size);

static int dump_domain(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	static const size_t pieces[] = { 1, 0, 7, 3, 13 };
	static const char text[] = "a grant table, of course";
	size_t i, done = 0;
	int rc;

	if (!synthetic.dumps)
		return 0;
	rc = domain_save_begin(c, 24);
	for (i = 0; !rc && i < ARRAY_SIZE(pieces); done += pieces[i++])
		rc = domain_save_data(c, &text[done], pieces[i]);
	return rc ?: domain_save_end(c);
}

DOMAIN_REGISTER_SAVE_RESTORE(GNTTAB, false, dump_domain, NULL);

struct domain *domain_make(unsigned int max_vcpus, unsigned int present)
{
	struct domain *d = calloc(1, sizeof(*d));
	struct vcpu *v, **last;
	unsigned int i;

	d->domain_id = 7;
	d->max_vcpus = max_vcpus;
	/* Allocate exactly as many pointers, so that a sanitizer notices accesses past them. */
	d->vcpu = max_vcpus ? calloc(max_vcpus, sizeof(*d->vcpu)) : NULL;
	for (last = NULL, i = 0; i < max_vcpus; i++) {
		if (i >= 32 || !(present & (1u << i)))
			continue;
		v = d->vcpu[i] = calloc(1, sizeof(*v));
		v->domain = d;
		v->vcpu_id = i;
		if (last)
			*last = v;
		last = &v->next_in_list;
	}
	return d;
}

void domain_free(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		free(d->vcpu[i]);
	free(d->vcpu);
	free(d);
}

void domain_fill(struct domain *d, unsigned int seed)
{
	unsigned int i;

	d->has_words = true;
	d->words[0] = seed % (WORD_MAX + 1);
	d->words[1] = ~0ULL / (seed + 1);
	d->has_blob = true;
	d->blob_len = seed % 9 * 8;
	for (i = 0; i < d->blob_len; i++)
		d->blob[i] = seed + i;
	for (i = 0; i < d->max_vcpus; i++) {
		if (d->vcpu[i]) {
			d->vcpu[i]->has = true;
			d->vcpu[i]->word = seed * 1000 + i;
		}
	}
}

bool domain_same(const struct domain *a, const struct domain *b)
{
	unsigned int i;

	for (i = 0; i < a->max_vcpus; i++) {
		if (a->vcpu[i] && (a->vcpu[i]->has != b->vcpu[i]->has ||
				   a->vcpu[i]->word != b->vcpu[i]->word))
			return false;
	}
	return a->has_words == b->has_words && a->has_blob == b->has_blob &&
	       a->has_any == b->has_any && a->any == b->any && !memcmp(a->words, b->words, sizeof(a->words)) &&
	       a->blob_len == b->blob_len && !memcmp(a->blob, b->blob, BLOB_MAX);
}

void domain_copy(struct domain *to, const struct domain *from)
{
	unsigned int i;

	for (i = 0; i < to->max_vcpus; i++) {
		if (to->vcpu[i]) {
			to->vcpu[i]->has = from->vcpu[i]->has;
			to->vcpu[i]->word = from->vcpu[i]->word;
		}
	}
	to->has_words = from->has_words;
	to->has_blob = from->has_blob;
	to->has_any = from->has_any;
	to->any = from->any;
	memcpy(to->words, from->words, sizeof(to->words));
	to->blob_len = from->blob_len;
	memcpy(to->blob, from->blob, sizeof(to->blob));
}

int stream_write(void *priv, const void *data, size_t len)
{
	struct stream *s = priv;

	BUG_ON(!data || len > sizeof(s->bytes) - s->len);
	memcpy(s->bytes + s->len, data, len);
	s->len += len;
	return 0;
}

int stream_save(struct domain *d, struct stream *s)
{
	s->len = 0;
	return domain_save(d, all_records, stream_write, s, sizeof(s->bytes));
}

/*
 * Copy the stream to the end of mapped memory, whatever its alignment is. A read past the end
 * crashes the test.
 */
static const uint8_t *at_the_end(const void *stream, size_t len)
{
	static uint8_t *end;
	const size_t page = 4096, most = 1 << 20;

	if (!end) {
		end = mmap(NULL, most + page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (end == MAP_FAILED || mprotect(end + most, page, PROT_NONE))
			abort();
		end += most;
	}
	if (len > most)
		abort();
	return memcpy(end - len, stream, len);
}

const char *load_checked(struct domain *d, const void *stream, size_t len, int *rc)
{
	struct domain *before = domain_make(d->max_vcpus, ~0u);
	const char *wrong = NULL;
	long allocations = emul.allocations;
	unsigned int pauses = emul.pauses;
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++) {
		if (!d->vcpu[i]) {
			free(before->vcpu[i]);
			before->vcpu[i] = NULL;
		}
	}
	domain_copy(before, d);
	synthetic.looked_at = synthetic.applied = 0;
	*rc = domain_load(d, at_the_end(stream, len), len);
	if (d->pause_count)
		wrong = "the domain is still paused";
	else if (emul.pauses > pauses + 1)
		wrong = "the domain was paused more than once";
	else if (emul.allocations != allocations)
		wrong = "memory was not freed";
	else if (*rc > 0)
		wrong = "the result is neither 0 nor an error";
	else if (*rc && *rc != -EIO && (synthetic.applied || !domain_same(d, before)))
		wrong = "the load failed, and has changed the domain";
	else if (!*rc && synthetic.applied != synthetic.looked_at)
		wrong = "the dry run and the load have different numbers of records";
	domain_free(before);
	return wrong;
}
