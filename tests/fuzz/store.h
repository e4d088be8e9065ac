/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by store-fuzz.c and store-output.c. */
#ifndef STORE_H
#define STORE_H

#include <stdio.h>
#include <stdlib.h>

#include "../../tools/suspend-watch.h"

#define MUST(x) do { if (!(x)) { fprintf(stderr, "check failed: %s\n", #x); abort(); } } while (0)
#define DOMAINS_MOST	3

/* store-fuzz.c */
extern double now;
extern unsigned int nr_watches;
extern bool ever_suspended[256];	/* indexed by handle */
extern bool was_late;			/* nodes were read without a look at all domains before */
uint8_t next(void);			/* returns the next byte of the input */
void change_world(uint8_t what);
bool is_there(unsigned int id, unsigned int of);	/* does domain ID have the handle OF? */

/* store-output.c */
extern unsigned int full_ms, full_steps;	/* wait of the next line; changes during it */
extern unsigned int part;		/* the most bytes that a write accepts, or 0 for all */
extern unsigned int again;		/* how many of the next writes fail with EAGAIN */
extern unsigned long lines;
bool line_is_whole(void);

#endif
