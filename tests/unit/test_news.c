/* Lines about an interface: a burst, then one a second, none without a word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "news.h"
#include "order.h"

#define BURST 20

static int lines;

/* In the place of the log. */
void
log_info(const char *fmt, ...)
{
	(void)fmt;
	lines++;
}

static void
a_burst_is_told_at_once(void **state)
{
	struct news n;
	int i;

	(void)state;
	memset(&n, 0, sizeof(n));
	lines = 0;
	for (i = 0; i < BURST; i++)
		news_hear(&n, "v0", i % 2 == 0 ? ORDER_GONE : ORDER_BACK, 7);
	assert_int_equal(lines, BURST);
	assert_true(news_deadline(&n) == CLOCK_NEVER);
}

static void
a_flood_is_one_a_second(void **state)
{
	uint64_t now = 100 * CLOCK_S;
	struct news n;
	int i;

	(void)state;
	memset(&n, 0, sizeof(n));
	lines = 0;
	for (i = 0; i < 100000; i++) {
		news_hear(&n, "v0", ORDER_GONE, now);
		now += CLOCK_MS;
	}
	assert_in_range(lines, BURST + 99, BURST + 100);
	/* The last one is told, too, and then there is nothing to do. */
	i = lines;
	assert_true(news_deadline(&n) <= now + CLOCK_S);
	news_tick(&n, "v0", now + CLOCK_S);
	assert_int_equal(lines, i + 1);
	assert_true(news_deadline(&n) == CLOCK_NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_told_at_once),
		cmocka_unit_test(a_flood_is_one_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
