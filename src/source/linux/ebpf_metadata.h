/* Linux: what a classic filter may ask that is not in the packet. */
#ifndef EBPF_METADATA_H
#define EBPF_METADATA_H

#include <stdint.h>

struct ebpf_code;

/*
 * Appends the load of it, an offset from SKF_AD_OFF, to r0; the context is in
 * r6, and X in r7.  0, EINVAL when the kernel does not know it, or ENOTSUP when
 * extended programs cannot.
 */
int ebpf_metadata(struct ebpf_code *, uint32_t what);

#endif
