// SPDX-License-Identifier: GPL-2.0
/*
 * Print lines on standard output. A guest writes the values in xenstore. They may contain anything,
 * up to 2 KiB: control characters, terminal sequences, quotes, bytes that are not UTF-8.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "suspend-watch.h"

bool json;
unsigned long blocks;
static double blocked_ms;	/* time without a reader that no line has reported */

static struct {
	char bytes[LINE_BYTES];
	size_t len;
} line;

static void __attribute__((format(printf, 1, 2))) put(const char *fmt, ...)
{
	size_t room = sizeof(line.bytes) - line.len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line.bytes + line.len, room, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		die("a line has more than %d bytes", LINE_BYTES);
	line.len += n;
}

/* Store in @out how the character is printed. Return the number of bytes. */
static int print_char(char out[8], char c)
{
	bool plain = c >= ' ' && c < 0x7f;

	if (!json)
		return snprintf(out, 8, "%c", plain ? c : '?');
	if (!plain)
		return snprintf(out, 8, "\\u%04x", (unsigned char)c);
	return snprintf(out, 8, c == '"' || c == '\\' ? "\\%c" : "%c", c);
}

/*
 * Copy a text so that it is less than TEXT_BYTES long when it is printed: JSON prints up to six
 * bytes for a character of a guest.
 */
void cut_text(char out[TEXT_BYTES], const char *text)
{
	static const char more[] = "...";
	size_t printed = 0, fits = 0, i;
	char c[8];

	for (i = 0; text[i]; i++) {
		printed += print_char(c, text[i]);
		if (printed < TEXT_BYTES)
			out[i] = text[i];
		if (printed < TEXT_BYTES - sizeof(more) + 1)
			fits = i + 1;
		if (printed >= TEXT_BYTES)
			break;
	}
	if (text[i])
		strcpy(out + fits, more);
	else
		out[i] = '\0';
}

static void put_text(const char *text)
{
	char c[8];

	if (json)
		put("\"");
	for (; *text; text++) {
		print_char(c, *text);
		put("%s", c);
	}
	if (json)
		put("\"");
}

/*
 * Wait until the output has room, and for at least @least_ms. While no program reads the output,
 * events would fill the queue, so remove all watches first.
 */
static void wait_for_reader(int least_ms)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
	double began = now_ms();

	if (!least_ms && poll(&out, 1, 0) > 0)
		return;
	listen_no_more();
	poll(NULL, 0, least_ms);
	while (poll(&out, 1, -1) < 0)
		if (errno != EINTR)
			die("poll: %s", strerror(errno));
	blocks++;
	blocked_ms += now_ms() - began;
}

static void write_line(void)
{
	int wait_ms = 0;

	put("\n");
	for (size_t done = 0; done < line.len;) {
		ssize_t n;

		wait_for_reader(wait_ms);
		n = write(STDOUT_FILENO, line.bytes + done, line.len - done);
		if (n < 0 && errno == EPIPE)
			exit(0);
		if (n < 0 && errno != EAGAIN)
			die("cannot write: %s", strerror(errno));
		/*
		 * poll() reports that a terminal with room for one byte is writable, but the end of
		 * a line takes two bytes. Without a minimum wait, this loop would be busy.
		 */
		wait_ms = n < 0 ? POLL_MS : 0;
		done += n < 0 ? 0 : n;
	}
	line.len = 0;
}

static void put_time(void)
{
	struct timespec t;
	char date[32];

	clock_gettime(CLOCK_REALTIME, &t);
	strftime(date, sizeof(date), "%FT%T", gmtime(&t.tv_sec));
	put(json ? "{\"time\":\"%s.%03ldZ\"" : "%s.%03ldZ ", date, t.tv_nsec / 1000000);
}

static void begin_line(const struct guest *g)
{
	put_time();
	if (json)
		put(",\"domid\":%u,\"name\":", g->domid);
	put_text(g->name);
}

void say(const struct guest *g, const char *event, double ms, const char *reason)
{
	begin_line(g);
	if (json)
		put(",\"event\":\"%s\"", event);
	else
		put("(%u) %s", g->domid, event);
	if (ms >= 0)
		put(json ? ",\"ms\":%.1f" : " after %.1f ms", ms);
	if (reason) {
		put("%s", json ? ",\"reason\":" : ": ");
		put_text(reason);
	}
	if (json)
		put("}");
	write_line();
}

/*
 * Report how many events of a guest were left out. A throttled guest has no watches, so its writes
 * in that time are not counted.
 */
void say_left_out(struct guest *g)
{
	double ms = now_ms() - g->throttled_since;

	begin_line(g);
	if (json)
		put(",\"event\":\"left out\",\"events\":%lu,\"ms\":%.1f}", g->left_out, ms);
	else
		put("(%u) wrote too often: %lu events were left out, and its nodes were read only once a second for %.1f s",
		    g->domid, g->left_out, ms / 1000);
	g->left_out = 0;
	write_line();
}

/*
 * Report how long no guest was looked at because no program read the output. If the reader is slow,
 * this line has to wait as well, and would cause another such line, without end. So print at most
 * one each IDLE_MS, with the sum of all waits since the last one.
 */
void say_not_looked(void)
{
	static double said;
	double ms = blocked_ms;

	if (!ms || now_ms() - said < IDLE_MS)
		return;
	blocked_ms = 0;
	put_time();
	put(json ? ",\"event\":\"not looked at\",\"ms\":%.1f}" :
		   "no guest was looked at for %.1f ms: nobody read the output", ms);
	write_line();
	said = now_ms();
}
