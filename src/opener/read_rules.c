/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/conf_print.h"
#include "opener/read_rules.h"

/* Work of the child: writes the rules or, where it fails, their errors. */
static bool
read_file(FILE *fp, const void *conf)
{
	const struct conf *c = conf;
	struct conf_rules *rules =
	    parse_file_again(c->c_file, conf_parse_mode(c), fp);

	if (rules == NULL)
		return false;
	/* Without an end: what has been written says nothing. */
	if (conf_print(rules, fp) == -1)
		_exit(1);
	return true;
}

enum worker_state
read_rules_start(struct worker *wk, const struct conf *c)
{
	return worker_start(wk, read_file, c) == 0 ? WORKER_WORKS :
						     WORKER_FAILED;
}

static void
log_lines(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL)
		if (line[0] != '\0')
			log_warnx("%s", line);
}

struct conf_rules *
read_rules_end(struct worker *wk, enum worker_state state, const char *file)
{
	if (state == WORKER_DONE)
		return parse_text(wk->wk_text, wk->wk_len);
	if (state == WORKER_REFUSED)
		log_lines(wk->wk_text);
	else if (errno == ETIMEDOUT)
		log_warnx("%s: cannot be read: its file system, or that of an "
			  "included file, has not answered for %d s",
		    file, WORKER_SECONDS);
	else
		log_warn("%s: cannot be read again", file);
	return NULL;
}

static bool
same_user(const struct conf *c, const char *was, const char *is)
{
	if (c->c_user_said || conf_same_text(was, is))
		return true;
	log_warnx(
	    "%s: user: cannot change on reload; restart bpfstatsd", c->c_file);
	return false;
}

static bool
same_socket(const struct conf *c, const struct conf_socket *was,
    const struct conf_socket *is)
{
	if (c->c_socket_said || conf_same_socket(was, is))
		return true;
	log_warnx("%s: socket: cannot change on reload; restart bpfstatsd",
	    c->c_file);
	return false;
}

bool
read_rules_fit(const struct conf *c, const struct conf_rules *was,
    const struct conf_rules *is)
{
	return same_user(c, was->cs_user, is->cs_user) &&
	    same_socket(c, &was->cs_socket, &is->cs_socket);
}
