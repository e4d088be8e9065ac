/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the kernel by netlink. A request is put together in "request"; what the kernel says
 * is in "answer". Each function ends the program with one line if something fails.
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

/* A new request, whose own header of SIZE bytes, which is returned, follows the one of netlink. */
void *new_request(int type, int flags, size_t size);

struct rtattr *put(int type, const void *data, size_t size);
void put_text(int type, const char *text);

/* Attributes that are put between begin() and end() are inside the one that begin() puts. */
struct rtattr *begin(int type);
void end(struct rtattr *a);

/* The attribute of one type among those in LEFT bytes from A, or NULL. */
const struct rtattr *find(const struct rtattr *a, int left, int type);

/* Send the request, and take one answer. The error TOLERATED, if that is not 0, is none. */
void ask(int protocol, const char *what, int tolerated);

/* Send the request, and call EACH for all that the kernel lists. */
void list(int protocol, void (*each)(const struct nlmsghdr *h));

/* What the program does: the arguments after its name. Return: false if they are wrong. */
int above(int argc, char **argv);
int qdisc(int argc, char **argv);

#endif
