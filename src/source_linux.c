#include "source.h"
#include "source_linux.h"

const struct source_kind source_kinds[] = {
	{ "nflog:", source_nflog_open },
	{ "", source_packet_open },
};

/* The counterpart of pflog0. */
const char *const source_default = "nflog:0";
