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
	ok(record.length, 40, "VCPU_AREAS: its length");
	ok(AREA(flags), 0, "nothing of an offline vCPU");
	ok(memcmp(record.data + 8, none, 32), 0, "and zeroes");

	vcpu.pause_flags = ~(1UL << _VPF_down);
	vcpu.vcpu_info = (void *)0x123456789a40;
	vcpu.vcpu_info_mfn = (mfn_t){ 77 };
	vcpu.control = (void *)0x55558;
	vcpu.runstate_guest.p = (void *)0xffff888000000010;
	vcpu.arch.time_info_guest.p = (void *)0x20;
	save(&record, DOMAIN_SAVE_CODE_VCPU_AREAS, &domain, &vcpu);
	ok(AREA(flags), IS_ENABLED(CONFIG_X86) ? 0x1f : 0xf, "all of an online one");
	ok(AREA(vcpu_info_offset), 0xa40, "its vcpu_info's offset");
	ok(AREA(vcpu_info_gfn), gfn(77), "and page");
	ok(AREA(control_offset), 0x558, "its control block's offset");
	ok(AREA(control_gfn), gfn(0x55), "and page");
	ok(AREA(runstate), (long)0xffff888000000010, "runstate");
	ok(AREA(time), IS_ENABLED(CONFIG_X86) ? 0x20 : 0, "time");
}

static void test_array(void)
{
	ok(save(&record, DOMAIN_SAVE_CODE_FIFO_ARRAY, &domain, NULL), 0, "FIFO_ARRAY: of 2-level");
	ok(record.length, 8, "its length");
	ok(number(&record, 0, 8), 0, "no page");

	domain.evtchn_fifo = &domain;
	domain.array[0] = (void *)0x99000;
	domain.array[1] = (void *)0x55000;
	domain.array[2] = (void *)0x77000;
	save(&record, DOMAIN_SAVE_CODE_FIFO_ARRAY, &domain, NULL);
	ok(record.length, 32, "of FIFO, 8 more for each page");
	ok(number(&record, 0, 8), 3, "three pages");
	ok(number(&record, 8, 8), gfn(0x99), "the first one");
	ok(number(&record, 16, 8), gfn(0x55), "the second one");
	ok(number(&record, 24, 8), gfn(0x77), "the third one");
	for (unsigned int i = 0; i < 128; i++)
		domain.array[i] = (void *)(0x1000UL * (i + 1));
	save(&record, DOMAIN_SAVE_CODE_FIFO_ARRAY, &domain, NULL);
	ok(record.length, 8 + 128 * 8, "as many as there can be");
	ok(number(&record, 8 + 127 * 8, 8), gfn(128), "the last one");
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
	ok(record.length, 32, "VCPU_TIMERS: its length");
	ok(TIMER(now), NOW(), "what time it is");
	ok(TIMER(singleshot), 0, "a timer that has expired is not armed");
	ok(TIMER(period), 10, "the period");
	ok(TIMER(periodic_last), 990, "and when that was over");

	vcpu.singleshot_timer = (struct timer){ .armed = true, .expires = 6000 };
	save(&record, DOMAIN_SAVE_CODE_VCPU_TIMERS, &domain, &vcpu);
	ok(TIMER(singleshot), 6000, "one that is armed");
	vcpu.singleshot_timer.expires = 0;
	save(&record, DOMAIN_SAVE_CODE_VCPU_TIMERS, &domain, &vcpu);
	ok(TIMER(singleshot), 1, "for the beginning of time");
	vcpu.singleshot_timer.expires = -5;
	save(&record, DOMAIN_SAVE_CODE_VCPU_TIMERS, &domain, &vcpu);
	ok(TIMER(singleshot), 1, "or before it");
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
	ok(emul.softirqs >= 2 * REFS / 4096, true, "GNTTAB: softirqs are handled in between");
	ok(emul.most <= 4096, true, "and the lock is released, at least every 4096 entries");
	ok(emul.sizes <= emul.grant_locks, true, "the size is read once while the lock is held");
	ok(record.length, 24, "its length, if nothing is in use");
	ok(SIZE(version), 1, "its version");
	ok(SIZE(nr_frames), 20, "its frames");
	ok(SIZE(max_frames), 64, "how many there may be");
	ok(SIZE(nr_status_frames), 3, "those for the status");

	use(0, 3, 0x0100);
	use(1, 4, 0);
	use(700, 5, 0xff);
	use(5119, 6, 0x02000000);
	use(REFS - 1, 7, 0x090000);
	save(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, NULL);
	ok(SIZE(nr_pins), 4, "what is in use");
	ok(record.length, 24 + 4 * 16, "and no more");
	ok(PIN(0, ref), 0, "the first reference");
	ok(PIN(0, domid), 3, "its user");
	ok(PIN(0, host_readers), 1, "who reads");
	ok(PIN(0, host_writers), 0, "and does not write");
	ok(PIN(1, ref), 700, "one in between");
	ok(PIN(1, host_writers), 255, "with as many writers as there can be");
	ok(PIN(2, device_readers), 2, "a device");
	ok(PIN(3, ref), REFS - 1, "the last reference");
	ok(PIN(3, device_writers), 9, "that devices write to");
	ok(PIN(3, device_readers), 0, "and do not read");

	table.gt_version = 2;
	save(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, NULL);
	ok(SIZE(nr_pins), 3, "half of them, of version 2");
	use(REFS / 2 + 1, 8, 1);
	emul.grows = &table.nr_frames;
	save_into(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, sizeof(record.data));
	emul.grows = NULL;
	ok(table.nr_frames > 20, true, "the table grows meanwhile");
	ok(SIZE(nr_frames), 20, "which the record does not show");
	ok(SIZE(nr_pins), 3, "pins in its new frames are left out");
	table.nr_frames = 20;
	use(REFS / 2 + 1, 0, 0);
	table.gt_version = 1;
	table.unmapped = 700;
	save_into(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, sizeof(record.data));
	ok(SIZE(nr_pins), 3, "but not one that is unmapped meanwhile");
	ok(PIN(1, ref), 5119, "and the next one is not missed");
	ok(emul.locks || table.lock, false, "no lock is held afterwards");
	table.unmapped = 0;
	use(700, 5, 0xff);

	ref = 5120;
	ok(gnttab_next_pin(&domain, &ref, 2 * REFS, &pin), true, "a table that is smaller than it was");
	ok(ref, REFS, "has a last reference");
	ok(gnttab_next_pin(&domain, &ref, 2 * REFS, &pin), false, "and nothing behind it");
}

static int into(size_t room) { return save_into(&record, DOMAIN_SAVE_CODE_GNTTAB, &domain, room); }

/* The handler must use no more memory than the caller has room for, and must read an entry once. */
static void test_gnttab_room(void)
{
	table.gt_version = 1;
	record.data[0] = 0xa5;
	ok(into(24 + 4 * 16 - 8), 0, "too little room");
	ok(record.length, 24 + 4 * 16, "is told how much it takes");
	ok(record.data[0], 0xa5, "and nothing else");
	ok(emul.scratch < 24 + 4 * 16, true, "no more is allocated than there is room for");
	ok(into(24 + 4 * 16), 0, "just enough room");
	ok(PIN(3, ref), REFS - 1, "has all of them");
	ok(emul.looks, REFS, "at each entry one look");
	into(sizeof(record.data));
	ok(emul.scratch, 64 * 512 * 16, "nor more than for all entries that there may be");
	table.gt_version = 2;
	into(sizeof(record.data));
	ok(emul.scratch, 64 * 512 * 16, "of either version");
	table.gt_version = 1;

	table.active = NULL;
	table.nr_frames = table.max_grant_frames = 4096;
	ok(into(16 << 20), 0, "2 Mi grants in use");
	ok(record.length, 24 + (16 << 21), "are counted");
	ok(emul.scratch <= 16 << 20, true, "without memory for all of them");
}

void test_dump(void)
{
	test_areas();
	test_array();
	test_timers();
	test_gnttab();
	test_gnttab_room();
}
