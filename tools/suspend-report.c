// SPDX-License-Identifier: GPL-2.0
/*
 * suspend-report [-j | -s] [-o OUT] [FILE...]: report how long suspends took
 * and how they ended, from copies of a guest's
 * /sys/kernel/debug/xen_suspend/last.
 *
 * A FILE may contain several suspends, one after another. All files are read
 * and checked before any output is written.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "suspend-report.h"

static const char usage[] =
	"usage: suspend-report [-j | -s] [-o OUT] [FILE...]\n"
	"Report on suspends, from copies of a guest's /sys/kernel/debug/xen_suspend/last. A FILE\n"
	"or standard input may contain several copies.\n"
	"  -j      print JSON instead of text\n"
	"  -s      print an SVG timeline instead of text\n"
	"  -o OUT  write to OUT, but only a complete report\n";

const char program[] = "suspend-report";

/* Return the name of an error as the kernel's %pe prints it, such as -EIO. */
const char *error_name(int err)
{
	static char text[32];
	const char *name = strerrorname_np(abs(err));

	if (name)
		snprintf(text, sizeof(text), "%s%s", err < 0 ? "-" : "", name);
	else
		snprintf(text, sizeof(text), "%d", err);
	return text;
}

static void read_file(struct report *r, const char *name)
{
	FILE *in;

	if (!strcmp(name, "-")) {
		read_suspends(r, "standard input", stdin);
		return;
	}
	in = fopen(name, "r");
	if (!in)
		die("%s: %s", name, strerror(errno));
	read_suspends(r, name, in);
	fclose(in);
}

int main(int argc, char **argv)
{
	void (*write)(FILE *out, const struct report *r) = write_text;
	struct report r = { 0 };
	const char *name = NULL;
	FILE *out;
	int c;

	while ((c = getopt(argc, argv, "jso:h")) != -1) {
		if (c == 'j' && write != write_svg) {
			write = write_json;
		} else if (c == 's' && write != write_json) {
			write = write_svg;
		} else if (c == 'o') {
			name = optarg;
		} else if (c == 'h') {
			fputs(usage, stdout);
			return 0;
		} else {
			if (c != '?')
				fputs("suspend-report: give -j or -s, not both\n", stderr);
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc)
		read_file(&r, "-");
	for (; optind < argc; optind++)
		read_file(&r, argv[optind]);

	make_groups(&r);
	out = output_open(name, OUTPUT_PUBLIC);
	write(out, &r);
	output_close(out, name && strcmp(name, "-") ? name : "standard output");
	return 0;
}
