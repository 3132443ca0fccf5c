# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# What the programs are made of, for Makefile and tests/Makefile.  OS=...
# names another system.
OS != uname -s
VERSION = 1.0

CC = cc
YACC = yacc
CFLAGS = -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wstrict-prototypes -Wmissing-prototypes

include mk/${OS}.mk

ALL_CFLAGS = -std=c11 ${WARNINGS} -Isrc -DVERSION='"${VERSION}"' \
	-DRUNDIR='"${RUNDIR}"' -DDEFAULT_INTERFACE='"${DEFAULT_INTERFACE}"' \
	${CPPFLAGS_SYSTEM} ${CFLAGS}
ALL_LDFLAGS = ${LDFLAGS_SYSTEM} ${LDFLAGS}

OBJ_LOG = src/base/clock.o src/base/json.o src/base/log.o \
	src/base/log_json.o src/base/output.o ${SYSLOG}

# The rules file; tests/conf links these, OBJ_KEY and no others.
OBJ_CONF = src/conf/build.o src/conf/build_key.o src/conf/build_list.o \
	src/conf/conf.o \
	src/conf/conf_error.o src/conf/conf_file.o src/conf/conf_print.o \
	src/conf/lexer.o src/conf/scan.o src/conf/symtab.o src/conf/value.o \
	src/conf/when.o src/base/hash.o src/base/textfile.o ${OBJ_LOG}

# The conditions; their tests link these and no others.
OBJ_CONDITION = src/engine/condition.o src/engine/condition_after.o \
	src/engine/condition_below.o src/engine/condition_idle.o \
	src/engine/condition_rate.o src/engine/condition_window.o

# Keys; their tests link these and no others.
OBJ_KEY = src/engine/heap.o src/engine/key.o src/engine/key_extract.o \
	src/engine/key_hash.o src/engine/key_link.o src/engine/key_table.o \
	src/engine/key_table_marks.o src/engine/key_text.o

# The order of commands; its tests link these, the heap and no others.
OBJ_LANES = src/engine/lane.o src/engine/lane_table.o src/engine/lanes.o \
	src/engine/policy.o src/engine/sequence.o

OBJ = src/main.o build/parse.o ${OBJ_CONF} \
	src/base/child.o src/base/detach.o src/base/executable.o \
	src/base/fdpass.o src/base/signals.o src/base/unix_listen.o \
	src/base/worker.o \
	src/conf/conf_check.o src/conf/conf_diff.o src/conf/hint.o \
	src/conf/options.o src/conf/usage.o \
	src/control/control.o src/control/reply_buffer.o \
	${OBJ_CONDITION} ${OBJ_KEY} ${OBJ_LANES} \
	src/filter/filter.o src/filter/filter_cache.o \
	src/filter/filter_caret.o src/filter/filter_child.o \
	src/filter/filter_compiler.o src/filter/filter_error.o \
	src/filter/filter_file.o src/filter/filter_offline.o \
	src/ipc/opener_proto.o src/ipc/order.o src/ipc/savefile_proto.o \
	src/ipc/stats_proto.o src/ipc/table_proto.o \
	src/opener/generation.o src/opener/opener.o src/opener/read_rules.o \
	src/opener/send_table.o \
	src/priv/priv_setuid.o src/priv/priv_user.o src/priv/process_env.o \
	src/runner/command.o src/runner/control_link.o \
	src/runner/event_line.o src/runner/events.o src/runner/exit_status.o \
	src/runner/job.o \
	src/runner/job_table.o src/runner/orders.o src/runner/process.o \
	src/runner/interface_log.o src/runner/keys_query.o src/runner/reload.o \
	src/runner/run_key.o src/runner/run_log.o src/runner/runner.o \
	src/runner/savefile_filter.o src/runner/shutdown.o \
	src/runner/spawn_fork.o src/runner/spawn_prepare.o \
	src/runner/stats_query.o src/runner/stats_text.o src/runner/stream.o \
	src/runner/watcher_link.o \
	src/source/listener.o src/source/pacing.o src/source/source.o \
	src/source/source_assign.o \
	src/source/source_begin.o src/source/source_how.o \
	src/source/source_keys.o src/source/source_keys_message.o \
	src/source/source_release.o src/source/source_set.o \
	src/watcher/keyed.o src/watcher/replay.o src/watcher/replay_keys.o \
	src/watcher/replay_run.o \
	src/watcher/full.o src/watcher/rule.o src/watcher/rule_keys.o \
	src/watcher/savefile.o src/watcher/table.o src/watcher/table_read.o \
	src/watcher/trigger.o src/watcher/watcher.o \
	src/watcher/watcher_keys.o src/watcher/watcher_poll.o \
	src/watcher/watcher_start.o src/watcher/watcher_stats.o \
	${OBJ_SYSTEM}

# bpfstatsctl.
OBJ_CTL = src/ctl/client.o src/ctl/format.o src/ctl/keys.o \
	src/ctl/lines.o src/ctl/main.o src/ctl/print_json.o \
	src/ctl/print_keys.o \
	src/ctl/print_metrics.o src/ctl/print_table.o src/ctl/rates.o \
	src/ctl/reply.o src/ctl/watch.o
OBJ_CTL_ALL = ${OBJ_CTL} src/base/clock.o src/base/json.o \
	src/ipc/stats_proto.o ${COMPAT}

# Each object knows its headers: the compiler writes them next to it.
.SUFFIXES: .c .o
.c.o:
	${CC} ${ALL_CFLAGS} -MMD -MP -c -o $@ $<
-include ${OBJ:.o=.d} ${OBJ_CTL:.o=.d}

# Outside src, where tests/lint.t looks at each file.
build/parse.c: src/conf/parse.y
	mkdir -p build
	${YACC} -o build/parse.c src/conf/parse.y
