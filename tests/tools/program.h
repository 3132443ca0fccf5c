/* Classic programs by chance. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/* Of the ancillary loads, those that give the same twice and are there. */
#define PROGRAM_ANCILLARIES 11
extern const int program_ancillaries[PROGRAM_ANCILLARIES];

/* A number as programs have them. */
uint32_t program_constant(void);

/* An instruction that `left` others follow, 1 at least. */
void program_instruction(struct sock_filter *, size_t left);

/* A program of at most BPF_MAXINSNS; how many.  Most of them are valid. */
size_t program(struct sock_filter *);

#endif
