#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/if_arp.h>

#include <pcap/dlt.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "link_linux.h"

/* The pseudo header of DLT_LINUX_SLL2. */
#define SLL2_SIZE 20

static const struct {
	unsigned int l_hardware;
	int l_type;
} links[] = {
	{ ARPHRD_ETHER, DLT_EN10MB },
	{ ARPHRD_LOOPBACK, DLT_EN10MB },
	{ ARPHRD_METRICOM, DLT_EN10MB },
	/* Nothing in front of IP. */
	{ ARPHRD_NONE, DLT_RAW },
	{ ARPHRD_TUNNEL, DLT_RAW },
	{ ARPHRD_SIT, DLT_RAW },
	{ ARPHRD_SLIP, DLT_RAW },
	{ ARPHRD_CSLIP, DLT_RAW },
	{ ARPHRD_SLIP6, DLT_RAW },
	{ ARPHRD_CSLIP6, DLT_RAW },
	{ ARPHRD_ADAPT, DLT_RAW },
	{ ARPHRD_RAWHDLC, DLT_RAW },
	{ ARPHRD_DLCI, DLT_RAW },
	/* Headers of their own. */
	{ ARPHRD_IEEE80211, DLT_IEEE802_11 },
	{ ARPHRD_IEEE80211_PRISM, DLT_PRISM_HEADER },
	{ ARPHRD_IEEE80211_RADIOTAP, DLT_IEEE802_11_RADIO },
	{ ARPHRD_IEEE802154, DLT_IEEE802_15_4_NOFCS },
	{ ARPHRD_CISCO, DLT_C_HDLC },
	{ ARPHRD_CAN, DLT_CAN_SOCKETCAN },
	{ ARPHRD_FDDI, DLT_FDDI },
	{ ARPHRD_IEEE802, DLT_IEEE802 },
	{ ARPHRD_IEEE802_TR, DLT_IEEE802 },
};

int
link_type(unsigned int hardware)
{
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].l_hardware == hardware)
			return links[i].l_type;
	return DLT_LINUX_SLL2;
}

bool
link_is_cooked(int type)
{
	return type == DLT_LINUX_SLL2;
}

/* What the kernel knows of the pseudo header, by offset and size. */
static const struct {
	uint32_t f_offset;
	uint16_t f_size;
	int f_name;
} fields[] = {
	{ 0, BPF_H, SKF_AD_PROTOCOL },
	{ 4, BPF_W, SKF_AD_IFINDEX },
	{ 8, BPF_H, SKF_AD_HATYPE },
	{ 10, BPF_B, SKF_AD_PKTTYPE },
};

static int
cook_field(struct filter_insn *in)
{
	size_t i;

	if (in->fi_code != (BPF_LD | BPF_ABS | BPF_SIZE(in->fi_code)))
		return -1;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].f_offset == in->fi_k &&
		    fields[i].f_size == BPF_SIZE(in->fi_code)) {
			in->fi_k = (uint32_t)(SKF_AD_OFF + fields[i].f_name);
			return 0;
		}
	}
	return -1;
}

static int
cook(struct filter_insn *in)
{
	unsigned int mode = BPF_MODE(in->fi_code);

	if (BPF_CLASS(in->fi_code) != BPF_LD &&
	    BPF_CLASS(in->fi_code) != BPF_LDX)
		return 0;
	if (mode != BPF_ABS && mode != BPF_IND && mode != BPF_MSH)
		return 0;
	/* The kernel's own names stay. */
	if (mode == BPF_ABS && in->fi_k >= (uint32_t)SKF_AD_OFF)
		return 0;
	if (in->fi_k < SLL2_SIZE)
		return cook_field(in);
	in->fi_k -= SLL2_SIZE;
	return 0;
}

int
link_cook(struct filter *f)
{
	size_t i;

	for (i = 0; i < f->f_len; i++)
		if (cook(&f->f_insns[i]) == -1)
			return -1;
	return 0;
}
