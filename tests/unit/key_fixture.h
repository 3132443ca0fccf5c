/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* What packets are counted apart by, from a text.  Include cmocka.h first. */
#ifndef KEY_FIXTURE_H
#define KEY_FIXTURE_H

#include <string.h>

#include "engine/key_text.h"

/* Returns the spec of a text, with a comma and no blank between parts. */
static struct key_spec
spec(const char *text)
{
	struct key_spec ks = { 0 };
	char part[64];
	size_t n;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		assert_true(n < sizeof(part));
		memcpy(part, text, n);
		part[n] = '\0';
		assert_null(key_text_add(&ks, part));
		if (text[n] == '\0')
			break;
	}
	assert_true(key_spec_valid(&ks));
	return ks;
}

#endif
