/*
 * The BSDs and macOS: a process that keeps the right to open bpf(4) devices,
 * for interfaces that come back, and does nothing else: what each source counts
 * was laid down before it began, and nobody can tell it otherwise.
 */
#ifndef REOPEN_H
#define REOPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_compiled;
struct source_conf;

enum reopen_answer_kind {
	REOPEN_ERROR = -1, /* errno says why, EPIPE: it has ended */
	REOPEN_NONE,	   /* there is none yet, or one for another */
	REOPEN_WAITING,	   /* no interface of the name is there */
	REOPEN_DEVICE
};

/*
 * One for all sources of a set; that of the set before goes on.  A socket that
 * the caller owns, close-on-exec, or -1 and errno.  What is asked before the
 * start is answered then.
 */
int reopen_open(void);

/*
 * What one source counts, with its filter as far as it is compiled; both are
 * the caller's, until the start.  The source's number, or -1 and errno.
 */
int reopen_add(const struct source_conf *, const struct bpf_compiled *);

/*
 * When all are added, with privileges.  0, or -1 and errno; it ends when nobody
 * has the socket any more.
 */
int reopen_start(void);

/* It is not to begin; nothing, when it has.  The socket stays the caller's. */
void reopen_cancel(void);

/* Asks for a device for a source.  0, or -1 and errno. */
int reopen_ask(int fd, int source);

/* Returns false if the opener has ended; never waits, takes no answer. */
bool bpf_opener_lives(int fd);

/*
 * After a question, when fd is readable: maybe that it waits, then the device,
 * which is the caller's, and the length that a read(2) of it has to ask for.
 * What is for another source stays until that one asks.
 */
enum reopen_answer_kind reopen_answer(
    int fd, int source, int *device, size_t *buflen);

#endif
