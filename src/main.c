/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/output.h"
#include "base/signals.h"
#include "conf/conf.h"
#include "control/control.h"
#include "ipc/order.h"
#include "opener/opener.h"
#include "priv/priv.h"
#include "priv/process_env.h"
#include "runner/runner.h"
#include "runner/savefile_filter.h"
#include "runner/sdnotify.h"
#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_release.h"
#include "source/source_set.h"
#include "watcher/savefile.h"
#include "watcher/watcher_start.h"

/*
 * Opens descriptors 0 to 2 if they are closed, so that nothing opened later
 * becomes stdin, stdout or stderr of a command; closes inherited descriptors.
 */
static void
sane_descriptors(void)
{
	int fd;

	do {
		if ((fd = open(_PATH_DEVNULL, O_RDWR)) == -1)
			err(1, _PATH_DEVNULL);
	} while (fd <= STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
}

/*
 * Raises the limit of open files: the sources must fit, and of the rules of a
 * file as many commands as possible should run at the same time.
 */
static void
raise_file_limit(const struct conf *conf)
{
	if (conf->c_savefile == NULL)
		process_env_files(source_set_descriptors(conf->c_rules));
	if (conf->c_file != NULL)
		process_env_files_all();
}

/* Looks up the user of the commands; exits if that user is not possible. */
static void
look_up_user(struct priv *priv, const struct conf *conf, bool elevated)
{
	const char *from = conf->c_user_said ? "-u" : conf->c_file;
	const char *problem;

	if ((problem = priv_user_lookup(priv, conf->c_user)) != NULL)
		errx(2, "%s: %s: %s", from, conf->c_user, problem);
	priv->p_setuid = elevated;
	if (getuid() != 0 &&
	    (priv->p_change || (elevated && conf->c_user_said)))
		errx(1, "%s: %s: only root can run commands as another user",
		    from, conf->c_user);
	if (priv->p_change)
		process_env_account(priv->p_uid);
}

/*
 * Exits if a set-user-ID program would count packets by key: the caller may
 * know counts, but a key has the addresses of other users' packets.
 */
static void
refuse_keys(const struct conf *conf, const struct priv *priv)
{
	const struct conf_rules *rules = conf->c_rules;
	size_t i;

	for (i = 0; priv->p_setuid && i < rules->cs_nrules; i++)
		if (conf_rule_tables(&rules->cs_rules[i]) != 0)
			errx(1,
			    "%s: a set-user-ID program counts no keys: "
			    "run bpfstatsd as root",
			    conf->c_file == NULL ? "-k" : conf->c_file);
}

/*
 * Opens the sources, or the savefile as the real user, and gives up the right
 * to open more.  Returns the savefile's descriptor or -1; exits on failure.
 */
static int
open_input(struct source_set *sources, const struct conf *conf,
    const struct priv *priv)
{
	if (conf->c_savefile == NULL)
		refuse_keys(conf, priv);
	if (conf->c_savefile == NULL &&
	    source_set_open(sources, conf->c_rules, conf->c_wait, priv, NULL) ==
		-1)
		exit(1);
	priv_setuid_caller();
	return conf->c_savefile == NULL ? -1 : savefile_open(conf->c_savefile);
}

/*
 * Forks; returns in the child, the watcher.  The parent waits for the watcher
 * and closes the sources.
 */
static void
fork_below_release(const struct watcher_args *wa)
{
	struct order_ends ends = *wa->wa_ends;
	pid_t pid;

	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0)
		return;
	order_close(&ends);
	if (signals_block() == -1)
		err(1, "signals");
	source_release_after(pid, wa->wa_sources, wa->wa_priv);
}

static void become_child(const struct watcher_args *, struct partner *,
    struct opener_ends *) __attribute__((noreturn));

/* Child: becomes the opener, if there is one, else the watcher. */
static void
become_child(const struct watcher_args *wa, struct partner *partner,
    struct opener_ends *opener)
{
	order_close(&partner->pa_ends);
	if (partner->pa_control.ce_fd != -1)
		close(partner->pa_control.ce_fd);
	sdnotify_close();
	if (opener->pe_table != -1)
		opener_run(wa, opener, watcher_start);
	if (wa->wa_savefile == -1 && source_release_helps(wa->wa_sources))
		fork_below_release(wa);
	watcher_start(wa);
}

/*
 * Parent: gives up the sources and the child's ends; a process that runs
 * commands sees no packet.
 */
static void
leave_to_child(struct partner *partner, struct order_ends *ends,
    const struct opener_ends *opener, struct source_set *sources)
{
	order_close(ends);
	if (opener->pe_table != -1)
		close(opener->pe_table);
	if (opener->pe_opener != -1)
		close(opener->pe_opener);
	partner->pa_opener = opener->pe_runner;
	partner->pa_text = opener->pe_text;
	partner->pa_how = sources->so_how;
	partner->pa_sources = sources->so_n;
	source_set_close(sources);
}

/* Prepares the process and reads the options.  Returns true if set-user-ID. */
static bool
begin_process(struct conf *conf, int argc, char **argv)
{
	bool elevated;

	setprogname("bpfstatsd");
	if (signals_begin() == -1)
		err(1, "signals");
	elevated = priv_setuid_begin();
	sane_descriptors();
	if (elevated)
		process_env_clean();
	options_parse(conf, argc, argv);
	log_init(conf->c_log, conf->c_verbose);
	sdnotify_open();
	return elevated;
}

/*
 * Opens the sockets of the processes to each other, before the sources: see
 * priv_watcher.
 */
static void
open_links(struct order_ends *ends, struct partner *partner,
    struct opener_ends *opener, const struct conf *conf, bool elevated)
{
	bool reopens = source_reopens && conf->c_savefile == NULL;

	if (order_open(ends, &partner->pa_ends) == -1)
		err(1, "socketpair");
	/*
	 * A set-user-ID program keeps no right to open sources; a savefile has
	 * none.
	 */
	opener_open(opener, ends,
	    elevated || conf->c_savefile != NULL ? NULL : conf->c_file,
	    reopens && !elevated);
}

static pid_t
fork_child(struct partner *partner)
{
	if ((partner->pa_pid = fork()) == -1) {
		warn("fork");
		unix_listen_remove(partner->pa_control.ce_files, STATS_REPLIES);
		exit(1);
	}
	return partner->pa_pid;
}

int
main(int argc, char **argv)
{
	struct conf conf;
	struct order_ends ends;
	struct opener_ends opener;
	struct partner partner;
	struct priv priv;
	struct source_set sources = { .so_shared = SOURCE_SHARED_NONE };
	bool elevated = begin_process(&conf, argc, argv);
	int savefile, status;

	look_up_user(&priv, &conf, elevated);
	raise_file_limit(&conf);
	open_links(&ends, &partner, &opener, &conf, elevated);
	savefile = open_input(&sources, &conf, &priv);
	if (signals_open() == -1)
		err(1, "signals");
	control_start(&partner.pa_control, &conf.c_socket, &priv, &sources);
	if (fork_child(&partner) == 0)
		become_child(&(struct watcher_args){ &conf, conf.c_rules,
				 &sources, savefile, &ends, &priv },
		    &partner, &opener);
	leave_to_child(&partner, &ends, &opener, &sources);
	output_open(true);
	if (conf.c_dry || conf.c_print != CONF_PRINT_NONE)
		output_open_stdout(true);
	if (savefile != -1)
		savefile_filter_answer(&conf, &priv, &partner, savefile);
	priv_runner(&priv);
	status = runner_run(&conf, &partner);
	source_set_forget(&sources);
	if (conf.c_file != NULL)
		conf_release(conf.c_rules);
	return status;
}
