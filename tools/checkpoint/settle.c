// SPDX-License-Identifier: GPL-2.0
/*
 * Make the domain run after libxl has finished or was killed, whatever libxl returned. If libxl
 * 4.17 requests the suspend by an event channel, it reports a timeout although the guest is
 * suspended.
 *
 *	step		domain		what is done
 *	COPYING		any		nothing: only another tool can have requested a suspend
 *	ASKED		runs		the request is withdrawn, unless libxl has withdrawn it.
 *					A guest that has acknowledged the request, or got it by
 *					an event channel, may still suspend, and may retry
 *					after a refusal: the guardian waits for the suspend. If
 *					another tool has requested the same suspend, nothing is
 *					done
 *	ASKED		is suspended	it is resumed, unless another tool saves it
 *	SUSPENDED	is suspended	it is resumed, unless another tool saves it
 *	SUSPENDED	runs		xenstored is notified: the helper may have been killed
 *					when it had resumed the domain
 *	RESUMED		any		nothing: only another tool can have requested a suspend
 *
 * settle() first ends the command of --at-pause, which a killed helper may have left.
 *
 * A log-dirty mode that a killed helper left on is switched off in each step, unless another tool
 * saves the domain and uses it. The log-dirty mode of an HVM domain's device model stays on: libxl
 * has no public function to switch it off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "main.h"

enum {
	TRIES = 3,
	/*
	 * A guest of this series suspends or gives up at most 55 s after its acknowledgment, if its
	 * xen_suspend.wait_ms is the default. LATE_MS is long enough for a wait_ms of ten minutes.
	 */
	LATE_MS = 600000,
	/*
	 * After libxl has withdrawn the request: a guest without transactions may have read it just
	 * before.
	 */
	WITHDRAWN_MS = 5000,
	LOOK_MS = 100,
	LOOKS = 10,		/* call has_given_up() in each tenth look */
};

static void sleep_ms(unsigned int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/*
 * Resume the domain. The argument suspend_cancel must be 1. Otherwise the guest assumes that it was
 * restored.
 */
static bool resume(const struct handles *h)
{
	for (int try = 0; try < TRIES; try++) {
		if (domain_state(h->xen) != SUSPENDED_STATE)
			return true;
		if (!libxl_domain_resume(h->ctx, shared->domid, 1, NULL)) {
			shared->at[AT_RESUMED] = now_ms();
			shared->step = RESUMED;
			return true;
		}
		sleep_ms(LOOK_MS);
	}
	return domain_state(h->xen) != SUSPENDED_STATE;
}

static void end_log_dirty(const struct handles *h)
{
	struct saver other;

	if (!shared->log_dirty)
		return;
	if (domain_state(h->xen) == GONE || saver_find(&other) ||
	    !xc_shadow_control(h->xen, shared->domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0))
		shared->log_dirty = false;
}

/*
 * Return whether xen-checkpoint may resume the domain, because no other tool saves it. If the step
 * is SUSPENDED, the helper has already looked for another tool.
 */
static bool is_ours(void)
{
	struct saver other;

	if (shared->step == ASKED && saver_find(&other) && !other.live)
		return false;
	return !shared->theirs && (shared->step == ASKED || shared->step == SUSPENDED);
}

/*
 * Make the domain run. If libxl has withdrawn the request, do not withdraw a request in xenstore:
 * it is another tool's.
 */
enum settled settle(const struct handles *h)
{
	enum settled settled = SETTLED;
	enum state state = domain_state(h->xen);
	bool ours = is_ours();

	command_kill();
	if (ours && state == SUSPENDED_STATE && !resume(h))
		settled = NOT_RESUMED;
	else if (ours && shared->step == ASKED && state == RUNNING &&
		 (shared->withdrawn || !domain_withdraw(h->store)))
		settled = MAY_SUSPEND;
	else if (ours && shared->step == SUSPENDED && state == RUNNING)
		xs_resume_domain(h->store, shared->domid);
	end_log_dirty(h);
	return settled;
}

/*
 * Return whether the guest has given up this request. A guest does not retry if its reason for a
 * refusal is permanent. A new request replaces this one, and a suspend then belongs to the new
 * request.
 */
static bool has_given_up(const struct handles *h)
{
	char *request = domain_read(h->store, "control/shutdown");
	bool replaced = request && *request;
	char reason[REASON_BYTES];
	struct saver other;

	free(request);
	return replaced || saver_find(&other) || (domain_refusal(h->store, reason) && !refusal_may_pass(reason));
}

/*
 * Settle in the guardian. If the guest has acknowledged the request, only a suspend shows that it
 * still serves the request. So wait for a suspend, and resume the domain.
 */
enum settled settle_late(const struct handles *h)
{
	enum settled settled = settle(h);
	double end = now_ms() + (shared->withdrawn ? WITHDRAWN_MS : LATE_MS);

	/* has_given_up() reads all processes of dom0, so do not call it each time. */
	for (int looks = 0; settled == MAY_SUSPEND && now_ms() < end; looks++) {
		if (looks % LOOKS == 0 && has_given_up(h))
			return SETTLED;
		sleep_ms(LOOK_MS);
		settled = domain_state(h->xen) == RUNNING ? MAY_SUSPEND : settle(h);
	}
	return settled == MAY_SUSPEND && shared->withdrawn ? SETTLED : settled;
}
