/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Orders cross whole, in sequence, both ways; receiving never waits. */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>

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

/* Orders of neighbouring numbers differ in each field and in high bits. */
static struct order
example(uint32_t n)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = n;
	o.o_trigger = UINT32_MAX - n;
	o.o_stats.ot_events = UINT64_MAX - n;
	o.o_stats.ot_wakeups = (uint64_t)n << 40;
	o.o_stats.ot_packets = (UINT64_C(1) << 63) + n;
	o.o_stats.ot_bytes = ~(uint64_t)n;
	o.o_stats.ot_last = (uint64_t)n << 20;
	o.o_stats.ot_absent = n + 1;
	o.o_stats.ot_woken = n + 2;
	o.o_stats.ot_waiting = (uint64_t)n << 33;
	o.o_stats.ot_keys = n + 3;
	o.o_stats.ot_untracked = (uint64_t)n << 34;
	o.o_stats.ot_keyless = (uint64_t)n << 35;
	return o;
}

static void
crosses(int from, int to)
{
	struct order in, out;
	uint32_t n;

	for (n = 0; n < 8; n++) {
		out = example(n);
		assert_int_equal(order_send(from, &out), 0);
	}
	for (n = 0; n < 8; n++) {
		out = example(n);
		assert_int_equal(order_recv(to, &in), ORDER_ONE);
		assert_memory_equal(&in, &out, sizeof(in));
	}
	assert_int_equal(order_recv(to, &in), ORDER_NONE);
}

static void
round_trip(void **state)
{
	(void)state;
	crosses(watcher.oe_orders, runner.oe_orders);
	crosses(runner.oe_orders, watcher.oe_orders);
	crosses(runner.oe_reports, watcher.oe_reports);
	crosses(watcher.oe_reports, runner.oe_reports);
}

/* An unread report does not delay a question. */
static void
pairs_are_apart(void **state)
{
	struct order o = example(ORDER_ENDED);

	(void)state;
	assert_int_equal(order_send(runner.oe_reports, &o), 0);
	assert_int_equal(order_recv(watcher.oe_orders, &o), ORDER_NONE);
	assert_int_equal(order_recv(runner.oe_orders, &o), ORDER_NONE);
	assert_int_equal(order_recv(runner.oe_reports, &o), ORDER_NONE);
	assert_int_equal(order_recv(watcher.oe_reports, &o), ORDER_ONE);
}

static void
nothing_there(void **state)
{
	struct order o;

	(void)state;
	/* The sockets block, but order_recv does not wait. */
	assert_int_equal(fcntl(watcher.oe_orders, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(order_recv(watcher.oe_orders, &o), ORDER_NONE);
	assert_int_equal(order_recv(watcher.oe_reports, &o), ORDER_NONE);
	assert_int_equal(order_recv(runner.oe_orders, &o), ORDER_NONE);
	assert_int_equal(order_recv(runner.oe_reports, &o), ORDER_NONE);
}

static void
closed_peer(void **state)
{
	struct order o = example(ORDER_START);

	(void)state;
	order_close(&runner);
	assert_int_equal(order_recv(watcher.oe_orders, &o), ORDER_CLOSED);
	assert_int_equal(order_recv(watcher.oe_orders, &o), ORDER_CLOSED);
	assert_int_equal(order_recv(watcher.oe_reports, &o), ORDER_CLOSED);
	/* SIGPIPE would end the test. */
	assert_int_equal(order_send(watcher.oe_orders, &o), -1);
	assert_int_equal(errno, EPIPE);
}

static void
last_words(void **state)
{
	struct order out = example(ORDER_FATAL);

	(void)state;
	last_order(&out);
}

/* A sender that exits with unread input: last messages follow ECONNRESET. */
static void
last_words_with_unread_input(void **state)
{
	struct order in, out = example(ORDER_QUERY);

	(void)state;
	assert_int_equal(order_send(runner.oe_orders, &out), 0);
	out = example(ORDER_FATAL);
	assert_int_equal(order_send(watcher.oe_orders, &out), 0);
	order_close(&watcher);
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_ONE);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_CLOSED);
}

static void
send_after_unread_input(void **state)
{
	struct order o = example(ORDER_ENDED);

	(void)state;
	assert_int_equal(order_send(runner.oe_reports, &o), 0);
	order_close(&watcher);
	assert_int_equal(order_send(runner.oe_reports, &o), -1);
	assert_int_equal(errno, EPIPE);
}

/* order_try sends whole or fails, and works again when there is room. */
static void
no_room(void **state)
{
	struct order in, out;
	uint32_t n = 0, i;

	(void)state;
	do {
		out = example(n++);
	} while (order_try(runner.oe_orders, &out) == 0);
	assert_int_equal(errno, EAGAIN);
	assert_true(n > 16);
	for (i = 0; i < n - 1; i++) {
		out = example(i);
		assert_int_equal(order_recv(watcher.oe_orders, &in), ORDER_ONE);
		assert_memory_equal(&in, &out, sizeof(in));
	}
	assert_int_equal(order_recv(watcher.oe_orders, &in), ORDER_NONE);
	assert_int_equal(order_try(runner.oe_orders, &out), 0);
	assert_int_equal(order_recv(watcher.oe_orders, &in), ORDER_ONE);
}

/* A message of a wrong size is an error; the next one arrives whole. */
static void
wrong_size(size_t size)
{
	char data[2 * sizeof(struct order)];
	struct order in, out = example(ORDER_START);

	memset(data, 0, sizeof(data));
	assert_int_equal(send(watcher.oe_orders, data, size, 0), size);
	assert_int_equal(order_send(watcher.oe_orders, &out), 0);
	errno = 0;
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_ERROR);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_ONE);
	assert_memory_equal(&in, &out, sizeof(in));
}

static void
too_short(void **state)
{
	(void)state;
	wrong_size(1);
	wrong_size(sizeof(struct order) - 1);
}

static void
too_long(void **state)
{
	(void)state;
	wrong_size(sizeof(struct order) + 1);
	wrong_size(2 * sizeof(struct order));
}

static void
batch_of(size_t n)
{
	struct order_batch in, out;
	struct order o;
	uint32_t i;

	for (i = 0; i < n; i++)
		out.ob_orders[i] = example(i);
	out.ob_len = n;
	assert_int_equal(order_send_batch(watcher.oe_orders, &out), 0);
	assert_int_equal(out.ob_len, 0);
	assert_int_equal(order_recv_batch(runner.oe_orders, &in), ORDER_ONE);
	assert_int_equal(in.ob_len, n);
	for (i = 0; i < n; i++) {
		o = example(i);
		assert_memory_equal(&in.ob_orders[i], &o, sizeof(o));
	}
	assert_int_equal(order_recv_batch(runner.oe_orders, &in), ORDER_NONE);
}

static void
batches(void **state)
{
	struct order_batch in;
	struct order o = example(ORDER_START);

	(void)state;
	batch_of(1);
	batch_of(2);
	batch_of(ORDER_BATCH);
	assert_int_equal(order_send(watcher.oe_orders, &o), 0);
	assert_int_equal(order_recv_batch(runner.oe_orders, &in), ORDER_ONE);
	assert_int_equal(in.ob_len, 1);
	order_close(&watcher);
	assert_int_equal(order_recv_batch(runner.oe_orders, &in), ORDER_CLOSED);
}

static void
batches_of_a_wrong_size(void **state)
{
	static const size_t sizes[] = { 1, sizeof(struct order) + 1,
		ORDER_BATCH * sizeof(struct order) + 1,
		(ORDER_BATCH + 1) * sizeof(struct order) };
	char data[(ORDER_BATCH + 1) * sizeof(struct order)];
	struct order_batch in;
	size_t i;

	(void)state;
	memset(data, 0, sizeof(data));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(
		    send(watcher.oe_orders, data, sizes[i], 0), sizes[i]);
		assert_int_equal(
		    order_recv_batch(runner.oe_orders, &in), ORDER_ERROR);
		assert_int_equal(errno, EBADMSG);
	}
}

static void
no_socket(void **state)
{
	struct order o = example(ORDER_START);
	int fds[2];

	(void)state;
	assert_int_equal(order_recv(-1, &o), ORDER_ERROR);
	assert_int_equal(errno, EBADF);
	assert_int_equal(order_send(-1, &o), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(order_recv(fds[0], &o), ORDER_ERROR);
	assert_int_equal(errno, ENOTSOCK);
	close(fds[0]);
	close(fds[1]);
}

static void
close_on_exec(void **state)
{
	(void)state;
	assert_int_equal(fcntl(watcher.oe_orders, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(watcher.oe_reports, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(runner.oe_orders, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(runner.oe_reports, F_GETFD), FD_CLOEXEC);
}

/* A second close must not close a descriptor that reuses the number. */
static void
close_again(void **state)
{
	struct order_ends was = runner;

	(void)state;
	order_close(&runner);
	assert_int_equal(runner.oe_orders, -1);
	assert_int_equal(runner.oe_reports, -1);
	assert_int_equal(fcntl(was.oe_orders, F_GETFD), -1);
	assert_int_equal(fcntl(was.oe_reports, F_GETFD), -1);
	assert_int_equal(dup2(watcher.oe_orders, was.oe_orders), was.oe_orders);
	order_close(&runner);
	assert_int_equal(fcntl(was.oe_orders, F_GETFD), 0);
	close(was.oe_orders);
}

/* Returns order_open's result and errno with `room` descriptors left. */
static int
open_within(int room, int *error)
{
	struct order_ends w, r;
	struct rlimit old, few;
	int got, next = dup(0);

	assert_int_not_equal(next, -1);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = (rlim_t)(next + room);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	got = order_open(&w, &r);
	*error = errno;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	return got;
}

static void
no_descriptors(void **state)
{
	int room, error;

	(void)state;
	for (room = 0; room < 4; room++) {
		assert_int_equal(open_within(room, &error), -1);
		assert_int_equal(error, EMFILE);
	}
}

#define TEST(f) ORDER_TEST(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(round_trip),
		TEST(pairs_are_apart),
		TEST(nothing_there),
		TEST(closed_peer),
		TEST(last_words),
		TEST(last_words_with_unread_input),
		TEST(send_after_unread_input),
		TEST(no_room),
		TEST(too_short),
		TEST(too_long),
		TEST(batches),
		TEST(batches_of_a_wrong_size),
		TEST(no_socket),
		TEST(close_on_exec),
		TEST(close_again),
		TEST(no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
