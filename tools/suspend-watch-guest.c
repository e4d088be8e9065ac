// SPDX-License-Identifier: GPL-2.0
/*
 * The list of guests that Xen has. The lines "suspended", "continues" and "destroyed" report states
 * of Xen, and cost a guest no budget. A guest alone can cause only one of these lines, because only
 * a toolstack resumes it.
 *
 * A guest is identified by its id and its handle. If a domain is destroyed and another one with the
 * same id and handle is created between two looks, Xen returns nothing that shows this for certain.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "suspend-watch.h"

struct guest *guests;
static struct guest *by_domid[DOMID_FIRST_RESERVED];

/*
 * Budgets of guests that are gone. A guest that reboots gets another id, and keeps its handle and
 * its budget. With a new budget after each reboot, a guest that reboots all the time could cause
 * any number of lines. After THROTTLED_MS the budget would be full again, so inherit_budget() frees
 * it.
 */
static struct gone {
	struct gone *next;
	xen_domain_handle_t handle;
	double budget, budgeted;
} *gone;

static void keep_budget(const struct guest *g)
{
	struct gone *kept = grow(NULL, 1, sizeof(*kept));

	*kept = (struct gone){ .next = gone, .budget = g->budget, .budgeted = g->budgeted };
	memcpy(kept->handle, g->handle, sizeof(kept->handle));
	gone = kept;
}

static void inherit_budget(struct guest *g)
{
	struct gone **p = &gone, *kept;

	while ((kept = *p)) {
		bool own = !memcmp(kept->handle, g->handle, sizeof(g->handle));

		if (own) {
			g->budget = kept->budget;
			g->budgeted = kept->budgeted;
		}
		if (own || now_ms() - kept->budgeted >= THROTTLED_MS) {
			*p = kept->next;
			free(kept);
		} else {
			p = &kept->next;
		}
	}
}

static struct guest *add(const xc_domaininfo_t *info)
{
	struct guest *g = grow(NULL, 1, sizeof(*g));

	*g = (struct guest){
		.next = guests, .domid = info->domain, .name = "?",
		.budget = BUDGET, .budgeted = now_ms(),
	};
	memcpy(g->handle, info->handle, sizeof(g->handle));
	inherit_budget(g);
	refresh_name(g);
	guests = g;
	by_domid[g->domid] = g;
	return g;
}

static void drop(struct guest *g)
{
	struct guest **p = &guests;

	if (g->left_out)
		say_left_out(g);
	if (g->asked || g->suspended)
		say(g, "destroyed", now_ms() - (g->suspended ? g->suspended_at : g->asked_at), NULL);
	keep_budget(g);
	unwatch(g);
	while (*p != g)
		p = &(*p)->next;
	*p = g->next;
	by_domid[g->domid] = NULL;
	free(g);
}

static void look_at_state(struct guest *g, uint32_t flags)
{
	bool suspended = (flags & XEN_DOMINF_shutdown) &&
			 (flags >> XEN_DOMINF_shutdownshift &
			  XEN_DOMINF_shutdownmask) == SHUTDOWN_suspend;

	if (suspended == g->suspended)
		return;
	refresh_name(g);
	if (suspended)
		say(g, "suspended", g->pending ? now_ms() - g->asked_at : -1, NULL);
	else
		say(g, "continues", now_ms() - g->suspended_at, NULL);
	g->suspended = suspended;
	g->pending = false;
	if (suspended)
		g->suspended_at = now_ms();
}

/*
 * Update the guest of a domain that Xen has returned. If another domain has got the id of a guest,
 * drop the guest first. If standard output was full meanwhile, @info is out of date: return, and
 * look_around() then returns false.
 */
static void guest_exists(const xc_domaininfo_t *info)
{
	const unsigned long before = blocks;
	struct guest *g;

	if (info->domain >= DOMID_FIRST_RESERVED)
		return;
	g = by_domid[info->domain];
	if (g && memcmp(g->handle, info->handle, sizeof(g->handle))) {
		drop(g);
		if (blocks != before)
			return;
		g = NULL;
	}
	if (!g)
		g = add(info);
	g->seen = true;
	look_at_state(g, info->flags);
}

static void drop_unseen(void)
{
	struct guest *g, *next;

	for (g = guests; g; g = next) {
		next = g->next;
		if (!g->seen)
			drop(g);
	}
}

/*
 * Look at the states of all domains. If standard output was full meanwhile, stop and return false:
 * the states are out of date, and another domain may have got the id of a guest. The caller must
 * then repeat the look before it reads any node.
 */
bool look_around(xc_interface *xen)
{
	static xc_domaininfo_t infos[DOMAINS];
	const unsigned long before = blocks;
	unsigned int domid = 1;
	int got;

	for (struct guest *g = guests; g; g = g->next)
		g->seen = false;
	do {
		got = xc_domain_getinfolist(xen, domid, DOMAINS, infos);
		if (got < 0)
			die("cannot list the domains of Xen: %s", strerror(errno));
		for (int i = 0; i < got && blocks == before; i++)
			guest_exists(&infos[i]);
		if (got)
			domid = infos[got - 1].domain + 1;
	} while (got == DOMAINS && blocks == before);
	if (blocks == before)
		drop_unseen();
	return blocks == before;
}

struct guest *guest_of(unsigned long domid)
{
	return domid < DOMID_FIRST_RESERVED ? by_domid[domid] : NULL;
}
