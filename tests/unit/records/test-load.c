// SPDX-License-Identifier: GPL-2.0
/* SHARED_INFO and TSC_INFO, which are loaded. */
#include "test.h"

#define PAGE sizeof(struct domain_save_shared_info)

static shared_info_t page, former;
static vcpu_info_t placed;
static struct vcpu vcpus[3];
static struct domain domain;

/* vCPU 1 has placed its vcpu_info; vCPU 2 is one for which there is no room. */
static void new_domain(void)
{
	memset(&page, 0x11, sizeof(page));
	memset(&placed, 0x22, sizeof(placed));
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		page.vcpu_info[i].time.version = 100 + i;
		page.vcpu_info[i].evtchn_upcall_pending = 0;
	}
	page.wc_version = 40;
	domain = (struct domain){ .shared_info = &page, .vcpu = vcpus };
	for (unsigned int i = 0; i < 3; i++)
		vcpus[i] = (struct vcpu){ .domain = &domain, .vcpu_id = i,
					  .vcpu_info = &page.vcpu_info[i],
					  .vcpu_info_mfn = INVALID_MFN,
					  .next = i < 2 ? &vcpus[i + 1] : NULL };
	vcpus[1].vcpu_info = &placed;
	vcpus[1].vcpu_info_mfn = (mfn_t){ 5 };
	vcpus[2].vcpu_id = XEN_LEGACY_MAX_VCPUS;
	vcpus[2].vcpu_info = &dummy_vcpu_info;
	former = page;
}

static int shared(void) { return load_all(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain); }

static void refused(size_t at, uint8_t value, const char *what)
{
	uint8_t was = record.data[at];

	record.data[at] = value;
	ok(shared(), -EINVAL, what);
	ok(memcmp(&page, &former, sizeof(page)), 0, "and the page is as it was");
	record.data[at] = was;
}

static void test_head(void)
{
	new_domain();
	domain.hvm = true;
	domain.shinfo_32 = true;
	save(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, NULL);
	ok(FIELD(&record, 0, domain_save_shared_info, arch), 1, "SHARED_INFO: x86");
	ok(FIELD(&record, 0, domain_save_shared_info, type), 2, "HVM");
	ok(FIELD(&record, 0, domain_save_shared_info, width), 4, "32 bits");
	domain.hvm = false;
	ok(shared(), -EINVAL, "an HVM guest's page is none for a PV guest");
	domain.hvm = true;
	domain.shinfo_32 = false;
	ok(shared(), -EINVAL, "nor 32 bits for 64");
	domain.shinfo_32 = true;
	ok(shared(), 0, "but for its like");

	new_domain();
	save(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, NULL);
	ok(record.length, 4104, "its length");
	ok(FIELD(&record, 0, domain_save_shared_info, type), 1, "PV");
	ok(FIELD(&record, 0, domain_save_shared_info, width), 8, "64 bits");
	ok(memcmp(record.data + PAGE, &page, PAGE_SIZE), 0, "the page as it is");
	refused(0, 2, "another machine is refused");
	refused(2, 2, "another type");
	refused(3, 4, "another width");
	refused(4, 1, "reserved bits");
	refused(7, 0x80, "all of them");
	record.length -= 8;
	ok(shared(), -EINVAL, "a short page");
	record.length += 16;
	ok(shared(), -EINVAL, "a long one");
	record.length -= 8;
	ok(load(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, true), 0, "a dry run");
	ok(memcmp(&page, &former, sizeof(page)), 0, "changes nothing");
}

static unsigned int times_kept(void)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		nr += !memcmp(&page.vcpu_info[i].time, &former.vcpu_info[i].time,
			      sizeof(page.vcpu_info[i].time));
	return nr;
}

/* All that is not Xen's. */
static bool rest_is(uint8_t byte)
{
	shared_info_t want;

	memset(&want, byte, sizeof(want));
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		want.vcpu_info[i].time = page.vcpu_info[i].time;
	want.vcpu_info[0].evtchn_upcall_pending = page.vcpu_info[0].evtchn_upcall_pending;
	want.vcpu_info[0].evtchn_pending_sel = page.vcpu_info[0].evtchn_pending_sel;
	want.wc_version = page.wc_version;
	want.wc_sec = page.wc_sec;
	return !memcmp(&want, &page, sizeof(want));
}

/* What a page says of events need not agree with what is pending. */
static void told(const char *what)
{
	const vcpu_info_t none = { 0 };

	for (unsigned int i = 0; i < 2; i++) {
		ok(vcpus[i].events, 1, what);
		ok(vcpus[i].vcpu_info->evtchn_upcall_pending, 1, "a vCPU is told");
		ok(vcpus[i].vcpu_info->evtchn_pending_sel == ~0ULL, true,
		   "to look at all of its events");
	}
	ok(vcpus[2].events, 0, "but not one that has no vcpu_info");
	ok(memcmp(&dummy_vcpu_info, &none, sizeof(none)), 0, "which nobody writes to");
}

static void test_page(void)
{
	new_domain();
	memset(record.data + PAGE, 0xee, PAGE_SIZE);
	ok(shared(), 0, "SHARED_INFO: any page is loaded");
	ok(rest_is(0xee), true, "all of it, but for what is Xen's");
	ok(times_kept(), XEN_LEGACY_MAX_VCPUS, "each time stays");
	ok(page.wc_version, 42, "the wall clock's version goes on from what it was");
	ok(page.wc_sec, 77, "and is that of the host");
	told("whatever it says");

	new_domain();
	memset(record.data + PAGE, 0, PAGE_SIZE);
	ok(shared(), 0, "an empty page is loaded");
	ok(rest_is(0), true, "all of it");
	told("an empty one, too");

	new_domain();
	domain.vcpu = NULL;
	ok(shared(), 0, "so it is without vCPUs");
}

static int tsc(uint32_t mode, uint32_t khz, uint64_t nsec, uint32_t reserved)
{
	struct domain_save_tsc_info info = {
		.mode = mode, .khz = khz, .nsec = nsec, .incarnation = 4,
		.reserved = reserved,
	};

	record.length = sizeof(info);
	memcpy(record.data, &info, sizeof(info));
	return load_all(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain);
}

static void test_tsc(void)
{
	const struct tsc was = { .mode = 1, .khz = 2000000, .incarnation = 3, .nsec = 99 };

	domain.tsc = was;
	save(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain, NULL);
	ok(record.length, 24, "TSC_INFO: its length");
	ok(FIELD(&record, 0, domain_save_tsc_info, mode), 1, "its mode");
	ok(FIELD(&record, 0, domain_save_tsc_info, khz), 2000000, "its frequency");
	ok(FIELD(&record, 0, domain_save_tsc_info, nsec), 99, "the time");
	ok(FIELD(&record, 0, domain_save_tsc_info, incarnation), 3, "how often it was set");

	ok(tsc(3, 0, 0, 0), -EINVAL, "an unknown mode is refused");
	ok(tsc(~0u, 0, 0, 0), -EINVAL, "as are others");
	ok(tsc(0, 0, 1ULL << 63, 0), -EINVAL, "a negative time");
	ok(tsc(0, 0, 0, 1), -EINVAL, "reserved bits");
	ok(tsc(2, 1, 0, 0), -EINVAL, "a frequency, without emulation");
	ok(tsc(2, 0, 1, 0), -EINVAL, "and a time");
	record.length = 16;
	ok(load_all(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain), -EINVAL, "a short record");
	ok(memcmp(&domain.tsc, &was, sizeof(was)), 0, "of which nothing is loaded");
	ok(tsc(0, 1, INT64_MAX, 0), 0, "the extremes are");
	ok(tsc(2, 0, 0, 0), 0, "so is no emulation");
	ok(tsc(1, 0, 7, 0), 0, "and the frequency of the host");
	ok(domain.tsc.nsec, 7, "with its time");
	ok(domain.tsc.incarnation, 5, "counted once more");
	domain.tsc = was;
	ok(load(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain, true), 0, "a dry run");
	ok(domain.tsc.incarnation, 3, "does not count");
}

void test_load(void)
{
	test_head();
	test_page();
	test_tsc();
}
