// SPDX-License-Identifier: GPL-2.0
/*
 * Exchange messages with libxl, in the format of libxl_save_msgs_gen.pl of Xen 4.17. Standard
 * output gets a length of 16 bits, then a number of 16 bits and the arguments. Standard input has
 * an int, for messages with a reply.
 *
 * The protocol has no version. Xen 4.17 and 4.20 have the same messages for a save.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"

enum {
	LOG = 1,
	PROGRESS = 2,
	SUSPEND = 3,
	SWITCH_QEMU_LOG_DIRTY = 7,
	COMPLETE = 10,
	MESSAGE_BYTES = 8192,
	TEXT_BYTES = 2048,	/* the most bytes of each text in a message */
};

static struct {
	unsigned char bytes[MESSAGE_BYTES];
	size_t len;
} message;

static bool gone;	/* main has died: no process reads messages or replies */

static void put(const void *data, size_t len)
{
	memcpy(message.bytes + message.len, data, len);
	message.len += len;
}

static void begin(uint16_t number)
{
	uint16_t later = 0;

	message.len = 0;
	put(&later, sizeof(later));
	put(&number, sizeof(number));
}

static void put_u32(uint32_t value)
{
	put(&value, sizeof(value));
}

static void put_text(const char *text)
{
	size_t len = strnlen(text, TEXT_BYTES - 1);

	put_u32(len + 1);
	put(text, len);
	put("", 1);
}

/* Main has died, so the save cannot succeed: let libxenguest fail at its next write. */
static void lost(void)
{
	gone = true;
	stream_break();
}

static bool send(void)
{
	uint16_t len = message.len - sizeof(len);

	memcpy(message.bytes, &len, sizeof(len));
	for (size_t done = 0; done < message.len && !gone;) {
		ssize_t n = write(STDOUT_FILENO, message.bytes + done, message.len - done);

		if (n >= 0)
			done += n;
		else if (errno != EINTR)
			lost();
	}
	return !gone;
}

/*
 * Wait for libxl's reply. If SIGTERM interrupts the read, repeat it: libxl also aborts the suspend,
 * and replies.
 */
static int reply(int if_lost)
{
	unsigned char bytes[sizeof(int)];
	int value;

	for (size_t done = 0; done < sizeof(bytes) && !gone;) {
		ssize_t n = read(STDIN_FILENO, bytes + done, sizeof(bytes) - done);

		if (n > 0)
			done += n;
		else if (!n || errno != EINTR)
			lost();
	}
	if (gone)
		return if_lost;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

bool message_log(uint32_t level, uint32_t error, const char *context, const char *text)
{
	begin(LOG);
	put_u32(level);
	put_u32(error);
	put_text(context ? context : "");
	put_text(text);
	return send();
}

void message_progress(const char *context, const char *what, unsigned long done,
		      unsigned long total)
{
	begin(PROGRESS);
	put_text(context ? context : "");
	put_text(what);
	put(&done, sizeof(done));
	put(&total, sizeof(total));
	send();
}

/* Let libxl suspend the domain. Return 0 if the domain is not suspended. */
int message_suspend(void)
{
	begin(SUSPEND);
	return send() ? reply(0) : 0;
}

int message_qemu_log_dirty(uint32_t domid, unsigned int enable, void *data)
{
	(void)data;
	begin(SWITCH_QEMU_LOG_DIRTY);
	put_u32(domid);
	put_u32(enable);
	return send() ? reply(-1) : -1;
}

void message_complete(int result, int error)
{
	begin(COMPLETE);
	put(&result, sizeof(result));
	put(&error, sizeof(error));
	if (send())
		reply(0);
}
