// SPDX-License-Identifier: GPL-2.0
/* series: convert an overlay to a git history, and back. See series.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

static const struct command {
	const char *name, *args, *what;
	int least, most;	/* number of arguments */
	int (*run)(char **arg);
} commands[] = {
	{ "tree", "TREE BASE", "replay the series into TREE", 2, 2, cmd_tree },
	{ "patches", "TREE OUT", "write OUT/*.patch", 2, 2, cmd_patches },
	{ "verify", "TREE BASE OUT", "check that OUT on BASE gives TREE", 3, 3, cmd_verify },
	{ "refresh", "TREE BASE", "write TREE's commits back", 2, 2, cmd_refresh },
	{ "track", "TREE BASE FILE", "track one more file", 3, 3, cmd_track },
	{ "port", "TREE BASE FROM", "apply FROM's commits to BASE", 3, 3, cmd_port },
	{ "lint", "[BASE [LINE BASE]]", "check the overlay's rules", 0, 3, cmd_lint },
	{ "lock", "BASE VERSION", "rewrite base.lock", 2, 2, cmd_lock },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int usage(void)
{
	fprintf(stderr, "usage: series [-C DIR] [-L LINE] COMMAND...\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(stderr, "  %-8s%-20s%s\n", commands[i].name,
			commands[i].args, commands[i].what);
	return EXIT_CANNOT;
}

/*
 * Remove the caller's settings of git and of the locale. The result must depend
 * only on the overlay and the base.
 */
static void plain_environment(void)
{
	static const char *const drop[] = {
		"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"GIT_CONFIG_PARAMETERS", "GIT_DIFF_OPTS",
		"GIT_EXTERNAL_DIFF",
	};

	for (size_t i = 0; i < sizeof(drop) / sizeof(drop[0]); i++)
		unsetenv(drop[i]);
	setenv("LC_ALL", "C", 1);
	setenv("TZ", "UTC", 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	/*
	 * A git gc would continue in the background after this process has
	 * ended.
	 */
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "gc.auto", 1);
	setenv("GIT_CONFIG_VALUE_0", "0", 1);
	setenv("GIT_EDITOR", ":", 1);
	setenv("GIT_SEQUENCE_EDITOR", ":", 1);
	git_identity("series", "series@localhost", 0);
}

/*
 * Remove slashes at the end of arguments: "build/tree/" and "build/tree" must
 * lead to the same scratch directory.
 */
static void trim_slashes(int nr, char **arg)
{
	for (int i = 0; i < nr; i++)
		for (size_t n = strlen(arg[i]); n > 1 && arg[i][n - 1] == '/'; n--)
			arg[i][n - 1] = 0;
}

int main(int argc, char **argv)
{
	const char *line = NULL;

	argv++;
	argc--;
	if (argc >= 2 && !strcmp(argv[0], "-C")) {
		if (chdir(argv[1]))
			die("%s: cannot enter it: %m", argv[1]);
		argv += 2;
		argc -= 2;
	}
	if (argc >= 2 && !strcmp(argv[0], "-L")) {
		line = argv[1];
		argv += 2;
		argc -= 2;
	}
	if (argc < 1)
		return usage();

	overlay = realpath(".", NULL);
	if (line)
		choose_line(line);
	load_rules();
	plain_environment();
	catch_signals();
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		if (argc - 1 < commands[i].least || argc - 1 > commands[i].most)
			die("%s: its arguments must be %s", commands[i].name,
			    commands[i].args);
		trim_slashes(argc - 1, argv + 1);
		return commands[i].run(argv + 1);
	}
	return usage();
}
