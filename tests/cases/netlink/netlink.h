/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the kernel by netlink. The request is in "request", and the kernel's answer in "answer".
 * Each function ends the program with one line if something fails.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <sys/types.h>

extern struct request {
	struct nlmsghdr header;
	char rest[1024];
} request;

extern struct answer {
	struct nlmsghdr header;
	union {
		struct nlmsgerr error;
		char rest[32768];
	};
} answer;

void fail(const char *what) __attribute__((noreturn));
uint32_t index_of(const char *name);

/* Begin a request. Return: its header of SIZE bytes, which follows the header of netlink. */
void *new_request(int type, int flags, size_t size);

struct rtattr *put(int type, const void *data, size_t size);
void put_text(int type, const char *text);

/* Attributes that are put between begin() and end() are inside the one that begin() puts. */
struct rtattr *begin(int type);
void end(struct rtattr *a);

/* The attribute of one type among those in LEFT bytes from A, or NULL. */
const struct rtattr *find(const struct rtattr *a, int left, int type);

/* Send the request and receive one answer. It may be the error TOLERATED, but no other. */
void ask(int protocol, const char *what, int tolerated);

/* Send the request, and call EACH for all that the kernel lists. */
void list(int protocol, void (*each)(const struct nlmsghdr *h));

/* The commands of the program, with their arguments. Return: 0 if these are wrong. */
int above(int argc, char **argv);
int qdisc(int argc, char **argv);

#endif
