/* How a process becomes a watcher. */
#ifndef WATCHER_START_H
#define WATCHER_START_H

#include "ipc/watcher_args.h"

/* Confines the process and watches until it exits. */
void watcher_start(const struct watcher_args *) __attribute__((noreturn));

#endif
