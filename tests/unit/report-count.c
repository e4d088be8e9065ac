// SPDX-License-Identifier: GPL-2.0
/* Linked with suspend-report: count its calls of strcmp(), which the linker redirects (--wrap). */
#include <stdio.h>

int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);

static unsigned long comparisons;

int __wrap_strcmp(const char *a, const char *b)
{
	comparisons++;
	return __real_strcmp(a, b);
}

static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "%lu comparisons\n", comparisons);
}
