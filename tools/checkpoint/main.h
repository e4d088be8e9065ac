/* SPDX-License-Identifier: GPL-2.0 */
/* xen-checkpoint: declarations for main and the guardian, but not for the helper. */
#ifndef MAIN_H
#define MAIN_H

#include <libxl.h>
#include <libxl_utils.h>

#include "checkpoint.h"

struct handles {
	libxl_ctx *ctx;
	xc_interface *xen;
	struct xs_handle *store;
};

/* options.c */
struct options {
	const char *domain;	/* a name or an id, or NULL with --check */
	const char *file;
	const char *at_pause;
	double at_pause_ms;
	double max_pause_ms;
	double rate;		/* bytes in a second */
	unsigned int keep;
	bool compress, json, quiet, verbose, check;
};

void options_parse(struct options *o, int argc, char **argv);

/* log.c */
xentoollog_logger *log_create(bool verbose);
const char *log_first_error(void);	/* of libxl and libxenguest, or NULL */

/* report.c: lines for users, or JSON */
void report_open(const struct options *o, const char *domain, bool to_stderr);
void report_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void report_start(void);
void report_progress(unsigned int round, int percent);
void report_round(unsigned int number, unsigned long pages, double ms);
void report_done(const char *file, uint64_t bytes);
void report_failed(enum status status, const char *why);

/* handles.c */
void handles_open(struct handles *h, xentoollog_logger *logger);
void handles_find(const struct handles *h, const char *domain);	/* and lock it, or die() */
char *handles_config(const struct handles *h, bool *writable_disk);	/* JSON; sets the kind */

/* settle.c */
enum settled {
	SETTLED,	/* the domain runs, or is gone */
	MAY_SUSPEND,	/* it runs, and may serve a request that it has acknowledged */
	NOT_RESUMED,
};

enum settled settle(const struct handles *h);
enum settled settle_late(const struct handles *h);

/* save.c: let libxl save the domain to @fd. A signal, a refusal or another tool aborts the save. */
void save_catch_signals(void);
void save_restore_signals(void);
void save_ignore_signals(void);
bool save_run(const struct handles *h, int fd);

/* image.c */
bool image_header(int fd, const char *config);		/* write it in front of the stream */
bool image_is_ours(const char *path);			/* did xen-checkpoint write it? */

/* finish.c: check and compact an image, or give_up(). Compress it if @from and @to differ. */
bool finish(int from, int to, uint64_t *bytes);

/* restore.c */
struct verdict;
/* Check an image, and print the reason unless the result is DONE. */
enum status image_status(const char *name, int fd, struct verdict *v);
int restore_main(int last, char **argv);

/* relay.c */
int relay_start(int out);	/* return a pipe; its data is checked and copied to @out */
bool relay_end(int in, uint64_t *bytes);
void relay_kill(void);	/* after a failed save: the reader of the image may stall */

/* keep.c: names FILE.TIME for images, of which only the newest are kept */
char *keep_name(const char *file);
void keep_prune(const char *file, unsigned int keep, const char *new);

/* guard.c */
void guard_start(const struct handles *h);

#endif
