#include <linux/bpf.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_nflog.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/ebpf_segments.h"
#include "source/linux/ebpf_silence.h"
#include "source/linux/ebpf_translate.h"

/* Registers that calls preserve; these are set from the counting on. */
#define CTX	 6
#define BYTES	 8
#define SEGMENTS 9

#define PACKETS_METER ((short)offsetof(struct ebpf_shared, es_packets))
#define BYTES_METER   ((short)offsetof(struct ebpf_shared, es_bytes))
#define SEEN	      ((short)offsetof(struct ebpf_meter, em_seen))
#define THRESHOLD     ((short)offsetof(struct ebpf_meter, em_threshold))

#define VLAN_TAG 4

/* The length on the wire, with the tag that the card took out. */
static void
emit_length(struct ebpf_code *c)
{
	size_t untagged;

	ebpf_insn_emit(c, LOAD(BPF_W, BYTES, CTX, SKB(len)));
	ebpf_insn_emit(c, LOAD(BPF_W, 1, CTX, SKB(vlan_present)));
	untagged = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, 1, 0));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, BYTES, VLAN_TAG));
	ebpf_insn_land(c, untagged);
}

/* r6 = threshold; r7 = the shared numbers, `meter` is where in them. */
static void
emit_count(struct ebpf_code *c, int what, short meter, int ring_fd)
{
	size_t below, lost, written;

	ebpf_insn_emit(c, MOV(3, (__u8)(what & 0xf)));
	ebpf_insn_emit(
	    c, ATOMIC(7, 3, (short)(meter + SEEN), BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, ALU(BPF_ADD, 3, (__u8)(what & 0xf)));

	/* Of all processors, the one that takes the threshold wakes. */
	ebpf_insn_emit(c, LOAD(BPF_DW, 6, 7, (short)(meter + THRESHOLD)));
	below = ebpf_insn_emit(c, JUMP(BPF_JLT, 3, 6));
	ebpf_insn_emit(c, MOV(0, 6));
	ebpf_insn_emit(c, MOV_IMM(2, -1));
	ebpf_insn_emit(
	    c, ATOMIC(7, 2, (short)(meter + THRESHOLD), BPF_CMPXCHG));
	lost = ebpf_insn_emit(c, JUMP(BPF_JNE, 0, 6));
	/* The record has the time. */
	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
	ebpf_insn_emit(c, STORE(BPF_DW, 10, 0, -8));
	ebpf_insn_emit_map(c, 1, BPF_PSEUDO_MAP_FD, ring_fd);
	ebpf_insn_emit(c, MOV(2, 10));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, 2, -8));
	ebpf_insn_emit(c, MOV_IMM(3, sizeof(uint64_t)));
	ebpf_insn_emit(c, MOV_IMM(4, BPF_RB_FORCE_WAKEUP));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ringbuf_output));

	/* No record was written: the next packet has to try again. */
	written = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, 0, 0));
	ebpf_insn_emit(c, MOV_IMM(0, -1));
	ebpf_insn_emit(
	    c, ATOMIC(7, 6, (short)(meter + THRESHOLD), BPF_CMPXCHG));
	ebpf_insn_land(c, written);
	ebpf_insn_land(c, lost);
	ebpf_insn_land(c, below);
}

int
ebpf_program(struct ebpf_code *c, const struct sock_filter *filter, size_t n,
    const struct ebpf_what *what, int array_fd, int ring_fd)
{
	c->ec_len = 0;
	ebpf_insn_emit(c, MOV(CTX, 1));
	if (n != 0 && ebpf_translate(c, filter, n) == -1)
		return -1;
	if (what->ew_bytes == EBPF_BYTES_NFLOG) {
		ebpf_nflog(c);
		ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
	} else {
		ebpf_segments(c);
	}
	if (what->ew_bytes == EBPF_BYTES_PACKET)
		emit_length(c);
	ebpf_insn_emit_map(c, 7, BPF_PSEUDO_MAP_VALUE, array_fd);
	/* Before the packet is counted: its time and silence are there then. */
	if (what->ew_time)
		ebpf_silence(c);
	emit_count(c, SEGMENTS, PACKETS_METER, ring_fd);
	if (what->ew_bytes != EBPF_NO_BYTES)
		emit_count(c, BYTES, BYTES_METER, ring_fd);

	/* Accept nothing: the socket stays empty. */
	ebpf_insn_emit(c, MOV_IMM(0, 0));
	ebpf_insn_emit(c, EXIT);
	return 0;
}
