/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XEN_GRANT_SUSPEND_H
#define _XEN_GRANT_SUSPEND_H

#include <linux/types.h>

#include <xen/interface/grant_table.h>

/**
 * struct gnttab_layout - the grant table as this kernel uses it
 * @version: version of the entries, 1 or 2
 * @nr_frames: number of frames in use, which never decreases
 * @shared: address at which the entries are mapped
 * @status: address at which the status words of version 2 are mapped
 */
struct gnttab_layout {
	unsigned int version;
	unsigned int nr_frames;
	void *shared;
	grant_status_t *status;
};

/* grant-table.c */
struct gnttab_layout gnttab_get_layout(void);
bool gnttab_need_v2(void);

#endif /* _XEN_GRANT_SUSPEND_H */
