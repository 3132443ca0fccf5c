/* Signals as bytes of a pipe: the handler writes the number and is done. */
#ifndef SIGNALS_H
#define SIGNALS_H

/*
 * Takes over SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1 and SIGINFO, ignores
 * SIGPIPE and SIGXFSZ, and undoes whatever else a parent has ignored or
 * blocked.  SIGHUP stays ignored when it was: that is what nohup(1) asks for.
 * The descriptor to poll and read, or -1 and errno.
 */
int signals_open(void);

/* The next signal that came, 0 when there is none, or -1 and errno. */
int signals_next(int fd);

/*
 * In a child, before exec(2), with all signals blocked: defaults, and nothing
 * blocked.  Async signal safe.  0, or -1 and errno.
 */
int signals_reset(void);

/* For a child that shall have none: all are blocked, the pipe is closed. */
void signals_block(void);

#endif
