#include <pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter_offline.h"

#define MAGIC  0xa1b2c3d4
#define LENGTH 262144

/* The header of a savefile, and how much of it was read or written. */
struct head {
	struct pcap_file_header hd_file;
	size_t hd_done; /* bytes */
};

/* The next bytes that there are, at most len of them. */
static char *
next(struct head *h, int len, size_t *n)
{
	char *p = (char *)&h->hd_file + h->hd_done;

	*n = sizeof(h->hd_file) - h->hd_done;
	if (*n > (size_t)len)
		*n = (size_t)len;
	h->hd_done += *n;
	return p;
}

/* For funopen(3). */
static int
give(void *arg, char *buf, int len)
{
	size_t n;
	const char *p = next(arg, len, &n);

	memcpy(buf, p, n);
	return (int)n;
}

/* For funopen(3).  Drops what follows a header. */
static int
take(void *arg, const char *buf, int len)
{
	size_t n;
	char *p = next(arg, len, &n);

	memcpy(p, buf, n);
	return len;
}

/*
 * Some link types have another number in a file than DLT_...; libpcap tells it
 * only in the header of a file that it writes, and takes all other numbers as
 * they are.
 */
static uint32_t
file_number(int linktype)
{
	struct head head = { .hd_file = { .linktype = (uint32_t)linktype } };
	pcap_dumper_t *dumper;
	pcap_t *p;
	FILE *fp;

	if ((p = pcap_open_dead(linktype, LENGTH)) == NULL)
		return (uint32_t)linktype;
	if ((fp = funopen(&head, NULL, take, NULL, NULL)) != NULL) {
		if ((dumper = pcap_dump_fopen(p, fp)) == NULL)
			fclose(fp);
		else
			pcap_dump_close(dumper);
	}
	pcap_close(p);
	return head.hd_file.linktype;
}

static uint32_t
reverse(uint32_t v)
{
	return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

static void
reverse_header(struct pcap_file_header *h)
{
	h->magic = reverse(h->magic);
	h->version_major = (uint16_t)(h->version_major << 8);
	h->version_minor = (uint16_t)(h->version_minor << 8);
	h->snaplen = reverse(h->snaplen);
	h->linktype = reverse(h->linktype);
}

pcap_t *
filter_offline_open(int linktype, bool swapped)
{
	static struct head head; /* the handle's, as long as the process */
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p;
	FILE *fp;

	memset(&head, 0, sizeof(head));
	head.hd_file.magic = MAGIC;
	head.hd_file.version_major = PCAP_VERSION_MAJOR;
	head.hd_file.version_minor = PCAP_VERSION_MINOR;
	head.hd_file.snaplen = LENGTH;
	head.hd_file.linktype = file_number(linktype);
	if (swapped)
		reverse_header(&head.hd_file);
	if ((fp = funopen(&head, give, NULL, NULL, NULL)) == NULL)
		return NULL;
	if ((p = pcap_fopen_offline(fp, error)) == NULL)
		fclose(fp);
	return p;
}
