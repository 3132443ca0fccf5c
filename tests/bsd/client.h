/* For the programs that try the model: TAP, and the network. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>

void ok(bool, const char *what);
/* got and wanted, numbers. */
void is(long long got, long long wanted, const char *what);
int done(void);

/* Runs offer, which is where the environment says, with up to five words. */
void offer(
    const char *, const char *, const char *, const char *, const char *);
/* The same in a fifth of a second, while we wait. */
void offer_later(const char *, const char *, const char *);

#endif
