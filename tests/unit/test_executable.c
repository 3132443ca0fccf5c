/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The first line of a script, and the search for programs. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/executable.h"

static char dir[] = "/tmp/test_executable.XXXXXX";

/* Writes an executable file of this text into the working directory. */
static void
write_file(const char *name, const char *text, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

/* Asserts the interpreter of a file that begins so; NULL: none is found. */
static void
is_interpreter(const char *text, size_t len, const char *wanted)
{
	char name[EXECUTABLE_HEAD];

	write_file("script", text, len);
	if (wanted == NULL) {
		assert_false(executable_interpreter("script", name));
	} else {
		assert_true(executable_interpreter("script", name));
		assert_string_equal(name, wanted);
	}
}

static void
reads_first_lines(void **state)
{
	(void)state;
	is_interpreter("#!/bin/sh\n", 10, "/bin/sh");
	is_interpreter("#!/bin/sh", 9, "/bin/sh");
	is_interpreter("#! \t/bin/sh -e\necho", 19, "/bin/sh");
	is_interpreter("#!/bin/sh\t\n", 11, "/bin/sh");
	is_interpreter("#!/bin/sh\r\n", 11, "/bin/sh\r");
	is_interpreter("#!sh", 4, "sh");
	is_interpreter("#!/a\0b\n", 7, "/a");
	is_interpreter("", 0, NULL);
	is_interpreter("#", 1, NULL);
	is_interpreter("#!", 2, NULL);
	is_interpreter("#! \n/bin/sh\n", 12, NULL);
	is_interpreter(" #!/bin/sh\n", 11, NULL);
	is_interpreter("\177ELF", 4, NULL);
}

/* Linux cuts the line; a name that reaches the end may be incomplete. */
static void
reads_long_lines(void **state)
{
	char line[2 * EXECUTABLE_HEAD], wanted[2 * EXECUTABLE_HEAD];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "#!/", 3);
	is_interpreter(line, sizeof(line), NULL);
	is_interpreter(line, EXECUTABLE_HEAD - 1, NULL);
	line[EXECUTABLE_HEAD - 2] = ' ';
	memcpy(wanted, line + 2, EXECUTABLE_HEAD - 4);
	wanted[EXECUTABLE_HEAD - 4] = '\0';
	is_interpreter(line, sizeof(line), wanted);
}

/* A FIFO without a writer holds nothing up; a test that hangs has failed. */
static void
reads_regular_files(void **state)
{
	char name[EXECUTABLE_HEAD];

	(void)state;
	assert_int_equal(mkfifo("fifo", 0755), 0);
	alarm(10);
	assert_false(executable_interpreter("fifo", name));
	alarm(0);
	assert_false(executable_interpreter(".", name));
	assert_false(executable_interpreter("nowhere", name));
	assert_false(executable_interpreter("/dev/zero", name));
}

/* Asserts that there is no such program, for this reason. */
static void
lacks(const char *name, int error, const char *wanted)
{
	char reason[EXECUTABLE_REASON];

	assert_null(executable_find(name, reason, sizeof(reason)));
	assert_int_equal(errno, error);
	assert_string_equal(reason, wanted);
}

static void
finds(const char *name, const char *wanted)
{
	char reason[EXECUTABLE_REASON];
	char *path = executable_find(name, reason, sizeof(reason));

	assert_non_null(path);
	assert_string_equal(path, wanted);
	free(path);
}

static void
finds_programs(void **state)
{
	char path[sizeof(dir) + 32];

	(void)state;
	snprintf(path, sizeof(path), "/nowhere:%s:/bin", dir);
	assert_int_equal(setenv("PATH", path, 1), 0);
	snprintf(path, sizeof(path), "%s/tool", dir);
	write_file("tool", "#!/bin/sh\n", 10);
	finds("tool", path);
	finds("./tool", "./tool");
	finds("sh", "/bin/sh");
	lacks("nowhere", ENOENT, "No such file or directory");
	lacks("", ENOENT, "No such file or directory");
	lacks("./fifo", EACCES, "Permission denied");
	lacks("/", EACCES, "Permission denied");
	write_file("tool", "#!/bin/no\n", 10);
	lacks("tool", ENOENT, "interpreter /bin/no: No such file or directory");
	write_file("tool", "#!/\n", 4);
	lacks("tool", EACCES, "interpreter /: Permission denied");
	write_file("tool", "#!\033[\r\n", 6);
	lacks("tool", ENOENT,
	    "interpreter ?[: its line ends in CR LF; convert the script to LF");
}

static void
follows_interpreters(void **state)
{
	(void)state;
	write_file("first", "#!second\n", 9);
	write_file("second", "#!/bin/sh\n", 10);
	finds("./first", "./first");
	write_file("second", "#!third\n", 8);
	lacks("./first", ENOENT,
	    "interpreter second: interpreter third: "
	    "No such file or directory");
	/* The kernel refuses this one, the search must only end. */
	write_file("self", "#!self\n", 7);
	finds("./self", "./self");
}

static void
explains(const char *path, int error, const char *wanted)
{
	char reason[EXECUTABLE_REASON];

	executable_explain(path, error, reason, sizeof(reason));
	assert_string_equal(reason, wanted);
}

static void
explains_failures(void **state)
{
	(void)state;
	write_file("good", "#!/bin/sh\n", 10);
	write_file("bad", "#!/bin/no\n", 10);
	explains("nowhere", ENOENT, "No such file or directory");
	explains(
	    "bad", ENOENT, "interpreter /bin/no: No such file or directory");
	explains("good", ENOENT,
	    "the file exists, but not the interpreter or dynamic loader that "
	    "it names");
	explains("good", EACCES, "Permission denied");
	explains("bad", ENOMEM, "Cannot allocate memory");
}

static int
enter(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL || chdir(dir) == -1 ? -1 : 0;
}

static int
leave(void **state)
{
	static const char *const names[] = { "bad", "fifo", "first", "good",
		"script", "second", "self", "tool" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(names[i]);
	return chdir("/") == -1 || rmdir(dir) == -1 ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_first_lines),
		cmocka_unit_test(reads_long_lines),
		cmocka_unit_test(reads_regular_files),
		cmocka_unit_test(finds_programs),
		cmocka_unit_test(follows_interpreters),
		cmocka_unit_test(explains_failures),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
