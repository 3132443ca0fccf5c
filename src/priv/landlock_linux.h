/*
 * Linux: what of the file system and of other processes is out of reach, for
 * good.  Where a kernel or a container has no Landlock this does nothing; the
 * list of system calls has to do then.  Failures end the process.
 */
#ifndef LANDLOCK_LINUX_H
#define LANDLOCK_LINUX_H

/* No file, no TCP port, no signal to anybody outside. */
void landlock_nothing(void);

/* Files can be read, and neither written nor executed. */
void landlock_reading(void);

#endif
