/* SPDX-License-Identifier: GPL-2.0 */
/* Records of libxl's stream and of libxenguest's: for the checker, and for compaction. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
	uint32_t type, length;	/* of the payload, which is padded to 8 bytes */
};

/* Types of libxenguest's records. */
enum {
	END,
	PAGE_DATA,
	X86_PV_INFO,
	X86_PV_P2M_FRAMES,
	X86_PV_VCPU_BASIC,
	HVM_CONTEXT = 9,
	OPTIONAL = 1u << 31,
};

/* Types of libxl's records. */
enum { LIBXL_END, LIBXC_CONTEXT };

struct libxl_header {
	char ident[8];
	uint32_t version, options;
};

/* The image header and the domain header of libxenguest's stream. */
struct libxc_header {
	uint64_t marker;
	uint32_t id, version;
	uint16_t options, zero;
	uint32_t zeros;
	uint32_t type;			/* type of the domain */
	uint16_t page_shift, zero_too;
	uint32_t major, minor;
};

/*
 * The start of a PAGE_DATA record. It is followed by @count pfns with their types, and then by the
 * data of each page that has data.
 */
struct page_data {
	uint32_t count, zero;
};

enum {
	PAGE_BYTES = 4096,
	ENTRIES = PAGE_BYTES / 8,	/* entries of a page table */
};

/* Types of pages in PAGE_DATA, XEN_DOMCTL_PFINFO_* shifted to the lowest bits. */
enum page_type {
	NOTAB = 0x0,
	L1TAB = 0x1,
	L4TAB = 0x4,
	PINNED = 0x8,
	BROKEN = 0xd,
	XALLOC = 0xe,
	XTAB = 0xf,
};

static inline size_t padded(uint32_t length)
{
	return (length + 7ul) & ~7ul;
}

static inline unsigned int type_of(uint64_t pfn_and_type)
{
	return pfn_and_type >> 60;
}

static inline uint64_t pfn_of(uint64_t pfn_and_type)
{
	return pfn_and_type & 0xfffffffffffffull;
}

static inline bool is_table(unsigned int type)
{
	unsigned int level = type & ~PINNED;

	return type < BROKEN && level >= L1TAB && level <= L4TAB;
}

static inline bool has_data(unsigned int type)
{
	return type == NOTAB || is_table(type);
}

#endif
