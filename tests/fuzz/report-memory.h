/* SPDX-License-Identifier: GPL-2.0 */
/* suspend-report's free(): all of its memory is from grow(), which is the target's. */
#include <stdlib.h>

void fuzz_free(void *p);
#define free fuzz_free
