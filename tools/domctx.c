// SPDX-License-Identifier: GPL-2.0
/*
 * xen-domctx: dump, load, print, compare and check the context of a domain: the state that Xen
 * keeps for it.
 *
 * Each command reads and checks its input files before it writes output or loads a context.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domctx.h"
#include "output.h"

const char program[] = "xen-domctx";

static const char usage[] =
	"usage: xen-domctx dump [-r] [-o OUT] [-t TYPE[:VCPU]] DOMAIN\n"
	"       xen-domctx load DOMAIN FILE\n"
	"       xen-domctx show FILE\n"
	"       xen-domctx diff [-a] [-c | -R] WAS IS...\n"
	"       xen-domctx check FILE\n"
	"The context of a domain is the state that Xen keeps for it. FILE, WAS and IS are raw\n"
	"dumps; - is standard input. DOMAIN is an id or a name.\n"
	"  -r, --raw         dump the context without changes, not as text\n"
	"  -o, --output=OUT  write to OUT, but only a complete dump\n"
	"  -t, --type=TYPE[:VCPU]  dump only the records of a type, of all vCPUs or of one.\n"
	"                    TYPE is a name, as show prints it, or a number\n"
	"  -R, --restore     IS was dumped from a restored domain (the default)\n"
	"  -c, --checkpoint  IS was dumped from the same domain, which continued\n"
	"  -a, --all         also print the expected differences, and the reasons\n"
	"diff exits with 1 if each IS has the same unexpected difference, and with 0 otherwise.\n"
	"All commands exit with 2 if there is an error.\n";

static const char standard_output[] = "standard output";

static void __attribute__((noreturn)) misused(const char *why)
{
	if (why)
		fprintf(stderr, "xen-domctx: %s\n", why);
	fputs(usage, stderr);
	exit(2);
}

/* The caller must keep *@bytes until context_free(), because the records point into these bytes. */
static struct context read_context(const char *name, uint8_t **bytes, size_t *size)
{
	struct context c;
	struct fault f;

	*bytes = read_file(name, size);
	if (!context_parse(&c, *bytes, *size, &f))
		die("%s: at byte %zu: %s", name, f.at, f.what);
	return c;
}

static struct context parse_own(const uint8_t *bytes, size_t size)
{
	struct context c;
	struct fault f;

	if (!context_parse(&c, bytes, size, &f))
		die("the context that Xen returned is not sound: at byte %zu: %s", f.at, f.what);
	return c;
}

static unsigned int number_or_die(const char *text, const char *what, unsigned int most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit(*text) || *end || errno || value > most)
		die("%s: not a %s: the largest is %u", text, what, most);
	return value;
}

/*
 * Parse TYPE[:VCPU]. xen-domctx cannot check whether records of an unknown type belong to vCPUs, so
 * Xen checks VCPU of such a type.
 */
static struct choice parse_choice(char *text)
{
	char *vcpu = strchr(text, ':');
	struct choice c;

	if (vcpu)
		*vcpu++ = '\0';
	c.type = type_named(text);
	if (!c.type && !isdigit(*text))
		die("%s: not a type of record: xen-domctx(8) lists the types", text);
	if (!c.type)
		c.type = number_or_die(text, "type of record", UINT16_MAX);
	if (c.type == DOMAIN_SAVE_CODE_END || c.type == DOMAIN_SAVE_CODE_HEADER)
		die("%s: cannot be chosen: HEADER and END are in each dump", text);
	c.vcpu = type_of(c.type)->per_vcpu ? DOMAIN_SAVE_ALL_VCPUS : 0;
	if (vcpu && type_of(c.type)->name && !type_of(c.type)->per_vcpu)
		die("%s: this type of record has no vCPU", text);
	if (vcpu)
		c.vcpu = number_or_die(vcpu, "vCPU", UINT16_MAX);
	return c;
}

/*
 * Check that Xen returned the chosen records only. A Xen that cannot return single records ignores
 * the choice, and returns all records.
 */
static void check_choice(const struct context *c, const struct choice *choice)
{
	if (!choice->type)
		return;
	if (!c->nr)
		die("the domain has no such record");
	for (size_t i = 0; i < c->nr; i++)
		if (c->records[i].type != choice->type ||
		    (choice->vcpu != DOMAIN_SAVE_ALL_VCPUS &&
		     c->records[i].vcpu != choice->vcpu))
			die("this Xen cannot return single records: dump all records, without -t");
}

static void dump_to(const char *name, bool raw, const struct choice *choice,
		    const uint8_t *bytes, size_t size)
{
	struct context c = parse_own(bytes, size);
	FILE *out;

	check_choice(&c, choice);
	out = output_open(name, OUTPUT_PRIVATE);
	if (raw && isatty(fileno(out)))
		die("a raw dump is not written to a terminal: give -o OUT");
	if (raw)
		fwrite(bytes, 1, size, out);
	else
		show_context(out, &c);
	output_close(out, name && strcmp(name, "-") ? name : standard_output);
	context_free(&c);
}

static int dump(int argc, char **argv)
{
	static const struct option options[] = {
		{ "raw", no_argument, NULL, 'r' },
		{ "output", required_argument, NULL, 'o' },
		{ "type", required_argument, NULL, 't' },
		{ 0 }
	};
	struct choice choice = { 0 };
	const char *name = NULL;
	bool raw = false;
	uint8_t *bytes;
	size_t size;
	int option;

	while ((option = getopt_long(argc, argv, "ro:t:", options, NULL)) != -1) {
		if (option == 'r')
			raw = true;
		else if (option == 'o')
			name = optarg;
		else if (option == 't')
			choice = parse_choice(optarg);
		else
			misused(NULL);
	}
	if (argc - optind != 1)
		misused("dump needs one domain");
	bytes = xen_get_context(find_domain(argv[optind]), &choice, &size);
	dump_to(name, raw, &choice, bytes, size);
	free(bytes);
	return 0;
}

/*
 * Return the arguments of a command without options. Print the usage and exit unless there are
 * @want arguments.
 */
static char **arguments(int argc, char **argv, int want, const char *what)
{
	static const struct option none[] = { { 0 } };

	if (getopt_long(argc, argv, "", none, NULL) != -1)
		misused(NULL);
	if (argc - optind != want)
		misused(what);
	return argv + optind;
}

static int load(int argc, char **argv)
{
	char **args = arguments(argc, argv, 2, "load needs a domain and a file");
	char done[NUMBER_BYTES];
	struct identity id;
	unsigned int domid;
	struct context c;
	uint8_t *bytes;
	size_t size;

	c = read_context(args[1], &bytes, &size);
	context_ignore_unloadable(&c, bytes);
	domid = find_domain(args[0]);
	xen_can_load(domid);
	xen_paused_domain(domid, &id);
	/*
	 * The domain may have been destroyed since find_domain(), and another domain may have got
	 * its id. Then @id has the handle of the other domain. So check that the name still has
	 * this id.
	 */
	if (find_domain(args[0]) != domid)
		die("%s: unchanged: another domain has this name now", args[0]);
	xen_set_context(domid, bytes, size);
	xen_same_domain(domid, &id);
	for (size_t i = 0; i < c.nr; i++) {
		char name[NUMBER_BYTES];

		printf("%s %s\n", c.records[i].ignore ? "skipped" : "loaded",
		       record_name(&c.records[i], name));
	}
	snprintf(done, sizeof(done), "domain %u: loaded, but %s", domid, standard_output);
	output_close(stdout, done);
	context_free(&c);
	free(bytes);
	return 0;
}

static int show(int argc, char **argv)
{
	char **args = arguments(argc, argv, 1, "show needs one file");
	struct context c;
	uint8_t *bytes;
	size_t size;

	c = read_context(args[0], &bytes, &size);
	show_context(stdout, &c);
	output_close(stdout, standard_output);
	context_free(&c);
	free(bytes);
	return 0;
}

static int check(int argc, char **argv)
{
	char **args = arguments(argc, argv, 1, "check needs one file");
	struct context c;
	uint8_t *bytes;
	size_t size;

	c = read_context(args[0], &bytes, &size);
	printf("%s: sound: %zu bytes, %zu records\n", args[0], size, c.nr);
	output_close(stdout, standard_output);
	context_free(&c);
	free(bytes);
	return 0;
}

/*
 * Compare the context in the file @name with @was, and add the differences to @d. Mark those that
 * @before lacks as expected.
 */
static struct differences diff_file(const struct context *was, const char *name, enum way way,
				    const struct differences *before,
				    struct differences d)
{
	struct context is;
	uint8_t *bytes;
	size_t size;

	is = read_context(name, &bytes, &size);
	diff_contexts(&d, was, &is, way);
	if (before)
		diff_common(&d, before);
	context_free(&is);
	free(bytes);
	return d;
}

static bool diff_files(char **names, enum way way, bool all)
{
	struct differences none = { .all = all }, d, next;
	struct context was;
	uint8_t *bytes;
	bool unexpected;
	size_t size;

	was = read_context(*names++, &bytes, &size);
	while (names[none.looks])
		none.looks++;
	d = diff_file(&was, *names++, way, NULL, none);
	for (; *names; names++) {
		next = diff_file(&was, *names, way, &d, none);
		free(d.list);
		d = next;
	}
	unexpected = diff_print(stdout, &d);
	output_close(stdout, standard_output);
	free(d.list);
	context_free(&was);
	free(bytes);
	return unexpected;
}

static int diff(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "checkpoint", no_argument, NULL, 'c' },
		{ "restore", no_argument, NULL, 'R' },
		{ 0 }
	};
	enum way way = RESTORED;
	int option, nr_stdin = 0;
	bool all = false;

	while ((option = getopt_long(argc, argv, "acR", options, NULL)) != -1) {
		if (option == 'a')
			all = true;
		else if (option == 'c')
			way = GOES_ON;
		else if (option == 'R')
			way = RESTORED;
		else
			misused(NULL);
	}
	if (argc - optind < 2)
		misused("diff needs two or more files");
	for (int i = optind; i < argc; i++)
		nr_stdin += !strcmp(argv[i], "-");
	if (nr_stdin > 1)
		misused("only one of the files can be standard input");
	return diff_files(argv + optind, way, all);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "dump", dump }, { "load", load }, { "show", show }, { "diff", diff },
	{ "check", check },
};

int main(int argc, char **argv)
{
	if (argc < 2)
		misused(NULL);
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		argv[1] = argv[0];	/* getopt() prints argv[0] in front of its messages */
		return commands[i].run(argc - 1, argv + 1);
	}
	misused("no such command");
}
