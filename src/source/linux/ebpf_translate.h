/* Linux: a classic filter as extended BPF instructions. */
#ifndef EBPF_TRANSLATE_H
#define EBPF_TRANSLATE_H

#include <stddef.h>

struct ebpf_code;
struct sock_filter;

/*
 * Appends what does the same as the classic program of n instructions: packets
 * that it accepts go on to what is appended next, the others end with 0.  The
 * context is in r6 before and after; r7, r8 and the stack are used.
 * 0, or -1 and errno: EINVAL when the kernel would refuse the classic program,
 * ENOTSUP when it asks what extended programs cannot know.
 */
int ebpf_translate(struct ebpf_code *, const struct sock_filter *, size_t n);

#endif
