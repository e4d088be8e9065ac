/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the kernel by netlink. The request is in "request", and the kernel's answer in "answer".
 * If a call fails, each function prints one line and ends the program.
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

/* Begin a request. Return: the header of the protocol, SIZE bytes after the netlink header. */
void *new_request(int type, int flags, size_t size);

struct rtattr *put(int type, const void *data, size_t size);
void put_text(int type, const char *text);

/* begin() puts an attribute. All attributes put before end() are nested inside it. */
struct rtattr *begin(int type);
void end(struct rtattr *a);

/* Return the first attribute of TYPE in the LEFT bytes from A, or NULL. */
const struct rtattr *find(const struct rtattr *a, int left, int type);

/* Send the request, receive one answer, and ignore the error TOLERATED. WHAT is for messages. */
void ask(int protocol, const char *what, int tolerated);

/* Send the request, and call EACH for each message that the kernel lists. */
void list(int protocol, void (*each)(const struct nlmsghdr *h));

/* Run a command of the program. Return: 0 if its arguments are wrong, otherwise 1. */
int above(int argc, char **argv);
int qdisc(int argc, char **argv);

#endif
