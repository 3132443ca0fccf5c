/* What is wrong with the rules: all of it, each once, in their order. */
#ifndef CONF_ERROR_H
#define CONF_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* More are not told. */
#define CONF_ERROR_MAX 100

/* Where in a file of rules. */
struct conf_pos {
	const char *pl_file;
	unsigned int pl_line;	/* 0: nowhere in it */
	unsigned long pl_order; /* what is read later has more of it */
};

struct conf_error {
	unsigned long pr_order;
	char *pr_text;
};

struct conf_errors {
	struct conf_error ps_list[CONF_ERROR_MAX];
	size_t ps_count;
	bool ps_more;	/* there were more */
	bool ps_fatal;	/* there is no going on */
	bool ps_memory; /* because there is no more of it */
};

/* Not after a fatal one. */
void conf_error_add(struct conf_errors *, const struct conf_pos *, const char *,
    ...) __attribute__((format(printf, 3, 4)));
void conf_error_fatal(struct conf_errors *, const struct conf_pos *,
    const char *, ...) __attribute__((format(printf, 3, 4)));

/* Out of memory: it alone is told. */
void conf_error_memory(struct conf_errors *);

/* Logs and forgets them; whether there were any. */
bool conf_error_report(struct conf_errors *);

/* Returns the text as messages show it, in a buffer that the next call reuses.
 */
const char *conf_error_quote(const char *text);

#endif
