/* A handle of libpcap that generates the code for a savefile. */
#ifndef FILTER_OFFLINE_H
#define FILTER_OFFLINE_H

#include <stdbool.h>

struct pcap;

/*
 * Opens a savefile in memory that has a header and no packet, once in a
 * process.  libpcap asks the handle of a savefile for its byte order, and
 * refuses what no savefile of this link type (DLT_...) can answer.  swapped:
 * the byte order is not that of this machine.  NULL when libpcap fails.
 */
struct pcap *filter_offline_open(int linktype, bool swapped);

#endif
