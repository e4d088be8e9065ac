// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main.h"

static const char usage[] =
	"usage: xen-checkpoint [OPTION...] DOMAIN FILE\n"
	"       xen-checkpoint --check FILE\n"
	"       xen-checkpoint restore [XL-OPTION...] [CONFIG] FILE\n"
	"Save a domain to FILE while the domain runs. xl restore reads FILE, unless FILE is\n"
	"compressed. FILE may be - for standard output.\n"
	"  -p, --at-pause CMD        run CMD while the domain is suspended, for instance to take\n"
	"                            a snapshot of its disks\n"
	"  -t, --at-pause-limit MS   end CMD after MS milliseconds, and fail. Default: 10000\n"
	"  -m, --max-pause MS        give up if the domain would be suspended for more\n"
	"                            than MS milliseconds\n"
	"  -r, --rate MB             copy at most MB megabytes per second while the domain runs\n"
	"  -k, --keep N              name the image FILE.TIME, and keep only the newest N\n"
	"  -z, --compress            compress FILE by zstd, for xen-checkpoint restore\n"
	"  -c, --check               only check the image in FILE\n"
	"  -j, --json                print reports in JSON, one object per line\n"
	"  -q, --quiet               print only warnings and errors\n"
	"  -v, --verbose             also print the messages of libxl\n"
	"  -h, --help                print this help\n";

static const struct option options[] = {
	{ "at-pause", required_argument, NULL, 'p' },
	{ "at-pause-limit", required_argument, NULL, 't' },
	{ "max-pause", required_argument, NULL, 'm' },
	{ "rate", required_argument, NULL, 'r' },
	{ "keep", required_argument, NULL, 'k' },
	{ "compress", no_argument, NULL, 'z' },
	{ "check", no_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void __attribute__((noreturn)) bad_usage(void)
{
	fputs(usage, stderr);
	exit(USAGE);
}

static double number(const char *option, const char *text, double least, double most)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (errno || end == text || *end || !(value >= least && value <= most))
		die("--%s %s: not a number from %.7g to %.7g", option, text, least, most);
	return value;
}

static void take(struct options *o, int option)
{
	switch (option) {
	case 'p':
		/*
		 * An empty command may come from an empty variable of a script: without this check,
		 * there would be no snapshot and no warning.
		 */
		if (!*optarg)
			die("--at-pause: the command is empty");
		if (strlen(optarg) >= PATH_BYTES)
			die("--at-pause: the command is longer than %d bytes", PATH_BYTES - 1);
		o->at_pause = optarg;
		break;
	case 't':
		o->at_pause_ms = number("at-pause-limit", optarg, 1, 1e6);
		break;
	case 'm':
		o->max_pause_ms = number("max-pause", optarg, 1, 1e6);
		break;
	case 'r':
		o->rate = number("rate", optarg, 0.1, 1e6) * 1e6;
		break;
	case 'k':
		o->keep = number("keep", optarg, 1, 1e6);
		if (o->keep != strtod(optarg, NULL))
			die("--keep %s: not a whole number", optarg);
		break;
	case 'z':
		o->compress = true;
		break;
	case 'c':
		o->check = true;
		break;
	case 'j':
		o->json = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		bad_usage();
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .at_pause_ms = 10000 };
	while ((option = getopt_long(argc, argv, "p:t:m:r:k:zcjqvh", options, NULL)) != -1)
		take(o, option);
	if (argc - optind != (o->check ? 1 : 2))
		bad_usage();
	if (!o->check)
		o->domain = argv[optind++];
	if (o->domain && !*o->domain)
		die("the name of the domain is empty");
	o->file = argv[optind];
	if (o->keep && !strcmp(o->file, "-"))
		die("--keep: FILE must not be standard output");
	/*
	 * Reject a name that ends in a slash: basename() would ignore the slash, and --keep would
	 * remove files beside the directory.
	 */
	if (o->keep && (!*o->file || o->file[strlen(o->file) - 1] == '/'))
		die("--keep: '%s' is not the name of a file", o->file);
}
