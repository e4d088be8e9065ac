// SPDX-License-Identifier: GPL-2.0
/* Tests of VCPU_AREAS, FIFO_ARRAY, VCPU_TIMERS and GNTTAB, which cannot be loaded. */
#include "test.h"

#define AREA(member) FIELD(&record, 0, domain_save_vcpu_areas, member)

static struct domain domain;
static struct vcpu vcpu = { .domain = &domain, .vcpu_info_mfn = { ~0ULL } };

/* Return the gfn of an mfn. Xen on Arm cannot translate mfns, and its records have -1. */
static long gfn(unsigned long mfn) { return IS_ENABLED(CONFIG_X86) ? (long)EMUL_GFN(mfn) : -1; }

static void test_areas(void)
{
	static const uint8_t none[32];

	vcpu.pause_flags = 1 << _VPF_down;
	save(&record, DOMAIN_SAVE_CODE_VCPU_AREAS, &domain, &vcpu);
	ok(record.length, 40, "VCPU_AREAS: the length");
	ok(AREA(flags), 0, "an offline vCPU has no areas");
	ok(memcmp(record.data + 8, none, 32), 0, "the fields of an offline vCPU are 0");

	vcpu.pause_flags = ~(1UL << _VPF_down);
	vcpu.vcpu_info = (void *)0x123456789a40;
	vcpu.vcpu_info_mfn = (mfn_t){ 77 };
	vcpu.control = (void *)0x55558;
	vcpu.runstate_guest.p = (void *)0xffff888000000010;
	vcpu.arch.time_info_guest.p = (void *)0x20;
	save(&record, DOMAIN_SAVE_CODE_VCPU_AREAS, &domain, &vcpu);
	ok(AREA(flags), IS_ENABLED(CONFIG_X86) ? 0x1f : 0xf, "an online vCPU has all areas");
	ok(AREA(vcpu_info_offset), 0xa40, "the offset of vcpu_info");
	ok(AREA(vcpu_info_gfn), gfn(77), "the page of vcpu_info");
	ok(AREA(control_offset), 0x558, "the offset of the control block");
	ok(AREA(control_gfn), gfn(0x55), "the page of the control block");
	ok(AREA(runstate), (long)0xffff888000000010, "the address of the runstate area");
	ok(AREA(time), IS_ENABLED(CONFIG_X86) ? 0x20 : 0, "the address of the time area");
}

static void test_array(void)
{
	ok(save(&record, DOMAIN_SAVE_CODE_FIFO_ARRAY, &domain, NULL), 0,
	   "FIFO_ARRAY: a domain with 2-level events is saved");
	ok(record.length, 8, "the length without pages");
	ok(number(&record, 0, 8), 0, "the number of pages is 0");

	domain.evtchn_fifo = &domain;
	domain.array[0] = (void *)0x99000;
	domain.array[1] = (void *)0x55000;
	domain.array[2] = (void *)0x77000;
	save(&record, DOMAIN_SAVE_CODE_FIFO_ARRAY, &domain, NULL);
	ok(record.length, 32, "with FIFO events, each page adds 8 bytes");
	ok(number(&record, 0, 8), 3, "the number of pages is 3");
	ok(number(&record, 8, 8), gfn(0x99), "the first page");
	ok(number(&record, 16, 8), gfn(0x55), "the second page");
	ok(number(&record, 24, 8), gfn(0x77), "the third page");
	for (unsigned int i = 0; i < 128; i++)
		domain.array[i] = (void *)(0x1000UL * (i + 1));
	save(&record, DOMAIN_SAVE_CODE_FIFO_ARRAY, &domain, NULL);
	ok(record.length, 8 + 128 * 8, "the length with the maximum of pages");
	ok(number(&record, 8 + 127 * 8, 8), gfn(128), "the last page");
	domain.evtchn_fifo = NULL;
}

#define TIMER(member) FIELD(&record, 0, domain_save_vcpu_timers, member)

static void test_timers(void)
{
	vcpu.singleshot_timer = (struct timer){ .expires = 4000 };
	vcpu.periodic_timer_lock.show = emul_show_timer;
	vcpu.period = 10;
	vcpu.last_event = 990;
	vcpu.periodic_period = vcpu.periodic_last_event = -1;
	save(&record, DOMAIN_SAVE_CODE_VCPU_TIMERS, &domain, &vcpu);
	ok(record.length, 32, "VCPU_TIMERS: the length");
	ok(TIMER(now), NOW(), "the present time");
	ok(TIMER(singleshot), 0, "a timer that has expired is 0");
	ok(TIMER(period), 10, "the period");
	ok(TIMER(periodic_last), 990, "the end of the last period");

	vcpu.singleshot_timer = (struct timer){ .armed = true, .expires = 6000 };
	save(&record, DOMAIN_SAVE_CODE_VCPU_TIMERS, &domain, &vcpu);
	ok(TIMER(singleshot), 6000, "the time of an armed timer");
	vcpu.singleshot_timer.expires = 0;
	save(&record, DOMAIN_SAVE_CODE_VCPU_TIMERS, &domain, &vcpu);
	ok(TIMER(singleshot), 1, "a timer for time 0 is 1");
	vcpu.singleshot_timer.expires = -5;
	save(&record, DOMAIN_SAVE_CODE_VCPU_TIMERS, &domain, &vcpu);
	ok(TIMER(singleshot), 1, "a timer for a negative time is 1");
}

#define SIZE(member) FIELD(&record, 0, domain_save_gnttab, member)
#define PIN(i, member) FIELD(&record, sizeof(struct domain_save_gnttab) + (i) * \
			     sizeof(struct domain_save_gnttab_pin), domain_save_gnttab_pin, member)

/* References in 20 frames of version 1. With version 2, 20 frames have half as many. */
#define REFS (20 * 512)
static struct active_grant_entry active[REFS];
static struct grant_table table;

static void use(grant_ref_t ref, uint16_t domid, uint32_t pin)
{
	active[ref] = (struct active_grant_entry){ .domid = domid, .pin = pin };
}

static void test_gnttab(void)
{
	struct domain_save_gnttab_pin pin;
	grant_ref_t ref;

	domain.grant_table = &table;
	table = (struct grant_table){
		.active = active, .gt_version = 1, .nr_frames = 20, .max_grant_frames = 64,
		.status_frames = 3,
	};
	emul.softirqs = 0;
	save(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, NULL);
	ok(emul.softirqs >= 2 * REFS / 4096, true, "GNTTAB: softirqs are handled between entries");
	ok(emul.most <= 4096, true, "the lock is released after at most 4096 entries");
	ok(emul.sizes <= emul.grant_locks, true,
	   "the size is read once each time that the lock is taken");
	ok(record.length, 24, "the length, if no grant is in use");
	ok(SIZE(version), 1, "the version");
	ok(SIZE(nr_frames), 20, "the number of frames");
	ok(SIZE(max_frames), 64, "the maximum number of frames");
	ok(SIZE(nr_status_frames), 3, "the number of status frames");

	use(0, 3, 0x0100);
	use(1, 4, 0);
	use(700, 5, 0xff);
	use(5119, 6, 0x02000000);
	use(REFS - 1, 7, 0x090000);
	save(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, NULL);
	ok(SIZE(nr_pins), 4, "the number of grants in use");
	ok(record.length, 24 + 4 * 16, "the length with these grants");
	ok(PIN(0, ref), 0, "the first reference");
	ok(PIN(0, domid), 3, "the domain that uses it");
	ok(PIN(0, host_readers), 1, "the number of mappings that can only read");
	ok(PIN(0, host_writers), 0, "no mapping can write");
	ok(PIN(1, ref), 700, "a reference in the middle");
	ok(PIN(1, host_writers), 255, "the maximum number of mappings that can write");
	ok(PIN(2, device_readers), 2, "device mappings that can only read");
	ok(PIN(3, ref), REFS - 1, "the last reference");
	ok(PIN(3, device_writers), 9, "device mappings that can write");
	ok(PIN(3, device_readers), 0, "no device mapping can only read");

	table.gt_version = 2;
	save(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, NULL);
	ok(SIZE(nr_pins), 3, "version 2 has half as many references");
	use(REFS / 2 + 1, 8, 1);
	emul.grows = &table.nr_frames;
	save_into(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, sizeof(record.data));
	emul.grows = NULL;
	ok(table.nr_frames > 20, true, "the table grows during the save");
	ok(SIZE(nr_frames), 20, "the record has the earlier number of frames");
	ok(SIZE(nr_pins), 3, "grants in the new frames are left out");
	table.nr_frames = 20;
	use(REFS / 2 + 1, 0, 0);
	table.gt_version = 1;
	table.unmapped = 700;
	save_into(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, sizeof(record.data));
	ok(SIZE(nr_pins), 3, "a grant that is unmapped during the save is left out");
	ok(PIN(1, ref), 5119, "the next grant is in the record");
	ok(emul.locks || table.lock, false, "no lock is held after the save");
	table.unmapped = 0;
	use(700, 5, 0xff);

	ref = 5120;
	ok(gnttab_next_pin(&domain, &ref, 2 * REFS, &pin), true,
	   "a search from a reference after the end finds a grant");
	ok(ref, REFS, "the search returns the last reference");
	ok(gnttab_next_pin(&domain, &ref, 2 * REFS, &pin), false, "the next search finds no grant");
}

static int into(size_t room) { return save_into(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, room); }

/* The handler must use no more memory than the caller has room for, and must read an entry once. */
static void test_gnttab_room(void)
{
	table.gt_version = 1;
	record.data[0] = 0xa5;
	ok(into(24 + 4 * 16 - 8), 0, "a save with too little room succeeds");
	ok(record.length, 24 + 4 * 16, "this save returns the necessary length");
	ok(record.data[0], 0xa5, "this save writes no data");
	ok(emul.scratch < 24 + 4 * 16, true,
	   "this save allocates less memory than the record needs");
	ok(into(24 + 4 * 16), 0, "a save with just enough room succeeds");
	ok(PIN(3, ref), REFS - 1, "this save writes all grants");
	ok(emul.looks, REFS, "each entry is read once");
	into(sizeof(record.data));
	ok(emul.scratch, 64 * 512 * 16,
	   "a save with much room allocates memory for all possible entries");
	table.gt_version = 2;
	into(sizeof(record.data));
	ok(emul.scratch, 64 * 512 * 16, "the same with version 2");
	table.gt_version = 1;

	table.active = NULL;
	table.nr_frames = table.max_grant_frames = 4096;
	ok(into(16 << 20), 0, "a save of 2 Mi grants in use succeeds");
	ok(record.length, 24 + (16 << 21), "all these grants are counted");
	ok(emul.scratch <= 16 << 20, true, "not more memory is allocated than there is room");
}

void test_dump(void)
{
	test_areas();
	test_array();
	test_timers();
	test_gnttab();
	test_gnttab_room();
}
