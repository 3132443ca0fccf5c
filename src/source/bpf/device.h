/* The BSDs and macOS: a device of bpf(4) that is attached to an interface. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stddef.h>

struct filter_insn;
struct source_conf;

/* Where devices are. */
#define BPF_DEVICES "/dev"

/*
 * Asked for; the kernel gives less where it must.  Between two wake-ups, a
 * millisecond, this holds ten thousand packets and more.  What does not fit
 * still counts, but not its bytes.
 */
#define BPF_BUFFER (512U << 10)

/* A filter, and the type of link that it was compiled for. */
struct bpf_compiled {
	int bc_link;   /* DLT_..., -1: it was not compiled yet */
	size_t bc_len; /* 0: everything */
	struct filter_insn *bc_insns;
};

/*
 * Compiles the source's filter for a type of link, unless it is there already;
 * after a failure it is what it was before.  0, or -1 and errno, and what is
 * wrong in err.
 */
int device_compile(struct bpf_compiled *, const struct source_conf *, int link,
    char *err, size_t errlen);

/*
 * Opens a free device of the directory and attaches it: from then on it counts
 * what filter and direction accept, keeps a byte of each such packet, and can
 * be given no other interface or filter.  The descriptor, which does not block
 * and is the caller's, with what read(2) of it has to ask for in *buflen.
 * -1 and errno on failure, and what is missing and what helps in err; errno is
 * ENXIO when there is no such interface.
 */
int device_open(const char *dir, const struct source_conf *,
    struct bpf_compiled *, size_t *buflen, char *err, size_t errlen);

#endif
