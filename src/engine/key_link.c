/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <pcap.h>
#include <stddef.h>

#include "engine/key_link.h"

/* Some systems lack the newer types; the numbers in savefiles are the same. */
#ifndef DLT_IPV4
#define DLT_IPV4 228
#endif
#ifndef DLT_IPV6
#define DLT_IPV6 229
#endif
#ifndef DLT_LINUX_SLL
#define DLT_LINUX_SLL 113
#endif
#ifndef DLT_LINUX_SLL2
#define DLT_LINUX_SLL2 276
#endif

static const struct {
	int l_type;
	enum key_link l_link;
} links[] = {
	{ DLT_EN10MB, KEY_LINK_ETHERNET },
	{ DLT_RAW, KEY_LINK_IP },
	{ DLT_IPV4, KEY_LINK_IP },
	{ DLT_IPV6, KEY_LINK_IP },
	{ DLT_NULL, KEY_LINK_FAMILY },
	{ DLT_LOOP, KEY_LINK_FAMILY },
	{ DLT_LINUX_SLL, KEY_LINK_SLL },
	{ DLT_LINUX_SLL2, KEY_LINK_SLL2 },
	{ DLT_PPP, KEY_LINK_PPP },
	{ DLT_PFLOG, KEY_LINK_PFLOG },
};

enum key_link
key_link(int type)
{
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].l_type == type)
			return links[i].l_link;
	return KEY_LINK_OTHER;
}
