/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For hypervisors' drivers that know that this machine has been copied.
 */
#ifndef _LINUX_RANDOM_VMFORK_H
#define _LINUX_RANDOM_VMFORK_H

#include <linux/types.h>

/* Both of what add_vmfork_randomness() does, where they cannot be done at once. */
void random_vmfork_reseed(const void *unique_vm_id, size_t len);
void random_vmfork_notify(void);

#endif /* _LINUX_RANDOM_VMFORK_H */
