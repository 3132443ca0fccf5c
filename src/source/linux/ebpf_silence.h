/* Linux: the part of the counting program that counts silences. */
#ifndef EBPF_SILENCE_H
#define EBPF_SILENCE_H

struct ebpf_code;

/*
 * Appends instructions that take the packet's time as the last one, and count
 * the silence before it for each slot whose time is not longer.  Expects the
 * shared numbers in r7, and uses r0 to r5.
 */
void ebpf_silence(struct ebpf_code *);

#endif
