/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Orders over stream sockets, as on macOS. */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/order.h"

#include "order_fixture.h"

static int refusals;

/* The kernel's socketpair(2), without SOCK_SEQPACKET. */
int
socketpair(int domain, int type, int protocol, int pair[2])
{
	if ((type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != SOCK_SEQPACKET)
		return (int)syscall(
		    SYS_socketpair, domain, type, protocol, pair);
	errno = refusals++ % 2 == 0 ? EPROTONOSUPPORT : EPROTOTYPE;
	return -1;
}

static struct order
example(uint64_t n)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_START;
	o.o_start.os_events = n;
	o.o_start.os_total = UINT64_MAX - n;
	return o;
}

static void
sockets_are_streams(void **state)
{
	socklen_t len = sizeof(int);
	int type;

	(void)state;
	assert_true(refusals >= 2);
	assert_int_equal(
	    getsockopt(watcher.oe_orders, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	assert_int_equal(type, SOCK_STREAM);
	assert_int_equal(fcntl(watcher.oe_orders, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(runner.oe_reports, F_GETFD), FD_CLOEXEC);
}

/* Waiting orders are received one at a time, each whole. */
static void
boundaries(void **state)
{
	struct order in, out;
	uint64_t n;

	(void)state;
	for (n = 0; n < 100; n++) {
		out = example(n);
		assert_int_equal(order_send(watcher.oe_orders, &out), 0);
	}
	for (n = 0; n < 100; n++) {
		out = example(n);
		assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_ONE);
		assert_memory_equal(&in, &out, sizeof(in));
	}
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_NONE);
}

static void
last_words(void **state)
{
	struct order out = example(7);

	(void)state;
	last_order(&out);
	assert_int_equal(order_send(runner.oe_orders, &out), -1);
	assert_int_equal(errno, EPIPE);
}

/* A part of an order is an error, even if the sender has exited. */
static void
partial_order(void **state)
{
	struct order in, out = example(7);

	(void)state;
	assert_int_equal(send(watcher.oe_orders, &out, 5, 0), 5);
	order_close(&watcher);
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_ERROR);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_CLOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ORDER_TEST(sockets_are_streams),
		ORDER_TEST(boundaries),
		ORDER_TEST(last_words),
		ORDER_TEST(partial_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
