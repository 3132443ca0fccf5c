/*
 * What the user has prepared for the program: variables, of which libraries
 * would believe some when it is setuid, and limits.
 */
#ifndef PROCESS_ENV_H
#define PROCESS_ENV_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Started setuid: forgets all variables but TERM and LANG, and has PATH, HOME,
 * USER, LOGNAME and SHELL of the real user's account in their place, which the
 * commands get as well.  From here on there is no core file.
 */
void process_env_clean(void);

/*
 * For commands of another user: sets HOME, USER, LOGNAME and SHELL to those of
 * that user's account.  Reads the list of users, so call it before files can
 * no longer be read.  Exits with a message when memory is short.
 */
void process_env_account(uid_t);

/*
 * Room for so many descriptors, and some to spare, where the limit is lower;
 * the commands keep theirs.  Exits when the hard limit is too low.
 */
void process_env_files(size_t);

/* Room for as many as the system grants, for what may come. */
void process_env_files_all(void);

/*
 * In a child, before exec(2): gives back the limits that the user had set, if
 * they were changed.  Async signal safe.  0, or -1 and errno.
 */
int process_env_restore(void);

#endif
