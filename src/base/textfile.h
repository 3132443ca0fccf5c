/* Files that the user names. */
#ifndef TEXTFILE_H
#define TEXTFILE_H

/* Opens one for reading, "-" is standard input.  -1 and errno. */
int textfile_open(const char *path);

/*
 * Opens a file without waiting for the writer of a FIFO or for a lease.
 * Returns a descriptor, or -1 and errno.
 */
int text_open_now(const char *path);

/*
 * The text of one for -F, opened likewise.  Comments, from # to the end of the
 * line, become blanks.  Exits when that fails, having said why.  The caller
 * owns the result.
 */
char *filter_file_read(const char *path);

#endif
