/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_IOCTL_H
#define CROSS_SYS_IOCTL_H

#define FIONBIO	     0x8004667eUL
#define SIOCGIFFLAGS 0xc0206911UL
#define TIOCGWINSZ   0x40087468UL

struct winsize {
	unsigned short ws_row;
	unsigned short ws_col;
	unsigned short ws_xpixel;
	unsigned short ws_ypixel;
};

int ioctl(int, unsigned long, ...);

#endif
