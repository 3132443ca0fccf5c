/* Files that the user names. */
#ifndef TEXT_H
#define TEXT_H

/*
 * Opens one for reading, "-" is standard input, as the user who started the
 * program.  -1 and errno; exits when rights cannot be given up.
 */
int text_open(char option, const char *path);

/*
 * The text of one for -F, opened likewise.  Comments, from # to the end of the
 * line, become blanks.  Exits when that fails, having said why.  The caller
 * owns the result.
 */
char *text_read(const char *path);

#endif
