/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#include "filter/filter.h"
#include "filter/filter_compiler.h"
#include "filter/filter_error.h"
#include "priv/priv.h"

static struct priv priv;
static struct filter filter;
static char problem[4096];

/* Number of waits for a child, and the signal that the next wait sends it. */
static int waits, fatal;

/* Returns the process that compiles, -1: none. */
static pid_t
child(void)
{
	FILE *fp = fopen("/proc/thread-self/children", "r");
	int pid = -1, second;

	assert_non_null(fp);
	if (fscanf(fp, "%d%d", &pid, &second) > 1)
		fail_msg("a second child");
	fclose(fp);
	return pid;
}

static int
wait_for_child(struct pollfd *pfd, nfds_t n, int ms)
{
	waits++;
	if (fatal != 0)
		assert_int_equal(kill(child(), fatal), 0);
	fatal = 0;
	return poll(pfd, n, ms);
}

static int
compile(struct filter_compiler *fc, const char *expression, int linktype)
{
	const struct filter_request fr = { .fr_expression = expression,
		.fr_interface = "lo",
		.fr_linktype = linktype,
		.fr_priv = &priv,
		.fr_compiler = fc,
		.fr_poll = wait_for_child };

	problem[0] = '\0';
	return filter_compile(&filter, &fr, problem, sizeof(problem));
}

/* Compiles "udp port N". */
static int
compile_port(struct filter_compiler *fc, unsigned int port)
{
	char expression[64];

	snprintf(expression, sizeof(expression), "udp port %u", port);
	return compile(fc, expression, DLT_EN10MB);
}

/* Returns true if an instruction compares with the number. */
static bool
compares(uint32_t number)
{
	size_t i;

	for (i = 0; i < filter.f_len; i++)
		if (filter.f_insns[i].fi_k == number)
			return true;
	return false;
}

static void
test_one_child(void **state)
{
	struct filter_compiler *fc = filter_compiler_open();
	unsigned int port;
	pid_t pid;

	(void)state;
	assert_int_equal(child(), -1);
	assert_int_equal(compile(fc, " ", DLT_EN10MB), 0);
	assert_int_equal(child(), -1);
	assert_int_equal(compile_port(fc, 1), 0);
	pid = child();
	for (port = 1000; port < 2000; port++) {
		assert_int_equal(compile_port(fc, port), 0);
		assert_true(compares(port));
		assert_int_equal(child(), pid);
	}
	filter_compiler_close(fc);
	assert_int_equal(child(), -1);
	filter_compiler_close(NULL);
}

/* The same question is answered without the child, errors too. */
static void
test_once(void **state)
{
	struct filter_compiler *fc = filter_compiler_open();
	static struct filter first;

	(void)state;
	assert_int_equal(compile(fc, "udp port 7777", DLT_EN10MB), 0);
	first = filter;
	assert_int_equal(compile(fc, "udp port", DLT_EN10MB), -1);
	assert_non_null(strstr(problem, "syntax error"));
	waits = 0;
	assert_int_equal(compile(fc, "udp port", DLT_EN10MB), -1);
	assert_non_null(strstr(problem, "\n    udp port\n"));
	assert_int_equal(compile(fc, "udp port 7777", DLT_EN10MB), 0);
	assert_memory_equal(&filter, &first, sizeof(first));
	assert_int_equal(waits, 0);
	assert_int_equal(compile(fc, "udp port 7777", DLT_RAW), 0);
	assert_int_not_equal(filter.f_len, first.f_len);
	assert_true(waits > 0);
	filter_compiler_close(fc);
}

/* A child that dies fails one request, whatever it does at that time. */
static void
test_death(void **state)
{
	struct filter_compiler *fc = filter_compiler_open();
	pid_t pid;

	(void)state;
	fatal = SIGABRT;
	assert_int_equal(compile_port(fc, 1), -1);
	assert_string_equal(problem, "libpcap failed: Aborted");
	assert_int_equal(child(), -1);
	assert_int_equal(compile_port(fc, 1), 0);
	pid = child();
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT), 0);
	assert_int_equal(compile_port(fc, 2), -1);
	assert_string_equal(problem, "libpcap failed: Killed");
	assert_int_equal(compile_port(fc, 2), 0);
	assert_int_not_equal(child(), pid);
	filter_compiler_close(fc);
}

/* Returns an expression of n addresses, which the caller frees. */
static char *
addresses(int n, int variant)
{
	char *text = malloc(FILTER_TEXT), *p = text;
	int i;

	assert_non_null(text);
	p += sprintf(p, "udp port %d", variant);
	for (i = 0; i < n; i++)
		p += sprintf(p, " or src host 10.0.%d.%d", i / 256, i % 256);
	return text;
}

/* Returns the processor time of a process; ms. */
static long
used(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &ts), 0);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

/* Processor time is limited for each filter, not for all. */
static void
test_time(void **state)
{
	struct filter_compiler *fc = filter_compiler_open();
	char *text;
	int variant = 1;
	pid_t pid = -1;

	(void)state;
	do {
		text = addresses(200, variant++);
		assert_int_equal(compile(fc, text, DLT_EN10MB), 0);
		free(text);
		assert_true(pid == -1 || child() == pid);
		pid = child();
	} while (used(pid) < FILTER_CPU * 1000L);
	text = addresses(2400, 1);
	assert_int_equal(compile(fc, text, DLT_EN10MB), -1);
	free(text);
	assert_non_null(strstr(problem, "takes too long to compile: 2 s"));
	assert_int_equal(compile_port(fc, 1), 0);
	filter_compiler_close(fc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_child),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_time),
	};

	if (priv_user_lookup(&priv, NULL) != NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
