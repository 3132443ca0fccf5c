/* A file that has no name, for what two processes of ours have together. */
#ifndef ANONFILE_H
#define ANONFILE_H

/* To read and to write, empty, close-on-exec; or exits. */
int anonfile_open(void);

#endif
