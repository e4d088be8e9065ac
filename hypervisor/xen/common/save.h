/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save.h: what save.c and load.c share
 */

#ifndef COMMON_SAVE_H
#define COMMON_SAVE_H

#include <xen/save.h>

/* Descriptors lie on such a boundary, if the stream does. */
#define RECORD_ALIGN 8

struct domain_save_type {
    /* Copied, as what a registrant points to may be gone after boot. */
    char name[16];
    bool per_vcpu;
    domain_save_handler save;
    domain_load_handler load;   /* NULL: only there to be looked at */
    domain_scratch_size scratch; /* NULL: needs none */
};

extern struct domain_save_type domain_save_types[DOMAIN_SAVE_CODE_MAX + 1];

struct domain_context {
    struct domain *d;
    bool dry_run;

    /* The current record: its handler begins it once, and ends it once. */
    struct domain_save_descriptor desc;
    enum { RECORD_NONE, RECORD_BEGUN, RECORD_ENDED } state;
    uint64_t left;              /* bytes that are to come before its end */
    int rc;                     /* what went wrong first, whoever saw it */
    const char *why;            /* load only: what is wrong, for the log */

    /* Save only. */
    struct domain_save_choice choice;
    void *scratch;
    size_t scratch_size;
    domain_write_entry write;   /* with priv */
    void *priv;
    size_t room;                /* bytes that can still be taken */

    const void *payload;        /* load only: what is to be read next */
};

/* -EPERM if d can be neither saved nor loaded. */
int domain_context_allowed(const struct domain *d);

/* Returns 0 if d can be saved and the choice is valid, or -errno. */
int domain_save_allowed(const struct domain *d,
                        struct domain_save_choice choice);

/* A record comes up for its handler. */
void domain_record_init(struct domain_context *c);

/* What a handler does with it is accounted for. */
int domain_record_begin(struct domain_context *c, uint64_t len);
int domain_record_take(struct domain_context *c, size_t len);
int domain_record_end(struct domain_context *c);

/* The handler broke its promise: say so, and return -EBADMSG. */
int domain_record_fault(struct domain_context *c, const char *what);

/* The handler is done, and has returned rc. Returns what that amounts to. */
int domain_record_done(struct domain_context *c, int rc);

/* Returns the system time when t expires, at least 1; 0 if it is not armed. */
struct timer;
uint64_t domain_save_expiry(struct timer *t);

#endif /* COMMON_SAVE_H */
