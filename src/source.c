#include <string.h>
#include <unistd.h>

#include "source.h"

struct source *
source_open(const struct source_conf *sc, char *err, size_t errlen)
{
	const struct source_kind *k = source_kinds;

	while (strncmp(sc->sc_name, k->sk_prefix, strlen(k->sk_prefix)) != 0)
		k++;
	return k->sk_open(sc, err, errlen);
}

int
source_sample(struct source *s, uint64_t now, struct source_count *count)
{
	return s->s_ops->so_sample(s, now, count);
}

bool
source_wake_at(
    struct source *s, const struct source_count *wanted, uint64_t now)
{
	return s->s_ops->so_wake_at(s, wanted, now);
}

enum source_change
source_look(struct source *s, uint64_t now)
{
	return s->s_ops->so_look == NULL ? SOURCE_SAME :
					   s->s_ops->so_look(s, now);
}

size_t
source_sockets(const struct source *s, int socks[SOURCE_SOCKETS])
{
	return s->s_ops->so_sockets(s, socks);
}

void
source_save(const struct source *s, struct source_state *st)
{
	if (s->s_ops->so_save != NULL)
		s->s_ops->so_save(s, st);
}

void
source_load(struct source *s, const struct source_state *st)
{
	if (s->s_ops->so_load != NULL)
		s->s_ops->so_load(s, st);
}

void
source_close(struct source *s)
{
	if (s != NULL)
		s->s_ops->so_close(s);
}

void
source_shared_close(struct source_shared *ss)
{
	if (ss->ss_notice != -1)
		close(ss->ss_notice);
	if (ss->ss_opener != -1)
		close(ss->ss_opener);
	ss->ss_notice = ss->ss_opener = -1;
}
