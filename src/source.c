#include <string.h>

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
source_sample(struct source *s, uint64_t now, uint64_t *seen)
{
	return s->s_ops->so_sample(s, now, seen);
}

bool
source_wake_at(struct source *s, uint64_t seen, uint64_t now)
{
	return s->s_ops->so_wake_at(s, seen, now);
}

enum source_change
source_look(struct source *s, uint64_t now)
{
	return s->s_ops->so_look == NULL ? SOURCE_SAME :
					   s->s_ops->so_look(s, now);
}

int
source_socket(const struct source *s)
{
	return s->s_ops->so_socket(s);
}

void
source_close(struct source *s)
{
	if (s != NULL)
		s->s_ops->so_close(s);
}
