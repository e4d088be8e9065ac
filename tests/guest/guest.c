// SPDX-License-Identifier: GPL-2.0
/*
 * One static binary for all programs, told apart by the name they are called
 * by: ten copies of the C library would make up most of the ramdisk, and
 * unpacking that under emulation takes longer than booting.
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
	die("no program of this name; call it init, ask, disk, tcp-peer, ...");
}
