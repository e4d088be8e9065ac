/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save.h: declarations that the files in common/ for domain contexts share
 */

#ifndef COMMON_SAVE_H
#define COMMON_SAVE_H

#include <xen/save.h>

/*
 * Payload lengths are multiples of RECORD_ALIGN, except in ignored records. So
 * all descriptors up to the first ignored record are aligned in the stream.
 */
#define RECORD_ALIGN 8

struct domain_save_type {
    /* A copy, because a registered string may be in freed init memory. */
    char name[16];
    bool per_vcpu;
    domain_save_handler save;
    domain_load_handler load;   /* NULL: Xen refuses to load it */
    domain_scratch_size scratch; /* NULL: needs no memory */
};

extern struct domain_save_type domain_save_types[DOMAIN_SAVE_CODE_MAX + 1];

struct domain_context {
    struct domain *d;
    bool dry_run;

    /* The current record. Its handler must begin and end it once. */
    struct domain_save_descriptor desc;
    enum { RECORD_NONE, RECORD_BEGUN, RECORD_ENDED } state;
    uint64_t left;              /* payload bytes not yet written or read */
    int rc;                     /* first error, even if the handler hides it */
    const char *why;            /* load only: reason of an error, for the log */

    /* Save only. */
    struct domain_save_choice choice;
    void *scratch;
    size_t scratch_size;
    domain_write_entry write;   /* called with priv */
    void *priv;
    size_t room;                /* bytes that still fit into the buffer */

    const void *payload;        /* load only: next byte to read */
};

/* Returns 0 if d can be saved and loaded, otherwise -EPERM. */
int domain_context_allowed(const struct domain *d);

/* Returns 0 if d can be saved and the choice is valid, or -errno. */
int domain_save_allowed(const struct domain *d,
                        struct domain_save_choice choice);

/* Reset the accounting before a handler begins its record. */
void domain_record_init(struct domain_context *c);

/*
 * Account for the bytes that a handler announces, and then writes or reads.
 * Return 0, or an error if the handler breaks the order or the length.
 */
int domain_record_begin(struct domain_context *c, uint64_t len);
int domain_record_take(struct domain_context *c, size_t len);
int domain_record_end(struct domain_context *c);

/* Log what a handler did wrong with its record, and return -EBADMSG. */
int domain_record_fault(struct domain_context *c, const char *what);

/*
 * Check the record when its handler has returned rc. Returns the first error
 * of the record, even if rc is 0.
 */
int domain_record_done(struct domain_context *c, int rc);

/* Returns the system time when t expires, at least 1; 0 if t is not armed. */
struct timer;
uint64_t domain_save_expiry(struct timer *t);

#endif /* COMMON_SAVE_H */
