#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The files in dist/ for other systems, as far as they can be tested here: the
# scripts run with a replacement of rc.subr(8) that evaluates their variables as
# the original does.
. tests/lib/live.sh

for part in bmake mksh pgrep python3; do
	command -v $part >/dev/null || skip_all "needs $part"
done
# Variables of a make that runs the test; this test uses another make.
unset MAKEFLAGS MFLAGS MAKELEVEL
work=$(mktemp -d)
log=$work/log
writer='' pid=''

end_all() {
	for process in $pid $writer; do
		kill "$process" 2>/dev/null
	done
	rm -rf "$work"
}
trap end_all EXIT
trap 'exit 1' HUP INT TERM

program=$(cd "$(dirname "$BPFSTATSD")" && pwd)/${BPFSTATSD##*/}

# Style warnings of ksh are not errors.
syntax() {
	for file in $(scripts); do
		"$1" -n "$file" 2>&1 || echo "$file"
	done | grep -v ': warning: line '
}

for shell in dash bash mksh ksh93; do
	if command -v $shell >/dev/null || [ "${CI:-}" = true ]; then
		is "$(syntax $shell)" '' "$shell -n: every script"
	else
		ok "$shell -n: every script # SKIP no such shell"
	fi
done

#
# A port must be complete without the other files of the tree.
#
# same file pattern replacement copy: the copy is the file with the replacement.
same() {
	is "$(sed "s|$2|$3|g" "$1")" "$(cat "$4")" "$4 is $1"
}

# shellcheck disable=SC2016
same dist/rc.d/openbsd '"/usr/local/' '"${TRUEPREFIX}/' \
    dist/openbsd-port/pkg/bpfstatsd.rc
same dist/rc.d/freebsd /usr/local %%PREFIX%% \
    dist/freebsd-port/files/bpfstatsd.in

# understood description argument ...: the exit status is 1, because no such
# interface exists; a wrong command line would give 2.
understood() {
	what=$1
	shift
	status=0
	"$BPFSTATSD" "$@" >/dev/null 2>&1 || status=$?
	is "$status" 1 "$what: the command line is valid"
}

# example file: prints the example in a script's comment without its quotes.
example() {
	sed -n 's/^#	bpfstatsd_flags=//p' "$1" | tr -d '"'
}

for file in openbsd freebsd netbsd; do
	# shellcheck disable=SC2046
	understood "dist/rc.d/$file" $(example dist/rc.d/$file)
done

#
# The scripts. An endless savefile keeps the daemon running.
#
mkfifo "$work/fifo"
sleep 100 >"$work/fifo" &
writer=$!

# stand_in: installs standard input as rc.subr and the script with its path.
stand_in() {
	cat >"$work/rc.subr"
	sed -e "s|/usr/local/bin/bpfstatsd|$program|" -e "s|/var/run|$work|" \
	    -e "s|/etc/rc.d/rc.subr|$work/rc.subr|" \
	    -e "s|/etc/rc.subr|$work/rc.subr|" "dist/rc.d/$1" >"$work/$1"
}

flags="-r $work/fifo  sh -c 'echo \"\$BPFSTATSD_TOTAL (*)\" | cat' \"{state: [ON]}\""
words="-r
$work/fifo
sh
-c
echo \"\$BPFSTATSD_TOTAL (*)\" | cat
{state: [ON]}"

# OpenBSD: pgrep(1) finds the process, and the first one found ends the others.
stand_in openbsd <<'RC'
rc_cmd() { printf '%s\n' "$pexp"; }
daemon_flags=$FLAGS
RC
reloads() {
	# shellcheck disable=SC2016
	sed 's/^rc_cmd .*/echo "${rc_reload:-yes}"/' "$work/openbsd" |
	    FLAGS=$1 mksh
}
is "$(reloads '-v -f /etc/rules') $(reloads '-i em0 true')" 'yes NO' \
    'openbsd: reload is offered for a rules file only'
# The options that a script parses to find -f are the program's.
for file in openbsd freebsd netbsd; do
	is "$(sed -n 's/.*getopts :\([^ ]*\) .*/\1/p' dist/rc.d/$file)" \
	    "$(sed -n 's/^#define OPTIONS "\(.*\)"$/\1/p' src/conf/options.c)" \
	    "$file: the options are the program's"
done

# A correct rules file and a wrong one.
mkdir "$work/rules"
echo 'rule "a" on lo { every 1 packet run true }' >"$work/rules/fine"
echo nonsense >"$work/rules/wrong"
chmod 644 "$work/rules"/*

# checked system flags action: prints what the script does for the action, with
# a replacement of rc.subr(8) that runs the check before each action.
# shellcheck disable=SC2016
checked() {
	sed 's/^\(rc_cmd\|run_rc_command\) .*/act "$1"/' "$work/$1" >"$work/act"
	shell='sh'
	[ "$1" != openbsd ] || shell=mksh
	FLAGS=$2 bpfstatsd_flags=$2 $shell "$work/act" "$3" 2>&1 |
	    tr '\n' ' '
}
# checks system: the script checks the rules before each action that uses them.
checks() {
	for action in start restart reload; do
		is "$(checked "$1" "-v -f $work/rules/fine" $action)" \
		    "$action " "$1: $action: correct rules are accepted"
		like "$(checked "$1" "-vf '$work/rules/wrong'" $action)" \
		    "^(bpfstatsd: )?$work/rules/wrong:1: .* not done \$" \
		    "$1: $action: wrong rules are refused"
	done
	is "$(checked "$1" "-i em0 -m 1m sh -c 'rm -f x'" restart)" \
	    'restart ' "$1: a command's -f is not the daemon's"
}
stand_in openbsd <<'RC'
rc_cmd() { printf '%s\n' "$pexp"; }
rc_exec() { sh -c "$*"; }
act() {
	if typeset -f rc_configtest >/dev/null; then
		rc_configtest || { echo not done; return; }
	fi
	echo "$1"
}
daemon_flags=$FLAGS
RC
checks openbsd
pexp=$(FLAGS=$flags mksh "$work/openbsd" start)
other=$(FLAGS="-c 2 $flags" mksh "$work/openbsd" start)
sh -c "$program $flags" >/dev/null 2>&1 &
is_found() {
	pid=$(pgrep -o -xf "$pexp")
}
holds 'openbsd: pgrep finds the daemon' until_true 10 is_found
has_watcher() {
	[ "$(pgrep -xf "$pexp" | grep -cv "^$pid\$")" -ge 1 ]
}
holds 'openbsd: pgrep finds its other processes' until_true 10 has_watcher
is "$(pgrep -xf "$other")" '' 'openbsd: pgrep does not match other flags'
pkill -o -xf "$pexp"
holds 'openbsd: the first process ends them all' until_true 10 gone "$pid"
is "$(pgrep -xf "$pexp")" '' 'openbsd: no process is left'
pid=''

# NetBSD: the script runs the daemon in the background and writes its pid to a
# file.
stand_in netbsd <<'RC'
load_rc_config() { :; }
err() { shift; echo "$*"; exit 1; }
run_rc_command() {
	rc_flags=$FLAGS
	$start_precmd
	eval "$command $rc_flags $command_args"
}
act() {
	rc_flags=$FLAGS
	eval "precmd=\$${1}_precmd"
	$precmd && echo "$1" || echo not done
}
RC
checks netbsd
FLAGS=$flags bpfstatsd_log=$log sh "$work/netbsd" start </dev/null
pid=$(cat "$work/bpfstatsd.pid")
is_daemon() {
	[ "$(readlink "/proc/$pid/exe")" = "$program" ]
}
holds 'netbsd: the shell in the background becomes the daemon' \
    until_true 10 is_daemon
is "$(tr '\0' '\n' <"/proc/$pid/cmdline")" "$program
$words" 'netbsd: the pid file has the pid of the daemon'
kill "$pid"
holds 'netbsd: the daemon can be ended' until_true 10 gone "$pid"
is "$(cat "$log")" '' 'netbsd: no message'
reloads() {
	# shellcheck disable=SC2016
	sed 's/^run_rc_command .*/echo "${extra_commands:-none}"/' "$work/$1" |
	    bpfstatsd_flags=$2 sh
}
is "$(reloads netbsd '-v -f /etc/rules') $(reloads netbsd '-i em0 true')" \
    'reload none' 'netbsd: reload is offered for a rules file only'
like "$(FLAGS='' sh "$work/netbsd" start)" 'bpfstatsd_flags is not set' \
    'netbsd: flags are required'
pid=''

# FreeBSD: arguments of daemon(8), then the program and its arguments.
stand_in freebsd <<'RC'
load_rc_config() { :; }
err() { shift; echo "$*"; exit 1; }
run_rc_command() {
	rc_flags=$FLAGS
	$start_precmd
	eval "printf '%s\n' $command $rc_flags $command_args"
}
act() {
	rc_flags=$FLAGS
	eval "precmd=\$${1}_precmd"
	$precmd && echo "$1" || echo not done
}
RC
checks freebsd
is "$(FLAGS=$flags sh "$work/freebsd" start)" "/usr/sbin/daemon
-S
-T
bpfstatsd
-P
$work/bpfstatsd.pid
-p
$work/bpfstatsd.child.pid
$program
$words" 'freebsd: the command line'
like "$(FLAGS=$flags bpfstatsd_restart=10 sh "$work/freebsd" start |
    tr '\n' ' ')" ' -R 10 .*/bpfstatsd -r ' 'freebsd: a restart'
is "$(reloads freebsd '-v -f /etc/rules') $(reloads freebsd '-i em0 true')" \
    'reload none' 'freebsd: reload is offered for a rules file only'
like "$(FLAGS='' sh "$work/freebsd" start)" 'bpfstatsd_flags is not set' \
    'freebsd: flags are required'

#
# The property list.
#
plist=dist/launchd/bpfstatsd.plist
arguments() {
	python3 -c 'import plistlib, sys
job = plistlib.load(open(sys.argv[1], "rb"))
assert job["Label"] == "bpfstatsd" and job["RunAtLoad"] is True
assert job["KeepAlive"] == {"SuccessfulExit": False}
assert all(type(a) is str for a in job["ProgramArguments"])
print(*job["ProgramArguments"], sep="\n")' "$plist"
}
set --
while read -r word; do
	set -- "$@" "$word"
done <<WORDS
$(arguments 2>&1)
WORDS
is "$1" /usr/local/bin/bpfstatsd 'launchd: a property list'
shift
understood 'launchd' "$@"

# The ports. A BSD make evaluates their variables, with empty files instead of
# the ports system's rules.
#
mkdir "$work/mk"
: >"$work/mk/bsd.port.mk"
variable() {
	bmake -C "dist/$1" -m "$work/mk" -r -V "\${$2}" LOCALBASE=/usr/local \
	    PREFIX=/usr/local WRKSRC=. CC=cc CFLAGS=-O2 2>&1
}

version=$(sed -n 's/^VERSION = //p' mk/objects.mk)
is "$(variable openbsd-port DISTNAME)" "bpfstatsd-$version" \
    'openbsd-port: the version'
is "$(variable freebsd-port PORTNAME)-$(variable freebsd-port DISTVERSION)" \
    "bpfstatsd-$version" 'freebsd-port: the version'
is "$(variable openbsd-port CATEGORIES) $(variable freebsd-port CATEGORIES)" \
    'net net' 'ports: the category'
like "$(variable openbsd-port COMMENT)" '^[a-z][^.]{10,59}$' \
    'openbsd-port: the comment'
like "$(variable freebsd-port COMMENT)" '^[A-Z][^.]{10,69}$' \
    'freebsd-port: the comment'
for file in dist/openbsd-port/pkg/DESCR dist/freebsd-port/pkg-descr; do
	is "$(grep -En '.{81}|[[:space:]]$' $file)" '' \
	    "$file: no long line, no trailing blank"
done

# installed port variable ...: prints the files that the port's flags install.
installed() {
	port=$1
	shift
	: >"$work/flags"
	for name; do
		variable "$port" "$name" >>"$work/flags"
	done
	rm -rf "$work/root"
	eval "make -s install DESTDIR='$work/root' $(tr '\n' ' ' <"$work/flags")" \
	    >"$work/make" 2>&1 || cat "$work/make"
	(cd "$work/root/usr/local" && find . -type f) | sed 's|^\./||' |
	    LC_ALL=C sort
}

# A variable that the Makefile does not use would have no effect.
for port in 'openbsd-port MAKE_FLAGS' 'openbsd-port FAKE_FLAGS' \
    'freebsd-port MAKE_ARGS'; do
	# shellcheck disable=SC2086
	for name in $(variable $port | grep -Eo '[A-Z]+='); do
		like "$(cat Makefile mk/*.mk)" "^${name%=} =" \
		    "$port: the Makefile has $name"
	done
done
is "$(installed openbsd-port MAKE_FLAGS FAKE_FLAGS)" \
    "$(sed -n 's/^@[bm][ia][nn] //p' dist/openbsd-port/pkg/PLIST |
    LC_ALL=C sort)" 'openbsd-port: the installed files are those of PLIST'
is "$(grep -v '^@[bm][ia]n ' dist/openbsd-port/pkg/PLIST | tr '\n' ' ')" \
    "@rcscript \${RCDIR}/bpfstatsd @mode 4755 @mode " \
    'openbsd-port: the other lines of PLIST'
is "$(sed -n '/^@mode 4755$/,/^@mode$/p' dist/openbsd-port/pkg/PLIST |
    grep -c .)$(sed -n '/^@mode 4755$/{n;p;}' dist/openbsd-port/pkg/PLIST)" \
    '3@bin bin/bpfstatsd' 'openbsd-port: only the program is set-user-ID'
is "$(installed freebsd-port MAKE_ARGS)" \
    "$(sed 's/\.gz$//' dist/freebsd-port/pkg-plist | LC_ALL=C sort)" \
    'freebsd-port: the installed files are those of pkg-plist'
is "$(variable freebsd-port USE_RC_SUBR)" \
    "$(basename dist/freebsd-port/files/*.in .in)" 'freebsd-port: the rc script'

#
# Where the base system has libpcap and a compiler, a build needs no package.
#
mkdir "$work/bin"
for name in OpenBSD FreeBSD DragonFly NetBSD Darwin; do
	printf '#!/bin/sh\necho %s\n' $name >"$work/bin/uname"
	chmod +x "$work/bin/uname"
	is "$(PATH=$work/bin:$PATH sh dist/deps build 2>&1)" '' \
	    "dist/deps build: $name needs no package"
done

#
# The tarball for packagers, made from a clone, builds.
#
if git rev-parse --verify -q HEAD >/dev/null 2>&1; then
	git clone -q . "$work/clone"
	version=$(sed -n 's/^VERSION = //p' mk/objects.mk)
	holds 'make dist' make -s -C "$work/clone" dist
	tar -xzf "$work/clone/bpfstatsd-$version.tar.gz" -C "$work"
	holds 'the tarball builds' make -s -j2 -C "$work/bpfstatsd-$version" \
	    CFLAGS=-O0 all
	is "$("$work/bpfstatsd-$version/bpfstatsd" -V)" "bpfstatsd $version" \
	    'the program built from the tarball runs'
else
	ok 'make dist # SKIP not a git repository'
fi
done_testing
