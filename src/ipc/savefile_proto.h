/*
 * How the watcher gets the filter of a savefile.  The compiler of a filter
 * needs the link type and byte order of the file, which the watcher reads; the
 * watcher may look up no host name, so the runner compiles.  The watcher asks
 * with ORDER_LINK before any other message and waits for the program.
 */
#ifndef SAVEFILE_PROTO_H
#define SAVEFILE_PROTO_H

#include <stdbool.h>
#include <stddef.h>

struct order_ends;

/*
 * In the watcher: sends the link type (DLT_...) and whether the byte order is
 * foreign, and waits for the program, size bytes.  Returns 0, or -1.
 */
int savefile_proto_ask(const struct order_ends *, int linktype, bool swapped,
    void *program, size_t size);

/*
 * In the runner, when its socket can be read: takes the question.  Returns
 * false, and leaves the message, when that is none.
 */
bool savefile_proto_asked(
    const struct order_ends *, int *linktype, bool *swapped);

/* In the runner: sends the program.  Returns 0, or -1 and errno. */
int savefile_proto_answer(
    const struct order_ends *, const void *program, size_t size);

#endif
