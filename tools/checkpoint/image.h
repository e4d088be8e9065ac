/* SPDX-License-Identifier: GPL-2.0 */
/* The format of images: docs/specs/lib{xl,xc}-migration-stream.pandoc of Xen, and its xl.h. */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IMAGE_MAGIC_BYTES 32
#define IMAGE_BYTE_ORDER 0x01020304u
#define IMAGE_JSON 1u
#define IMAGE_STREAM_V2 2u
#define IMAGE_MARK "xen-checkpoint 1"

struct image_header {
	char magic[IMAGE_MAGIC_BYTES];
	uint32_t byte_order;
	uint32_t mandatory_flags;	/* xl restore rejects a header with unknown ones */
	uint32_t optional_flags;
	uint32_t data_len;
};

extern const char image_magic[IMAGE_MAGIC_BYTES];

bool write_all(int fd, const void *data, size_t len);

/* source.c: read an image, and decompress it if necessary. The descriptor stays open. */
struct source *source_open(int fd);
void source_close(struct source *s);
/* Like read(), but decompress the data. EBADMSG: zstd rejects the compressed data. */
ssize_t source_read(struct source *s, void *data, size_t len);
bool image_is_compressed(int fd);
/* Read exactly @len bytes, or return false. ENODATA: the image ends before. */
bool source_take(struct source *s, void *data, size_t len);
uint64_t source_taken(const struct source *s);	/* bytes, also of a take that failed */

/* sink.c: write an image. Functions that return false set errno. */
struct sink *sink_open(int fd, bool compress);
bool sink_write(struct sink *s, const void *data, size_t len);
bool sink_page(struct sink *s, const void *data);	/* write a page of 4096 bytes */
bool sink_end(struct sink *s);		/* write the rest, and truncate the file behind it */
void sink_close(struct sink *s);
bool is_zero(const void *page);

/* check.c */
struct pages;

struct verdict {
	bool sound;
	bool failed;		/* the image could not be read or written, so it may be sound */
	char what[256];		/* why the image is not sound */
	uint64_t bytes;
	uint64_t pages;		/* with content, each counted once */
	uint64_t tables;	/* page tables among them */
	uint64_t old;		/* versions with content that later versions replace */
	uint64_t zero;		/* zero pages in long rows, old versions included */
};

/*
 * Read an image from @in until its end, and copy it to @out, unless @out is -1. If the image is not
 * sound, @out does not get the last record. If @pages is not NULL, *@pages becomes the argument for
 * image_compact(), and the caller must free it.
 */
void image_check(int in, int out, struct verdict *v, struct pages **pages);

/* check-pages.c */
void pages_free(struct pages *p);
/*
 * Return whether this version of the page is the last one. The caller must call it once for each
 * version of each page, in the order of the image.
 */
bool pages_is_last(struct pages *p, uint64_t pfn);

/* compact.c */
/*
 * Copy an image without old versions of pages. @in and @out may be the same file. On an error,
 * return false and set errno.
 */
bool image_compact(int in, int out, struct pages *pages, bool compress);

#endif
