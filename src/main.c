#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "order.h"
#include "priv.h"
#include "replay.h"
#include "runner.h"
#include "savefile.h"
#include "signals.h"
#include "source.h"
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

static struct source *
open_source(const struct conf *conf, const struct priv *priv)
{
	char error[SOURCE_TEXT];
	struct source *source;
	struct source_conf wanted = { .sc_name = conf->c_interface,
		.sc_filter = conf->c_filter,
		.sc_direction = conf->c_direction,
		.sc_wait = conf->c_wait,
		.sc_priv = priv };

	if ((source = source_open(&wanted, error, sizeof(error))) == NULL)
		errx(1, "%s", error);
	if (source->s_caveat[0] != '\0')
		warnx("%s: %s", conf->c_interface, source->s_caveat);
	return source;
}

static void watch(const struct conf *, struct source *, int,
    const struct order_ends *, const struct priv *) __attribute__((noreturn));

static void
watch(const struct conf *conf, struct source *source, int savefile,
    const struct order_ends *ends, const struct priv *priv)
{
	const struct priv_fds fds = {
		.pf_source = source == NULL ? -1 : source_socket(source),
		.pf_look = source == NULL ? -1 : source->s_look_fd,
		.pf_savefile = savefile,
	};

	signals_block();
	priv_watcher(priv, ends, &fds);
	/* No handler of exit(3) has business in here. */
	if (source == NULL)
		_exit(replay(conf, savefile, ends));
	_exit(watcher(conf, source, ends));
}

int
main(int argc, char **argv)
{
	const char *problem;
	struct conf conf;
	struct order_ends ends;
	struct partner partner;
	struct priv priv;
	struct source *source = NULL;
	int savefile = -1;

	sane_descriptors();
	conf_options(&conf, argc, argv);
	log_init(conf.c_verbose);
	if (conf.c_user != NULL && getuid() != 0)
		errx(1, "-u: %s: only root can run commands as another user",
		    conf.c_user);
	if ((problem = priv_lookup(&priv, conf.c_user)) != NULL)
		errx(2, "-u: %s: %s", conf.c_user, problem);
	if (conf.c_savefile != NULL)
		savefile = savefile_open(conf.c_savefile);
	else
		source = open_source(&conf, &priv);
	if (order_open(&ends, &partner.pa_ends) == -1)
		err(1, "socketpair");
	if ((partner.pa_signal_fd = signals_open()) == -1)
		err(1, "signals");
	switch (partner.pa_pid = fork()) {
	case -1:
		err(1, "fork");
	case 0:
		order_close(&partner.pa_ends);
		watch(&conf, source, savefile, &ends, &priv);
	}
	order_close(&ends);
	strlcpy(partner.pa_how, source == NULL ? "a savefile" : source->s_how,
	    sizeof(partner.pa_how));
	/* What runs commands sees no packet. */
	source_close(source);
	if (savefile != -1)
		savefile_answer(&conf, &priv, &partner, savefile);
	priv_runner(&priv);
	return runner(&conf, &partner);
}
