/* The text of a file that the user names. */
#ifndef TEXT_H
#define TEXT_H

/*
 * Reads it, "-" is standard input, as the user who started the program.
 * Comments, from # to the end of the line, become blanks.  Exits when that
 * fails, having said why.  The caller owns the result.
 */
char *text_read(const char *path);

#endif
