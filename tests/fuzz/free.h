/* SPDX-License-Identifier: GPL-2.0 */
/* The target manages the memory of the tool, because its die() does not exit. So replace free(). */
#include <stdlib.h>

void fuzz_free(void *p);
#define free fuzz_free
