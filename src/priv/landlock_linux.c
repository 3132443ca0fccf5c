/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/syscall.h>

#include <linux/landlock.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "priv/landlock_linux.h"

/* All rights of the kernel's ABI; older headers lack some of them. */
#define FS_ALL	  ((1ULL << 16) - 1) /* ABI 5 */
#define NET_ALL	  ((1ULL << 2) - 1)  /* ABI 4 */
#define SCOPE_ALL ((1ULL << 2) - 1)  /* ABI 6 */

struct ruleset {
	uint64_t rs_fs;
	uint64_t rs_net;
	uint64_t rs_scope;
};

/*
 * Returns the version of the kernel's ABI; 0 if the kernel is too old, built
 * without Landlock, or in a container that forbids the call.
 */
static long
version(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi == -1 && errno != ENOSYS && errno != EOPNOTSUPP &&
	    errno != EPERM)
		err(1, "landlock");
	return abi == -1 ? 0 : abi;
}

/* Creates a ruleset that allows nothing, limited to the kernel's ABI. */
static int
create(struct ruleset *rs, long abi)
{
	size_t size = sizeof(*rs);
	long fd;

	if (abi < 6)
		size = offsetof(struct ruleset, rs_scope);
	if (abi < 5)
		rs->rs_fs = (1ULL << 15) - 1;
	if (abi < 4)
		size = offsetof(struct ruleset, rs_net);
	if (abi < 3)
		rs->rs_fs = (1ULL << 14) - 1;
	if (abi < 2)
		rs->rs_fs = (1ULL << 13) - 1;
	fd = syscall(SYS_landlock_create_ruleset, rs, size, 0);
	if (fd == -1)
		err(1, "landlock");
	return (int)fd;
}

static void
restrict_by(int fd)
{
	if (syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		err(1, "landlock");
	close(fd);
}

void
landlock_nothing(void)
{
	struct ruleset rs = { FS_ALL, NET_ALL, SCOPE_ALL };
	long abi = version();

	if (abi != 0)
		restrict_by(create(&rs, abi));
}

void
landlock_reading(void)
{
	struct landlock_path_beneath_attr all = {
		.allowed_access =
		    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	};
	/* Network allowed: host names in filters may need a name server. */
	struct ruleset rs = { FS_ALL, 0, SCOPE_ALL };
	long abi = version();
	int fd;

	if (abi == 0)
		return;
	fd = create(&rs, abi);
	if ((all.parent_fd = open("/", O_PATH | O_CLOEXEC)) == -1)
		err(1, "/");
	if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &all,
		0) == -1)
		err(1, "landlock");
	close(all.parent_fd);
	restrict_by(fd);
}
