#include <stdio.h>

#include "source.h"
#include "source_linux.h"

static struct source *
nflog_open(const struct source_conf *sc, char *err, size_t errlen)
{
	snprintf(err, errlen,
	    "%s: firewall log groups are not supported yet, "
	    "name an interface with -i",
	    sc->sc_name);
	return NULL;
}

const struct source_kind source_kinds[] = {
	{ "nflog:", nflog_open },
	{ "", source_packet_open },
};

/* The counterpart of pflog0. */
const char *const source_default = "nflog:0";
