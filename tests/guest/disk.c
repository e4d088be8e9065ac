// SPDX-License-Identifier: GPL-2.0
/*
 * disk DEVICE: in the guest, write blocks that contain their number and generation,
 * and check that the disk has each block as of the last fsync(). After the guest is
 * gone, `disk verify` in dom0 checks the same blocks.
 */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs.h"
#include "report.h"
#include "util.h"

#define BLOCK		4096
#define MAX_BLOCKS	256UL	/* 1 MB: rewritten often, scanned quickly */
#define MIN_BLOCKS	16UL
#define MAX_BATCH	8
#define VERIFIES	4
#define PAUSE_MS	40
#define MAGIC		0x6b636f6c62747367ULL

struct block {
	uint64_t magic;
	uint64_t number;
	uint64_t generation;
	uint64_t sum;
	uint64_t body[BLOCK / 8 - 4];
};
_Static_assert(sizeof(struct block) == BLOCK, "a block is one page");

static struct block *block;	/* page aligned, because O_DIRECT requires this */
static unsigned long nr_blocks;

static uint64_t checksum(void)
{
	uint64_t sum = mix64(block->magic ^ block->number << 40 ^
			     block->generation);

	for (size_t i = 0; i < ARRAY_SIZE(block->body); i++)
		sum = (sum ^ block->body[i]) * 0x100000001b3ULL;
	return sum;
}

static void fill(uint64_t number, uint64_t generation)
{
	uint64_t x = mix64(number << 40 ^ generation);

	block->magic = MAGIC;
	block->number = number;
	block->generation = generation;
	for (size_t i = 0; i < ARRAY_SIZE(block->body); i++)
		block->body[i] = x += 0x9e3779b97f4a7c15ULL;
	block->sum = checksum();
}

/* Return what is wrong with a block, or NULL if it is sound, or was never written. */
static const char *fault(uint64_t number)
{
	static const struct block zero;

	if (!memcmp(block, &zero, BLOCK))
		return NULL;
	if (block->magic != MAGIC)
		return "holds foreign data (the disk must start out zeroed)";
	if (block->number != number)
		return "holds another block's data";
	if (block->sum != checksum())
		return "is torn or corrupt (checksum)";
	return NULL;
}

static int prepare(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		return -1;
	nr_blocks = size / BLOCK;
	if (nr_blocks > MAX_BLOCKS)
		nr_blocks = MAX_BLOCKS;
	if (!block && posix_memalign((void **)&block, BLOCK, BLOCK))
		return -1;
	return 0;
}

static int read_block(int fd, uint64_t number)
{
	ssize_t n;

	do {
		n = pread(fd, block, BLOCK, (off_t)number * BLOCK);
	} while (n < 0 && errno == EINTR);
	if (n >= 0 && n != BLOCK)
		errno = EIO;
	return n == BLOCK ? 0 : -1;
}

/*
 * Check all blocks, and return the highest generation. The program continues from this
 * generation, so that the highest one on the disk is the newest, also after a reboot.
 */
static uint64_t scan(int fd)
{
	uint64_t newest = 0;
	const char *bad;

	for (uint64_t i = 0; i < nr_blocks; i++) {
		if (read_block(fd, i))
			report_fail("reading block %lu at start: %m", i);
		bad = fault(i);
		if (bad)
			report_fail("at start block %lu %s", i, bad);
		if (block->generation > newest)
			newest = block->generation;
	}
	return newest;
}

static void write_block(int fd, uint64_t number, uint64_t generation)
{
	ssize_t n;

	fill(number, generation);
	do {
		n = pwrite(fd, block, BLOCK, (off_t)number * BLOCK);
	} while (n < 0 && errno == EINTR);
	if (n != BLOCK)
		report_fail("writing block %lu generation %lu: %m (%zd)",
			    number, generation, n);
}

static void verify_acked(int direct, uint64_t number, uint64_t acked)
{
	const char *bad;

	if (read_block(direct, number))
		report_fail("reading block %lu: %m", number);
	bad = fault(number);
	if (bad)
		report_fail("block %lu %s", number, bad);
	if (block->generation != acked)
		report_fail("block %lu has generation %lu, acknowledged was %lu",
			    number, block->generation, acked);
}

/* Write some blocks. They count as acknowledged only after fsync() has returned. */
static uint64_t write_batch(int fd, uint64_t newest, uint64_t *acked)
{
	int n = 1 + rnd() % MAX_BATCH;
	uint64_t number[MAX_BATCH];

	for (int i = 0; i < n; i++) {
		number[i] = rnd() % nr_blocks;
		write_block(fd, number[i], newest + 1 + i);
	}
	if (fsync(fd))
		report_fail("fsync at generation %lu: %m", newest + n);
	for (int i = 0; i < n; i++)
		acked[number[i]] = newest + 1 + i;
	report_add(n);
	return newest + n;
}

/*
 * Open the device when it has a size. A network block device has none until it is attached,
 * and cannot be attached while it is open. So close the device between two attempts.
 */
static int open_with_size(const char *device)
{
	int fd;

	for (;;) {
		fd = open(device, O_RDWR | O_CLOEXEC);
		if (fd < 0 || lseek(fd, 0, SEEK_END))
			return fd;
		close(fd);
		sleep_ms(200);
	}
}

static int run(const char *device)
{
	static uint64_t acked[MAX_BLOCKS];	/* generation; 0: not since the start */
	uint64_t newest, number, verified = 0;
	int fd, direct;

	report_attach();
	fd = open_with_size(device);
	if (fd < 0)
		report_fail("cannot open %s: %m", device);
	/* O_DIRECT bypasses the page cache, so that blocks are read from the disk itself. */
	direct = open(device, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (direct < 0)
		report_fail("cannot open %s with O_DIRECT: %m", device);
	if (prepare(fd) || nr_blocks < MIN_BLOCKS)
		report_fail("%s: %lu blocks, need %lu", device, nr_blocks,
			    MIN_BLOCKS);
	/* Scan through the page cache, whose read-ahead combines the reads into a few requests. */
	newest = scan(fd);
	for (;;) {
		int64_t begin = now_ns(CLOCK_MONOTONIC);

		newest = write_batch(fd, newest, acked);
		for (int i = 0; i < VERIFIES; i++) {
			number = rnd() % nr_blocks;
			if (!acked[number])
				continue;
			verify_acked(direct, number, acked[number]);
			verified++;
		}
		report_detail("generation %lu verified %lu of %lu blocks",
			      newest, verified, nr_blocks);
		rest(begin, PAUSE_MS);
	}
}

/* In dom0: check that each block is sound, and that the newest generation is at least MIN. */
static int verify(const char *file, uint64_t min)
{
	uint64_t newest = 0, written = 0;
	const char *bad;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || prepare(fd))
		die("cannot read %s: %m", file);
	for (uint64_t i = 0; i < nr_blocks; i++) {
		if (read_block(fd, i))
			die("%s: reading block %lu: %m", file, i);
		bad = fault(i);
		if (bad) {
			printf("disk: FAIL %s block %lu %s\n", file, i, bad);
			return EXIT_FAIL;
		}
		written += block->magic == MAGIC;
		if (block->generation > newest)
			newest = block->generation;
	}
	close(fd);
	if (!written || newest < min) {
		printf("disk: FAIL %s ends at generation %lu, expected at least %lu\n",
		       file, newest, min ? min : 1);
		return EXIT_FAIL;
	}
	printf("disk: ok %s %lu blocks written, generation %lu\n", file,
	       written, newest);
	return 0;
}

int disk_main(int argc, char **argv)
{
	uint64_t min = 0;

	if (argc == 2)
		return run(argv[1]);
	if (argc < 3 || argc > 4 || strcmp(argv[1], "verify"))
		die("usage: disk DEVICE | disk verify FILE [MIN_GENERATION]");
	if (argc == 4)
		min = parse_number(argv[3], "MIN_GENERATION", 0, ~0UL);
	return verify(argv[2], min);
}
