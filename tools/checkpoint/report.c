// SPDX-License-Identifier: GPL-2.0
/* Print reports: lines for users, or with --json an object per line. */
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "main.h"

static FILE *out;
static const char *name;	/* of the domain, as the user gave it */
static bool json, quiet;
static double began;

void report_open(const struct options *o, const char *domain, bool to_stderr)
{
	out = to_stderr ? stderr : stdout;
	name = domain;
	json = o->json;
	quiet = o->quiet && !o->json;
	began = now_ms();
	setlocale(LC_CTYPE, "C.UTF-8");	/* for put_text() */
	setvbuf(out, NULL, _IOLBF, 0);
}

/*
 * Print a JSON string. JSON must be UTF-8, but the name of a file may have any
 * bytes.
 */
static void put_text(const char *text)
{
	putc('"', out);
	while (*text) {
		mbstate_t state = { 0 };
		size_t n = mbrlen(text, strlen(text), &state);
		unsigned char c = *text;

		if (n > MB_LEN_MAX) {
			fputs("\\ufffd", out);
			n = 1;
		} else if (c == '"' || c == '\\') {
			fprintf(out, "\\%c", c);
		} else if (c < ' ' || c == 0x7f) {
			fprintf(out, "\\u%04x", c);
		} else {
			fwrite(text, n, 1, out);
		}
		text += n;
	}
	putc('"', out);
}

static void begin(const char *event)
{
	fprintf(out, "{\"event\":\"%s\",\"ms\":%.1f,\"domain\":", event, now_ms() - began);
	put_text(name);
	fprintf(out, ",\"domid\":%u", shared->domid);
}

static void end(void)
{
	fputs("}\n", out);
}

void report_warn(const char *fmt, ...)
{
	char text[WHY_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!json) {
		fprintf(stderr, "%s: warning: %s\n", program, text);
		return;
	}
	begin("warning");
	fputs(",\"why\":", out);
	put_text(text);
	end();
}

void report_start(void)
{
	static const char *const kinds[] = { [PV] = "pv", [PVH] = "pvh", [HVM] = "hvm" };

	if (!json)
		return;
	begin("start");
	fprintf(out, ",\"type\":\"%s\"", kinds[shared->kind]);
	end();
}

void report_progress(unsigned int round, int percent)
{
	if (quiet)
		return;
	if (json) {
		begin("progress");
		fprintf(out, ",\"round\":%u,\"percent\":%d", round, percent);
		end();
	} else {
		fprintf(out, "%s: round %u: %d %%\n", name, round, percent);
	}
}

void report_round(unsigned int number, unsigned long pages, double ms)
{
	if (quiet)
		return;
	if (json) {
		begin("round");
		fprintf(out, ",\"round\":%u,\"pages\":%lu,\"round_ms\":%.1f", number, pages, ms);
		end();
	} else {
		fprintf(out, "%s: round %u: %lu pages in %.0f ms\n", name, number, pages, ms);
	}
}

/* Print each moment that was reached, in ms from the suspend. */
static void put_moments(void)
{
	const char *comma = "";

	fputs(",\"moments\":{", out);
	for (int i = 0; i < MOMENTS; i++) {
		if (!shared->at[i])
			continue;
		fprintf(out, "%s\"%s\":%.1f", comma, moment_names[i],
			shared->at[i] - shared->at[AT_SUSPENDED]);
		comma = ",";
	}
	putc('}', out);
}

void report_done(const char *file, uint64_t bytes)
{
	if (quiet)
		return;
	if (!json) {
		fprintf(out, "%s: %s: %.1f MB in %.1f s", name, file, bytes / 1e6,
			(now_ms() - began) / 1e3);
		if (pause_ms() >= 0)
			fprintf(out, ", suspended for %.1f ms", pause_ms());
		putc('\n', out);
		return;
	}
	begin("done");
	fputs(",\"file\":", out);
	put_text(file);
	fprintf(out, ",\"bytes\":%llu,\"rounds\":%u,\"left\":%lu,\"pause_ms\":%.1f",
		(unsigned long long)bytes, shared->rounds, shared->left, pause_ms());
	put_moments();
	end();
}

void report_failed(enum status status, const char *why)
{
	if (!json) {
		fprintf(stderr, "%s: %s: %s\n", program, name, why);
		return;
	}
	begin("failed");
	fprintf(out, ",\"status\":%d,\"why\":", status);
	put_text(why);
	fprintf(out, ",\"pause_ms\":%.1f,\"asked_ms\":%.1f", pause_ms(),
		shared->at[AT_ASKED] ? now_ms() - shared->at[AT_ASKED] : -1);
	end();
}
