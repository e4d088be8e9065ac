// SPDX-License-Identifier: GPL-2.0
/*
 * draws FILE: in the guest, draw random numbers from each source, on each vCPU, without a
 * pause, in the background. FILE.on exists when this has begun. FILE.log has errors. On
 * SIGUSR1, the program writes the draws that it kept to FILE, and ends. The lines are
 *	SOURCE CPU NUMBER STAMP HEX
 *
 * The program gets no notification of a save or a restore. Each vCPU has a thread that
 * draws all the time. After each pause of more than half a second, the thread keeps its
 * first draws. After a restore, these are the first draws of the new domain. STAMP is
 * CLOCK_BOOTTIME before the draw. same-draws.c compares the reports, and uses STAMP to
 * recognize a draw that was made before the save.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define SIZE		32	/* bytes of a draw */
#define NONCE		12
#define AWAY		500000000ull	/* ns without a draw, which begin a new stretch */
#define STRETCHES	64	/* the latest stretches of each thread, whose draws are kept */
#define KEPT		(24 * 7)	/* the first draws of each stretch, which are kept */

struct draw {
	uint64_t number, stamp;
	int source;
	uint8_t value[SIZE];
};

struct stretch {
	int nr;
	struct draw draws[KEPT];
};

struct thread {
	pthread_t id;
	int cpu;
	uint64_t number, stamp;
	struct stretch *stretches;	/* a ring buffer */
	unsigned int stretch;
	int urandom, uuid, alg;
	void *vdso_state;
	uint8_t nonce[NONCE];
};

static atomic_bool stop;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "draws: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void whole(const char *what, ssize_t got, ssize_t wanted)
{
	if (got != wanted)
		die(what);
}

static void draw_syscall(struct thread *t, uint8_t *value)
{
	(void)t;
	whole("getrandom", syscall(SYS_getrandom, value, SIZE, 0), SIZE);
}

static void draw_urandom(struct thread *t, uint8_t *value)
{
	whole("/dev/urandom", read(t->urandom, value, SIZE), SIZE);
}

static void draw_uuid(struct thread *t, uint8_t *value)
{
	char text[36];

	whole("uuid", pread(t->uuid, text, sizeof(text), 0), sizeof(text));
	for (size_t i = 0; i < sizeof(text); i += 2) {
		if (text[i] == '-')
			i++;
		sscanf(text + i, "%2hhx", value++);
	}
}

/*
 * The parameters of getrandom() in the vDSO, which keeps the state of its own generator in
 * the program's memory. Copied from linux/random.h of Linux 6.11.
 */
struct opaque_params {
	uint32_t size, prot, flags, reserved[13];
};

static ssize_t (*vdso_getrandom)(void *, size_t, unsigned int, void *, size_t);
static struct opaque_params params;

static void draw_vdso(struct thread *t, uint8_t *value)
{
	whole("vDSO", vdso_getrandom(value, SIZE, 0, t->vdso_state, params.size), SIZE);
}

static void draw_alg(struct thread *t, uint8_t *value)
{
	whole("AF_ALG", recv(t->alg, value, SIZE, 0), SIZE);
}

/*
 * Draw a nonce, as a TLS server does for each connection. The nonce is public. draw_key()
 * derives a key from the nonce and a secret.
 */
static void draw_nonce(struct thread *t, uint8_t *value)
{
	whole("nonce", getrandom(t->nonce, NONCE, 0), NONCE);
	memcpy(value, t->nonce, NONCE);
}

static uint32_t rotated(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static void quarter(uint32_t *x, int a, int b, int c, int d)
{
	static const int by[] = { 16, 12, 8, 7 };

	for (int i = 0; i < 4; i += 2) {
		x[a] += x[b];
		x[d] = rotated(x[d] ^ x[a], by[i]);
		x[c] += x[d];
		x[b] = rotated(x[b] ^ x[c], by[i + 1]);
	}
}

/* Derive a key from a new secret and the nonce: the first block of ChaCha20. */
static void draw_key(struct thread *t, uint8_t *value)
{
	uint32_t in[16], x[16];

	memcpy(in, "expand 32-byte k", 16);
	whole("secret", getrandom(in + 4, 32, 0), 32);
	in[12] = 0;
	memcpy(in + 13, t->nonce, NONCE);
	memcpy(x, in, sizeof(x));
	for (int round = 0; round < 20; round++)
		for (int i = 0; i < 4; i++)
			if (round % 2)
				quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
			else
				quarter(x, i, 4 + i, 8 + i, 12 + i);
	for (int i = 0; i < 8; i++)
		x[i] += in[i];
	memcpy(value, x, SIZE);
}

static const struct {
	const char *name;
	int size;
	void (*draw)(struct thread *t, uint8_t *value);
} sources[] = {
	{ "getrandom()",	SIZE,	draw_syscall },
	{ "vDSO",		SIZE,	draw_vdso },
	{ "/dev/urandom",	SIZE,	draw_urandom },
	{ "UUID",		16,	draw_uuid },
	{ "TLS-nonce",		NONCE,	draw_nonce },
	{ "TLS-key",		SIZE,	draw_key },
	{ "AF_ALG",		SIZE,	draw_alg },	/* must be last: some kernels lack it */
};
static size_t nr_sources = ARRAY_SIZE(sources);

static void keep(struct thread *t, const struct draw *draw, int away)
{
	struct stretch *s;

	if (away)
		t->stretches[++t->stretch % STRETCHES].nr = 0;
	s = &t->stretches[t->stretch % STRETCHES];
	if (s->nr < KEPT)
		s->draws[s->nr++] = *draw;
}

static void draw_from(struct thread *t, int source)
{
	struct draw draw = { .number = ++t->number, .source = source };
	struct timespec now;
	int away;

	clock_gettime(CLOCK_BOOTTIME, &now);
	draw.stamp = now.tv_sec * 1000000000ull + now.tv_nsec;
	sources[source].draw(t, draw.value);
	away = draw.stamp - t->stamp > AWAY;
	t->stamp = draw.stamp;
	keep(t, &draw, away);
}

static void *draw_all(void *arg)
{
	struct thread *t = arg;

	while (!stop)
		for (size_t i = 0; i < nr_sources; i++)
			draw_from(t, i);
	return NULL;
}

/* Find __vdso_getrandom in the symbol table of the vDSO, because the C library may be too old. */
static void find_vdso(void)
{
	char *base = (char *)getauxval(AT_SYSINFO_EHDR), *names = NULL;
	const Elf64_Ehdr *head = (void *)base;
	const Elf64_Phdr *part = (void *)(base + head->e_phoff);
	const Elf64_Dyn *dyn = NULL;
	const Elf64_Sym *symbols = NULL;
	const uint32_t *hash = NULL;

	for (int i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_DYNAMIC)
			dyn = (void *)(base + part[i].p_offset);
	for (; dyn && dyn->d_tag != DT_NULL; dyn++) {
		if (dyn->d_tag == DT_STRTAB)
			names = base + dyn->d_un.d_ptr;
		if (dyn->d_tag == DT_SYMTAB)
			symbols = (void *)(base + dyn->d_un.d_ptr);
		if (dyn->d_tag == DT_HASH)
			hash = (void *)(base + dyn->d_un.d_ptr);
	}
	for (uint32_t i = 0; hash && i < hash[1]; i++)
		if (!strcmp(names + symbols[i].st_name, "__vdso_getrandom"))
			vdso_getrandom = (void *)(base + symbols[i].st_value);
	errno = ENOENT;
	if (!vdso_getrandom || vdso_getrandom(NULL, 0, 0, &params, ~0ul))
		die("getrandom in the vDSO");
}

/* Open a generator of the kernel's crypto API. It is seeded once, here. */
static int open_alg(void)
{
	struct sockaddr_alg name = {
		.salg_family = AF_ALG,
		.salg_type = "rng",
		.salg_name = "stdrng",
	};
	int parent = socket(AF_ALG, SOCK_SEQPACKET, 0), fd;

	if (parent < 0 && errno == EAFNOSUPPORT) {
		nr_sources = ARRAY_SIZE(sources) - 1;
		return -1;
	}
	if (parent < 0 || bind(parent, (void *)&name, sizeof(name)) ||
	    setsockopt(parent, SOL_ALG, ALG_SET_KEY, NULL, 0))
		die("AF_ALG");
	fd = accept(parent, NULL, NULL);
	if (fd < 0)
		die("AF_ALG");
	close(parent);
	return fd;
}

static void start(struct thread *t)
{
	pthread_attr_t attr;
	cpu_set_t set;

	t->urandom = open("/dev/urandom", O_RDONLY);
	t->uuid = open("/proc/sys/kernel/random/uuid", O_RDONLY);
	if (t->urandom < 0 || t->uuid < 0)
		die("/dev/urandom, uuid");
	t->alg = open_alg();
	t->vdso_state = mmap(NULL, params.size, params.prot, params.flags, -1, 0);
	t->stretches = calloc(STRETCHES, sizeof(*t->stretches));
	if (t->vdso_state == MAP_FAILED || !t->stretches)
		die("memory");
	CPU_ZERO(&set);
	CPU_SET(t->cpu, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	errno = pthread_create(&t->id, &attr, draw_all, t);
	if (errno)
		die("pthread_create");
}

static void report(FILE *f, const struct thread *t, const struct draw *d)
{
	fprintf(f, "%s %d %lu %lu ", sources[d->source].name, t->cpu, d->number, d->stamp);
	for (int i = 0; i < sources[d->source].size; i++)
		fprintf(f, "%02x", d->value[i]);
	fputc('\n', f);
}

static void report_all(const char *path, const struct thread *threads, int nr)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	for (int i = 0; i < nr; i++)
		for (int j = 0; j < STRETCHES; j++)
			for (int k = 0; k < threads[i].stretches[j].nr; k++)
				report(f, &threads[i], &threads[i].stretches[j].draws[k]);
	if (fclose(f))
		die(path);
}

int main(int argc, char **argv)
{
	int nr = sysconf(_SC_NPROCESSORS_ONLN), sig;
	struct thread *threads = calloc(nr, sizeof(*threads));
	char path[128], byte;
	sigset_t set;

	if (argc != 2) {
		fprintf(stderr, "usage: draws FILE\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	find_vdso();
	snprintf(path, sizeof(path), "%s.log", argv[1]);
	if (daemon(1, 0) || !freopen(path, "w", stderr))
		die("daemon");
	/* Wait until the kernel's random pool is initialized. */
	whole("getrandom", getrandom(&byte, 1, 0), 1);
	for (int i = 0; i < nr; i++) {
		threads[i].cpu = i;
		start(&threads[i]);
	}
	snprintf(path, sizeof(path), "%s.on", argv[1]);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	sigwait(&set, &sig);
	stop = 1;
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i].id, NULL);
	snprintf(path, sizeof(path), "%s.tmp", argv[1]);
	report_all(path, threads, nr);
	return rename(path, argv[1]) != 0;
}
