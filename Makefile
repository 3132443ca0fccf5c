# For GNU make and BSD make alike.

VERSION = 1.0

PREFIX = /usr/local
BINDIR = ${PREFIX}/bin
MANDIR = ${PREFIX}/share/man
BINMODE = 0755

CC = cc
CFLAGS = -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wstrict-prototypes -Wmissing-prototypes

OS != uname -s

CPPFLAGS_Linux = -D_GNU_SOURCE -DLIBBSD_OVERLAY -isystem /usr/include/bsd
LDFLAGS_Linux = -Wl,-z,relro -Wl,-z,now
LDLIBS_Linux = -lbpf -lseccomp -lcap-ng -lbsd
OBJ_Linux = src/ebpf.o src/leash_linux.o src/priv_linux.o \
	src/source_linux.o src/source_packet.o

ALL_CFLAGS = -std=c11 ${WARNINGS} -DVERSION='"${VERSION}"' \
	${CPPFLAGS_${OS}} ${CFLAGS}
ALL_LDFLAGS = ${LDFLAGS_${OS}} ${LDFLAGS}

OBJ = src/clock.o src/job.o src/log.o src/main.o src/options.o src/order.o \
	src/rule.o src/run.o src/runner.o src/signals.o src/source.o \
	src/spawn.o src/value.o src/watcher.o ${OBJ_${OS}}
HDR = src/clock.h src/conf.h src/ebpf.h src/job.h src/leash.h src/log.h \
	src/order.h src/priv.h src/rule.h src/run.h src/runner.h \
	src/signals.h src/source.h src/source_linux.h src/spawn.h \
	src/value.h src/watcher.h

all: bpfstatsd

bpfstatsd: ${OBJ}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ ${OBJ} ${LDLIBS_${OS}}

${OBJ}: ${HDR}

.SUFFIXES: .c .o
.c.o:
	${CC} ${ALL_CFLAGS} -c -o $@ $<

clean:
	rm -f bpfstatsd src/*.o

.PHONY: all clean
