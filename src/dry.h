/* What -n prints of the runs that it does not start. */
#ifndef DRY_H
#define DRY_H

struct order;

/* A line for this ORDER_START; it may wait for dry_flush. */
void dry_print(const struct order *, const char *event);

/* 0, or -1 and errno when not all was written. */
int dry_flush(void);

#endif
