/* What libpcap's filters are in a live capture on this system. */
#ifndef FILTER_LIVE_H
#define FILTER_LIVE_H

struct pcap;

/*
 * A handle of libpcap that generates code for Ethernet, on a network of its
 * own where there is no packet.  NULL when the system lets us have none. Leaves
 * the caller in another network, or even as another user: it is for a process
 * that does nothing else.
 */
struct pcap *filter_live_open(void);

/* The most instructions of a filter, and what to do instead, as "; ...". */
extern const unsigned int filter_live_instructions;
extern const char *const filter_live_remedy;

#endif
