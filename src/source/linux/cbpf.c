/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/filter.h>
#include <linux/if_packet.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter.h"
#include "source/linux/cbpf.h"
#include "source/linux/linktype.h"

static void
emit(struct cbpf *cb, struct sock_filter insn)
{
	cb->cb_insns[cb->cb_len++] = insn;
}

/* Emits the load of metadata, SKF_AD_.... */
static void
emit_load(struct cbpf *cb, int name)
{
	emit(cb,
	    (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + name)));
}

static void
emit_equal(struct cbpf *cb, uint32_t k, uint8_t yes, uint8_t no)
{
	emit(cb,
	    (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, k, yes, no));
}

static void
emit_return(struct cbpf *cb, uint32_t k)
{
	emit(cb, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, k));
}

/* Emits a prefix that rejects packets of the other direction. */
static void
emit_direction(struct cbpf *cb, enum direction direction)
{
	emit_load(cb, SKF_AD_PKTTYPE);
	switch (direction) {
	case DIRECTION_IN:
		emit_equal(cb, PACKET_OUTGOING, 0, 1);
		break;
	case DIRECTION_OUT:
		emit_equal(cb, PACKET_OUTGOING, 1, 0);
		break;
	case DIRECTION_INOUT:
		/* Loopback packets count once, as they arrive. */
		emit_equal(cb, PACKET_OUTGOING, 0, 3);
		emit_load(cb, SKF_AD_IFINDEX);
		emit_equal(cb, LOOPBACK_IFINDEX, 0, 1);
		break;
	}
	emit_return(cb, 0);
}

/* Emits the filter, with 1 as the snapshot length of accepted packets. */
static void
emit_filter(struct cbpf *cb, const struct filter *f)
{
	const struct filter_insn *i;

	for (i = f->f_insns; i < f->f_insns + f->f_len; i++) {
		if (i->fi_code == (BPF_RET | BPF_K))
			emit_return(cb, i->fi_k != 0);
		else
			emit(cb,
			    (struct sock_filter){
				.code = i->fi_code,
				.jt = i->fi_jt,
				.jf = i->fi_jf,
				.k = i->fi_k,
			    });
	}
	if (f->f_len == 0)
		emit_return(cb, 1);
}

int
cbpf_build(struct cbpf *cb, const struct source_conf *sc, int link, char *err,
    size_t errlen)
{
	struct filter_request fr = { .fr_expression = sc->sc_filter,
		.fr_interface = sc->sc_name,
		.fr_linktype = link,
		.fr_priv = sc->sc_priv,
		.fr_compiler = sc->sc_compiler,
		.fr_poll = poll };
	static struct filter filter;
	char problem[SOURCE_TEXT];

	filter.f_len = 0;
	if (sc->sc_filter != NULL &&
	    filter_compile(&filter, &fr, problem, sizeof(problem)) == -1) {
		snprintf(err, errlen, "%s: filter: %s", sc->sc_name, problem);
		return -1;
	}
	if (linktype_is_cooked(link) &&
	    linktype_cook(&filter, problem, sizeof(problem)) == -1) {
		snprintf(err, errlen, "%s: filter: %s", sc->sc_name, problem);
		return -1;
	}
	cb->cb_any = filter.f_len == 0;
	cb->cb_len = 0;
	emit_direction(cb, sc->sc_direction);
	cb->cb_filter = cb->cb_len;
	emit_filter(cb, &filter);
	return 0;
}

bool
cbpf_loops(const struct cbpf *cb)
{
	size_t i;

	/* The offset is unsigned; a jump back is an overflow. */
	for (i = 0; i < cb->cb_len; i++)
		if (cb->cb_insns[i].code == (BPF_JMP | BPF_JA) &&
		    cb->cb_insns[i].k > BPF_MAXINSNS)
			return true;
	return false;
}

bool
cbpf_asks_type(const struct cbpf *cb)
{
	const struct sock_filter *f;

	for (f = cb->cb_insns; f < cb->cb_insns + cb->cb_len; f++)
		if (BPF_CLASS(f->code) == BPF_LD &&
		    BPF_MODE(f->code) == BPF_ABS &&
		    f->k == (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE))
			return true;
	return false;
}
