// SPDX-License-Identifier: GPL-2.0
/*
 * The layout of the shared info page of x86, for 64-bit and 32-bit guests. The offsets are numbers
 * in this file, because a 64-bit program has no declaration of the 32-bit page.
 *
 * Between two contexts of one guest, values that Xen or the guest updates regularly may change.
 * Values that the guest sets once must stay the same, except machine frames, which differ in a new
 * domain.
 */
#include "domctx.h"

#define EITHER(why) .restored = why, .goes_on = why

static const char host_clock[] = "the value follows the host's clock";
static const char frame[] = "a machine frame of the new domain";
static const char changes[] = "the value changes all the time";
static const char counts[] = "the guest counts its changes of the p2m";

/*
 * The offsets of wc_version, of wc_sec_hi and of struct arch_shared_info, and the bytes of a word
 * of the guest.
 */
#define PAGE_FIELDS(wc, hi, arch, wide)							\
	{ "wc_version", wc, 4, DECIMAL, EITHER(host_clock) },			\
	{ "wc_sec", (wc) + 4, 4, DECIMAL, EITHER(host_clock) },			\
	{ "wc_nsec", (wc) + 8, 4, DECIMAL, EITHER(host_clock) },			\
	{ "wc_sec_hi", hi, 4, DECIMAL, EITHER(host_clock) },			\
	{ "max_pfn", arch, wide, .format = HEX },					\
	{ "pfn_to_mfn_frame_list_list", (arch) + (wide), wide, HEX, .restored = frame },	\
	{ "nmi_reason", (arch) + 2 * (wide), wide, .format = HEX },			\
	{ "p2m_cr3", (arch) + 3 * (wide), wide, HEX, .restored = frame },			\
	{ "p2m_vaddr", (arch) + 4 * (wide), wide, .format = HEX },			\
	{ "p2m_generation", (arch) + 5 * (wide), wide, DECIMAL, EITHER(counts) },	\
	{ 0 }

#define VCPU_FIELDS(wide)								\
	{ "evtchn_upcall_pending", 0, 1, DECIMAL, EITHER(changes) },			\
	{ "evtchn_upcall_mask", 1, 1, DECIMAL, EITHER(changes) },			\
	{ "evtchn_pending_sel", wide, wide, HEX, EITHER(changes) },			\
	{ "time.version", 32, 4, DECIMAL, EITHER(changes) },				\
	{ "time.tsc_timestamp", 40, 8, DECIMAL, EITHER(changes) },			\
	{ "time.system_time", 48, 8, DECIMAL, EITHER(changes) },			\
	{ "time.tsc_to_system_mul", 56, 4, DECIMAL, EITHER(changes) },			\
	{ "time.tsc_shift", 60, 1, SIGNED, EITHER(changes) },				\
	{ "time.flags", 61, 1, HEX, EITHER(changes) },					\
	{ 0 }

static const struct field fields64[] = { PAGE_FIELDS(3072, 3084, 3088, 8) };
static const struct field fields32[] = { PAGE_FIELDS(2304, 2340, 2316, 4) };
static const struct field vcpu64[] = { VCPU_FIELDS(8) };
static const struct field vcpu32[] = { VCPU_FIELDS(4) };

static const struct page page64 = { fields64, vcpu64, 2048, 2560, 512, 3136 };
static const struct page page32 = { fields32, vcpu32, 2048, 2176, 128, 2344 };

#ifdef __x86_64__
_Static_assert(sizeof(struct shared_info) == 3136 && sizeof(struct vcpu_info) == 64 &&
	       offsetof(struct shared_info, wc_version) == 3072 &&
	       offsetof(struct shared_info, arch) == 3088 &&
	       offsetof(struct shared_info, evtchn_mask) == 2560 &&
	       offsetof(struct vcpu_info, time) == 32, "counted wrongly");
#endif

const struct page *page_of(const struct record *shared_info)
{
	const uint8_t *data = shared_info->data;

	if (get_number(data, offsetof(struct domain_save_shared_info, arch), 2) !=
	    DOMAIN_SAVE_ARCH_X86)
		return NULL;
	return get_number(data, offsetof(struct domain_save_shared_info, width), 1) == 8 ?
		&page64 : &page32;
}

/*
 * Return whether Xen uses the vcpu_info of this vCPU in the shared info page: the guest has not
 * registered another place for it.
 */
bool vcpu_info_in_page(const struct context *c, unsigned int vcpu)
{
	const struct record *r = context_find(c, DOMAIN_SAVE_CODE_VCPU_AREAS, vcpu);

	return r && !(get_number(r->data, offsetof(struct domain_save_vcpu_areas, flags), 4) &
		      DOMAIN_SAVE_AREAS_VCPU_INFO);
}
