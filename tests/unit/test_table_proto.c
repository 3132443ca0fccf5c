/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Messages of a table cross whole, with their descriptors, and never wait. */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/order.h"
#include "ipc/table_proto.h"

static void
crosses(void **state)
{
	const struct table_message source = { .tm_type = TABLE_SOURCE,
		.tm_old = TABLE_NONE,
		.tm_fds = 2,
		.tm_message = { .sm_name = "em0", .sm_seen = UINT64_MAX } };
	const struct table_message trigger = { .tm_type = TABLE_TRIGGER,
		.tm_source = 7,
		.tm_old = 5,
		.tm_trigger = { .tt_count = 100, .tt_bytes = 1 } };
	struct table_message got;
	int pair[2], fds[FDPASS_MAX];
	size_t n;

	(void)state;
	assert_int_equal(order_pair(pair), 0);
	assert_int_equal(table_proto_send(pair[0], &source, pair), 0);
	assert_int_equal(table_proto_send(pair[0], &trigger, NULL), 0);
	assert_int_equal(table_proto_recv(pair[1], &got, fds, &n), 0);
	assert_memory_equal(&got, &source, sizeof(got));
	assert_int_equal(n, 2);
	fdpass_close(fds, n);
	assert_int_equal(table_proto_recv(pair[1], &got, fds, &n), 0);
	assert_memory_equal(&got, &trigger, sizeof(got));
	assert_int_equal(n, 0);
	assert_int_equal(table_proto_recv(pair[1], &got, fds, &n), -1);
	assert_int_equal(errno, EAGAIN);
	close(pair[0]);
	assert_int_equal(table_proto_recv(pair[1], &got, fds, &n), -1);
	assert_int_equal(errno, EPIPE);
	close(pair[1]);
}

/* A receiver that does not read keeps no sender waiting, and loses nothing. */
static void
fills_up(void **state)
{
	struct table_message tm = { .tm_type = TABLE_SOURCE, .tm_fds = 1 }, got;
	int pair[2], fds[FDPASS_MAX];
	uint32_t sent, read = 0;
	size_t n;

	(void)state;
	assert_int_equal(order_pair(pair), 0);
	for (sent = 0; sent < 100000; sent++) {
		tm.tm_source = sent;
		if (table_proto_send(pair[0], &tm, pair) == -1)
			break;
	}
	assert_int_equal(errno, EAGAIN);
	while (table_proto_recv(pair[1], &got, fds, &n) == 0) {
		assert_int_equal(got.tm_source, read++);
		assert_int_equal(n, 1);
		fdpass_close(fds, n);
	}
	assert_int_equal(read, sent);
	close(pair[1]);
	assert_int_equal(table_proto_send(pair[0], &tm, pair), -1);
	assert_int_equal(errno, EPIPE);
	close(pair[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crosses),
		cmocka_unit_test(fills_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
