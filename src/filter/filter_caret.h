/* Where a filter expression is wrong, which libpcap does not say. */
#ifndef FILTER_CARET_H
#define FILTER_CARET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where the first part begins with which no expression can go on, or where the
 * expression ends when it is the end that comes too early.  parses tells
 * whether a text is an expression, to begin with.
 */
size_t filter_caret_find(
    const char *expression, bool (*parses)(const char *, void *), void *arg);

/* Where an expression has this word; NULL: nowhere. */
const char *filter_caret_word(const char *expression, const char *word);

/*
 * Two lines, each with a line feed before it: of the expression what is around
 * the place, and a caret under it.
 */
void filter_caret_show(
    const char *expression, size_t place, char *, size_t len);

#endif
