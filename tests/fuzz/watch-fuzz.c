// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz suspend-watch with values that a guest wrote to xenstore. suspend-watch must print each
 * value as one line of printable characters that is not too long, and, with -j, as a JSON object.
 *
 * An input is a byte that chooses the format, and a value.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/suspend-watch.h"

#define MUST(x) do { if (!(x)) { fprintf(stderr, "check failed: %s\n", #x); abort(); } } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char program[] = "watch-fuzz";
static unsigned long inputs, printed;
static const char *value;

/* Report to tests/fuzz/run how many inputs were printed. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", printed, inputs);
}

static double ms = 1000;
double now_ms(void) { return ms += 100; }
void listen_no_more(void) { }

/* Emulate poll() of the output. For each third input, the output is full until a poll() waits. */
int fuzz_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	(void)fds;
	MUST(nr <= 1);
	return !nr ? 0 : timeout || inputs % 3;
}

/* s points behind the first quote of a JSON string. Return a pointer behind the last quote. */
static const char *skip_string(const char *s)
{
	for (; *s != '"'; s++) {
		MUST(*s);
		if (*s != '\\')
			continue;
		s++;
		if (*s == 'u') {
			MUST(strspn(s + 1, "0123456789abcdef") >= 4);
			s += 4;
		} else {
			MUST(*s == '"' || *s == '\\');
		}
	}
	return s + 1;
}

static void check_json(const char *line)
{
	MUST(*line == '{' && line[strlen(line) - 1] == '}');
	for (; *line; line++) {
		if (*line == '"')
			line = skip_string(line + 1) - 1;
		else
			MUST(strchr("{}:,.0123456789", *line));
	}
}

ssize_t fuzz_write(int fd, const void *bytes, size_t size)
{
	char line[LINE_BYTES + 1];

	MUST(fd == 1 && size && size <= LINE_BYTES);
	memcpy(line, bytes, size);
	MUST(line[size - 1] == '\n');
	line[size - 1] = '\0';
	MUST(strlen(line) == size - 1);
	for (size_t i = 0; i < size - 1; i++)
		MUST(line[i] >= ' ' && line[i] < 0x7f);
	if (json)
		check_json(line);
	else if (strlen(value) > TEXT_BYTES)
		MUST(strstr(line, "..."));
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest g = { .domid = 7, .left_out = size };
	char *text;

	inputs++;
	if (!size)
		return 0;
	json = data[0] & 1;
	text = strndup((const char *)data + 1, size - 1);
	MUST(text);
	value = text;
	cut_text(g.name, text);
	cut_text(g.reason, text);
	say(&g, "refuses", data[0] & 2 ? 1 : -1, data[0] & 4 ? g.reason : NULL);
	if (data[0] & 8)
		say_left_out(&g);
	value = "";
	say_not_looked();
	printed++;
	free(text);
	return 0;
}
