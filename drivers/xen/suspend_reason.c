// SPDX-License-Identifier: GPL-2.0
/*
 * Report why a suspend was refused, to the operator of the host: in the kernel log,
 * and in the xenstore node error/suspend, which toolstacks let guests write.
 *
 * A guest cannot reject a request in control/shutdown, so the toolstack waits for a
 * minute or longer.  The reason can be read after the first attempt that fails.
 *
 * Context of all functions: xenwatch (process context, may sleep), tasks running.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include <xen/suspend.h>
#include <xen/xenbus.h>

/* Does error/suspend exist?  At boot it may, if an earlier kernel wrote it. */
static bool written = true;

/* The last reason reported for this request, so that retries do not repeat it. */
static char said[XEN_SUSPEND_REASON_MAX];

/**
 * xen_suspend_reason_reset - report the next reason, even if it is the same
 */
void xen_suspend_reason_reset(void)
{
	*said = '\0';
}

/**
 * xen_suspend_reason_forget - remove error/suspend, after a successful suspend
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
 * xen_suspend_reason_write - report why the domain was not suspended
 * @phase: the phase that refused
 * @culprit: the device or task because of which the phase refused, "" if unknown
 * @err: -errno
 *
 * If the toolstack has withdrawn or replaced the request, write no reason, and keep
 * the one that is in error/suspend.
 */
void xen_suspend_reason_write(const char *phase, const char *culprit, int err)
{
	time64_t now = ktime_get_real_seconds();
	char reason[XEN_SUSPEND_REASON_MAX];
	char by[sizeof_field(struct xen_suspend, culprit)];
	char *c;

	if (!strcmp(phase, "request") && (err == -ECANCELED || err == -EINTR)) {
		pr_info("not suspended: the request was taken back\n");
		return;
	}
	/*
	 * The name of a task may have any character, also ones that change the
	 * operator's terminal.
	 */
	strscpy(by, culprit);
	for (c = by; *c; c++)
		if (!isascii(*c) || !isprint(*c))
			*c = '?';
	snprintf(reason, sizeof(reason), "phase=\"%s\"%s%*pEcs%s error=%pe",
		 phase, *by ? " culprit=\"" : "", (int)strlen(by), by,
		 *by ? "\"" : "", ERR_PTR(err));
	xen_suspend_identity_failed(reason);
	if (!strcmp(reason, said))
		return;
	pr_err("not suspended: %s\n", reason);
	written = true;
	if (!xenbus_printf(XBT_NIL, "error", "suspend", "%s time=%ptT%c",
			   reason, &now, 'Z'))
		strscpy(said, reason);
}
