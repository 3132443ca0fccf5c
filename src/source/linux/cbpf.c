#include <linux/filter.h>
#include <linux/if_packet.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter.h"
#include "source/linux/cbpf.h"
#include "source/linux/linktype.h"

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

static void
emit_filter(struct classic *c, const struct filter *f)
{
	const struct filter_insn *i;

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

int
classic_build(struct classic *c, const struct source_conf *sc, int link,
    char *err, size_t errlen)
{
	struct filter_request fr = { .fr_expression = sc->sc_filter,
		.fr_interface = sc->sc_name,
		.fr_linktype = link,
		.fr_priv = sc->sc_priv,
		.fr_poll = poll };
	static struct filter filter;
	char problem[SOURCE_TEXT];

	filter.f_len = 0;
	if (sc->sc_filter != NULL &&
	    filter_compile(&filter, &fr, problem, sizeof(problem)) == -1) {
		snprintf(err, errlen, "%s: filter: %s", sc->sc_name, problem);
		return -1;
	}
	if (link_is_cooked(link) &&
	    link_cook(&filter, problem, sizeof(problem)) == -1) {
		snprintf(err, errlen, "%s: filter: %s", sc->sc_name, problem);
		return -1;
	}
	c->cl_any = filter.f_len == 0;
	c->cl_len = 0;
	emit_direction(c, sc->sc_direction);
	emit_filter(c, &filter);
	return 0;
}

bool
classic_loops(const struct classic *c)
{
	size_t i;

	/* Its offset is unsigned, and goes back by an overflow. */
	for (i = 0; i < c->cl_len; i++)
		if (c->cl_insns[i].code == (BPF_JMP | BPF_JA) &&
		    c->cl_insns[i].k > BPF_MAXINSNS)
			return true;
	return false;
}

bool
classic_asks_type(const struct classic *c)
{
	const struct sock_filter *f;

	for (f = c->cl_insns; f < c->cl_insns + c->cl_len; f++)
		if (BPF_CLASS(f->code) == BPF_LD &&
		    BPF_MODE(f->code) == BPF_ABS &&
		    f->k == (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE))
			return true;
	return false;
}
