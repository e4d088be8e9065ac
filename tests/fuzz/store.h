/* SPDX-License-Identifier: GPL-2.0 */
/* What store-fuzz.c and store-output.c share. */
#ifndef STORE_H
#define STORE_H

#include <stdio.h>
#include <stdlib.h>

#include "../../tools/suspend-watch.h"

#define MUST(x) do { if (!(x)) { fprintf(stderr, "not so: %s\n", #x); abort(); } } while (0)
#define DOMAINS_MOST	3

/* store-fuzz.c */
extern double now;
extern unsigned int nr_watches;
extern bool ever_suspended[256];	/* by handle */
extern bool was_late;			/* events came before a look */
uint8_t next(void);			/* byte of the input */
void change_world(uint8_t what);
bool is_there(unsigned int id, unsigned int of);	/* a domain with this id and this handle */

/* store-output.c */
/* The next line: how long it waits, and how often the world changes meanwhile; */
extern unsigned int full_ms, full_steps;
extern unsigned int part, again;	/* bytes that a write takes, or 0; how often it takes none */
extern unsigned long lines;
bool line_is_whole(void);

#endif
