/*
 * What the files of a bpf(4) source have together: bpf_open.c opens it,
 * source_bpf.c counts by it, bpf_legacy.c hands it to another process.
 */
#ifndef BPF_INTERNAL_H
#define BPF_INTERNAL_H

#include <sys/types.h>
#include <sys/socket.h>

#include <net/if.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/bpf/device.h"
#include "source/bpf/records.h"
#include "source/pacing.h"
#include "source/source.h"
#include "source/source_kind.h"

struct bpf {
	struct source b_source; /* first: one is cast to the other */
	char b_name[IFNAMSIZ];
	int b_device; /* -1 while there is no interface */
	bool b_own;   /* this process has it, and who forked it has not */
	int b_notice; /* shared, and so is this: */
	int b_opener; /* -1: there is none, what is lost stays lost */
	int b_number; /* by which the opener knows us */
	struct bpf_compiled b_compiled; /* its filter */
	char *b_buffer;
	size_t b_buflen;
	struct bpf_tally b_tally; /* what was read */
	uint64_t b_dropped;
	uint64_t b_drops; /* as the device told them last */
	struct pacing b_pace;
	uint64_t b_rest; /* until when not to listen; 0: we do */
	uint64_t b_sampled;
	bool b_found; /* something, then */
	bool b_lost;  /* and it was not told yet */
};

extern const struct source_ops bpf_ops;

/*
 * Takes a device into use: its counters have begun at zero.  0, or -1 and
 * errno; then it is still the caller's.
 */
int bpf_adopt(struct bpf *, int device, size_t buflen);

/* See source_ops. */
int bpf_handover_renew(struct source *, const struct source_conf *);
void bpf_handover_save(const struct source *, struct source_state *);
void bpf_handover_load(struct source *, const struct source_state *);

#endif
