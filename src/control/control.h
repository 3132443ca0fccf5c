/*
 * The teller: a process that gives statistics to whoever connects to a socket,
 * and can do nothing else.  It reads nothing from clients.  Who is slow is
 * dropped, and nobody else notices.
 */
#ifndef CONTROL_H
#define CONTROL_H

struct conf_socket;
struct priv;
struct source_set;
struct control_ends;

/*
 * Listens, and starts it; what the runner has of it is in *telling.  The
 * sources are no business of it.  Exits when that cannot be, having said why.
 */
void control_start(struct control_ends *, const struct conf_socket *,
    const struct priv *, struct source_set *);

#endif
