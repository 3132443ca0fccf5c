/* Compiles the filter of a savefile, whose reader asks for it. */
#ifndef SAVEFILE_FILTER_H
#define SAVEFILE_FILTER_H

struct conf;
struct partner;
struct priv;

/*
 * Closes the runner's descriptor of the savefile and, if there is a filter,
 * waits for the watcher's question and sends the program.  To be called before
 * privileges are dropped.  Exits with a message when the filter is wrong, and
 * silently when a signal asks for the end.
 */
void savefile_filter_answer(
    const struct conf *, const struct priv *, const struct partner *, int fd);

#endif
