#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "environment.h"
#include "leash.h"
#include "log.h"
#include "notify.h"
#include "order.h"
#include "priv.h"
#include "replay.h"
#include "runner.h"
#include "savefile.h"
#include "signals.h"
#include "source.h"
#include "sources.h"
#include "watcher.h"

/* What we open must not become stdin, stdout or stderr of a command. */
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

/* The sources are closed before the commands are made ready. */
static void
make_room(const struct conf *conf)
{
	size_t commands = LEASH_DESCRIPTORS * conf_triggers(conf->c_rules);
	size_t counting = 0;

	if (conf->c_savefile == NULL)
		counting = sources_descriptors(conf->c_rules);
	environment_files(counting > commands ? counting : commands);
}

static void watch(const struct conf *, const struct sources *, int,
    const struct order_ends *, const struct priv *) __attribute__((noreturn));

static void
watch(const struct conf *conf, const struct sources *sources, int savefile,
    const struct order_ends *ends, const struct priv *priv)
{
	static struct watcher *w; /* for as long as the process */
	struct priv_fds file = {
		.pf_look = -1, .pf_ask = -1, .pf_savefile = savefile
	};
	struct priv_fds *fds = savefile == -1 ? sources_fds(sources) : &file;

	notify_close();
	if (signals_block() == -1)
		err(1, "signals");
	if (savefile == -1 &&
	    (w = watcher_new(conf->c_rules, sources, ends)) == NULL)
		err(1, "watcher");
	priv_watcher(priv, ends, fds, savefile == -1 ? sources->so_n : 1);
	if (fds != &file)
		free(fds);
	/* No handler of exit(3) has business in here. */
	if (savefile != -1)
		_exit(replay(conf, savefile, ends));
	_exit(watcher(w));
}

int
main(int argc, char **argv)
{
	const char *problem;
	struct conf conf;
	struct order_ends ends;
	struct partner partner;
	struct priv priv;
	struct sources sources = { .so_shared = { -1, -1 } };
	int savefile = -1, status;
	bool elevated;

	setprogname("bpfstatsd");
	elevated = priv_begin();
	sane_descriptors();
	if (elevated)
		environment_clean();
	conf_options(&conf, argc, argv);
	log_init(conf.c_verbose);
	notify_open();
	if (conf.c_user != NULL && getuid() != 0)
		errx(1, "-u: %s: only root can run commands as another user",
		    conf.c_user);
	if ((problem = priv_lookup(&priv, conf.c_user)) != NULL)
		errx(2, "-u: %s: %s", conf.c_user, problem);
	make_room(&conf);
	if (conf.c_savefile == NULL)
		sources_open(&sources, conf.c_rules, conf.c_wait, &priv);
	/* A savefile takes no right but to read it. */
	priv_caller();
	if (conf.c_savefile != NULL)
		savefile = savefile_open(conf.c_savefile);
	if (order_open(&ends, &partner.pa_ends) == -1)
		err(1, "socketpair");
	if (signals_open() == -1)
		err(1, "signals");
	switch (partner.pa_pid = fork()) {
	case -1:
		err(1, "fork");
	case 0:
		order_close(&partner.pa_ends);
		watch(&conf, &sources, savefile, &ends, &priv);
	}
	order_close(&ends);
	partner.pa_how = sources.so_how;
	partner.pa_sources = sources.so_n;
	/* What runs commands sees no packet. */
	sources_close(&sources);
	if (savefile != -1)
		savefile_answer(&conf, &priv, &partner, savefile);
	priv_runner(&priv);
	status = runner(&conf, &partner);
	sources_forget(&sources);
	return status;
}
