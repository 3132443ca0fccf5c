/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter_offline.h"

#define MAGIC  0xa1b2c3d4
#define LENGTH 262144

/* A savefile header as a file in memory. */
struct head {
	struct pcap_file_header hd_file;
	size_t hd_done; /* position; bytes */
};

/* Returns the current position with up to len bytes, and moves behind them. */
static char *
advance(struct head *h, int len, size_t *n)
{
	char *p = (char *)&h->hd_file + h->hd_done;

	*n = sizeof(h->hd_file) - h->hd_done;
	if (*n > (size_t)len)
		*n = (size_t)len;
	h->hd_done += *n;
	return p;
}

/* Read function for funopen(3). */
static int
read_head(void *arg, char *buf, int len)
{
	size_t n;
	const char *p = advance(arg, len, &n);

	memcpy(buf, p, n);
	return (int)n;
}

/* Write function for funopen(3).  Discards bytes behind the header. */
static int
write_head(void *arg, const char *buf, int len)
{
	size_t n;
	char *p = advance(arg, len, &n);

	memcpy(p, buf, n);
	return len;
}

/*
 * Returns the savefile number (LINKTYPE_...) of a DLT_... value.  Some differ,
 * and libpcap exposes the mapping only in the header of a file that it writes.
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
	if ((fp = funopen(&head, NULL, write_head, NULL, NULL)) != NULL) {
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
	static struct head head; /* used by the handle until the process ends */
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
	if ((fp = funopen(&head, read_head, NULL, NULL, NULL)) == NULL)
		return NULL;
	if ((p = pcap_fopen_offline(fp, error)) == NULL)
		fclose(fp);
	return p;
}
