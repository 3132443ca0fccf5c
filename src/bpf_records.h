/* The records that a read(2) of a bpf(4) device gives.  Pure. */
#ifndef BPF_RECORDS_H
#define BPF_RECORDS_H

#include <stddef.h>
#include <stdint.h>

/* Sums; all zero at the beginning. */
struct bpf_tally {
	uint64_t bt_packets;
	uint64_t bt_bytes; /* on the wire */
	uint64_t bt_last;  /* when the last came: ns since 1970, wall clock */
};

/* Adds the records of `len` bytes; of packets only the headers are read. */
void bpf_records(struct bpf_tally *, const char *buf, size_t len);

#endif
