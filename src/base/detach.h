/*
 * Takes what a process of ours has inherited from the terminal of whoever
 * started the daemon: the session, by which it could type into that terminal,
 * and the standard descriptors.  Failures end the process with a message.
 */
#ifndef DETACH_H
#define DETACH_H

/*
 * Begins a session and makes /dev/null the standard input and output.  keep:
 * a descriptor that stays as it is, or -1.
 */
void detach(int keep);

/*
 * Makes /dev/null standard error, too, once there is nothing left to say.
 * After detach, and possible in any sandbox.
 */
void detach_error(void);

#endif
