/* Rules as text. */
#ifndef CONF_PRINT_H
#define CONF_PRINT_H

#include <stdio.h>

#include "conf/conf.h"

/*
 * In the canonical form: parse_text makes the same rules of it, of which
 * this makes the same text.  A rule without a name gets that of its interface.
 * -1 and errno when it cannot be written, or, EILSEQ, when a file of rules
 * cannot say it: an argument with control characters, from a command line.
 */
int conf_print(const struct conf_rules *, FILE *);

#endif
