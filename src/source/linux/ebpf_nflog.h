/* Linux: the length of a packet that a log group's message is about. */
#ifndef EBPF_NFLOG_H
#define EBPF_NFLOG_H

struct ebpf_code;

/*
 * Bytes of the packet that its message has to have: a frame of the largest
 * usual size in full, and the IP header of what is larger.
 */
#define EBPF_NFLOG_RANGE 9216

/*
 * Appends the length of the packet to r8; 0 when the message does not tell.
 * The context, a message, is in r6 before and after; r7, r9 and the stack are
 * used.
 */
void ebpf_nflog(struct ebpf_code *);

#endif
