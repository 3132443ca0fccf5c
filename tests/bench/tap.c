/*
 * tap interface: a packet socket with a filter that accepts nothing and does
 * nothing, until it is killed.  What any socket filter costs at the least.
 */
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &nothing };
	struct sockaddr_ll sll;
	int sock;

	if (argc != 2)
		errx(2, "usage: tap interface");
	if ((sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
	if (setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		sizeof(program)) == -1)
		err(1, "filter");
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_ALL);
	if ((sll.sll_ifindex = (int)if_nametoindex(argv[1])) == 0)
		err(1, "%s", argv[1]);
	if (bind(sock, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind");
	fprintf(stderr, "listening\n");
	for (;;)
		pause();
}
