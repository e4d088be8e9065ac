// SPDX-License-Identifier: GPL-2.0
/*
 * Why a suspend was refused, for whoever operates the host: in error/suspend,
 * which toolstacks let guests write, and in the kernel log.
 *
 * There is no answer "no" in the protocol of control/shutdown, and whoever asks
 * waits for a minute or longer.  The reason is there within the second.
 *
 * Context of all here: xenwatch (process context, may sleep), tasks running.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include <xen/suspend.h>
#include <xen/xenbus.h>

/* Is anything written there?  Perhaps, by a kernel before this one. */
static bool written = true;

/* What was said of the request under way; it need not be said each second. */
static char said[XEN_SUSPEND_REASON_MAX];

/**
 * xen_suspend_reason_reset - a new request, whose reason is news
 */
void xen_suspend_reason_reset(void)
{
	*said = '\0';
}

/**
 * xen_suspend_reason_forget - the domain was suspended
 */
void xen_suspend_reason_forget(void)
{
	int err;

	xen_suspend_reason_reset();
	if (!written)
		return;
	err = xenbus_rm(XBT_NIL, "error", "suspend");
	written = err && err != -ENOENT;
}

/**
 * xen_suspend_reason_write - say why it was not
 * @phase: which phase refused
 * @culprit: on account of which device or task, "" if unknown
 * @err: -errno
 *
 * That the request was taken back, or replaced, is no reason, and does not make untrue
 * the one that is there.
 */
void xen_suspend_reason_write(const char *phase, const char *culprit, int err)
{
	time64_t now = ktime_get_real_seconds();
	char reason[XEN_SUSPEND_REASON_MAX];

	if (!strcmp(phase, "request") && (err == -ECANCELED || err == -EINTR)) {
		pr_info("not suspended: the request was taken back\n");
		return;
	}
	/* A thread's name may have anything in it. */
	snprintf(reason, sizeof(reason), "phase=\"%s\"%s%*pEcs%s error=%pe",
		 phase, *culprit ? " culprit=\"" : "", (int)strlen(culprit),
		 culprit, *culprit ? "\"" : "", ERR_PTR(err));
	xen_suspend_identity_failed(reason);
	if (!strcmp(reason, said))
		return;
	pr_err("not suspended: %s\n", reason);
	written = true;
	if (!xenbus_printf(XBT_NIL, "error", "suspend", "%s time=%ptT%c",
			   reason, &now, 'Z'))
		strscpy(said, reason);
}
