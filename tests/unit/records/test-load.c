// SPDX-License-Identifier: GPL-2.0
/* Tests of SHARED_INFO, which can be loaded. Offsets are those of public/xen.h. */
#include "test.h"

#define PAGE sizeof(struct domain_save_shared_info)

#define SEL (domain.arch.has_32bit_shinfo ? 4 : 8)	/* width of the selector, and its offset */
#define TIME 32
#define PENDING (XEN_LEGACY_MAX_VCPUS * 64)
#define PENDING_SIZE (8 * SEL * SEL)	/* bytes of the pending bits, and of the mask */
#define WC_VERSION (PENDING + 2 * PENDING_SIZE)
#define WC_SEC (WC_VERSION + 4)

static union { shared_info_t info; uint8_t bytes[PAGE_SIZE]; } page, former;
static vcpu_info_t placed;
static struct vcpu vcpus[3];
static struct domain domain;

static uint32_t word(size_t at)
{
	uint32_t value;

	memcpy(&value, page.bytes + at, sizeof(value));
	return value;
}

/*
 * Make a domain of three vCPUs. vCPU 0 has its vcpu_info in the page, vCPU 1 elsewhere, and for
 * vCPU 2 there is no room in the page.
 */
static void new_domain(bool shinfo_32)
{
	uint32_t version = 40;

	domain = (struct domain){ .shared_info = &page.info, .vcpu = vcpus,
				  .arch.has_32bit_shinfo = shinfo_32 };
	memset(&page, 0x11, sizeof(page));
	memset(&placed, 0x22, sizeof(placed));
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		page.bytes[64 * i] = 0;
		page.bytes[64 * i + TIME] = 100 + i;
	}
	memcpy(page.bytes + WC_VERSION, &version, sizeof(version));
	for (unsigned int i = 0; i < 3; i++)
		vcpus[i] = (struct vcpu){ .domain = &domain, .vcpu_id = i,
					  .vcpu_info_mfn = INVALID_MFN,
					  .next = i < 2 ? &vcpus[i + 1] : NULL };
	vcpus[0].vcpu_info = (vcpu_info_t *)page.bytes;
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
	ok(memcmp(&page, &former, sizeof(page)), 0, "the page is unchanged then");
	record.data[at] = was;
}

static unsigned int times_kept(void)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		nr += !memcmp(page.bytes + 64 * i + TIME, former.bytes + 64 * i + TIME, 32);
	return nr;
}

/* Check a vcpu_info. ALL: an upcall is pending, and all events are selected. Otherwise neither. */
static void says(unsigned int vcpu, bool all, const char *what)
{
	const uint8_t *info = (void *)vcpus[vcpu].vcpu_info;
	uint8_t sel[8];

	memset(sel, all ? 0xff : 0, sizeof(sel));
	ok(info[0], all, what);
	ok(memcmp(info + SEL, sel, SEL), 0, all ? "all events are selected"
						: "no event is selected");
}

/*
 * Check that the load has notified each vCPU that has a vcpu_info. Xen must do this because the
 * selectors and upcalls of a loaded page may not match its pending events.
 */
static void notified(const char *what)
{
	const vcpu_info_t none = { 0 };

	for (unsigned int i = 0; i < 2; i++) {
		ok(vcpus[i].events, 1, what);
		says(i, true, "an upcall is pending");
	}
	ok(vcpus[2].events, 0, "a vCPU without a vcpu_info is not notified");
	ok(memcmp(&dummy_vcpu_info, &none, sizeof(none)), 0,
	   "the shared dummy vcpu_info is unchanged");
}

static void fill(uint8_t byte)
{
	save(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, NULL);
	memset(record.data + PAGE, byte, PAGE_SIZE);
}

static void test_head(void)
{
	new_domain(true);
	domain.hvm = true;
	save(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, NULL);
	ok(FIELD(&record, 0, domain_save_shared_info, arch),
	   IS_ENABLED(CONFIG_X86) ? 1 : 2, "SHARED_INFO: the architecture");
	ok(FIELD(&record, 0, domain_save_shared_info, type), 2, "the type HVM");
	ok(FIELD(&record, 0, domain_save_shared_info, width), 4, "the width 32 bits");
	domain.hvm = false;
	ok(shared(), -EINVAL, "the page of an HVM guest is refused for a PV guest");
	domain.hvm = true;
	ok(shared(), 0, "the page of an HVM guest is loaded for an HVM guest");

	new_domain(false);
	save(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, NULL);
	ok(record.length, 4104, "the length");
	ok(FIELD(&record, 0, domain_save_shared_info, type), 1, "the type PV");
	ok(FIELD(&record, 0, domain_save_shared_info, width), 8, "the width 64 bits");
	ok(memcmp(record.data + PAGE, &page, PAGE_SIZE), 0, "the record has the whole page");
	refused(2, IS_ENABLED(CONFIG_X86) ? 2 : 1, "another architecture is refused");
	refused(1, 2, "another type is refused");
	refused(0, 4, "another width is refused");
	refused(0, 0, "a width of 0 is refused");
	refused(0, 16, "an unknown width is refused");
	refused(1, 3, "an unknown type is refused");
	refused(3, 1, "an unknown architecture is refused");
	refused(4, 1, "reserved bits are refused");
	refused(7, 0x80, "the last reserved bit is refused");
	record.length -= 8;
	ok(shared(), -EINVAL, "a short record is refused");
	record.length += 16;
	ok(shared(), -EINVAL, "a long record is refused");
	record.length -= 8;
	ok(load(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, true), 0, "a dry run succeeds");
	ok(memcmp(&page, &former, sizeof(page)), 0, "a dry run changes nothing");

	/* A record as in version 2 of the patches of 2020, which has only the width. */
	memset(record.data + 1, 0, 7);
	ok(shared(), 0, "a record with only a width is loaded");
	record.data[0] = 4;
	ok(shared(), -EINVAL, "a record with only another width is refused for a PV guest");
}

/*
 * Load a page of width TO into a new domain of width FROM. A new domain has 64 bits. Xen changes
 * this when a running HVM guest uses 32 bits. So the page of a saved guest may have another width.
 */
static void test_width(bool from, bool to)
{
	unsigned int i, wrong = 0;

	new_domain(to);
	domain.hvm = true;
	fill(0xee);
	new_domain(from);
	domain.hvm = true;
	memset(page.bytes + PENDING, 0, PAGE_SIZE - PENDING);
	page.bytes[PENDING] = 0x11;
	/* In the narrow page, this is the mask. It must not become an event of the wide page. */
	page.bytes[PENDING + 200] = 0x11;
	page.bytes[WC_VERSION] = 40;
	former = page;
	ok(load(&record, DOMAIN_SAVE_CODE_SHARED_INFO, &domain, true), 0,
	   to ? "SHARED_INFO: a page of 32 bits, for a domain of 64 bits"
	      : "SHARED_INFO: a page of 64 bits, for a domain of 32 bits");
	ok(has_32bit_shinfo(&domain), from, "a dry run does not change the width of the domain");
	refused(0, 0, "a width of 0 is refused for an HVM guest");
	refused(0, 16, "an unknown width is refused for an HVM guest");
	ok(shared(), 0, "the page of another width is loaded");
	ok(has_32bit_shinfo(&domain), to, "the domain has the width of the page");
	for (i = 0; i < PENDING_SIZE; i++)
		wrong += page.bytes[PENDING + i] != (i ? 0xee : 0xff);
	ok(wrong, 0, "events of the record and earlier events are pending");
	for (i = 0; i < PENDING_SIZE; i++)
		wrong += page.bytes[PENDING + PENDING_SIZE + i] != 0xee;
	ok(wrong, 0, "the mask of the record is loaded");
	ok(times_kept(), XEN_LEGACY_MAX_VCPUS, "the time of each vCPU is unchanged");
	ok(word(WC_SEC), 77, "the wall clock is at the place for this width");
	ok(word(WC_VERSION), 42, "the version of the wall clock continues from the other place");
	notified("a vCPU gets an event after a load of another width");
}

/*
 * Load the same record into a domain that may have run: Xen must refuse the other width. Such
 * records exist, for example if firmware of 32 bits has started an operating system of 64 bits.
 */
static void test_width_of_run(bool from, bool to)
{
	new_domain(to);
	domain.hvm = true;
	fill(0xee);
	new_domain(from);
	domain.hvm = domain.creation_finished = true;
	refused(0, to ? 4 : 8, to ? "SHARED_INFO: a page of 32 bits, for a domain of 64 that has run"
				  : "SHARED_INFO: a page of 64 bits, for a domain of 32 that has run");
	ok(has_32bit_shinfo(&domain), from, "the width of the domain is unchanged");
	record.data[0] = from ? 4 : 8;
	ok(shared(), 0, "a page of the same width is loaded");
	ok(has_32bit_shinfo(&domain), from, "the width of the domain is unchanged");
}

static void keep(uint8_t *want, size_t at, size_t len)
{
	memcpy(want + at, page.bytes + at, len);
}

/* Check that all bytes of the page are BYTE, except those that Xen itself writes. */
static bool rest_is(uint8_t byte)
{
	uint8_t want[PAGE_SIZE];

	memset(want, byte, sizeof(want));
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		keep(want, 64 * i + TIME, 32);
	keep(want, 0, 1);
	keep(want, SEL, SEL);
	/* Events that were pending before the load stay pending. */
	memset(want + PENDING, byte | 0x11, PENDING_SIZE);
	keep(want, WC_VERSION, 8);
	return !memcmp(want, page.bytes, sizeof(want));
}

static void test_page(bool shinfo_32)
{
	new_domain(shinfo_32);
	fill(0xee);
	ok(shared(), 0, shinfo_32 ? "SHARED_INFO: any page of 32 bits is loaded"
				  : "SHARED_INFO: any page of 64 bits is loaded");
	ok(rest_is(0xee), true, "all is loaded, except the fields that Xen writes");
	ok(times_kept(), XEN_LEGACY_MAX_VCPUS, "the time of each vCPU is unchanged");
	ok(word(WC_VERSION), 42, "the version of the wall clock continues");
	ok(word(WC_SEC), 77, "the wall clock is that of the host");
	notified("a vCPU gets an event after a load of any page");

	new_domain(shinfo_32);
	fill(0);
	ok(shared(), 0, "an empty page is loaded");
	ok(rest_is(0), true, "all of the empty page is loaded, except the fields that Xen writes");
	notified("a vCPU gets an event after a load of an empty page");

	new_domain(shinfo_32);
	domain.vcpu = NULL;
	ok(shared(), 0, "an empty page is loaded into a domain without vCPUs");
}

static bool pending(unsigned int port)
{
	return page.bytes[PENDING + port / 8] >> port % 8 & 1;
}

/* No event may be lost that backends send while the guest is paused, before or during a load. */
static void test_between(bool shinfo_32)
{
	unsigned int last = 8 * PENDING_SIZE - 1, lost = 0;

	new_domain(shinfo_32);
	memset(page.bytes + PENDING, 0, PENDING_SIZE);
	page.bytes[PENDING] = 1 << 5;
	fill(0);
	record.data[PAGE + PENDING] = 1 << 6;
	page.bytes[PENDING + last / 8] = 0x80;
	ok(shared(), 0, "SHARED_INFO: a page is loaded after more events were sent");
	ok(pending(5), true, "an event that was pending before the save is pending");
	ok(pending(last), true, "an event that was sent after the save is pending");
	ok(pending(6), true, "an event of the record is pending");
	ok(pending(7), false, "no other event is pending");
	notified("a vCPU gets an event after this load");

	/* Each read of the record sends one more event. */
	new_domain(shinfo_32);
	memset(page.bytes + PENDING, 0, PENDING_SIZE);
	fill(0);
	emul.sends_to = page.bytes + PENDING;
	emul.sent = 0;
	ok(shared(), 0, "a page is loaded while backends send events");
	for (unsigned int port = 0; port < emul.sent && port <= last; port++)
		lost += !pending(port);
	ok(emul.sent > 0, true, "backends have sent events");
	ok(lost, 0, "no event is lost");
	emul.sends_to = NULL;
}

/* As in vlapic_reg_write(): Xen looks for a pending upcall when the guest enables its local APIC. */
static void enable_apic(struct vcpu *v)
{
	v->arch.hvm.vlapic.off = false;
	v->events += ((uint8_t *)v->vcpu_info)[0];
}

/*
 * Load while vCPUs 0 and 1 are down. On x86, Xen must mark events as pending for both. Xen on Arm
 * would drop their interrupts, so it must mark none. Otherwise it would send no later interrupt.
 */
static void test_offline(bool hvm)
{
	new_domain(false);
	domain.hvm = hvm;
	fill(0xee);
	vcpus[0].pause_flags = vcpus[1].pause_flags = 1 << _VPF_down;
	vcpus[1].arch.hvm.evtchn_upcall_vector = 0xf3;
	ok(shared(), 0, hvm ? "SHARED_INFO: a page is loaded while vCPUs of an HVM guest are down"
			    : "SHARED_INFO: a page is loaded while vCPUs of a PV guest are down");
	says(0, IS_ENABLED(CONFIG_X86), "an upcall is pending on x86 for a vCPU without a vector");
	says(1, IS_ENABLED(CONFIG_X86), "an upcall is pending on x86 for a vCPU with a vector");
	ok(vcpus[1].events, IS_ENABLED(CONFIG_X86),
	   "the vCPU gets no event on Arm while it is down");
	vcpus[1].pause_flags = 0;
	ok(shared(), 0, "a page is loaded after the vCPU is up");
	says(1, true, "an upcall is pending for this vCPU");
}

/*
 * A local APIC is disabled when a guest boots, or starts another kernel. If an upcall is pending before
 * the load, the upcall must stay pending. Otherwise the vCPU misses events: a port that is already
 * pending in the page, or in a FIFO queue, causes no other upcall.
 */
static void test_apic(bool down)
{
	new_domain(false);
	domain.hvm = true;
	fill(0xee);
	for (unsigned int i = 0; i < 2; i++) {
		vcpus[i].pause_flags = down << _VPF_down;
		vcpus[i].arch.hvm.vlapic.off = true;
		vcpus[i].arch.hvm.evtchn_upcall_vector = i ? 0xf3 : 0;
		*(uint8_t *)vcpus[i].vcpu_info = 1;
	}
	ok(shared(), 0, down ? "SHARED_INFO: a page is loaded with vCPUs down, and local APICs off"
			     : "SHARED_INFO: a page is loaded with local APICs off");
	says(0, true, "an upcall is pending for a vCPU without a vector");
	says(1, true, "an upcall is pending for a vCPU with a vector");
	vcpus[1].events = 0;
	enable_apic(&vcpus[1]);
	ok(vcpus[1].events, 1, "the vCPU gets an event when its local APIC is enabled");
}

void test_load(void)
{
	test_head();
	test_page(false);
	test_between(false);
	if (IS_ENABLED(CONFIG_X86)) {
		test_page(true);
		test_between(true);
		test_width(false, true);
		test_width(true, false);
		test_width_of_run(false, true);
		test_width_of_run(true, false);
		test_apic(false);
		test_apic(true);
	} else {
		new_domain(false);
		domain.hvm = true;
		fill(0);
		refused(0, 4, "SHARED_INFO: another width is refused on Arm");
	}
	test_offline(false);
	test_offline(true);
}
