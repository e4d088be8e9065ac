// SPDX-License-Identifier: GPL-2.0
/*
 * nfsd PORT DIRECTORY FILE: in dom0, serve DIRECTORY by NFSv3 over TCP, with the mount
 * protocol on the same port. The server implements only what a guest needs that mounts
 * DIRECTORY and makes no files there. After SIGUSR1, it stops itself by SIGSTOP at the next
 * read of FILE, before it answers.
 *
 * A file handle is an index of files[]. Debian 12 has no small NFS server, and the kernel's
 * server needs rpcbind and mountd.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_DATA	32768
#define MAX_RECORD	(MAX_DATA + 1024)
#define MAX_FILES	1000
#define MAX_CLIENTS	16
#define LAST_FRAGMENT	0x80000000u

#define MOUNT_PROGRAM	100005
#define NFS_PROGRAM	100003
#define NFS3ERR_STALE	70
#define NFS3ERR_NOTSUPP	10004
#define FILE_SYNC	2

/* Files that the guest looked up. They stay valid, because no file is made or removed. */
static struct file { int fd; dev_t dev; ino_t ino; } files[MAX_FILES];
static int nr_files;
static const char *watched;
static volatile sig_atomic_t stop_at_read;

/* One RPC call and its reply, in XDR. The position of the next word to read is in "at". */
static char call[MAX_RECORD], reply[MAX_RECORD];
static size_t at, call_size, reply_size;
static uint32_t procedure;

static uint32_t get(void)
{
	uint32_t value = 0;

	if (at + 4 <= call_size)
		memcpy(&value, call + at, 4);
	at += 4;
	return ntohl(value);
}

static uint64_t get64(void)
{
	uint64_t high = get();

	return high << 32 | get();
}

/* Read bytes from the call. Return: their begin. *SIZE is 0 if the call is too short for them. */
static const char *get_bytes(uint32_t *size)
{
	const char *bytes = call + at + 4;

	*size = get();
	if (*size > call_size || at + *size > call_size)
		*size = 0;
	at += (*size + 3) & ~3u;
	return bytes;
}

static void put(uint32_t value)
{
	value = htonl(value);
	memcpy(reply + reply_size, &value, 4);
	reply_size += 4;
}

static void put64(uint64_t value)
{
	put(value >> 32);
	put(value);
}

static void put_bytes(const void *bytes, uint32_t size)
{
	put(size);
	memset(reply + reply_size + size, 0, 4);
	memmove(reply + reply_size, bytes, size);
	reply_size += (size + 3) & ~3u;
}

/* Open a file to read or write. Its descriptor in files[] is O_PATH, which allows neither. */
static int reopen(const struct file *file, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	return open(path, flags);
}

/* Return the entry of files[] for the file of @fd (O_PATH), or a new entry; NULL with errno. */
static struct file *note_file(int fd)
{
	struct stat st;
	int i;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	for (i = 0; i < nr_files; i++) {
		if (files[i].dev == st.st_dev && files[i].ino == st.st_ino) {
			close(fd);
			return &files[i];
		}
	}
	if (nr_files == MAX_FILES)
		errx(1, "more than %d files", MAX_FILES);
	files[nr_files] = (struct file){ fd, st.st_dev, st.st_ino };
	return &files[nr_files++];
}

static void put_handle(const struct file *file)
{
	uint32_t handle = htonl(file - files);

	put_bytes(&handle, sizeof(handle));
}

static struct file *get_handle(void)
{
	uint32_t size, index;
	const char *handle = get_bytes(&size);

	if (size != sizeof(index))
		return NULL;
	memcpy(&index, handle, sizeof(index));
	return ntohl(index) < (uint32_t)nr_files ? &files[ntohl(index)] : NULL;
}

static void put_attributes(const struct file *file)
{
	static const int types[16] = { [S_IFREG >> 12] = 1, [S_IFDIR >> 12] = 2,
		[S_IFBLK >> 12] = 3, [S_IFCHR >> 12] = 4, [S_IFLNK >> 12] = 5,
		[S_IFSOCK >> 12] = 6, [S_IFIFO >> 12] = 7 };
	struct stat st;

	if (fstat(file->fd, &st))
		err(1, "fstat");
	put(types[st.st_mode >> 12]);
	put(st.st_mode & 07777);
	put(st.st_nlink);
	put(st.st_uid);
	put(st.st_gid);
	put64(st.st_size);
	put64(st.st_blocks * 512ull);
	put(major(st.st_rdev));
	put(minor(st.st_rdev));
	put64(st.st_dev);
	put64(st.st_ino);
	put64((uint64_t)st.st_atim.tv_sec << 32 | st.st_atim.tv_nsec);
	put64((uint64_t)st.st_mtim.tv_sec << 32 | st.st_mtim.tv_nsec);
	put64((uint64_t)st.st_ctim.tv_sec << 32 | st.st_ctim.tv_nsec);
}

/* Put the attributes after an operation: a flag, and then the attributes if there is a file. */
static void put_after(const struct file *file)
{
	put(!!file);
	if (file)
		put_attributes(file);
}

static void look_up(struct file *dir)
{
	uint32_t size;
	const char *bytes = get_bytes(&size);
	char name[256] = "";
	struct file *file;

	if (size < sizeof(name))
		memcpy(name, bytes, size);
	file = note_file(openat(dir->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
	put(file ? 0 : errno);
	if (file) {
		put_handle(file);
		put_after(file);
	}
	put_after(dir);
}

static void read_link(struct file *file)
{
	char target[1024];
	ssize_t size = readlinkat(file->fd, "", target, sizeof(target));

	put(size < 0 ? EINVAL : 0);
	put_after(file);
	if (size >= 0)
		put_bytes(target, size);
}

static void read_file(struct file *file)
{
	static char data[MAX_DATA];
	struct stat st;
	off_t from = get64();
	uint32_t size = get();
	int fd = reopen(file, O_RDONLY);
	ssize_t n = pread(fd, data, size < MAX_DATA ? size : MAX_DATA, from);

	if (stop_at_read && !stat(watched, &st) && st.st_dev == file->dev &&
	    st.st_ino == file->ino) {
		stop_at_read = 0;
		raise(SIGSTOP);
	}
	put(n < 0 || fstat(fd, &st) ? EIO : 0);
	put_after(file);
	if (n >= 0) {
		put(n);
		put(from + n >= st.st_size);
		put_bytes(data, n);
	}
	close(fd);
}

static void write_file(struct file *file)
{
	off_t to = get64();
	uint32_t size, count = get();
	const char *data = (get(), get_bytes(&size));
	int fd = reopen(file, O_WRONLY);
	bool ok = size == count && pwrite(fd, data, size, to) == (ssize_t)size;

	put(ok ? 0 : EIO);
	put(0);
	put_after(file);
	if (ok) {
		put(size);
		put(FILE_SYNC);
		put64(0);
	}
	close(fd);
}

/* Answer SETATTR (ignored) or COMMIT (already done), without attributes from before the call. */
static void set_attributes(struct file *file)
{
	put64(0);
	put_after(file);
	put64(0);
}

static void get_access(struct file *file)
{
	put(0);
	put_after(file);
	put(get());
}

static void get_attributes(struct file *file)
{
	put(0);
	put_attributes(file);
}

/* Constant answers to FSSTAT (18), FSINFO (19) and PATHCONF (20), in words of XDR. */
static const uint32_t constants[][13] = {
	/* bytes, then files: in all, free, and free for users, in 64 bits each */
	[18] = { 0, 1 << 30, 0, 1 << 30, 0, 1 << 30, 0, 1 << 20, 0, 1 << 20, 0, 1 << 20, 0 },
	/* sizes of reads, writes, directories and files; clock; homogeneous, can set times */
	[19] = { MAX_DATA, MAX_DATA, 4096, MAX_DATA, MAX_DATA, 4096, 4096, 0x7fffffff, ~0u, 0, 1,
		 8 | 16 },
	/* links; length of names; no long names; chown by root only; case is significant */
	[20] = { 1000, 255, 1, 1, 0, 1 },
};

static void get_constants(struct file *file)
{
	put(0);
	put_after(file);
	for (int i = 0; i < 13; i++)
		put(constants[procedure][i]);
}

static void (*const procedures[])(struct file *file) = {
	[1] = get_attributes, [2] = set_attributes, [3] = look_up, [4] = get_access,
	[5] = read_link, [6] = read_file, [7] = write_file, [18] = get_constants,
	[19] = get_constants, [20] = get_constants, [21] = set_attributes,
};

static void answer_nfs(void)
{
	struct file *file = get_handle();

	if (file && procedure < sizeof(procedures) / sizeof(*procedures) &&
	    procedures[procedure]) {
		procedures[procedure](file);
		return;
	}
	/* The error is followed by zeros: no attributes of the file, nor of a second file. */
	put(file ? NFS3ERR_NOTSUPP : NFS3ERR_STALE);
	put64(0);
	put64(0);
}

/* Answer a mount: the handle of the only directory, and one kind of authentication, AUTH_UNIX. */
static void answer_mount(void)
{
	put(0);
	put_handle(&files[0]);
	put(1);
	put(1);
}

static void answer_call(void)
{
	uint32_t id, program, size;

	at = reply_size = 0;
	id = get();
	get64();
	program = get();
	get();
	procedure = get();
	get();
	get_bytes(&size);
	get();
	get_bytes(&size);
	put(id);
	put(1);
	put(0);
	put64(0);
	put(0);
	if (procedure && program == NFS_PROGRAM)
		answer_nfs();
	else if (procedure == 1 && program == MOUNT_PROGRAM)
		answer_mount();
}

static bool serve_call(int conn)
{
	ssize_t size;
	uint32_t mark;

	if (recv(conn, &mark, 4, MSG_WAITALL) != 4)
		return false;
	call_size = ntohl(mark) & ~LAST_FRAGMENT;
	if (!(ntohl(mark) & LAST_FRAGMENT) || call_size > MAX_RECORD ||
	    recv(conn, call, call_size, MSG_WAITALL) != (ssize_t)call_size)
		return false;
	answer_call();
	mark = htonl(reply_size | LAST_FRAGMENT);
	size = reply_size;
	return send(conn, &mark, 4, MSG_NOSIGNAL | MSG_MORE) == 4 &&
	       send(conn, reply, size, MSG_NOSIGNAL) == size;
}

static void note(int sig) { stop_at_read = sig; }

int main(int argc, char **argv)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	const struct rlimit descriptors = { MAX_FILES + 100, MAX_FILES + 100 };
	struct pollfd polled[1 + MAX_CLIENTS];
	int sock = socket(AF_INET, SOCK_STREAM, 0);
	int n = 1, i;

	if (argc != 4)
		errx(2, "usage: nfsd PORT DIRECTORY FILE");
	any.sin_port = htons(atoi(argv[1]));
	if (bind(sock, (struct sockaddr *)&any, sizeof(any)) || listen(sock, 8))
		err(1, "port %s", argv[1]);
	watched = argv[3];
	signal(SIGUSR1, note);
	setrlimit(RLIMIT_NOFILE, &descriptors);
	if (!note_file(open(argv[2], O_PATH | O_DIRECTORY)))
		err(1, "%s", argv[2]);
	polled[0] = (struct pollfd){ .fd = sock, .events = POLLIN };
	for (;;) {
		if (poll(polled, n, -1) < 0)
			continue;
		for (i = n - 1; i; i--) {
			if (!polled[i].revents || serve_call(polled[i].fd))
				continue;
			close(polled[i].fd);
			polled[i] = polled[--n];
		}
		if (polled[0].revents && n <= MAX_CLIENTS)
			polled[n++] = (struct pollfd){ .fd = accept(sock, NULL, NULL), .events = POLLIN };
	}
}
