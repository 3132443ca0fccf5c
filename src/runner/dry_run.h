/* What -n prints of the runs that it does not start. */
#ifndef DRY_RUN_H
#define DRY_RUN_H

struct order_start;

/*
 * Adds a line for this ORDER_START.  A reader of standard output that is slow
 * holds the replay up, as it does any filter, and SIGINT and SIGTERM then end
 * the process by default.
 */
void dry_run_print(const struct order_start *, const char *event);

/* 0, or -1 and errno when not all was written. */
int dry_run_flush(void);

#endif
