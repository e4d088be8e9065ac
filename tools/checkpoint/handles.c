// SPDX-License-Identifier: GPL-2.0
/* Open libxl, Xen and xenstore, and find the domain. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "main.h"

static void check_kind(const struct handles *h)
{
	libxl_physinfo info;
	bool can;

	if (shared->kind != PV)
		return;
	libxl_physinfo_init(&info);
	if (libxl_get_physinfo(h->ctx, &info))
		die("libxl cannot read the capabilities of Xen");
	can = info.cap_shadow;
	libxl_physinfo_dispose(&info);
	if (!can)
		die("this Xen has no log-dirty mode for PV domains: it was built without CONFIG_SHADOW_PAGING");
}

static enum kind kind_of(libxl_domain_type type)
{
	return type == LIBXL_DOMAIN_TYPE_PV ? PV : type == LIBXL_DOMAIN_TYPE_PVH ? PVH : HVM;
}

/* Open the handles. libxl may wait only for its own children: main waits for the others. */
void handles_open(struct handles *h, xentoollog_logger *logger)
{
	static const libxl_childproc_hooks hooks = {
		.chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
	};

	if (libxl_ctx_alloc(&h->ctx, LIBXL_VERSION, 0, logger))
		die("no access to Xen: run xen-checkpoint in dom0, as root");
	libxl_childproc_setmode(h->ctx, &hooks, NULL);
	h->xen = xc_interface_open(logger, logger, 0);
	h->store = xs_open(0);
	if (!h->xen || !h->store)
		die("no access to Xen: run xen-checkpoint in dom0, as root");
}

void handles_find(const struct handles *h, const char *domain)
{
	xc_domaininfo_t info;
	struct saver other;

	if (libxl_domain_qualifier_to_domid(h->ctx, domain, &shared->domid))
		die("%s: there is no such domain", domain);
	if (!shared->domid)
		die("domain 0 cannot be saved");
	/* Lock the domain before its state is read: another checkpoint may have suspended it. */
	guard_lock(shared->domid);
	if (xc_domain_getinfolist(h->xen, shared->domid, 1, &info) != 1 ||
	    info.domain != shared->domid)
		die("%s: there is no such domain", domain);
	memcpy(shared->uuid, info.handle, sizeof(info.handle));
	if (saver_find(&other))
		die("%s: another tool saves this domain: process %d", domain, (int)other.pid);
	switch (domain_state(h->xen)) {
	case RUNNING:
		if (domain_is_paused(h->xen))
			die("%s: " PAUSED, domain);
		break;
	case SUSPENDED_STATE:
		die("%s: the domain is already suspended: another save runs, or a save failed", domain);
	default:
		die("%s: the domain has shut down", domain);
	}
}

static bool has_writable_disk(const libxl_domain_config *config)
{
	for (int i = 0; i < config->num_disks; i++)
		if (config->disks[i].readwrite)
			return true;
	return false;
}

/*
 * Return the configuration as xl save writes it: without an id, because xl restore gives the domain
 * a new one. Read the kind of the domain from the configuration, because libxl_domain_info() does
 * not distinguish PVH from HVM.
 */
char *handles_config(const struct handles *h, bool *writable_disk)
{
	libxl_domain_config config;
	char *json;

	libxl_domain_config_init(&config);
	if (libxl_retrieve_domain_configuration(h->ctx, shared->domid, &config, NULL))
		die("libxl cannot read the configuration of domain %u", shared->domid);
	config.c_info.domid = 0;
	shared->kind = kind_of(config.c_info.type);
	check_kind(h);
	if (config.num_pcidevs)
		die("the domain has a PCI device: Xen has no log-dirty mode for such a domain");
	*writable_disk = has_writable_disk(&config);
	json = libxl_domain_config_to_json(h->ctx, &config);
	if (!json)
		die("libxl cannot convert the configuration of domain %u to JSON", shared->domid);
	libxl_domain_config_dispose(&config);
	return json;
}
