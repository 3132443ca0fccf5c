#include "source/linux/interface.h"
#include "source/linux/source_linux.h"
#include "source/source.h"

const struct source_kind source_kinds[] = {
	{ "nflog:", nflog_open },
	{ "", packet_open },
};

/* A socket for each type of link, and two of the extended filter. */
const size_t source_descriptors = SOURCE_SOCKETS + 2;

/* The kernel waits for all processors, for each packet socket. */
const bool source_closes_slowly = true;

/* A socket can be bound to another interface: nobody has to open one. */
int
source_shared_start(const struct source_shared *ss)
{
	(void)ss;
	return 0;
}

void
source_shared_cancel(void)
{
}

int
source_shared_check(const struct source_shared *ss)
{
	(void)ss;
	return 0;
}

void
source_shared_drain(const struct source_shared *ss)
{
	interface_notify_drain(ss->ss_notice);
}
