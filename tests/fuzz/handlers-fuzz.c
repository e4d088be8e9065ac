// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz the loading of SHARED_INFO and TSC_INFO into a domain, with Xen's own core. An input is two
 * bytes, for the kind of the domain and of its vCPUs, and a stream.
 *
 * A rejected stream must change nothing. An accepted stream must not lose a pending event, and must
 * not change fields that only Xen writes. Afterwards, Xen must be able to save the domain, and to
 * load the result.
 */
#include "emul.h"

#define MUST(x) do { if (!(x)) { fprintf(stderr, "check failed: %s\n", #x); abort(); } } while (0)
#define VCPUS	3
#define PENDING	(XEN_LEGACY_MAX_VCPUS * sizeof(vcpu_info_t))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct domain dom0;
static struct vcpu dom0_vcpu = { .domain = &dom0 };
struct vcpu *current = &dom0_vcpu;

static unsigned long streams, loaded;

/* Report accepted inputs to tests/fuzz/run, which requires some: rejected inputs test little. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", loaded, streams);
}

/*
 * A domain with all memory that a load may change. The page is allocated, so that AddressSanitizer
 * notices accesses past its end.
 */
struct subject {
	struct domain d;
	struct vcpu vcpus[VCPUS];
	vcpu_info_t placed;
	uint8_t *page;
};

static void make(struct subject *s, uint8_t kind, uint8_t vcpus)
{
	unsigned int i, nr = vcpus % (VCPUS + 1);

	memset(s, 0, sizeof(*s));
	s->page = calloc(1, PAGE_SIZE);
	s->d = (struct domain){
		.domain_id = 7, .shared_info = (void *)s->page, .max_vcpus = nr,
		.hvm = kind & 1, .creation_finished = vcpus & 128, .vcpu = nr ? s->vcpus : NULL,
	};
	s->d.arch.has_32bit_shinfo = kind & 2;
	s->d.tsc.khz = kind & 4 ? 4000000000u : EMUL_HOST_KHZ;
	emul.tsc_max_khz = kind & 8 ? 255000000 : 0;
	hvm_funcs.tsc_scaling.setup = kind & 16 ? emul_setup_tsc_scaling : NULL;
	for (i = 0; i < 64; i++)
		s->page[PENDING + i] = kind & 32 ? 37 * i : 0;
	for (i = 0; i < nr; i++) {
		struct vcpu *v = &s->vcpus[i];

		*v = (struct vcpu){
			.domain = &s->d, .vcpu_id = i, .vcpu_info_mfn = INVALID_MFN,
			.next = i + 1 < nr ? v + 1 : NULL,
			.pause_flags = vcpus & 4 << i ? VPF_down : 0,
		};
		v->vcpu_info = (vcpu_info_t *)(s->page + i * sizeof(vcpu_info_t));
		v->arch.hvm.evtchn_upcall_vector = vcpus & 32 ? 0xf3 : 0;
		v->arch.hvm.vlapic.off = vcpus & 64;
	}
	if (nr == VCPUS) {
		s->vcpus[1].vcpu_info = &s->placed;
		s->vcpus[2].vcpu_info = &dummy_vcpu_info;
	}
}

struct saved { size_t len; uint8_t bytes[3 * PAGE_SIZE]; };

static int take(void *priv, const void *data, size_t len)
{
	struct saved *s = priv;

	MUST(data && len <= sizeof(s->bytes) - s->len);
	memcpy(s->bytes + s->len, data, len);
	s->len += len;
	return 0;
}

static void save(struct subject *s, struct saved *saved)
{
	saved->len = 0;
	MUST(!domain_save(&s->d, (struct domain_save_choice){ 0 }, take, saved,
			  sizeof(saved->bytes)));
}

static void unchanged(const struct subject *s, const struct subject *was, const uint8_t *page)
{
	MUST(!memcmp(&s->d, &was->d, sizeof(s->d)));
	MUST(!memcmp(s->vcpus, was->vcpus, sizeof(s->vcpus)));
	MUST(!memcmp(&s->placed, &was->placed, sizeof(s->placed)));
	MUST(!memcmp(s->page, page, PAGE_SIZE));
}

/* Check that no pending event is lost: those of the ports that the pages of both widths have. */
static void events_kept(const struct subject *s, const uint8_t *page)
{
	size_t i;

	for (i = 0; i < 128; i++)
		MUST(!(page[PENDING + i] & ~s->page[PENDING + i]));
}

static void times_kept(const struct subject *s, const uint8_t *page)
{
	const size_t at = offsetof(struct vcpu_info, time);
	size_t i;

	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		MUST(!memcmp(page + i * sizeof(vcpu_info_t) + at,
			     s->page + i * sizeof(vcpu_info_t) + at, sizeof(struct vcpu_time_info)));
}

/* Load the domain's own context, which must be accepted. */
static void load_again(struct subject *s)
{
	struct saved saved, again;

	save(s, &saved);
	MUST(!domain_load(&s->d, saved.bytes, saved.len));
	save(s, &again);
	MUST(again.len == saved.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct subject s, was;
	uint8_t page[PAGE_SIZE], *stream;
	int rc;

	if (size < 2)
		return 0;
	make(&s, data[0], data[1]);
	memcpy(page, s.page, sizeof(page));
	was = s;
	/* Copy the stream, so that AddressSanitizer notices accesses past its end. */
	stream = malloc(size - 2);
	memcpy(stream, data + 2, size - 2);
	rc = domain_load(&s.d, stream, size - 2);
	free(stream);
	streams++;
	MUST(rc <= 0 && rc != -EIO && rc != -EBADMSG);
	MUST(!s.d.pause_count && !emul.locks);
	if (rc) {
		unchanged(&s, &was, page);
	} else {
		loaded++;
		events_kept(&s, page);
		times_kept(&s, page);
		MUST((s.d.hvm && !s.d.creation_finished) ||
		     has_32bit_shinfo(&s.d) == has_32bit_shinfo(&was.d));
		/* Only for some inputs, because this check takes as long as all others. */
		if (data[0] >= 192)
			load_again(&s);
	}
	free(s.page);
	return 0;
}
