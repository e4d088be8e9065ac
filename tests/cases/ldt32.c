// SPDX-License-Identifier: GPL-2.0
/*
 * ldt32 FILE: in the guest, check the state of a 32-bit task. The program has no C library. It
 * sets an LDT, a TLS segment, and all registers of the x87 and SSE units. Then it sleeps 50 ms,
 * again and again, by int 0x80, and each time compares the registers, and the words that it
 * reads through both segments. It writes the number of sleeps to FILE as "N". If something has
 * changed, it writes "N: WHAT" and exits.
 */
#include <stdint.h>

enum {
	SYS_exit = 1, SYS_write = 4, SYS_open = 5, SYS_lseek = 19, SYS_modify_ldt = 123,
	SYS_set_thread_area = 243, SYS_clock_nanosleep_time64 = 407,
	O_WRONLY = 1, O_CREAT = 0100, CLOCK_MONOTONIC = 1,
	LDT_SELECTOR = 7,	/* entry 0 of the LDT, ring 3 */
};

struct segment {
	uint32_t entry, base, limit, flags;
};

static int call(int nr, long a, long b, long c)
{
	int result;

	asm volatile("int $0x80" : "=a"(result)
		     : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(0) : "memory");
	return result;
}

static int file;

static void report(uint32_t n, const char *what)
{
	char text[64], *p = text + sizeof(text);
	uint32_t len = 0;

	while (what && what[len])
		len++;
	*--p = '\n';
	for (uint32_t i = len; i > 0; i--)
		*--p = what[i - 1];
	do
		*--p = '0' + n % 10;
	while (n /= 10);
	call(SYS_lseek, file, 0, 0);
	call(SYS_write, file, (long)p, text + sizeof(text) - p);
}

static const uint32_t in_ldt = 0x1d7c0de, in_tls = 0x715c0de;
static double st[8] = { 1.5, -2.25, 3e300, 4e-300, 5, 6, 7, 8 };
static uint32_t xmm[8][4] __attribute__((aligned(16)));
/* fxsave: the x87 state is in bytes 0 to 159, and xmm in 160 to 287. */
static uint8_t before[512] __attribute__((aligned(16))), after[512] __attribute__((aligned(16)));

static uint32_t read_gs(void)
{
	uint32_t v;

	asm volatile("movl %%gs:0, %0" : "=r"(v));
	return v;
}

static uint32_t read_fs(void)
{
	uint32_t v;

	asm volatile("movl %%fs:0, %0" : "=r"(v));
	return v;
}

static void load(void)
{
	static const uint16_t control = 0x0e7f;	/* round toward zero; 53 bits of precision */

	asm volatile("fninit; fldcw %0" : : "m"(control));
	for (int i = 0; i < 8; i++)
		asm volatile("fldl %0" : : "m"(st[i]));
	for (int i = 0; i < 32; i++)
		xmm[i / 4][i % 4] = 0x9e3779b9u * (i + 1);
	asm volatile("movaps %0, %%xmm0; movaps %1, %%xmm1; movaps %2, %%xmm2; movaps %3, %%xmm3;"
		     "movaps %4, %%xmm4; movaps %5, %%xmm5; movaps %6, %%xmm6; movaps %7, %%xmm7"
		     : : "m"(xmm[0]), "m"(xmm[1]), "m"(xmm[2]), "m"(xmm[3]),
			 "m"(xmm[4]), "m"(xmm[5]), "m"(xmm[6]), "m"(xmm[7]));
}

static const char *compare(void)
{
	for (int i = 0; i < 288; i++)
		if (before[i] != after[i])
			return i < 160 ? ": x87" : ": SSE";
	if (read_fs() != in_tls)
		return ": TLS";
	if (read_gs() != in_ldt)
		return ": LDT";
	return 0;
}

static void __attribute__((used, noreturn)) run(char **argv)
{
	/* The last word: a 32-bit segment, its limit counts bytes, and it is usable. */
	struct segment ldt = { 0, (uint32_t)&in_ldt, 3, 0x41 };
	struct segment tls = { -1, (uint32_t)&in_tls, 3, 0x41 };
	static const struct { int64_t s, ns; } nap = { 0, 50000000 };
	const char *what = 0;

	file = call(SYS_open, (long)argv[1], O_WRONLY | O_CREAT, 0600);
	if (call(SYS_modify_ldt, 1, (long)&ldt, sizeof(ldt)) || call(SYS_set_thread_area, (long)&tls, 0, 0)) {
		report(0, ": no segments");
		call(SYS_exit, 1, 0, 0);
	}
	asm volatile("movw %w0, %%gs; movw %w1, %%fs" : : "r"(LDT_SELECTOR), "r"(tls.entry << 3 | 3));
	load();
	asm volatile("fxsave %0" : "=m"(before));
	for (uint32_t n = 1; !what; n++) {
		/* The call with 32-bit times needs COMPAT_32BIT_TIME. */
		if (call(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, (long)&nap))
			what = ": sleep";
		asm volatile("fxsave %0" : "=m"(after));
		what = what ? what : compare();
		report(n, what);
	}
	call(SYS_exit, 1, 0, 0);
	__builtin_unreachable();
}

/* Call run(argv). At the start of a program, the stack has argc, and then argv. */
asm(".globl _start\n_start: leal 4(%esp), %eax; andl $-16, %esp; subl $12, %esp; pushl %eax; call run");
