// SPDX-License-Identifier: GPL-2.0
/*
 * The result that a load must return, by the specification and not by Xen's code. The model
 * uses numbers, and not the names of public/save.h, so that it checks these names, too.
 */
#include "synthetic.h"

static uint64_t number(const uint8_t *p, unsigned int size)
{
	uint64_t n = 0;

	while (size--)
		n = n << 8 | p[size];
	return n;
}

struct record {
	unsigned int code, vcpu;
	uint64_t flags, length;
	const uint8_t *payload;
};

static int framing(const struct record *r, bool first, size_t left)
{
	if (r->flags > 1 || (r->length % 8 && !r->flags))
		return -EINVAL;
	if (first != (r->code == 1))
		return -EINVAL;
	if (r->code < 2 && (r->flags || r->vcpu || r->length != r->code * 8))
		return -EINVAL;
	if (r->length > left)
		return -ENODATA;
	if (first && (number(r->payload, 4) != 0x53415645 || number(r->payload + 4, 4) != 1))
		return -EINVAL;
	return 0;
}

static int whose(const struct domain *d, const struct record *r)
{
	if (r->code != 2 && r->code != 3 && r->code != 4 && r->code != 6)
		return -EOPNOTSUPP;
	if (r->code != 4)
		return r->vcpu ? -EINVAL : 0;
	return r->vcpu < d->max_vcpus && d->vcpu[r->vcpu] ? 0 : -ENXIO;
}

static int content(const struct record *r)
{
	switch (r->code) {
	case 2:
		return r->length == 16 && number(r->payload, 8) < 100 ? 0 : -EINVAL;
	case 3:
		return r->length <= 64 ? 0 : -EINVAL;
	default:
		return r->length == 8 ? 0 : -EINVAL;
	}
}

/* Is there a record of this type and vCPU between HEADER and UNTIL that is not ignored? */
static bool again(const uint8_t *stream, const uint8_t *until, const struct record *r)
{
	const uint8_t *p = stream + 24;

	for (; p < until; p += 16 + number(p + 8, 8)) {
		if (number(p, 2) == r->code && number(p + 2, 2) == r->vcpu && !number(p + 4, 4))
			return true;
	}
	return false;
}

int model_load(const struct domain *d, const uint8_t *stream, size_t len)
{
	const uint8_t *p = stream, *end = stream + len;
	struct record r;
	int rc;

	for (;; p = r.payload + r.length) {
		if (end - p < 16)
			return -ENODATA;
		r.code = number(p, 2);
		r.vcpu = number(p + 2, 2);
		r.flags = number(p + 4, 4);
		r.length = number(p + 8, 8);
		r.payload = p + 16;
		rc = framing(&r, p == stream, end - r.payload);
		if (rc)
			return rc;
		if (!r.code)
			return 0;
		if (r.code == 1 || r.flags)
			continue;
		rc = whose(d, &r);
		if (!rc && again(stream, p, &r))
			rc = -EEXIST;
		if (!rc)
			rc = content(&r);
		if (rc)
			return rc;
	}
}
