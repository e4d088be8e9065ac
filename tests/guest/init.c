// SPDX-License-Identifier: GPL-2.0
/*
 * init: PID 1 of the guest. It starts programs and a server (serve.c). Test results
 * come only from this server, which dom0 asks, and not from messages on the console.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs.h"
#include "serve.h"
#include "util.h"

#define MAX_PROGRAMS	8
#define STOP_MS		3000

static const struct { const char *type, *target; } mounts[] = {
	{ "proc",	"/proc" },
	{ "sysfs",	"/sys" },
	{ "devtmpfs",	"/dev" },
	{ "debugfs",	"/sys/kernel/debug" },
	{ "tracefs",	"/sys/kernel/tracing" },
	{ "tmpfs",	"/tmp" },
};

/* Parameters of the kernel command line, and their defaults. */
static char work[128], ip[64], peer[64];
static char swap[64], disk[64] = "/dev/xvda", mem_mb[16] = "24";

static const struct { const char *name; char *value; size_t size; } params[] = {
	{ "nest.work=",	work,	sizeof(work) },	/* programs to run, separated by commas */
	{ "nest.ip=",	ip,	sizeof(ip) },	/* address of eth0, in a /24 */
	{ "nest.peer=",	peer,	sizeof(peer) },	/* address of tcp-peer */
	{ "nest.disk=",	disk,	sizeof(disk) },	/* device of the program "disk" */
	{ "nest.mem=",	mem_mb,	sizeof(mem_mb) }, /* memory of the program "mem", in MB */
	{ "nest.swap=",	swap,	sizeof(swap) },	/* device that mkswap has prepared */
};

/* The arguments are small, because all programs share 128 MB and an emulated CPU. */
static const struct { const char *name, *argv[4]; } known[] = {
	{ "mem",	{ "mem", mem_mb } },
	{ "storm",	{ "storm" } },
	{ "disk",	{ "disk", disk } },
	{ "tcp",	{ "tcp", peer, PEER_PORT } },
	{ "clock",	{ "clock" } },
	{ "timers",	{ "timers", "20" } },
};

static struct program programs[MAX_PROGRAMS];
static int nr_programs;
static pid_t server;
static sigset_t signals;

static void mount_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, 0,
			  NULL))
			printf("init: cannot mount %s: %m\n", mounts[i].target);
}

/* Without a console, the kernel leaves descriptors 0 to 2 closed, and a socket would get one. */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static void read_params(void)
{
	static char line[4096];
	char *save, *word;

	if (read_text("/proc/cmdline", line, sizeof(line)))
		printf("init: cannot read /proc/cmdline: %m\n");
	for (word = strtok_r(line, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save))
		for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
			size_t len = strlen(params[i].name);

			if (!strncmp(word, params[i].name, len))
				snprintf(params[i].value, params[i].size, "%s",
					 word + len);
		}
}

/* Make one ioctl for an interface: set an ADDRESS, or, if it is NULL, the flags. */
static int set_link(int fd, const char *name, int request, const char *address)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP | IFF_RUNNING };
	struct sockaddr_in sin = { .sin_family = AF_INET };

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (address) {
		if (inet_pton(AF_INET, address, &sin.sin_addr) != 1) {
			errno = EINVAL;
			return -1;
		}
		memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	}
	return ioctl(fd, request, &ifr);
}

static void set_up_network(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (set_link(fd, "lo", SIOCSIFFLAGS, NULL))
		printf("init: cannot set up lo: %m\n");
	if (*ip && (set_link(fd, "eth0", SIOCSIFADDR, ip) ||
		    set_link(fd, "eth0", SIOCSIFNETMASK, "255.255.255.0") ||
		    set_link(fd, "eth0", SIOCSIFFLAGS, NULL)))
		printf("init: cannot set up eth0 as '%s': %m\n", ip);
	close(fd);
}

static _Noreturn void run(const struct program *p, const char *const *argv)
{
	char path[32];

	/* Unblock the signals of init, because exec would keep them blocked. */
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	dup2(p->fd, REPORT_FD);
	snprintf(path, sizeof(path), "/sbin/%s", p->name);
	execv(path, (char *const *)argv);
	_exit(127);
}

static void start_program(const char *name)
{
	struct program *p = &programs[nr_programs];

	if (nr_programs == MAX_PROGRAMS) {
		printf("init: more than %d programs: '%s' is not started\n",
		       MAX_PROGRAMS, name);
		return;
	}
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->report = report_create(&p->fd);
	if (!p->report) {
		printf("init: no report page for %s: %m\n", name);
		return;
	}
	nr_programs++;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(name, known[i].name))
			continue;
		p->pid = fork();
		if (!p->pid)
			run(p, known[i].argv);
		if (p->pid < 0)
			report_mark(p->report, "cannot fork: %m");
		return;
	}
	report_mark(p->report, "this name in nest.work= is not the name of a program");
}

static void start_programs(void)
{
	char *save, *name;

	for (name = strtok_r(work, ",", &save); name;
	     name = strtok_r(NULL, ",", &save))
		start_program(name);
}

static void note_death(struct program *p, int status)
{
	p->pid = 0;
	/* If the program itself has reported a failure, report_mark() keeps that one. */
	if (WIFSIGNALED(status))
		report_mark(p->report, "killed by signal %d", WTERMSIG(status));
	else
		report_mark(p->report, "exited with status %d",
			    WEXITSTATUS(status));
}

static void start_server(void)
{
	server = serve_start(SERVE_PORT, programs, nr_programs);
	if (server < 0)
		printf("init: cannot serve on port %d: %m\n", SERVE_PORT);
}

static void reap_all(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == server)
			start_server();
		for (int i = 0; i < nr_programs; i++)
			if (programs[i].pid == pid)
				note_death(&programs[i], status);
	}
}

/* Send SIGTERM to all processes, and SIGKILL after 3 s, and sync, so that no data is lost. */
static void stop_all(void)
{
	kill(-1, SIGTERM);
	for (int ms = 0; ms < STOP_MS; ms += 50) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			break;
		sleep_ms(50);
	}
	kill(-1, SIGKILL);
	sync();
}

static _Noreturn void shut_down(int how, const char *word)
{
	printf("init: %s\n", word);
	stop_all();
	reboot(how);
	/* If PID 1 returned, the kernel would panic, which would hide the reason. */
	printf("init: cannot %s: %m\n", word);
	for (;;)
		pause();
}

/* The signals that busybox's init handles, and SIGINT, which Ctrl-Alt-Del sends. */
static const struct { int signal, how; const char *word; } ways_down[] = {
	{ SIGUSR1,	RB_HALT_SYSTEM,	"halt" },
	{ SIGUSR2,	RB_POWER_OFF,	"poweroff" },
	{ SIGTERM,	RB_AUTOBOOT,	"reboot" },
	{ SIGINT,	RB_AUTOBOOT,	"reboot" },
};

static void block_signals(void)
{
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(ways_down); i++)
		sigaddset(&signals, ways_down[i].signal);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* poweroff, halt, reboot: signal init. The kernel's orderly_poweroff() etc. run these names. */
int power_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < ARRAY_SIZE(ways_down); i++)
		if (!strcmp(ways_down[i].word, program_invocation_short_name) &&
		    !kill(1, ways_down[i].signal))
			return 0;
	die("cannot signal init: %m");
}

int init_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (getpid() != 1)
		die("this program runs only as PID 1 of a guest");
	block_signals();
	mount_all();
	open_standard_files();
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("PATH", "/sbin:/bin", 1);
	reboot(RB_DISABLE_CAD);
	read_params();
	set_up_network();
	if (*swap && swapon(swap, 0))
		printf("init: cannot swap to %s: %m\n", swap);
	start_programs();
	start_server();
	printf("init: up, %d programs, port %d\n", nr_programs, SERVE_PORT);
	for (;;) {
		int sig = sigwaitinfo(&signals, NULL);

		if (sig == SIGCHLD)
			reap_all();
		for (size_t i = 0; i < ARRAY_SIZE(ways_down); i++)
			if (ways_down[i].signal == sig)
				shut_down(ways_down[i].how, ways_down[i].word);
	}
}
