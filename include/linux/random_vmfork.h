/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For drivers that notice that this virtual machine has been copied, and for code that keeps
 * random numbers or keys, because the copy has them as well.
 */
#ifndef _LINUX_RANDOM_VMFORK_H
#define _LINUX_RANDOM_VMFORK_H

#include <linux/types.h>

/*
 * The two halves of add_vmfork_randomness(): reseed, and call the vmfork notifiers.  Call them one
 * by one if the notifiers cannot run at the time of the reseed.
 */
void random_vmfork_reseed(const void *unique_vm_id, size_t len);
void random_vmfork_notify(void);

#ifdef CONFIG_RANDOM_VMFORK
unsigned int random_vmforks(void);
#else
static inline unsigned int random_vmforks(void) { return 0; }
#endif

#endif /* _LINUX_RANDOM_VMFORK_H */
