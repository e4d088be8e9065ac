// SPDX-License-Identifier: GPL-2.0
/*
 * One static binary for all programs of the guest. main() selects the program by the
 * name of the command. With one binary for each program, ten copies of the C library
 * would be most of the ramdisk, and an emulated machine would take longer to unpack it
 * than to boot.
 */
#include <errno.h>
#include <string.h>

#include "programs.h"
#include "util.h"

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
} programs[] = {
	/* in the guest */
	{ "init",	init_main },
	{ "poweroff",	power_main },
	{ "halt",	power_main },
	{ "reboot",	power_main },
	{ "mem",	mem_main },
	{ "storm",	storm_main },
	{ "storm-leaf",	storm_leaf_main },
	{ "disk",	disk_main },	/* disk verify runs in dom0 */
	{ "tcp",	tcp_main },
	{ "clock",	clock_main },
	{ "timers",	timers_main },
	/* in dom0 */
	{ "tcp-peer",	tcp_peer_main },
	{ "ask",	ask_main },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (!strcmp(program_invocation_short_name, programs[i].name))
			return programs[i].main(argc, argv);
	die("no program has this name: call it init, ask, disk, tcp-peer, ...");
}
