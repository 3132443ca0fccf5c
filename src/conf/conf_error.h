/* What is wrong with the rules: all of it, each once, in their order. */
#ifndef CONF_ERROR_H
#define CONF_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* More are not told. */
#define PROBLEM_MAX 100

/* Where in a file of rules. */
struct place {
	const char *pl_file;
	unsigned int pl_line;	/* 0: nowhere in it */
	unsigned long pl_order; /* what is read later has more of it */
};

struct problem {
	unsigned long pr_order;
	char *pr_text;
};

struct problems {
	struct problem ps_list[PROBLEM_MAX];
	size_t ps_count;
	bool ps_more;	/* there were more */
	bool ps_fatal;	/* there is no going on */
	bool ps_memory; /* because there is no more of it */
};

/* Not after a fatal one. */
void problem_add(struct problems *, const struct place *, const char *, ...)
    __attribute__((format(printf, 3, 4)));
void problem_fatal(struct problems *, const struct place *, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory: it alone is told. */
void problem_memory(struct problems *);

/* Logs and forgets them; whether there were any. */
bool problem_report(struct problems *);

#endif
