/*
 * With a file of rules: a process that keeps the right to open sources, for
 * when the file is read again.  It holds the sources and looks at none; each
 * watcher is a child of its own, which can do nothing but watch.  It ends as
 * its watcher does.
 *
 * The runner asks by a byte, and answers by one:
 *
 *   runner                keeper
 *   OPENER_READ    -->                   read the file, open what is new in it
 *                  <--    OPENER_BAD     that did not work, and was told of
 *                  <--    OPENER_RULES   they are in the text that both have
 *   OPENER_FINE    -->                   the commands can be executed
 *   OPENER_BAD     -->                   they cannot
 *                  <--    OPENER_NEXT    another watcher waits for the legacy
 *
 * Then the runner tells the watcher to leave.
 */
#ifndef OPENER_H
#define OPENER_H

struct conf;
struct order_ends;
struct priv;
struct source_set;

#define OPENER_READ  'r'
#define OPENER_RULES 't'
#define OPENER_FINE  'f'
#define OPENER_NEXT  'n'
#define OPENER_BAD   'b'

/*
 * The socket between the two, and the text: a file without a name that holds
 * the rules in their canonical form, a 0, how many sources they take, and in a
 * line for each rule how its source counts.
 */
struct opener_ends {
	int pe_opener;
	int pe_runner;
	int pe_text;
};

/*
 * Before fork(2), for a file, or NULL; -1 for all of them where it is read but
 * once, as standard input is.  Or exits.
 */
void opener_open(struct opener_ends *, const char *file);

/* The keeper, in a child.  Forks a watcher at once.  Ends as that one does. */
void opener_run(const struct conf *, const struct source_set *,
    const struct order_ends *, const struct priv *, struct opener_ends *)
    __attribute__((noreturn));

#endif
