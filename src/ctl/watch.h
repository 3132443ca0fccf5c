/* bpfstatsctl: the table again and again. */
#ifndef WATCH_H
#define WATCH_H

/*
 * Every so many seconds, until SIGINT or SIGTERM; on a terminal in place.
 * Exits when there is no answer at first; later ones are waited for.
 */
void watch_run(const char *path, unsigned int seconds);

#endif
