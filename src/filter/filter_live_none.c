/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The BSDs and macOS leave VLAN tags in the packet: live captures and savefiles
 * use the same code.
 */
#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <pcap.h>

#include "filter/filter_live.h"

const unsigned int filter_live_instructions = BPF_MAXINSNS;
const char *const filter_live_remedy =
    "; many addresses fit into a table of the firewall: let a firewall rule "
    "log, and count on the log interface";

pcap_t *
filter_live_open(void)
{
	return pcap_open_dead(DLT_EN10MB, 262144);
}
