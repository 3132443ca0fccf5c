/*
 * What runner and opener say to each other to read the rules file again: a
 * byte each, over a stream socket.
 *
 *   runner                opener
 *   OPENER_READ    -->                   read the file, open new sources
 *                  <--    OPENER_BAD     failed, and logged
 *                  <--    OPENER_RULES   the new rules are in the memory file
 *   OPENER_FINE    -->                   their commands can be executed
 *   OPENER_BAD     -->                   their commands cannot be executed
 *                  <--    OPENER_NEXT    a new watcher is confined and waits
 *
 * Then the runner tells the old watcher to leave.
 */
#ifndef OPENER_PROTO_H
#define OPENER_PROTO_H

#define OPENER_READ  'r'
#define OPENER_RULES 't'
#define OPENER_FINE  'f'
#define OPENER_NEXT  'n'
#define OPENER_BAD   'b'

/*
 * Their descriptors, -1 where there is no opener.  The memory file holds the
 * rules in canonical form, a 0, the number of their sources, and for each rule
 * a line that says how its source counts.
 */
struct opener_ends {
	int pe_opener; /* the opener's end of the socket */
	int pe_runner; /* the runner's */
	int pe_text;   /* memory file, of both */
};

#endif
