/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE	4096

extern const char *row;
extern int disk;

void bad(const char *what, const char *why) __attribute__((noreturn));
void die(const char *what) __attribute__((noreturn));
void want(bool yes, const char *what);
unsigned long number_in(const char *path);
void put_into(const char *path, unsigned long n);
double now(void);

/* Mark the begin and the end of the system call, or access, that changes the page table. */
void enter(void);
void leave(void);

unsigned char *map(int flags, int fd, unsigned long offset);
unsigned char *fresh(void);
void fill(unsigned char *page, unsigned long n);
unsigned char *filled(unsigned long n);
void compare(const unsigned char *page, const unsigned char *expected);
void check(const unsigned char *page, unsigned long n);
void check_and_unmap(unsigned char *page, unsigned long n);

/* The rows of user.c, uffd.c and kernel.c: change a page table once, and check the pages. */
void cow(unsigned long n);
void mkwrite(unsigned long n);
void anon(unsigned long n);
void swapin(unsigned long n);
void migrate(unsigned long n);
void move(unsigned long n);
void start_merging(void);
void merge(unsigned long n);

void start_copying(void);
void ufcopy(unsigned long n);
void start_moving(void);
void ufmove(unsigned long n);
void start_serving(void);
void served(unsigned long n);

void vmalloc(unsigned long n);
void ldt(unsigned long n);
void balloon(unsigned long n);
void pgd(unsigned long n);

#endif
