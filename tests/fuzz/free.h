/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replace free() of the tool under test. die() of the fuzz target does not exit, so the target must
 * free the memory that the tool has at that time.
 */
#include <stdlib.h>

void fuzz_free(void *p);
#define free fuzz_free
