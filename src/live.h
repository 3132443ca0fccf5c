/* A handle of libpcap that generates the code of a live capture. */
#ifndef LIVE_H
#define LIVE_H

struct pcap;

/*
 * One for Ethernet, on a network of its own where there is no packet.  NULL
 * when the system lets us have none.  Leaves the caller in another network, or
 * even as another user: it is for a process that does nothing else.
 */
struct pcap *live_open(void);

#endif
