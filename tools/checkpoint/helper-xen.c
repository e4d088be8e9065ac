// SPDX-License-Identifier: GPL-2.0
/*
 * This program defines functions of libxenctrl that libxenguest calls, so that libxenguest calls
 * these instead. In processes other than the helper they only pass the call on. They depend on the
 * dynamic linker: libxenguest must not be linked with -Bsymbolic, and this program not statically.
 *
 *	function		what is added
 *	xc_shadow_control	never switch off a log-dirty mode that is another tool's, and leave
 *				ours on while a PV or PVH guest resumes its devices
 *	xc_logdirty_control	in the pause: read the bitmap by PEEK, because CLEAN also prepares
 *				another round. Give up if too many pages are dirty, or if
 *				log-dirty mode was switched off. Then send the last pages to
 *				memory
 *	xc_get_pfn_type_batch	called once for 1024 pages: limit the bandwidth, and count the
 *				pages that have content
 */
#include <dlfcn.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint.h"

/* Longest wait for a resume. The guardian kills the helper after HELPER_MS, which is longer. */
enum { MOST_RESUME_MS = 3000 };

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool in_helper(void)
{
	return shared && shared->helper == getpid();
}

static void sleep_ms(double ms)
{
	struct timespec t = { .tv_sec = ms / 1e3 };

	t.tv_nsec = (ms - t.tv_sec * 1e3) * 1e6;
	nanosleep(&t, NULL);
}

/*
 * Wait before log-dirty mode is switched off. This pauses the domain, and in a PVH guest the next
 * access to each page traps. Programs of the guest would wait for both, so wait until the guest has
 * probably resumed: it needs about as long as it needed to suspend. After a failure do not wait, so
 * that the user gets the error early.
 */
static void let_guest_resume(void)
{
	double wait = 2 * (shared->at[AT_SUSPENDED] - shared->at[AT_ASKED]);

	if (!shared->at[AT_RESUMED] || shared->status)
		return;
	if (wait > MOST_RESUME_MS)
		wait = MOST_RESUME_MS;
	wait -= now_ms() - shared->at[AT_RESUMED];
	if (wait > 0)
		sleep_ms(wait);
}

/*
 * Return whether libxenguest may switch log-dirty mode off and on again. libxenguest does this if
 * the mode is already on, because it assumes that VRAM tracking uses the mode. A concurrent live
 * save then loses its dirty pages, and both images are wrong. Only HVM domains have a VRAM.
 */
static bool may_restart(void)
{
	return !saver_give_up() && shared->kind == HVM;
}

/* Return whether another tool saves the domain now, and uses log-dirty mode. */
static bool is_taken(void)
{
	struct saver other;

	if (!saver_find(&other))
		return false;
	shared->log_dirty = false;
	return true;
}

static void enabled(int result)
{
	int error = errno;

	shared->log_dirty = !result;
	if (result && error == EINVAL && shared->kind != HVM && !saver_give_up())
		give_up(FAILED, "log-dirty mode is on already: another save of this domain was killed");
	errno = error;
}

int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int sop, unsigned int *mb,
		      unsigned int mode)
{
	bool off = sop == XEN_DOMCTL_SHADOW_OP_OFF;
	int result;

	if (in_helper() && off && !shared->log_dirty && !may_restart()) {
		errno = EBUSY;
		return -1;
	}
	if (in_helper() && off && shared->kind != HVM)
		let_guest_resume();
	if (in_helper() && off && shared->log_dirty && is_taken())
		return 0;
	/*
	 * Set this before the call: if the helper is killed during the call, the guardian must
	 * switch log-dirty mode off.
	 */
	if (in_helper() && sop == XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY)
		shared->log_dirty = true;
	result = REAL(xc_shadow_control)(xch, domid, sop, mb, mode);
	if (!in_helper())
		return result;
	if (sop == XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY)
		enabled(result);
	else if (off && !result)
		shared->log_dirty = false;
	return result;
}

/*
 * Check that log-dirty mode is still on. If it is off, Xen returns a bitmap without dirty pages,
 * and no error. Each save that ends switches the mode off, also a save of another tool that fails
 * at once, between two looks at /proc. If the mode is on, Xen rejects the request to switch it on.
 * qemu can switch the mode on again for the VRAM of an HVM domain.
 */
static bool is_still_on(xc_interface *xch, uint32_t domid)
{
	if (REAL(xc_shadow_control)(xch, domid, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0) &&
	    errno == EINVAL)
		return true;
	/* While a domain is being destroyed, Xen does nothing, and returns 0. This is no error. */
	if (domain_state(xch) != GONE)
		give_up(FAILED, "another tool switched log-dirty mode off during the copy");
	return false;
}

long long xc_logdirty_control(xc_interface *xch, uint32_t domid, unsigned int sop,
			      xc_hypercall_buffer_t *bitmap, unsigned long pages,
			      unsigned int mode, xc_shadow_op_stats_t *stats)
{
	bool last = in_helper() && (mode & XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL);
	long long result;

	if (last && sop == XEN_DOMCTL_SHADOW_OP_CLEAN)
		sop = XEN_DOMCTL_SHADOW_OP_PEEK;
	result = REAL(xc_logdirty_control)(xch, domid, sop, bitmap, pages, mode, stats);
	if (!last || result < 0 || !stats)
		return result;
	shared->at[AT_DIRTY] = now_ms();
	shared->left = stats->dirty_count;
	if (!is_still_on(xch, domid) || !policy_can_stop(stats->dirty_count)) {
		errno = EBUSY;
		return -1;
	}
	stream_hold(stats->dirty_count);
	return result;
}

/*
 * Wait because of --rate, until the pages that were copied so far are within the limit. Wait before
 * libxenguest reads the types of the next pages: while the domain runs, a page table can become a
 * page of data, and libxenguest would fail when it looks for entries in the data.
 */
static double rate_due;

static void wait_for_rate(void)
{
	double now = now_ms();

	if (rate_due > now)
		sleep_ms(rate_due - now);
	policy_waited(now_ms() - now);
}

static void note_for_rate(unsigned int pages)
{
	double now = now_ms();

	if (rate_due < now)
		rate_due = now;
	rate_due += pages * (double)XC_PAGE_SIZE / shared->rate * 1e3;
}

/* Count pages with content. Holes have the type XEN_DOMCTL_PFINFO_BROKEN or a higher one. */
static unsigned int count_content(const xen_pfn_t *types, unsigned int num)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < num; i++)
		count += (types[i] & XEN_DOMCTL_PFINFO_LTAB_MASK) < XEN_DOMCTL_PFINFO_BROKEN;
	return count;
}

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t domid, unsigned int num,
			  xen_pfn_t *pfns)
{
	bool limited = in_helper() && shared->rate > 0 && shared->step == COPYING;
	unsigned int content;
	int result;

	if (limited)
		wait_for_rate();
	result = REAL(xc_get_pfn_type_batch)(xch, domid, num, pfns);
	if (result || !in_helper())
		return result;
	content = count_content(pfns, num);
	policy_copies(content);
	if (limited)
		note_for_rate(content);
	return 0;
}
