// SPDX-License-Identifier: GPL-2.0
/*
 * An image that goes to a pipe cannot be removed. The relay is a process that checks the image on
 * its way. It withholds the last record until it has seen the whole image: xl restore rejects an
 * image without this record.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image.h"
#include "main.h"

/* The relay process, and the end of a pipe from which main reads its verdict. */
static pid_t relay;
static int verdict_end;

/*
 * End the relay when main dies, even if the reader of the image stalls. Otherwise the relay would
 * hold the guardian's pipe open, and the lock that the next checkpoint needs.
 */
static void end_with(pid_t main)
{
	guard_leave();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != main)
		_exit(1);
}

static void run(int in, int out, int verdict_to)
{
	struct verdict v;
	char rest[4096];

	image_check(in, out, &v, NULL);
	/*
	 * Read the rest of the stream: without a reader, libxl would fail, and report another
	 * reason.
	 */
	while (!v.failed && read(in, rest, sizeof(rest)) > 0)
		;
	write_all(verdict_to, &v, sizeof(v));
	_exit(0);
}

int relay_start(int out)
{
	int image[2], verdict[2];
	pid_t main = getpid();

	if (pipe2(image, O_CLOEXEC) || pipe2(verdict, O_CLOEXEC))
		die("cannot make a pipe: %s", strerror(errno));
	relay = fork();
	if (relay < 0)
		die("cannot start the relay: %s", strerror(errno));
	if (!relay) {
		/* Leave main's group: Ctrl-C must reach main only, which aborts the save. */
		setpgid(0, 0);
		close(image[1]);
		end_with(main);
		run(image[0], out, verdict[1]);
	}
	close(image[0]);
	close(verdict[1]);
	verdict_end = verdict[0];
	return image[1];
}

bool relay_end(int in, uint64_t *bytes)
{
	struct verdict v;
	bool told;

	close(in);
	told = read(verdict_end, &v, sizeof(v)) == sizeof(v);
	close(verdict_end);
	waitpid(relay, NULL, 0);
	if (!told)
		give_up(FAILED, "the check of the image was killed");
	else if (v.failed)
		give_up(FAILED, "%s", v.what);
	else if (!v.sound)
		give_up(UNSOUND, "the image is not sound: %s", v.what);
	*bytes = told ? v.bytes : 0;
	return told && v.sound;
}

void relay_kill(void)
{
	kill(relay, SIGKILL);
	waitpid(relay, NULL, 0);
}
