/* SPDX-License-Identifier: GPL-2.0 */
/* The format of images: docs/specs/lib{xl,xc}-migration-stream.pandoc of Xen, and its xl.h. */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAGIC_BYTES 32
#define IMAGE_BYTE_ORDER 0x01020304u
#define IMAGE_JSON 1u
#define IMAGE_STREAM_V2 2u
#define IMAGE_MARK "xen-checkpoint 1"

struct image_header {
	char magic[IMAGE_MAGIC_BYTES];
	uint32_t byte_order;
	uint32_t mandatory_flags;	/* xl restore rejects those that it does not know */
	uint32_t optional_flags;
	uint32_t data_len;
};

extern const char image_magic[IMAGE_MAGIC_BYTES];

bool write_all(int fd, const void *data, size_t len);

/* check.c, check-pv.c */
struct verdict {
	bool sound;
	bool failed;		/* it cannot be read or written, so nobody knows */
	char what[256];		/* is wrong, if it is not sound */
	uint64_t bytes;
	uint64_t pages;		/* with content, each counted once */
	uint64_t tables;	/* page tables among them */
};

/*
 * Read an image from in until its end, and copy it to out, if that is not -1. Of an image
 * that is not sound, out does not get the last record.
 */
void image_check(int in, int out, struct verdict *v);

#endif
