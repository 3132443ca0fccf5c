#ifndef CROSS_SYS_IOCTL_H
#define CROSS_SYS_IOCTL_H

int ioctl(int, unsigned long, ...);

#endif
