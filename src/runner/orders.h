/* What the runner does for the messages of the watcher and the opener. */
#ifndef ORDERS_H
#define ORDERS_H

struct runner;

/* Reads the watcher's orders, a bounded number, and carries them out. */
void orders_read(struct runner *);

/* Reads the opener's messages, which belong to a reload. */
void orders_opener(struct runner *);

/* Writes out what -n has printed; call before each wait. */
void orders_flush(struct runner *);

#endif
