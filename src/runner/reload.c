/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "ipc/opener_proto.h"
#include "runner/reload.h"
#include "runner/run_log.h"
#include "runner/sdnotify.h"

void
reload_open(struct reload *re, int sock, int text, size_t sources)
{
	memset(re, 0, sizeof(*re));
	re->re_state = RELOAD_BEGINS;
	re->re_sock = sock;
	re->re_text = text;
	re->re_sources = sources;
	re->re_lookup.wk_fd = -1;
}

static void refuse(struct reload *);

/* Returns 0; or -1, having logged why.  SIGCHLD reports the opener's end. */
static int
tell_opener(const struct reload *re, char what)
{
	if (re->re_sock == -1 || opener_proto_send(re->re_sock, what) == 0)
		return 0;
	log_warn("reload: cannot write to the opener");
	return -1;
}

void
reload_ask(struct reload *re)
{
	if (re->re_sock == -1) {
		log_warnx("reload: not available (rules from stdin, or "
			  "set-user-ID); restart bpfstatsd");
		return;
	}
	re->re_again = re->re_state != RELOAD_NONE;
	if (re->re_again)
		return;
	re->re_state = RELOAD_READS;
	sdnotify_reloading(clock_now());
	if (tell_opener(re, OPENER_READ) == -1)
		refuse(re);
}

/* Ends a reload; starts another one if SIGHUP came during the reload. */
static void
end_reload(struct reload *re)
{
	worker_close(&re->re_lookup);
	conf_diff_free(&re->re_diff);
	free(re->re_content);
	re->re_content = NULL;
	re->re_state = RELOAD_NONE;
	if (re->re_again && re->re_sock != -1)
		reload_ask(re);
	else
		sdnotify_ready();
}

/* Returns the content of a file and a final 0, for free(3); or NULL. */
static char *
read_text(int fd, size_t *size)
{
	struct stat st;
	size_t done = 0;
	ssize_t n = 0;
	char *text;

	if (fstat(fd, &st) == -1 || st.st_size < 0)
		return NULL;
	*size = (size_t)st.st_size;
	if ((text = calloc(1, *size + 1)) == NULL)
		return NULL;
	while (done < *size &&
	    (n = pread(fd, text + done, *size - done, (off_t)done)) > 0)
		done += (size_t)n;
	if (done == *size)
		return text;
	if (n == 0)
		errno = EIO;
	free(text);
	return NULL;
}

/* Takes the new rules.  Returns 0; or -1, having logged why. */
static int
take_rules(struct reload *re, const struct job_table *jt)
{
	struct conf_rules *rules;
	size_t size, len, sources;

	if ((re->re_content = read_text(re->re_text, &size)) == NULL) {
		log_warn("reload: cannot read the new rules");
		return -1;
	}
	len = strlen(re->re_content);
	re->re_how = re->re_content + (len < size ? len + 1 : len);
	sources = strtoul(strsep(&re->re_how, "\n"), NULL, 10);
	if (sources > re->re_sources)
		re->re_sources = sources;
	if ((rules = parse_text(re->re_content, len)) == NULL)
		return -1;
	if (conf_diff_rules(&re->re_diff, jt->jt_rules, rules) == -1) {
		log_warn("reload: cannot compare the rules");
		conf_free(rules);
		return -1;
	}
	return job_table_next(&re->re_next, rules, jt, &re->re_diff);
}

static void
refuse(struct reload *re)
{
	log_warnx("reload: failed; keeping the current rules");
	end_reload(re);
}

/* Refuses what the opener has read. */
static void
refuse_rules(struct reload *re)
{
	(void)tell_opener(re, OPENER_BAD);
	refuse(re);
}

/* Looks the commands up in a child: their file systems may hang. */
static void
look_up(struct reload *re)
{
	re->re_state = RELOAD_LOOKS;
	if (worker_start(&re->re_lookup, job_table_look_up, &re->re_next) == 0)
		return;
	log_warn("reload: cannot look up the commands");
	job_table_forget(&re->re_next);
	refuse_rules(re);
}

/* Logs why the commands could not be looked up. */
static void
report_lookup(const struct reload *re, enum worker_state state)
{
	const int error = errno;
	const char *why;
	const struct job *jb;

	jb = job_table_missing(
	    &re->re_next, re->re_lookup.wk_text, re->re_lookup.wk_len, &why);
	errno = error;
	if (state == WORKER_REFUSED)
		log_warnx("%s", why);
	else if (jb != NULL && error == ETIMEDOUT)
		log_warnx("%s: %s: cannot be looked up: its file system has "
			  "not answered for %d s",
		    job_name(jb), jb->jb_trigger->ct_argv[0], WORKER_SECONDS);
	else
		log_warn("reload: cannot look up the commands");
}

static void
read_lookup(struct reload *re)
{
	enum worker_state state = worker_read(&re->re_lookup);

	if (state == WORKER_WORKS)
		return;
	if (state != WORKER_DONE) {
		report_lookup(re, state);
	} else if (job_table_open_next(&re->re_next, re->re_lookup.wk_text) ==
	    0) {
		worker_close(&re->re_lookup);
		re->re_state = RELOAD_CHANGES;
		if (tell_opener(re, OPENER_FINE) == 0)
			return;
	}
	job_table_forget(&re->re_next);
	refuse_rules(re);
}

void
reload_begin(struct reload *re)
{
	end_reload(re);
}

int
reload_fd(const struct reload *re)
{
	return re->re_state == RELOAD_LOOKS ? re->re_lookup.wk_fd : re->re_sock;
}

uint64_t
reload_deadline(const struct reload *re)
{
	return re->re_state == RELOAD_LOOKS ? re->re_lookup.wk_until :
					      CLOCK_NEVER;
}

int
reload_read(struct reload *re, const struct job_table *jt)
{
	int what;

	if (re->re_state == RELOAD_LOOKS) {
		read_lookup(re);
		return 0;
	}
	if ((what = opener_proto_recv(re->re_sock)) == -1)
		return errno == EAGAIN ? 0 : -1;
	if (what == 0) {
		/* The opener is gone; SIGCHLD reports that. */
		close(re->re_sock);
		re->re_sock = -1;
	} else if (what == OPENER_RULES && re->re_state == RELOAD_READS) {
		if (take_rules(re, jt) == -1)
			refuse_rules(re);
		else
			look_up(re);
	} else if (what == OPENER_BAD && re->re_state != RELOAD_NONE) {
		if (re->re_state == RELOAD_CHANGES)
			job_table_forget(&re->re_next);
		refuse(re);
	}
	return 0;
}

bool
reload_begins(const struct reload *re)
{
	return re->re_state == RELOAD_BEGINS;
}

bool
reload_changes(const struct reload *re)
{
	return re->re_state == RELOAD_CHANGES;
}

/* Logs how the new rules count. */
static void
report_new(struct reload *re)
{
	const struct job_table *jt = &re->re_next;
	const struct conf_rule *rule = NULL;
	const struct job *jb;
	const char *how = "";
	size_t i;

	for (i = 0; i < jt->jt_triggers; i++) {
		jb = jt->jt_first[i];
		if (jb->jb_rule != rule && re->re_how != NULL)
			how = strsep(&re->re_how, "\n");
		rule = jb->jb_rule;
		/* Unchanged jobs are not moved here yet, and not open. */
		if (jb->jb_command.c_path != NULL)
			run_log_ready(jb, how);
	}
}

static void
log_summary(const struct conf_diff *cd, size_t before, size_t now)
{
	const size_t stay = cd->cd_unchanged + cd->cd_changed;

	log_info("reload: rules %zu: %zu added, %zu removed, %zu changed, "
		 "%zu unchanged",
	    now, now - stay, before - stay, cd->cd_changed, cd->cd_unchanged);
}

void
reload_done(
    struct reload *re, struct job_table *jt, uint64_t now, uint64_t grace)
{
	report_new(re);
	log_summary(&re->re_diff, jt->jt_rules->cs_nrules,
	    re->re_next.jt_rules->cs_nrules);
	job_table_replace(jt, &re->re_next, &re->re_diff, now, grace);
	end_reload(re);
}

void
reload_close(struct reload *re)
{
	re->re_again = false;
	if (re->re_state > RELOAD_READS)
		job_table_forget(&re->re_next);
	end_reload(re);
	if (re->re_sock != -1)
		close(re->re_sock);
	if (re->re_text != -1)
		close(re->re_text);
	re->re_sock = re->re_text = -1;
}
