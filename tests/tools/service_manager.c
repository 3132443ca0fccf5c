/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * service_manager socket: receives notifications as a service manager does.
 * Prints each datagram as a line, with blanks for line feeds, until killed. The
 * socket is a path, or '@' and an abstract name.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char text[512];
	ssize_t got, i;
	size_t len;
	int sock;

	if (argc != 2 || (len = strlen(argv[1])) >= sizeof(sun.sun_path))
		errx(2, "usage: service_manager socket");
	memcpy(sun.sun_path, argv[1], len);
	if (argv[1][0] == '@')
		sun.sun_path[0] = '\0';
	else
		len++;
	len += offsetof(struct sockaddr_un, sun_path);
	if ((sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(sock, (struct sockaddr *)&sun, (socklen_t)len) == -1)
		err(1, "%s", argv[1]);
	/* Any user may send, as to a real service manager. */
	if (argv[1][0] != '@' && chmod(argv[1], 0777) == -1)
		err(1, "%s", argv[1]);
	while ((got = recv(sock, text, sizeof(text) - 1, 0)) != -1) {
		text[got] = '\0';
		for (i = 0; i < got; i++)
			if (text[i] == '\n')
				text[i] = ' ';
		puts(text);
		fflush(stdout);
	}
	err(1, "%s", argv[1]);
}
