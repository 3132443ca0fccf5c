/* bpfstatsctl: redraws the table in regular intervals. */
#ifndef WATCH_H
#define WATCH_H

/*
 * Prints the table every so many seconds, on a terminal in place, until a
 * signal ends the program.  Exits with a message if the first reply fails;
 * later failures are shown, and the next reply is awaited.
 */
void watch_run(const char *path, unsigned int seconds);

#endif
