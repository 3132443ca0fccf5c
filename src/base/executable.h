/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Finds programs, and says why one cannot be executed. */
#ifndef EXECUTABLE_H
#define EXECUTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes for a reason: two names of interpreters and an error. */
#define EXECUTABLE_REASON ((size_t)1024)

/* Bytes for the name of an interpreter; Linux reads no longer first line. */
#define EXECUTABLE_HEAD ((size_t)256)

/*
 * Finds a program as execvp(3) does, and the interpreter of a script.  Returns
 * the path, for free(3), or NULL, errno and the reason: ENOENT or EACCES when
 * there is nothing that the caller may execute.  Opens a script.
 */
char *executable_find(const char *name, char *reason, size_t len);

/*
 * Says why an execve(2) of this path failed with this errno: the path is there
 * in case of ENOENT, too, if the interpreter of a script is missing.  Opens the
 * file.
 */
void executable_explain(const char *path, int error, char *reason, size_t len);

/*
 * Reads the name of the interpreter in the first line of a script.  Returns
 * false for another file, one that cannot be read, or a line that is too long.
 */
bool executable_interpreter(const char *path, char name[EXECUTABLE_HEAD]);

#endif
