// SPDX-License-Identifier: GPL-2.0
/*
 * dongle: in the guest, attach a USB device of another machine, by usbip (vhci_hcd). This program
 * acts as the other machine. It rejects all requests, so that the kernel soon stops enumerating the
 * device.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 0, DEVICE = 65538, SPEED = 3 };	/* bus 1, device 2; high speed */
enum { SUBMIT = 1, UNLINK = 2, SUBMITTED = 3, UNLINKED = 4, OUT = 0 };
enum { STALL = -32, UNLINKED_STATUS = -104 };

/* A packet of usbip. Its fields are big-endian. */
struct packet {
	uint32_t command, number, device, direction, endpoint;
	int32_t status;		/* in a request, this field has flags */
	uint32_t length;
	uint32_t rest[5];
};

static int attach(int fd)
{
	int file = open("/sys/devices/platform/vhci_hcd.0/attach", O_WRONLY | O_CLOEXEC);
	char line[64];

	snprintf(line, sizeof(line), "%d %d %d %d", PORT, fd, DEVICE, SPEED);
	return file >= 0 && write(file, line, strlen(line)) > 0;
}

static int receive(int fd, void *data, size_t size)
{
	return !size || recv(fd, data, size, MSG_WAITALL) == (ssize_t)size;
}

int main(void)
{
	static char data[1 << 16];
	struct packet request, answer;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || !attach(fds[0])) {
		perror("dongle: attach");
		return 1;
	}
	while (receive(fds[1], &request, sizeof(request))) {
		int submit = request.command == htonl(SUBMIT);
		size_t size = submit && request.direction == htonl(OUT) ? ntohl(request.length) : 0;

		if (size > sizeof(data) || !receive(fds[1], data, size))
			break;
		answer = (struct packet){
			.command = htonl(submit ? SUBMITTED : UNLINKED),
			.number = request.number,
			.status = (int32_t)htonl(submit ? STALL : UNLINKED_STATUS),
		};
		if (send(fds[1], &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	return 0;
}
