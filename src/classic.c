#include <linux/filter.h>
#include <linux/if_packet.h>

#include <stdbool.h>
#include <string.h>

#include "classic.h"
#include "filter.h"

/* lo has the same index in every network namespace: the kernel insists. */
#define LOOPBACK_IFINDEX 1

static void
emit(struct classic *c, struct sock_filter insn)
{
	c->cl_insns[c->cl_len++] = insn;
}

static void
emit_load(struct classic *c, int what)
{
	emit(c,
	    (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + what)));
}

static void
emit_equal(struct classic *c, uint32_t k, uint8_t yes, uint8_t no)
{
	emit(c,
	    (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, k, yes, no));
}

static void
emit_return(struct classic *c, uint32_t k)
{
	emit(c, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, k));
}

static void
emit_direction(struct classic *c, enum source_direction direction)
{
	emit_load(c, SKF_AD_PKTTYPE);
	switch (direction) {
	case SOURCE_IN:
		emit_equal(c, PACKET_OUTGOING, 0, 1);
		break;
	case SOURCE_OUT:
		emit_equal(c, PACKET_OUTGOING, 1, 0);
		break;
	case SOURCE_INOUT:
		/* Of loopback, what leaves does not count. */
		emit_equal(c, PACKET_OUTGOING, 0, 3);
		emit_load(c, SKF_AD_IFINDEX);
		emit_equal(c, LOOPBACK_IFINDEX, 0, 1);
		break;
	}
	emit_return(c, 0);
}

void
classic_build(
    struct classic *c, enum source_direction direction, const struct filter *f)
{
	const struct filter_insn *i;

	c->cl_len = 0;
	emit_direction(c, direction);
	for (i = f->f_insns; i < f->f_insns + f->f_len; i++) {
		if (i->fi_code == (BPF_RET | BPF_K))
			emit_return(c, i->fi_k != 0);
		else
			emit(c,
			    (struct sock_filter){
				.code = i->fi_code,
				.jt = i->fi_jt,
				.jf = i->fi_jf,
				.k = i->fi_k,
			    });
	}
	if (f->f_len == 0)
		emit_return(c, 1);
}
