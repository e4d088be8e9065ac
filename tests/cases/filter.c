// SPDX-License-Identifier: GPL-2.0
/*
 * filter INTERFACE [OTHER]: attach an XDP program to INTERFACE, in the driver. The XDP
 * program drops all ICMP packets that INTERFACE receives. With OTHER, it redirects all
 * received packets to this interface instead. The filter goes to the background. The XDP
 * program is detached when the filter ends.
 */
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROTOCOL	(14 + 9)	/* offset of IPv4's protocol field, in an Ethernet frame */
#define ICMP		1

#define INSN(_code, _dst, _src, _off, _imm)	((struct bpf_insn)	\
	{ .code = (_code), .dst_reg = (_dst), .src_reg = (_src),	\
	  .off = (_off), .imm = (_imm) })
#define LOAD(_size, _dst, _src, _off)					\
	INSN(BPF_LDX | BPF_MEM | (_size), _dst, _src, _off, 0)
#define SET(_dst, _imm)		INSN(BPF_ALU64 | BPF_MOV | BPF_K, _dst, 0, 0, _imm)
#define EXIT			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static int bpf(int command, union bpf_attr *attr)
{
	int fd = syscall(SYS_bpf, command, attr, sizeof(*attr));

	if (fd < 0) {
		perror("bpf");
		exit(1);
	}
	return fd;
}

static int load(const struct bpf_insn *program, size_t size)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)program,
		.insn_cnt = size / sizeof(*program),
		.license = (uintptr_t)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int drop_icmp(void)
{
	const struct bpf_insn program[] = {
		LOAD(BPF_W, 2, 1, offsetof(struct xdp_md, data)),
		LOAD(BPF_W, 3, 1, offsetof(struct xdp_md, data_end)),
		SET(0, XDP_PASS),
		/* if (data + PROTOCOL + 1 > end || data[PROTOCOL] != ICMP) pass */
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, PROTOCOL + 1),
		INSN(BPF_JMP | BPF_JGT | BPF_X, 4, 3, 3, 0),
		LOAD(BPF_B, 5, 2, PROTOCOL),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 1, ICMP),
		SET(0, XDP_DROP),
		EXIT,
	};

	return load(program, sizeof(program));
}

static int redirect(int other)
{
	const struct bpf_insn program[] = {
		SET(1, other),
		SET(2, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect),
		EXIT,
	};

	return load(program, sizeof(program));
}

/* Drop ICMP, or redirect to another interface if there is one. */
static int program(const char *other)
{
	return other ? redirect(if_nametoindex(other)) : drop_icmp();
}

int main(int argc, char **argv)
{
	union bpf_attr create = {
		.link_create.attach_type = BPF_XDP,
		.link_create.flags = XDP_FLAGS_DRV_MODE,
	};
	union bpf_attr update = { 0 };

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: filter INTERFACE [OTHER]\n");
		return 2;
	}
	create.link_create.target_ifindex = if_nametoindex(argv[1]);
	create.link_create.prog_fd = program(argv[2]);
	update.link_update.link_fd = bpf(BPF_LINK_CREATE, &create);
	/*
	 * Replace the XDP program once by the same one. A stock netfront notifies the backend
	 * before it writes its request for headroom to xenstore. So the backend finds the
	 * request only the second time.
	 */
	update.link_update.new_prog_fd = program(argv[2]);
	bpf(BPF_LINK_UPDATE, &update);
	if (daemon(1, 0))
		return 1;
	for (;;)
		pause();
}
