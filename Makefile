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
LDLIBS_Linux = -lpcap -lbpf -lmnl -lseccomp -lcap-ng -lbsd
OBJ_Linux = src/classic.o src/ebpf.o src/ebpf_filter.o src/ebpf_program.o \
	src/follow_linux.o src/leash_linux.o src/link_linux.o src/live_linux.o src/priv_linux.o \
	src/source_linux.o src/source_nflog.o src/source_packet.o

ALL_CFLAGS = -std=c11 ${WARNINGS} -DVERSION='"${VERSION}"' -Isrc \
	${CPPFLAGS_${OS}} ${CFLAGS}
ALL_LDFLAGS = ${LDFLAGS_${OS}} ${LDFLAGS}

OBJ = src/caret.o src/clock.o src/command.o src/dry.o src/filter.o src/job.o \
	src/log.o src/main.o src/options.o src/order.o src/replay.o \
	src/report.o src/rule.o src/run.o src/runner.o src/savefile.o \
	src/savefile_filter.o src/signals.o src/source.o src/text.o \
	src/value.o src/watcher.o ${OBJ_${OS}}
HDR = src/caret.h src/classic.h src/clock.h src/command.h src/conf.h \
	src/dry.h src/ebpf.h src/ebpf_filter.h src/ebpf_insn.h \
	src/ebpf_program.h src/filter.h src/follow.h src/job.h src/leash.h \
	src/link_linux.h src/live.h src/log.h src/order.h src/priv.h \
	src/replay.h src/report.h src/rule.h src/run.h src/runner.h \
	src/savefile.h src/signals.h src/source.h src/source_linux.h \
	src/text.h src/value.h src/watcher.h

all: bpfstatsd

bpfstatsd: ${OBJ}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ ${OBJ} ${LDLIBS_${OS}}

${OBJ}: ${HDR} Makefile

.SUFFIXES: .c .o
.c.o:
	${CC} ${ALL_CFLAGS} -c -o $@ $<

# See it work: installs what it needs, builds, and runs on real packets.
demo:
	sh dist/deps demo
	${MAKE} all
	sh dist/demo

install: all
	mkdir -p "${DESTDIR}${BINDIR}" "${DESTDIR}${MANDIR}/man8"
	install -m ${BINMODE} bpfstatsd "${DESTDIR}${BINDIR}/bpfstatsd"
	install -m 0644 bpfstatsd.8 "${DESTDIR}${MANDIR}/man8/bpfstatsd.8"

uninstall:
	rm -f "${DESTDIR}${BINDIR}/bpfstatsd"
	rm -f "${DESTDIR}${MANDIR}/man8/bpfstatsd.8"

clean:
	rm -f bpfstatsd src/*.o ${UNIT} tests/unit/*.o
	rm -rf tests/live/bin tests/bench/bin build

#
# Tests.  A unit test is linked with the objects that it names and no others:
# that proves the layering.
#
UNIT = tests/unit/test_caret tests/unit/test_link tests/unit/test_clock tests/unit/test_job tests/unit/test_job_sim \
	tests/unit/test_job_time \
	tests/unit/test_order tests/unit/test_rule tests/unit/test_run \
	tests/unit/test_value
LIVE = tests/live/bin/flood tests/live/bin/nothing tests/live/bin/evil.so \
	tests/live/bin/faultcmd.so tests/live/bin/look tests/live/bin/mix \
	tests/live/bin/nosandbox.so tests/live/bin/parent \
	tests/live/bin/savefile \
	tests/live/bin/segments tests/live/bin/translate \
	tests/live/bin/udpflood \
	tests/live/bin/verdict tests/live/bin/frames

check:
	sh dist/deps check
	${MAKE} all tests
	sh tests/run tests/lint.t tests/manual.t tests/unit.t tests/live/*.t

tests: ${UNIT} ${LIVE}

# The same tests with the sanitizers, on a copy.
check-asan:
	sh dist/deps check
	rm -rf build/asan && mkdir -p build/asan
	cp -R Makefile bpfstatsd.8 README.md src tests dist examples build/asan
	cd build/asan && ${MAKE} clean && ${MAKE} CFLAGS="${ASAN_CFLAGS}" \
	    LIVE_CFLAGS="-O2" all tests && \
	    ASAN_OPTIONS=${ASAN_OPTIONS} UBSAN_OPTIONS=print_stacktrace=1 \
	    sh tests/run tests/unit.t tests/live/*.t

ASAN_CFLAGS = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=address,undefined
ASAN_OPTIONS = detect_leaks=1

tests/unit/test_caret: tests/unit/test_caret.o src/caret.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/caret.o \
	    ${LDLIBS_${OS}} -lcmocka
tests/unit/test_link: tests/unit/test_link.o src/link_linux.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/link_linux.o -lcmocka
tests/unit/test_clock: tests/unit/test_clock.o src/clock.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/clock.o -lcmocka
tests/unit/test_job: tests/unit/test_job.o src/job.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/job.o -lcmocka
tests/unit/test_job_sim: tests/unit/test_job_sim.o src/job.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/job.o -lcmocka
tests/unit/test_job_time: tests/unit/test_job_time.o src/job.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/job.o -lcmocka
tests/unit/test_order: tests/unit/test_order.o src/order.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/order.o -lcmocka
tests/unit/test_rule: tests/unit/test_rule.o src/rule.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/rule.o -lcmocka
tests/unit/test_run: tests/unit/test_run.o src/run.o src/clock.o src/log.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/run.o src/clock.o \
	    src/log.o -lcmocka
tests/unit/test_value: tests/unit/test_value.o src/value.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/value.o \
	    ${LDLIBS_${OS}} -lcmocka

LIVE_CFLAGS = -O2
JUDGE = tests/live/judge.c tests/live/frame.c src/ebpf_filter.o \
	src/ebpf_program.o
FILTER = src/caret.o src/clock.o src/filter.o src/link_linux.o \
	src/live_linux.o src/priv_linux.o
LIVE_CC = mkdir -p tests/live/bin && ${CC} -std=c11 ${WARNINGS} \
	${CPPFLAGS_${OS}} ${LIVE_CFLAGS} -o $@

tests/live/bin/flood: tests/live/flood.c
	${LIVE_CC} tests/live/flood.c
tests/live/bin/nothing: tests/live/nothing.c
	${LIVE_CC} -static tests/live/nothing.c
tests/live/bin/faultcmd.so: tests/live/faultcmd.c
	${LIVE_CC} -shared -fPIC tests/live/faultcmd.c
tests/live/bin/look: tests/live/look.c
	${LIVE_CC} tests/live/look.c
tests/live/bin/mix: tests/live/mix.c ${JUDGE}
	${LIVE_CC} -Isrc tests/live/mix.c ${JUDGE} -lbpf
tests/live/bin/parent: tests/live/parent.c
	${LIVE_CC} tests/live/parent.c
tests/live/bin/savefile: tests/live/savefile.c
	${LIVE_CC} tests/live/savefile.c ${LDLIBS_${OS}}
tests/live/bin/segments: tests/live/segments.c
	${LIVE_CC} tests/live/segments.c
tests/live/bin/udpflood: tests/live/udpflood.c
	${LIVE_CC} tests/live/udpflood.c
tests/live/bin/frames: tests/live/frames.c ${JUDGE}
	${LIVE_CC} -Isrc tests/live/frames.c ${JUDGE} -lbpf
tests/live/bin/translate: tests/live/translate.c ${JUDGE}
	${LIVE_CC} -Isrc tests/live/translate.c ${JUDGE} -lbpf
tests/live/bin/verdict: tests/live/verdict.c ${JUDGE} ${FILTER}
	${LIVE_CC} -Isrc tests/live/verdict.c ${JUDGE} ${FILTER} ${LDLIBS_${OS}}
tests/live/bin/nosandbox.so: tests/live/nosandbox.c
	${LIVE_CC} -shared -fPIC tests/live/nosandbox.c
tests/live/bin/evil.so: tests/live/evil.c src/order.h
	${LIVE_CC} -shared -fPIC tests/live/evil.c

# Figures, with the peers that are installed; minutes on a quiet machine.
bench:
	sh dist/deps bench
	${MAKE} all tests/live/bin/flood tests/live/bin/nothing \
	    tests/live/bin/savefile ${BENCH}
	sh tests/bench/run

BENCH = tests/bench/bin/clock tests/bench/bin/savefile tests/bench/bin/spawn \
	tests/bench/bin/tap

tests/bench/bin/clock: tests/bench/clock.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -static -o $@ \
	    tests/bench/clock.c
tests/bench/bin/savefile: tests/bench/savefile.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -o $@ \
	    tests/bench/savefile.c -lpcap
tests/bench/bin/spawn: tests/bench/spawn.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -o $@ \
	    tests/bench/spawn.c
tests/bench/bin/tap: tests/bench/tap.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -o $@ \
	    tests/bench/tap.c

.PHONY: all bench check check-asan clean demo install tests uninstall
