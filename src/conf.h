/* What the user asked for. */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"
#include "source.h"

struct conf {
	const char *c_interface;
	const char *c_savefile; /* c_interface, too, is it then; or NULL */
	const char *c_filter;	/* pcap-filter(7); NULL: everything */
	enum source_direction c_direction;
	const char *c_user; /* NULL: who started us */
	char **c_argv;	    /* the command, NULL at its end */
	uint64_t c_count;
	uint64_t c_interval; /* ns between two starts */
	uint64_t c_timeout;  /* ns that a run may take; 0: any time */
	enum job_policy c_policy;
	bool c_verbose;
	bool c_wait;
	bool c_single; /* end after the first run */
	bool c_dry;    /* print the runs of a savefile, run nothing */
};

/*
 * The command line.  Exits: 2 when it is wrong, having said why, and 0 after
 * -h and -V.  The result points into argv.
 */
void conf_options(struct conf *, int argc, char **argv);

#endif
