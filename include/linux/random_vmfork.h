/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For hypervisors' drivers that know that this machine has been copied, and for those
 * who keep random numbers.
 */
#ifndef _LINUX_RANDOM_VMFORK_H
#define _LINUX_RANDOM_VMFORK_H

#include <linux/types.h>

/* Both of what add_vmfork_randomness() does, where they cannot be done at once. */
void random_vmfork_reseed(const void *unique_vm_id, size_t len);
void random_vmfork_notify(void);

#ifdef CONFIG_RANDOM_VMFORK
unsigned int random_vmforks(void);
#else
static inline unsigned int random_vmforks(void) { return 0; }
#endif

#endif /* _LINUX_RANDOM_VMFORK_H */
