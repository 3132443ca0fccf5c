/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_UNISTD_H
#define CROSS_UNISTD_H

#include <sys/types.h>

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define F_OK 0
#define X_OK 1

#define SEEK_SET 0

extern char *optarg;
extern int opterr, optind, optopt;

void _exit(int) __attribute__((noreturn));
int access(const char *, int);
unsigned int alarm(unsigned int);
int chdir(const char *);
int chroot(const char *);
int close(int);
void closefrom(int);
int dup(int);
int dup2(int, int);
int execve(const char *, char *const *, char *const *);
int faccessat(int, const char *, int, int);
int fchdir(int);
int fchownat(int, const char *, uid_t, gid_t, int);
pid_t fork(void);
int ftruncate(int, off_t);
gid_t getegid(void);
uid_t geteuid(void);
gid_t getgid(void);
int getgroups(int, gid_t *);
int getopt(int, char *const *, const char *);
pid_t getpid(void);
pid_t getsid(pid_t);
pid_t getppid(void);
int getresgid(gid_t *, gid_t *, gid_t *);
int getresuid(uid_t *, uid_t *, uid_t *);
uid_t getuid(void);
int initgroups(const char *, gid_t);
int isatty(int);
int ttyname_r(int, char *, size_t);
int issetugid(void);
off_t lseek(int, off_t, int);
int pipe(int *);
int pipe2(int *, int);
ssize_t pread(int, void *, size_t, off_t);
ssize_t read(int, void *, size_t);
int rmdir(const char *);
int setegid(gid_t);
int seteuid(uid_t);
int setgid(gid_t);
int setgroups(int, const gid_t *);
pid_t setsid(void);
void setproctitle(const char *, ...) __attribute__((format(printf, 1, 2)));
int setregid(gid_t, gid_t);
int setresgid(gid_t, gid_t, gid_t);
int setresuid(uid_t, uid_t, uid_t);
int setreuid(uid_t, uid_t);
int setuid(uid_t);
int unlink(const char *);
int unlinkat(int, const char *, int);
ssize_t write(int, const void *, size_t);

#endif
