/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MAX_POINTS	64
#define MAX_KERNELS	4
#define MAX_SAMPLES	4096
#define MAX_CALLS	64
#define MAX_METRICS	64

enum {
	DOWN, UP, GAP, STORE, CALLS, EVENTS, RUN, WAIT, NR_READ,
	PAUSE = NR_READ, NR_COLUMNS
};

extern const char *const columns[NR_COLUMNS];

/* The samples of one kernel at one point. Each column is sorted by itself. */
struct series {
	char kernel[24];
	size_t nr;
	double v[NR_COLUMNS][MAX_SAMPLES];
};

/* How often each kernel makes a hypercall in a suspend, down and up. */
struct call {
	char name[32];
	double mean[MAX_KERNELS][2];
};

struct point {
	char name[40], factor[24];
	double value;
	size_t nr;
	struct series *s[MAX_KERNELS];
	struct call calls[MAX_CALLS];
	size_t nr_calls;
};

/* A metric has one number for each run, such as the time of a restore. */
struct metric {
	char name[40], unit[24];
	size_t nr;
	struct series *s[MAX_KERNELS];	/* the numbers are in column 0 */
};

struct ratio {
	double median, low, high;
};

/* report-read.c */
extern struct point points[MAX_POINTS];
extern size_t nr_points;
extern struct metric metrics[MAX_METRICS];
extern size_t nr_metrics;
void read_all(const char *dir);
size_t end_of_factor(size_t i);

/* report-stats.c */
double quantile(const double *v, size_t nr, double q);
double median(const struct series *s, int column);
struct ratio ratio_of(const struct series *base, const struct series *s, int column);
double slope(size_t from, size_t to, size_t k);
void sort(double *v, size_t nr);

/* report-html.c */
void write_html(const char *dir);

/* report.c */
__attribute__((format(printf, 1, 2), noreturn)) void die(const char *fmt, ...);
FILE *open_file(const char *dir, const char *name, const char *mode);

#endif /* BENCH_REPORT_H */
