/* Filter expressions in files, for -F. */
#ifndef FILTER_FILE_H
#define FILTER_FILE_H

/*
 * Reads the expression in a file; "-" is standard input.  Comments, from # to
 * the end of the line, become blanks.  Returns the text, which the caller
 * owns; exits with a message when it cannot be read, is no text, or has
 * FILTER_TEXT bytes or more.
 */
char *filter_file_read(const char *path);

#endif
