/* Linux: how many packets on the wire a buffer stands for. */
#ifndef EBPF_SEGMENTS_H
#define EBPF_SEGMENTS_H

struct ebpf_code;

/*
 * Appends the count of the packet's segments, 1 or more, to r9.  The context is
 * in r6 before and after; r7, r8 and the stack are used.
 */
void ebpf_segments(struct ebpf_code *);

#endif
