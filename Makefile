# For GNU make and BSD make alike.

VERSION = 1.0

PREFIX = /usr/local
BINDIR = ${PREFIX}/bin
# Where man(1) looks.
MANDIR = ${MANDIR_${OS}}
MANDIR_Linux = ${PREFIX}/share/man
MANDIR_OpenBSD = ${PREFIX}/man
MANDIR_FreeBSD = ${PREFIX}/share/man
MANDIR_NetBSD = ${PREFIX}/man
MANDIR_DragonFly = ${PREFIX}/share/man
MANDIR_Darwin = ${PREFIX}/share/man
# Where bpfstatsctl looks for the socket.
RUNDIR = ${RUNDIR_${OS}}
RUNDIR_Linux = /run
RUNDIR_OpenBSD = /var/run
RUNDIR_FreeBSD = /var/run
RUNDIR_NetBSD = /var/run
RUNDIR_DragonFly = /var/run
RUNDIR_Darwin = /var/run
# OpenBSD: setuid root, as it came into being there; BINMODE=0755 is without.
BINMODE = ${BINMODE_${OS}}
BINMODE_OpenBSD = 4755
BINMODE_FreeBSD = 0755
BINMODE_NetBSD = 0755
BINMODE_DragonFly = 0755
BINMODE_Darwin = 0755
BINMODE_Linux = 0755
BINOWNER = ${BINOWNER_${OS}}
BINOWNER_OpenBSD = -o root -g wheel
# For install-completions, install-systemd and install-conf, which packages want.
SYSCONFDIR = /etc
BASHDIR = ${PREFIX}/share/bash-completion/completions
ZSHDIR = ${PREFIX}/share/zsh/site-functions
FISHDIR = ${PREFIX}/share/fish/vendor_completions.d
UNITDIR = ${PREFIX}/lib/systemd/system
SYSUSERSDIR = ${PREFIX}/lib/sysusers.d
# For install-setcap; firewall log groups: cap_net_admin,cap_bpf.
CAPS = cap_net_raw,cap_bpf

CC = cc
YACC = yacc
CFLAGS = -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wstrict-prototypes -Wmissing-prototypes

OS != uname -s

# Linux: where the libraries are differs by distribution and release, so
# pkg-config(1) says it, once for each run of make.  Without pkg-config the
# flags are those that most systems need.
PKG_CONFIG = pkg-config
LIBRARIES = libpcap libbpf libmnl libseccomp libcap-ng libbsd-overlay
PKG_CFLAGS != [ "${OS}" != Linux ] || \
	${PKG_CONFIG} --cflags ${LIBRARIES} 2>/dev/null || \
	echo -DLIBBSD_OVERLAY -isystem /usr/include/bsd
PKG_LIBS != [ "${OS}" != Linux ] || \
	${PKG_CONFIG} --libs ${LIBRARIES} 2>/dev/null || \
	echo -lpcap -lbpf -lmnl -lseccomp -lcap-ng -lbsd
PKG_LIBS_CTL != [ "${OS}" != Linux ] || \
	${PKG_CONFIG} --libs libbsd-overlay 2>/dev/null || echo -lbsd
# The unit tests' library, on every system.
CMOCKA != ${PKG_CONFIG} --libs cmocka 2>/dev/null || echo -lcmocka

CPPFLAGS_Linux = -D_GNU_SOURCE ${PKG_CFLAGS}
LDFLAGS_Linux = -Wl,-z,relro -Wl,-z,now
CTLLIBS_Linux = ${PKG_LIBS_CTL}
LDLIBS_Linux = ${PKG_LIBS}
OBJ_Linux = src/priv/caps_linux.o src/source/linux/cbpf.o src/source/linux/ebpf.o src/source/linux/ebpf_metadata.o \
	src/source/linux/ebpf_clock.o src/source/linux/ebpf_translate.o src/source/linux/ebpf_insn.o src/source/linux/ebpf_nflog.o \
	src/source/linux/ebpf_program.o src/source/linux/ebpf_segments.o src/source/linux/ebpf_silence.o \
	src/source/linux/ebpf_window.o src/source/linux/interface.o src/priv/landlock_linux.o \
	src/runner/pdeath_linux.o src/source/linux/linktype.o src/filter/pcap_live_linux.o src/source/linux/socket_counter.o \
	src/runner/sdnotify_linux.o src/priv/priv_linux.o src/base/anonfile_memfd.o \
	src/source/linux/source_linux.o src/source/linux/nflog.o src/source/linux/packet.o \
	src/runner/spawn_linux.o src/source/linux/packet_socket.o

# The BSDs and macOS.
BPF = src/source/bpf/device.o src/source/bpf/bpf_handover.o src/source/bpf/bpf_open.o src/source/bpf/reopen.o \
	src/source/bpf/records.o src/filter/pcap_live_none.o src/runner/sdnotify_none.o src/source/bpf/ifnotify_route.o \
	src/base/anonfile_tmp.o src/source/bpf/bpf.o src/source/bpf/source_bpf.o src/runner/spawn_bsd.o

LDLIBS_OpenBSD = -lpcap
OBJ_OpenBSD = ${BPF} src/runner/pdeath_none.o src/priv/priv_openbsd.o

LDLIBS_FreeBSD = -lpcap
OBJ_FreeBSD = ${BPF} src/runner/pdeath_procctl.o src/priv/priv_freebsd.o

# strtonum(3) is not shown otherwise.
CPPFLAGS_NetBSD = -D_OPENBSD_SOURCE -include compat/setresid.h
LDLIBS_NetBSD = -lpcap
OBJ_NetBSD = ${BPF} compat/setresid.o src/runner/pdeath_none.o src/priv/priv_none.o

LDLIBS_DragonFly = -lpcap
OBJ_DragonFly = ${BPF} src/runner/pdeath_procctl.o src/priv/priv_none.o

CPPFLAGS_Darwin = -include compat/compat.h -include compat/setresid.h
LDLIBS_Darwin = -lpcap
COMPAT_Darwin = ${COMPAT} compat/closefrom.o
COMPAT = compat/pipe2.o compat/poll.o compat/socket.o
OBJ_Darwin = ${BPF} ${COMPAT} compat/closefrom.o compat/setresid.o \
	src/runner/pdeath_none.o src/priv/priv_none.o

# syslog_socket.o where syslog(3) may wait for a system's log that is busy.
SYSLOG_Linux = src/base/log_syslog_nowait.o
SYSLOG_OpenBSD = src/base/log_syslog.o
SYSLOG_FreeBSD = src/base/log_syslog_nowait.o
SYSLOG_NetBSD = src/base/log_syslog_nowait.o
SYSLOG_DragonFly = src/base/log_syslog_nowait.o
SYSLOG_Darwin = src/base/log_syslog.o
LOG = src/base/clock.o src/base/json.o src/base/log.o src/base/log_json.o src/base/output.o \
	${SYSLOG_${OS}}

ALL_CFLAGS = -std=c11 ${WARNINGS} -DVERSION='"${VERSION}"' -Isrc \
	-DRUNDIR='"${RUNDIR}"' \
	${CPPFLAGS_${OS}} ${CFLAGS}
ALL_LDFLAGS = ${LDFLAGS_${OS}} ${LDFLAGS}

# The rules file; tests/conf is linked with these and no others.
OBJ_CONF = src/conf/build.o src/conf/conf.o src/conf/conf_print.o src/conf/conf_file.o ${LOG} \
	src/conf/symtab.o src/conf/conf_error.o src/conf/scan.o src/base/textfile.o src/conf/lexer.o src/conf/value.o \
	src/conf/when.o
OBJ = ${OBJ_CONF} build/parse.o src/runner/stats_text.o src/filter/filter_caret.o src/base/child.o \
	src/runner/command.o src/base/detach.o src/watcher/watcher_poll.o src/runner/dry_run.o src/priv/process_env.o src/filter/filter.o \
	src/filter/filter_error.o src/watcher/handover.o src/runner/orders.o src/conf/hint.o src/engine/policy.o \
	src/opener/opener.o src/source/listener.o src/main.o src/conf/conf_diff.o src/runner/interface_log.o src/filter/pcap_offline.o \
	src/conf/options.o src/ipc/order.o src/source/pacing.o src/base/fdpass.o src/priv/priv_setuid.o \
	src/priv/priv_user.o src/source/source_release.o src/runner/reload.o src/watcher/replay.o src/runner/run_log.o \
	src/engine/condition.o \
	src/runner/process.o src/runner/runner.o src/watcher/savefile.o src/runner/savefile_filter.o \
	src/base/signals.o src/control/reply_buffer.o src/base/unix_listen.o src/source/source.o src/source/source_set.o \
	src/runner/spawn_fork.o src/runner/stats_query.o src/runner/job.o src/runner/job_table.o src/control/control.o \
	src/runner/control_link.o src/watcher/trigger.o src/watcher/watcher_start.o src/watcher/watcher.o ${OBJ_${OS}}

# The program that asks for statistics.
OBJ_CTL = src/ctl/main.o src/ctl/client.o src/ctl/print_json.o src/ctl/print_metrics.o \
	src/ctl/reply.o src/ctl/print_table.o src/ctl/rates.o src/ctl/watch.o
OBJ_ASK = ${OBJ_CTL} src/base/clock.o src/base/json.o ${COMPAT_${OS}}

all: bpfstatsd bpfstatsctl

objects: ${OBJ} ${OBJ_CTL}
	@ls ${OBJ} ${OBJ_CTL} >/dev/null

# What this system's programs are made of; OS=... asks for another's.
list:
	@echo ${OBJ} ${OBJ_CTL}

# The flags by which this system's libraries are found, for tests that compile
# by themselves.
list-flags:
	@echo ${CPPFLAGS_${OS}}

list-tests:
	@echo ${TOGETHER} ${ALONE}

bpfstatsd: ${OBJ}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ ${OBJ} ${LDLIBS_${OS}}

bpfstatsctl: ${OBJ_ASK}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ ${OBJ_ASK} ${CTLLIBS_${OS}}

${OBJ} ${OBJ_CTL}: compat/*.h src/*/*.h src/*/*/*.h Makefile

# Not into src, where every file is looked at by tests/lint.t.
build/parse.c: src/conf/parse.y
	mkdir -p build
	${YACC} -o build/parse.c src/conf/parse.y

.SUFFIXES: .c .o
.c.o:
	${CC} ${ALL_CFLAGS} -c -o $@ $<

# See it work: installs what it needs, builds, and runs on real packets.
demo:
	sh dist/deps demo
	${MAKE} all
	sh dist/demo

install: all
	mkdir -p "${DESTDIR}${BINDIR}" "${DESTDIR}${MANDIR}/man5" \
	    "${DESTDIR}${MANDIR}/man8"
	install ${BINOWNER} -m ${BINMODE} bpfstatsd \
	    "${DESTDIR}${BINDIR}/bpfstatsd"
	install -m 0755 bpfstatsctl "${DESTDIR}${BINDIR}/bpfstatsctl"
	install -m 0644 bpfstatsd.conf.5 \
	    "${DESTDIR}${MANDIR}/man5/bpfstatsd.conf.5"
	install -m 0644 bpfstatsd.8 "${DESTDIR}${MANDIR}/man8/bpfstatsd.8"
	install -m 0644 bpfstatsctl.8 \
	    "${DESTDIR}${MANDIR}/man8/bpfstatsctl.8"

# Linux: who may execute it can count, and commands get no right.
install-setcap: install
	setcap ${CAPS}=ep "${DESTDIR}${BINDIR}/bpfstatsd"

# What can follow in a command line, for bash, zsh and fish.
install-completions:
	mkdir -p "${DESTDIR}${BASHDIR}" "${DESTDIR}${ZSHDIR}" \
	    "${DESTDIR}${FISHDIR}"
	for name in bpfstatsctl bpfstatsd; do \
		from=dist/completions/$$name; \
		install -m 0644 $$from.bash "${DESTDIR}${BASHDIR}/$$name" && \
		install -m 0644 $$from.zsh "${DESTDIR}${ZSHDIR}/_$$name" && \
		install -m 0644 $$from.fish "${DESTDIR}${FISHDIR}/" || exit; \
	done

# Rules to begin with, where there are none.
install-conf:
	mkdir -p "${DESTDIR}${SYSCONFDIR}"
	[ -e "${DESTDIR}${SYSCONFDIR}/bpfstatsd.conf" ] || \
	    install -m 0644 dist/bpfstatsd.conf \
	    "${DESTDIR}${SYSCONFDIR}/bpfstatsd.conf"

# The units, with the program where it is, and the user that they need.
install-systemd:
	mkdir -p "${DESTDIR}${UNITDIR}" "${DESTDIR}${SYSUSERSDIR}"
	for unit in bpfstatsd.service bpfstatsd@.service; do \
		sed "s|/usr/bin/bpfstatsd|${BINDIR}/bpfstatsd|" \
		    "dist/systemd/$$unit" >"${DESTDIR}${UNITDIR}/$$unit" && \
		    chmod 0644 "${DESTDIR}${UNITDIR}/$$unit" || exit; \
	done
	install -m 0644 dist/sysusers.d/bpfstatsd.conf \
	    "${DESTDIR}${SYSUSERSDIR}/bpfstatsd.conf"

# All but the rules, which are the administrator's.
uninstall:
	rm -f "${DESTDIR}${BASHDIR}/bpfstatsctl" \
	    "${DESTDIR}${BASHDIR}/bpfstatsd" \
	    "${DESTDIR}${FISHDIR}/bpfstatsctl.fish" \
	    "${DESTDIR}${FISHDIR}/bpfstatsd.fish" \
	    "${DESTDIR}${ZSHDIR}/_bpfstatsctl" \
	    "${DESTDIR}${ZSHDIR}/_bpfstatsd" \
	    "${DESTDIR}${UNITDIR}/bpfstatsd.service" \
	    "${DESTDIR}${UNITDIR}/bpfstatsd@.service" \
	    "${DESTDIR}${SYSUSERSDIR}/bpfstatsd.conf"
	rm -f "${DESTDIR}${BINDIR}/bpfstatsd" "${DESTDIR}${BINDIR}/bpfstatsctl"
	rm -f "${DESTDIR}${MANDIR}/man5/bpfstatsd.conf.5"
	rm -f "${DESTDIR}${MANDIR}/man8/bpfstatsd.8"
	rm -f "${DESTDIR}${MANDIR}/man8/bpfstatsctl.8"

clean:
	rm -f bpfstatsd bpfstatsctl compat/*.o src/*.o ${UNIT} tests/unit/*.o
	rm -rf tests/conf/bin tests/live/bin tests/bench/bin tests/fuzz/bin \
	    build

#
# Tests.  A unit test is linked with the objects that it names and no others:
# that proves the layering.
#
UNIT = tests/unit/test_filter_caret tests/unit/test_clock tests/unit/test_compat \
	tests/unit/test_ctl tests/unit/test_reply_buffer \
	tests/unit/test_policy tests/unit/test_policy_sim tests/unit/test_policy_time \
	tests/unit/test_linktype tests/unit/test_log tests/unit/test_conf_diff \
	tests/unit/test_sdnotify tests/unit/test_order \
	tests/unit/test_interface_log tests/unit/test_order_stream tests/unit/test_pacing tests/unit/test_fdpass \
	tests/unit/test_records tests/unit/test_condition tests/unit/test_condition_idle \
	tests/unit/test_condition_rate tests/unit/test_process tests/unit/test_signals tests/unit/test_value \
	tests/unit/test_when
LIVE = tests/live/bin/caller tests/live/bin/capture tests/live/bin/churn tests/live/bin/clients \
	tests/live/bin/flood \
	tests/live/bin/nothing tests/live/bin/evil.so \
	tests/live/bin/faultcmd.so tests/live/bin/look tests/live/bin/many \
	tests/live/bin/manager \
	tests/live/bin/mix \
	tests/live/bin/nosandbox.so tests/live/bin/pairs tests/live/bin/parent \
	tests/live/bin/ports \
	tests/live/bin/savefile \
	tests/live/bin/segments tests/live/bin/stamp \
	tests/live/bin/translate \
	tests/live/bin/udpflood \
	tests/live/bin/verdict tests/live/bin/frames

CONF = tests/conf/bin/bison tests/conf/bin/byacc
FUZZ = tests/fuzz/bin/parse tests/fuzz/bin/translate

check:
	sh dist/deps check
	${MAKE} all tests bsd
	sh tests/run ${TOGETHER} alone ${ALONE}

# Three at a time, the longest first; and those that look at clocks or use all of
# the machine.  tests/lint.t knows whether one is forgotten.
TOGETHER = tests/lint.t tests/cross.t tests/debian.t tests/package.t \
	tests/live/exact.t tests/live/many.t tests/live/endurance.t \
	tests/live/churn.t tests/live/replay.t tests/bsd/exact.t \
	tests/live/reload.t tests/bsd/reload.t tests/live/death.t \
	tests/bsd/churn.t tests/live/fuzz.t tests/live/filter.t \
	tests/live/verdict.t tests/live/nflog.t tests/live/valgrind.t \
	tests/live/setuid.t tests/live/setuid-options.t tests/live/links.t \
	tests/live/badluck.t tests/live/sandbox.t tests/live/kinds.t \
	tests/bsd/model.t tests/bsd/socket.t tests/live/camera.t \
	tests/live/bytes.t tests/live/examples.t tests/live/packets.t \
	tests/live/rights.t tests/live/rules.t tests/live/recipe-container.t \
	tests/live/linktypes.t tests/live/names.t \
	tests/live/recipe-grafana.t tests/live/recipe-ondemand.t \
	tests/live/recipe-quota.t tests/live/recipe-synflood.t \
	tests/live/ctl.t tests/live/log.t tests/live/output.t tests/live/stop.t \
	tests/unit.t tests/conf.t tests/one.t tests/install.t tests/manual.t tests/dist.t \
	tests/bsd/direction.t tests/bsd/devices.t \
	tests/service.t tests/completions.t tests/live/notify.t \
	tests/live/keeper.t tests/live/interval.t
ALONE = tests/build.t tests/live/stats.t tests/live/faults.t \
	tests/live/quiet.t tests/live/triggers.t tests/live/silence.t \
	tests/bsd/quiet.t tests/bsd/silence.t \
	tests/systemd.t

# The headers that they are compiled by have changed, too.
${UNIT:=.o}: src/*/*.h src/*/*/*.h

tests: ${UNIT} ${CONF} ${LIVE} ${FUZZ}

# The program of each BSD and of macOS, on a model of their bpf(4).
bsd: tests/live/bin/nothing
	CC="${CC}" MAKE="${MAKE}" sh tests/bsd/build model
	CC="${CC}" MAKE="${MAKE}" sh tests/bsd/build daemon

# The same tests with the sanitizers, on a copy.
check-asan:
	sh dist/deps check
	rm -rf build/asan && mkdir -p build/asan
	cp -R Makefile bpfstatsctl.8 bpfstatsd.8 bpfstatsd.conf.5 README.md compat src tests \
	    dist examples build/asan
	cd build/asan && ${MAKE} clean && ${MAKE} CFLAGS="${ASAN_CFLAGS}" \
	    LIVE_CFLAGS="-O2" all tests && \
	    ASAN_OPTIONS=${ASAN_OPTIONS} UBSAN_OPTIONS=print_stacktrace=1 \
	    sh tests/run alone tests/unit.t tests/conf.t tests/live/*.t

ASAN_CFLAGS = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=address,undefined
ASAN_OPTIONS = detect_leaks=1

tests/unit/test_filter_caret: tests/unit/test_filter_caret.o src/filter/filter_caret.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/filter/filter_caret.o \
	    ${LDLIBS_${OS}} ${CMOCKA}
tests/unit/test_ctl: tests/unit/test_ctl.o src/ctl/reply.o src/ctl/print_table.o \
    src/ctl/rates.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/ctl/reply.o \
	    src/ctl/print_table.o src/ctl/rates.o ${CMOCKA}
tests/unit/test_reply_buffer: tests/unit/test_reply_buffer.o src/control/reply_buffer.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/control/reply_buffer.o ${CMOCKA}
tests/unit/test_linktype: tests/unit/test_linktype.o src/source/linux/linktype.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/source/linux/linktype.o ${CMOCKA}
tests/unit/test_clock: tests/unit/test_clock.o src/base/clock.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/base/clock.o ${CMOCKA}
tests/unit/test_policy: tests/unit/test_policy.o src/engine/policy.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/engine/policy.o ${CMOCKA}
tests/unit/test_policy_sim: tests/unit/test_policy_sim.o src/engine/policy.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/engine/policy.o ${CMOCKA}
tests/unit/test_policy_time: tests/unit/test_policy_time.o src/engine/policy.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/engine/policy.o ${CMOCKA}
tests/unit/test_conf_diff: tests/unit/test_conf_diff.o src/conf/conf.o src/conf/conf_diff.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/conf/conf.o src/conf/conf_diff.o \
	    ${CMOCKA}
tests/unit/test_order: tests/unit/test_order.o src/ipc/order.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/ipc/order.o ${CMOCKA}
tests/unit/test_order_stream: tests/unit/test_order_stream.o src/ipc/order.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/ipc/order.o ${CMOCKA}
tests/unit/test_compat: tests/unit/test_compat.o ${COMPAT} compat/setresid.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o ${COMPAT} \
	    compat/setresid.o ${CMOCKA}
tests/unit/test_log: tests/unit/test_log.o src/base/json.o src/base/log_json.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/base/json.o \
	    src/base/log_json.o ${CMOCKA}
tests/unit/test_sdnotify: tests/unit/test_sdnotify.o src/runner/sdnotify_linux.o ${LOG}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/runner/sdnotify_linux.o \
	    ${LOG} ${LDLIBS_${OS}} ${CMOCKA}
tests/unit/test_interface_log: tests/unit/test_interface_log.o src/runner/interface_log.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/runner/interface_log.o ${CMOCKA}
tests/unit/test_pacing: tests/unit/test_pacing.o src/source/pacing.o src/source/listener.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/source/pacing.o \
	    src/source/listener.o ${CMOCKA}
tests/unit/test_fdpass: tests/unit/test_fdpass.o src/base/fdpass.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/base/fdpass.o ${CMOCKA}
tests/unit/test_condition: tests/unit/test_condition.o src/engine/condition.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/engine/condition.o ${CMOCKA}
tests/unit/test_condition_idle: tests/unit/test_condition_idle.o src/engine/condition.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/engine/condition.o ${CMOCKA}
tests/unit/test_condition_rate: tests/unit/test_condition_rate.o src/engine/condition.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/engine/condition.o ${CMOCKA}
tests/unit/test_process: tests/unit/test_process.o src/runner/process.o ${LOG}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/runner/process.o \
	    ${LOG} ${CMOCKA}
tests/unit/test_signals: tests/unit/test_signals.o src/base/signals.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/base/signals.o ${CMOCKA}
# By the declarations of the system, or else of a model of one.
MODEL_Linux = -idirafter tests/bsd/include/freebsd
tests/unit/test_records: tests/unit/test_records.c src/source/bpf/records.c
	${CC} ${ALL_CFLAGS} ${MODEL_${OS}} ${ALL_LDFLAGS} -o $@ $@.c \
	    src/source/bpf/records.c ${CMOCKA}
tests/unit/test_when: tests/unit/test_when.o src/conf/when.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/conf/when.o ${CMOCKA}
tests/unit/test_value: tests/unit/test_value.o src/conf/value.o
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ $@.o src/conf/value.o \
	    ${LDLIBS_${OS}} ${CMOCKA}

# The parser by both kinds of yacc(1), whichever it is otherwise.
BYACC = byacc
build/bison.c: src/conf/parse.y
	mkdir -p build
	bison -y -o $@ src/conf/parse.y
build/byacc.c: src/conf/parse.y
	mkdir -p build
	${BYACC} -o $@ src/conf/parse.y
tests/conf/bin/bison: build/bison.c tests/conf/parse.c ${OBJ_CONF}
	mkdir -p tests/conf/bin
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ build/bison.c tests/conf/parse.c \
	    ${OBJ_CONF} ${LDLIBS_${OS}}
tests/conf/bin/byacc: build/byacc.c tests/conf/parse.c ${OBJ_CONF}
	mkdir -p tests/conf/bin
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ build/byacc.c tests/conf/parse.c \
	    ${OBJ_CONF} ${LDLIBS_${OS}}

LIVE_CFLAGS = -O2
JUDGE = tests/live/judge.c tests/live/frame.c src/source/linux/ebpf_metadata.o \
	src/source/linux/ebpf_translate.o src/source/linux/ebpf_insn.o src/source/linux/ebpf_nflog.o \
	src/source/linux/ebpf_program.o src/source/linux/ebpf_segments.o src/source/linux/ebpf_silence.o \
	src/source/linux/ebpf_window.o
FILTER = src/priv/caps_linux.o src/filter/filter_caret.o src/base/child.o src/base/clock.o src/base/detach.o \
	src/filter/filter.o src/filter/filter_error.o src/priv/landlock_linux.o src/source/linux/linktype.o \
	src/filter/pcap_live_linux.o src/filter/pcap_offline.o src/priv/priv_linux.o src/priv/priv_setuid.o \
	src/priv/priv_user.o
LIVE_CC = mkdir -p tests/live/bin && ${CC} -std=c11 ${WARNINGS} \
	${CPPFLAGS_${OS}} ${LIVE_CFLAGS} -o $@

# With objects of the program, and so with its flags, sanitizers and all.
LIVE_OBJ_CC = mkdir -p tests/live/bin && ${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@

tests/live/bin/caller: tests/live/caller.c
	${LIVE_CC} tests/live/caller.c
tests/live/bin/capture: tests/live/capture.c
	${LIVE_CC} tests/live/capture.c ${LDLIBS_${OS}}
tests/live/bin/churn: tests/live/churn.c
	${LIVE_CC} tests/live/churn.c ${LDLIBS_${OS}}
tests/live/bin/clients: tests/live/clients.c
	${LIVE_CC} tests/live/clients.c -lpthread
tests/live/bin/flood: tests/live/flood.c
	${LIVE_CC} tests/live/flood.c
tests/live/bin/pairs: tests/live/pairs.c
	${LIVE_CC} tests/live/pairs.c
tests/live/bin/nothing: tests/live/nothing.c
	${LIVE_CC} -static tests/live/nothing.c
tests/live/bin/faultcmd.so: tests/live/faultcmd.c
	${LIVE_CC} -shared -fPIC tests/live/faultcmd.c
tests/live/bin/look: tests/live/look.c
	${LIVE_CC} tests/live/look.c
tests/live/bin/manager: tests/live/manager.c
	${LIVE_CC} tests/live/manager.c
tests/live/bin/many: tests/live/many.c ${OBJ}
	${LIVE_OBJ_CC} tests/live/many.c \
	    ${OBJ:src/conf/options.o=} ${LDLIBS_${OS}}
tests/live/bin/mix: tests/live/mix.c ${JUDGE}
	${LIVE_OBJ_CC} tests/live/mix.c ${JUDGE} ${LDLIBS_${OS}}
tests/live/bin/parent: tests/live/parent.c
	${LIVE_CC} tests/live/parent.c
tests/live/bin/ports: tests/live/ports.c
	${LIVE_CC} tests/live/ports.c
tests/live/bin/savefile: tests/live/savefile.c
	${LIVE_CC} tests/live/savefile.c ${LDLIBS_${OS}}
tests/live/bin/segments: tests/live/segments.c
	${LIVE_CC} tests/live/segments.c
tests/live/bin/stamp: tests/live/stamp.c
	${LIVE_CC} -static tests/live/stamp.c
tests/live/bin/udpflood: tests/live/udpflood.c
	${LIVE_CC} tests/live/udpflood.c
tests/live/bin/frames: tests/live/frames.c ${JUDGE}
	${LIVE_OBJ_CC} tests/live/frames.c ${JUDGE} ${LDLIBS_${OS}}
tests/live/bin/translate: tests/live/translate.c tests/live/program.c ${JUDGE}
	${LIVE_OBJ_CC} tests/live/translate.c tests/live/program.c ${JUDGE} \
	    ${LDLIBS_${OS}}
tests/live/bin/verdict: tests/live/verdict.c ${JUDGE} ${FILTER}
	${LIVE_OBJ_CC} tests/live/verdict.c ${JUDGE} ${FILTER} ${LDLIBS_${OS}}
tests/live/bin/nosandbox.so: tests/live/nosandbox.c
	${LIVE_CC} -shared -fPIC tests/live/nosandbox.c
tests/live/bin/evil.so: tests/live/evil.c src/ipc/order.h
	${LIVE_CC} -shared -fPIC tests/live/evil.c

#
# Fuzzers: tests/fuzz/bin/x starts from tests/fuzz/corpus-x.  They are built
# from sources, since objects lack what tells libFuzzer where it has been.
#
FUZZ_TIME = 600
FUZZ_CFLAGS = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=fuzzer,address,undefined
FUZZ_CC = mkdir -p tests/fuzz/bin && clang -std=c11 ${WARNINGS} -Isrc \
	${CPPFLAGS_${OS}} ${FUZZ_CFLAGS} -o $@

fuzz:
	sh dist/deps check
	${MAKE} ${FUZZ}
	FUZZ_TIME=${FUZZ_TIME} sh tests/live/fuzz.t

FUZZ_TRANSLATE = tests/fuzz/translate.c tests/fuzz/classic_input.c \
	tests/fuzz/classic_mutate.c tests/live/frame.c tests/live/judge.c \
	tests/live/program.c src/source/linux/ebpf_metadata.c src/source/linux/ebpf_translate.c \
	src/source/linux/ebpf_insn.c src/source/linux/ebpf_nflog.c src/source/linux/ebpf_program.c src/source/linux/ebpf_segments.c \
	src/source/linux/ebpf_silence.c src/source/linux/ebpf_window.c
tests/fuzz/bin/translate: ${FUZZ_TRANSLATE} src/*/*.h src/*/*/*.h tests/fuzz/classic_input.h
	${FUZZ_CC} ${FUZZ_TRANSLATE} ${LDLIBS_${OS}}

FUZZ_PARSE = tests/fuzz/parse.c build/parse.c ${OBJ_CONF:.o=.c}
tests/fuzz/bin/parse: ${FUZZ_PARSE} src/*/*.h src/*/*/*.h
	${FUZZ_CC} ${FUZZ_PARSE} ${LDLIBS_${OS}}

# All at once, for a quarter of an hour or SOAK seconds.
soak:
	sh dist/deps check
	${MAKE} all tests
	sh tests/soak

# Figures, with the peers that are installed; minutes on a quiet machine.
bench:
	sh dist/deps bench
	${MAKE} all tests/live/bin/flood tests/live/bin/many \
	    tests/live/bin/nothing tests/live/bin/savefile ${BENCH}
	sh tests/bench/run
	sh tests/bench/rules
	sh tests/bench/peers

# The pictures of the README, of what was measured and of what is shown.
pictures: all tests
	sh doc/watch >doc/watch.txt
	sh doc/picture terminal <doc/watch.txt >doc/watch.svg
	sh doc/picture bars <doc/bench.txt >doc/bench.svg

BENCH = tests/bench/bin/clock tests/bench/bin/savefile tests/bench/bin/spawn \
	tests/bench/bin/tap

tests/bench/bin/clock: tests/bench/clock.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -static -o $@ \
	    tests/bench/clock.c
tests/bench/bin/savefile: tests/bench/savefile.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -o $@ \
	    tests/bench/savefile.c ${LDLIBS_${OS}}
tests/bench/bin/spawn: tests/bench/spawn.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -o $@ \
	    tests/bench/spawn.c
tests/bench/bin/tap: tests/bench/tap.c
	mkdir -p tests/bench/bin
	${CC} -std=c11 ${WARNINGS} ${CPPFLAGS_${OS}} -O2 -o $@ \
	    tests/bench/tap.c

.PHONY: all bench bsd check check-asan clean demo fuzz install \
	install-completions install-conf install-setcap install-systemd list \
	list-flags list-tests objects pictures soak tests uninstall
