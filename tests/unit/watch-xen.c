// SPDX-License-Identifier: GPL-2.0
/*
 * An emulated Xen and xenstore for suspend-watch, instead of their libraries, with an emulated
 * clock. WATCH_SCRIPT is a file. Each line has a time in ms, and an event at this time:
 *
 *	domain ID NAME HANDLE	a domain is made; all bytes of its handle are HANDLE
 *	domains FIRST NUMBER	so many domains are made
 *	gone ID			the domain is destroyed
 *	suspend ID, resume ID	the domain shuts down for a suspend, and is resumed
 *	write ID NODE VALUE	a guest writes; \xNN in the value is a byte, *N repeats it
 *	storm ID NODE VALUE	a guest writes VALUE and a number all the time. Such guests take
 *				turns. They write twice for each event that suspend-watch takes, and
 *				once each ms while it waits for a reader of its output
 *	calm			all storms end
 *	full, read		standard output has no room; it has room again
 *	slow MS			after each line, standard output has no room for MS
 *	part N			each write accepts at most N bytes
 *	lost			xenstored closes the connection
 *	end			print counts, and exit
 *
 * Each call takes CALL_MS. At the end, counts of the calls are printed to standard error.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenstore.h>
#include <xentoollog.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

#define MOST 2048	/* domains, nodes, watches */
#define MOST_QUEUED 200000
#define CALL_MS 0.02

static double now;
static FILE *script;
static double next_at = -1;
static char next_line[8192];
static bool full, lost;
static size_t part = SIZE_MAX;	/* the most bytes that a write accepts */
static double slow, room_at;	/* room_at: when standard output has room again */
static unsigned long reads, looks, most_queued;

static struct { unsigned int id; uint8_t handle; bool suspended; } domain[MOST];
static struct { char *path, *value; } node[2 * MOST];
static struct { char *path, *token; } watch[4 * MOST];
static struct { unsigned int id; char node[64], value[3000]; } storm[MOST];
static size_t nr_domains, nr_nodes, nr_watches, nr_storms, storms;
static struct event { struct event *next; char *path, *token; } *queue, **last = &queue;
static unsigned long queued;

static void __attribute__((noreturn)) finish(const char *why, int status)
{
	struct rlimit limit = { 0, 0 };

	getrlimit(RLIMIT_DATA, &limit);
	fflush(stdout);
	fprintf(stderr, "%s: at %.0f ms: %lu reads, %lu looks, %lu events queued at most, %zu watches, %ld MiB\n",
		why, now, reads, looks, most_queued, nr_watches,
		limit.rlim_cur == RLIM_INFINITY ? -1 : (long)(limit.rlim_cur >> 20));
	_exit(status);
}

static void fire(const char *path, const char *token)
{
	struct event *e = calloc(1, sizeof(*e));

	e->path = strdup(path);
	e->token = strdup(token);
	*last = e;
	last = &e->next;
	if (++queued > most_queued)
		most_queued = queued;
	if (queued > MOST_QUEUED)
		finish("the queue has no bound", 3);
}

static void changed(const char *path)
{
	for (size_t i = 0; i < nr_watches; i++) {
		size_t len = strlen(watch[i].path);

		if (!strncmp(path, watch[i].path, len) && (!path[len] || path[len] == '/'))
			fire(path, watch[i].token);
	}
}

static void set_node(unsigned int id, const char *name, const char *value)
{
	char path[256];
	size_t i;

	snprintf(path, sizeof(path), "/local/domain/%u/%s", id, name);
	for (i = 0; i < nr_nodes && strcmp(node[i].path, path); i++)
		;
	if (i == nr_nodes)
		node[nr_nodes++].path = strdup(path);
	free(node[i].value);
	node[i].value = value ? strdup(value) : NULL;
	changed(path);
}

static void make(unsigned int id, const char *name, unsigned int handle)
{
	size_t i = nr_domains++;

	/* Xen lists domains in the order of their ids. */
	for (; i && domain[i - 1].id > id; i--)
		domain[i] = domain[i - 1];
	domain[i].id = id;
	domain[i].handle = handle;
	domain[i].suspended = false;
	set_node(id, "name", name);
	changed("@introduceDomain");
}

static size_t find(unsigned int id)
{
	for (size_t i = 0; i < nr_domains; i++)
		if (domain[i].id == id)
			return i;
	finish("the script has no such domain", 4);
}

static void destroy(unsigned int id)
{
	size_t i = find(id);

	memmove(&domain[i], &domain[i + 1], (nr_domains - i - 1) * sizeof(*domain));
	nr_domains--;
	set_node(id, "control/shutdown", NULL);
	set_node(id, "error/suspend", NULL);
	changed("@releaseDomain");
}

/* Replace each \xNN by this byte, and *N at the end by N times the byte before it. */
static char *unescape(const char *text)
{
	char *out = calloc(1, 16384);
	size_t n = 0;

	for (; *text && *text != '\n'; text++) {
		if (text[0] == '\\' && text[1] == 'x') {
			out[n++] = strtoul((char[]){ text[2], text[3], 0 }, NULL, 16);
			text += 3;
		} else if (*text == '*' && n) {
			int times = atoi(text + 1);

			memset(out + n, out[n - 1], times - 1);
			break;
		} else {
			out[n++] = *text;
		}
	}
	return out;
}

static void act(const char *line)
{
	char word[32] = "", name[64] = "", *value;
	unsigned int id = 0, handle = 0;
	int at = 0;

	sscanf(line, "%31s %u %63s %n%u", word, &id, name, &at, &handle);
	value = unescape(at ? line + at : "");
	if (!strcmp(word, "domain"))
		make(id, name, handle);
	else if (!strcmp(word, "domains"))
		for (int i = 0; i < atoi(name); i++)
			make(id + i, "one-of-many", 1);
	else if (!strcmp(word, "gone"))
		destroy(id);
	else if (!strcmp(word, "suspend"))
		domain[find(id)].suspended = true, changed("@releaseDomain");
	else if (!strcmp(word, "resume"))
		domain[find(id)].suspended = false;
	else if (!strcmp(word, "write"))
		set_node(id, name, value);
	else if (!strcmp(word, "storm")) {
		storm[nr_storms].id = id;
		strcpy(storm[nr_storms].node, name);
		strcpy(storm[nr_storms++].value, value);
		set_node(id, name, value);
	} else if (!strcmp(word, "calm"))
		nr_storms = 0;
	else if (!strcmp(word, "full") || !strcmp(word, "read"))
		full = !strcmp(word, "full");
	else if (!strcmp(word, "slow"))
		slow = id;
	else if (!strcmp(word, "part"))
		part = id;
	else if (!strcmp(word, "lost"))
		lost = true;
	else if (!strcmp(word, "end"))
		finish("end", 0);
	else
		finish("the script has an unknown word", 4);
	free(value);
}

static void read_next(void)
{
	int at = 0;

	if (!script)
		script = fopen(getenv("WATCH_SCRIPT"), "r");
	if (!script || !fgets(next_line, sizeof(next_line), script) ||
	    sscanf(next_line, "%lf %n", &next_at, &at) != 1)
		finish("the script has no end", 4);
	memmove(next_line, next_line + at, strlen(next_line + at) + 1);
}

static void pass(double ms)
{
	if (next_at < 0)
		read_next();
	now += ms;
	while (next_at <= now) {
		act(next_line);
		read_next();
	}
}

static bool has_room(void) { return !full && now >= room_at; }

static void storm_on(int times)
{
	char text[8192];

	for (int i = 0; nr_storms && i < times; i++) {
		size_t turn = ++storms % nr_storms;

		snprintf(text, sizeof(text), "%s%zu", storm[turn].value, storms);
		set_node(storm[turn].id, storm[turn].node, text);
	}
}

/* Wait until happens() is true, for at most ms. While the output is full, storms continue. */
static bool wait_for(double ms, bool (*happens)(void))
{
	double end = ms < 0 ? 1e12 : now + ms;

	pass(0);
	while (!happens() && now < end) {
		double next = now < next_at && next_at < end ? next_at : end;

		if (happens == has_room && room_at > now && room_at < next)
			next = room_at;
		if (happens == has_room && nr_storms && next > now + 1)
			next = now + 1;
		pass(next - now);
		if (happens == has_room)
			storm_on(1);
	}
	return happens();
}

static bool has_event(void) { return queue || lost; }

int poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	bool (*happens)(void);

	pass(CALL_MS);
	if (!nr) {
		pass(timeout);
		return 0;
	}
	happens = fds->fd == STDOUT_FILENO ? has_room : has_event;
	fds->revents = fds->events;
	if (!wait_for(timeout, happens))
		return 0;
	if (happens == has_room)
		room_at = now + slow;
	return 1;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	return syscall(SYS_write, fd, bytes, size < part ? size : part);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	t->tv_sec = now / 1000;
	t->tv_nsec = (now - t->tv_sec * 1e3) * 1e6;
	return 0;
}

struct xs_handle *xs_open(unsigned long flags)
{
	pass(0);
	return (struct xs_handle *)&queue;
}

int xs_fileno(struct xs_handle *h)
{
	return 99;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	pass(CALL_MS);
	watch[nr_watches].path = strdup(path);
	watch[nr_watches++].token = strdup(token);
	fire(path, token);
	return true;
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	pass(CALL_MS);
	for (size_t i = 0; i < nr_watches; i++) {
		if (strcmp(watch[i].path, path) || strcmp(watch[i].token, token))
			continue;
		watch[i] = watch[--nr_watches];
		return true;
	}
	errno = ENOENT;
	return false;
}

char **xs_check_watch(struct xs_handle *h)
{
	struct event *e = queue;
	char **out;

	if (!e) {
		errno = lost ? EINVAL : EAGAIN;
		return NULL;
	}
	queue = e->next;
	queued--;
	if (!queue)
		last = &queue;
	out = malloc(2 * sizeof(*out) + strlen(e->path) + strlen(e->token) + 2);
	out[XS_WATCH_PATH] = (char *)(out + 2);
	strcpy(out[XS_WATCH_PATH], e->path);
	out[XS_WATCH_TOKEN] = out[XS_WATCH_PATH] + strlen(e->path) + 1;
	strcpy(out[XS_WATCH_TOKEN], e->token);
	free(e->path);
	free(e->token);
	free(e);
	storm_on(2);
	pass(CALL_MS);
	return out;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	reads++;
	pass(CALL_MS);
	for (size_t i = 0; i < nr_nodes && !lost; i++)
		if (!strcmp(node[i].path, path) && node[i].value)
			return strdup(node[i].value);
	errno = lost ? EBADF : ENOENT;
	return NULL;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int most,
			  xc_domaininfo_t *info)
{
	unsigned int n = 0;

	looks++;
	pass(CALL_MS);
	for (size_t i = 0; i < nr_domains && n < most; i++) {
		if (domain[i].id < first)
			continue;
		memset(&info[n], 0, sizeof(*info));
		info[n].domain = domain[i].id;
		memset(info[n].handle, domain[i].handle, sizeof(info[n].handle));
		if (domain[i].suspended)
			info[n].flags = XEN_DOMINF_shutdown |
					SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
		n++;
	}
	return n;
}

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild,
				unsigned int flags)
{
	return (xc_interface *)&queue;
}

xentoollog_logger_stdiostream *xtl_createlogger_stdiostream(FILE *f, xentoollog_level level,
							    unsigned int flags)
{
	return NULL;
}
