#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A set-user-ID root copy started by an ordinary user: the user can count
# packets and gains nothing else by environment, descriptors, limits, signals or
# tracing.
. tests/lib/live.sh
own_network "$@"

. tests/lib/setuid.sh

# sees pattern ...: whole lines that the command's report must have.
sees() {
	for pattern in "$@"; do
		if grep -Eqx -- "$pattern" "$found"; then
			ok "$about: $pattern"
		else
			not_ok "$about: $pattern" \
			    "$(grep "^${pattern%%[: ]*}" "$found")"
		fi
	done
}

# The rights of the command, of the runner and of the watcher.

bounding=$(by_user sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
none=0000000000000000
for mode in 4755 6755; do
	about="mode $mode"
	chmod $mode "$BPFSTATSD"
	holds "$about: the command runs" looks
	sees "Uid: $user $user $user $user" "Gid: $group $group $group $group" \
	    'Groups: 4242 4343' "CapInh: $none" "CapPrm: $none" \
	    "CapEff: $none" "CapAmb: $none" "CapBnd: $bounding" \
	    'NoNewPrivs: 0' 'Seccomp: 0' \
	    'fd: 0 /dev/null' "fd: 1 $work/out" "fd: 2 $work/log"
	is "$(grep -c '^fd:' "$found")" 3 "$about: no other descriptor"
	for process in $daemon $watcher; do
		what="$about: watcher"
		[ "$process" != "$daemon" ] || what="$about: runner"
		is "$(field "$process" Uid)" "$user $user $user $user" \
		    "$what: users"
		is "$(field "$process" Gid)" "$group $group $group $group" \
		    "$what: groups"
		for set in CapInh CapPrm CapEff CapAmb; do
			is "$(field "$process" $set)" $none "$what: $set"
		done
	done
	stop
	is "$status" 0 "$about: exit 0"
done
chmod 4755 "$BPFSTATSD"
refused "without the bit" 1 'CAP_NET_RAW is missing' "$suid/plain" -i v1 true
refused "traced from the start" 1 'CAP_NET_RAW is missing' \
    strace -f -o /dev/null "$BPFSTATSD" -i v1 true
refused "-u" 1 '^bpfstatsd: -u: root: only root can ' \
    "$BPFSTATSD" -u root -i v1 true
# shellcheck disable=SC2154
refused "-u with the own name" 1 '^bpfstatsd: -u: .*: only root can ' \
    "$BPFSTATSD" -u "$name" -i v1 true

# A log group, which one program at a time can have.
for group in 0 1; do
	refused "nflog:$group" 1 \
	    "^bpfstatsd: nflog:$group: a set-user-ID program opens no log group" \
	    "$BPFSTATSD" -i nflog:$group true
done
refused "no -i" 1 '^bpfstatsd: nflog:0: a set-user-ID program opens no log group' \
    "$BPFSTATSD" true

# Keys, which have the addresses of other users' packets.
printf 'rule "r" on v1 { every 9 packets; idle 1s by source }\n' >"$open/rules"
refused "-k" 1 '^bpfstatsd: -k: a set-user-ID program counts no keys' \
    "$BPFSTATSD" -i v1 -k source -p text
refused "by" 1 '^bpfstatsd: .*/rules: a set-user-ID program counts no keys' \
    "$BPFSTATSD" -f "$open/rules" -p text
$bin/write_savefile 1000000:7 >"$open/savefile"
is "$(by_user "$BPFSTATSD" -n -r "$open/savefile" -k source -p text |
    cut -d ' ' -f 2,8)" "every 10.0.0.7" "-k with the user's own savefile"

# System calls made with root's rights, until the daemon gives them up.

timeout -s TERM 5 strace -f -u $name -o "$work/trace" \
    "$BPFSTATSD" -v -i v1 -e ip true 2>"$log" &
tracer=$!
until_true 10 grep -q ': counting' "$log"
kill $tracer
wait $tracer
first=$(sed -n '1s/ .*//p' "$work/trace")
sed -n "s/^$first *//p" "$work/trace" | awk '
    /^setresuid\(-1, 0, -1\) *= 0$/ { raised = 1 }
    raised { print }
    /^setresuid.*= 0$/ && !/^setresuid\(-1, 0, -1\)/ { raised = 0 }' >"$work/raised"
holds "with rights: the source is opened" grep -q '^socket(AF_PACKET' \
    "$work/raised"
is "$(tail -n 1 "$work/raised" | sed 's/ .*//')" "setresuid($user," \
    "with rights: the last call gives them up"
is "$(grep -E '^(open|creat|write|exec|connect|send|link|unlink|rename|ch|mk|mount)' \
    "$work/raised")" "" "with rights: no file, program or message"

# Signals that the caller ignores or blocks, at each fork.

hostile() {
	: >"$log"
	strace -u $name "$@" "$suid/bad_parent" -b -i \
	    "$BPFSTATSD" -v -i v1 -e ip true 2>"$log" &
	tracer=$!
}

# goes_on: continues the daemon, which counts or reports the end of the child.
goes_on() {
	kill -CONT "$daemon" 2>/dev/null
	grep -Eq ': counting|: filter: libpcap failed: Killed' "$log"
}

hostile_ends() {
	daemon=$(children $tracer | tr -d ' ')
	if [ -n "$daemon" ]; then
		kill -TERM "$daemon"
		kill -CONT "$daemon"
		until_true 10 not_running "$daemon" || kill -KILL "$daemon"
	fi
	wait $tracer
	daemon=
}

# stopped_children: the daemon is stopped by the signal, not only by strace at a
# system call, and has a child.
stopped_children() {
	daemon=$(children $tracer | tr -d ' ')
	grep -q '^--- stopped by SIGSTOP' "$work/trace" &&
	    [ -n "$(children "$daemon")" ]
}

child_state() {
	field "$(children "$daemon" | sed 's/ .*//')" State
}

child_is_dead() {
	[ "$(child_state)" = 'Z (zombie)' ]
}

hostile -f -o "$work/trace" \
    -e 'trace=?fork,clone,?clone3,kill,wait4,setresuid,rt_sigaction'
holds "signals ignored and blocked: the daemon counts" \
    until_true 10 grep -q ': counting' "$log"
hostile_ends
first=$(sed -n '1s/ .*//p' "$work/trace")
sed -n "s/^$first *//p" "$work/trace" >"$work/calls"
forks=$(grep -Ec '^(fork|clone)' "$work/calls")
# A child that compiles for three link types, and the watcher.
is "$forks $(grep -c '^setresuid(-1, 0, -1).* = 0$' "$work/calls")" "2 5" \
    "at each fork: number of forks and changes of user"
# The effective user at each fork and each kill must not be root.
is "$(awk -F '[(,]' '/^setresuid.* = 0$/ { now = $3 + 0 }
    /^(fork|clone|kill)/ && now == 0 { print }' "$work/calls")" "" \
    "at each fork: the rights of the file are not in effect"
is "$(grep '^wait4([1-9]' "$work/calls" | grep -c ECHILD)" 0 \
    "at each fork: each child is waited for"
is "$(sed '/^fork\|^clone/q' "$work/calls" | grep '^rt_sigaction(SIGCHLD' |
    tail -n 1 | grep -c '{sa_handler=SIG_DFL')" 1 \
    "before the first fork: SIGCHLD has its default action"
# Stops the daemon in each poll while it waits for the child that compiles, and
# ends the child.
for nth in 1 2 3 4 5 6 7 8 9; do
	about="stopped at question $nth"
	hostile -o "$work/trace" -e "inject=?poll,?ppoll:signal=STOP:when=$nth"
	holds "$about: the daemon has a child" until_true 10 stopped_children
	kill -KILL "$(children "$daemon" | tr -d ' ')"
	holds "$about: the child remains a zombie, so its pid is not reused" \
	    until_true 10 child_is_dead
	holds "$about: the daemon continues" until_true 10 goes_on
	hostile_ends
done
holds "stopped: no process is left" until_true 5 none_left

# If dropping privileges fails, or the kernel only claims success, the daemon
# ends at once.

chmod 6755 "$BPFSTATSD"
for call in setresgid setresuid; do
	for nth in 1 2 3 4; do
		status=0
		timeout 10 strace -u $name -o /dev/null \
		    -e "inject=$call:error=EAGAIN:when=$nth" \
		    "$BPFSTATSD" -v -i v1 true 2>"$log" || status=$?
		is "$status $(grep -c 'Resource temporarily' "$log")" "1 1" \
		    "$call fails, $nth: the daemon ends"
	done
done
for lie in setresuid:1 setresuid:4 setresgid:1; do
	status=0
	timeout 10 strace -u $name -o /dev/null \
	    -e "inject=${lie%:*}:retval=0:when=${lie#*:}" \
	    "$BPFSTATSD" -v -i v1 true 2>"$log" || status=$?
	is "$status $(grep -cE 'cannot change|not given up|did not change' "$log")" "1 1" \
	    "$lie has no effect: the daemon ends"
done
holds "failed calls: no process is left" until_true 5 none_left
chmod 4755 "$BPFSTATSD"

# Files.

echo "not arp" >"$open/secret"
chmod 600 "$open/secret"
mkdir -m 700 "$open/closed"
cp "$open/secret" "$open/closed/file"
chmod 644 "$open/closed/file"
for file in secret closed/file; do
	refused "-F: $file" 1 "^bpfstatsd: -F: $open/$file: Permission denied" \
	    "$BPFSTATSD" -F "$open/$file" -i v1 true
	refused "-r: $file" 1 "^bpfstatsd: $open/$file: Permission denied" \
	    "$BPFSTATSD" -r "$open/$file" true
done
refused "command: $suid/plain for root" 1 'cannot execute: Perm' \
    sh -c "\"\$0\" -i v1 $open/secret" "$BPFSTATSD"
chmod 644 "$open/secret"
holds "-F: a file that the user can read" looks -F "$open/secret"
[ -z "$daemon" ] || stop
echo 'host nosuchhost.invalid' >"$open/filter"
refused "-F: a syntax error is shown" 1 'filter: ' "$BPFSTATSD" -i v1 \
    -F "$open/filter" true

# Environment variables.

WRAP="$as_user env LD_PRELOAD=$suid/evil_watcher.so LD_AUDIT=$suid/evil_watcher.so
    LD_LIBRARY_PATH=$suid EVIL=early LOCALDOMAIN=x RES_OPTIONS=debug
    TMPDIR=$open HOSTALIASES=$open/x PCAP_PF_RING_CLUSTER_ID=1 IFS=x
    ENV=$open/x BASH_ENV=$open/x HOME=/x USER=root LOGNAME=root SHELL=/x
    LIBBPF_LOG_LEVEL=debug GLIBC_TUNABLES=x TERM=vt220 LANG=en_GB.UTF-8"

about="variables"
holds "$about: the command runs" looks
stop
# A shell may add variables that the daemon did not set.
account=$(getent passwd $name)
shell=${account##*:}
home=${account%:*}
sees 'env: PATH=/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/usr/local/sbin' \
    "env: HOME=${home##*:}" "env: USER=$name" "env: LOGNAME=$name" \
    "env: SHELL=$shell" 'env: TERM=vt220' 'env: LANG=en_GB.UTF-8'
is "$(grep '^env:' "$found" | grep -vc 'env: BPFSTATSD_')" 7 \
    "$about: no other variable"
WRAP="$as_user env TERM=/x LANG=../../x"
holds "$about: the command runs" looks
stop
is "$(grep -c '^env: \(TERM\|LANG\)' "$found")" 0 \
    "$about: no path in TERM or LANG"

# A program with a standard name and one with a new name, in the user's PATH
# only.
mkdir "$open/bin"
for program in true other; do
	printf '#!/bin/sh\n: >%s\n' "$open/mark" >"$open/bin/$program"
	chmod 755 "$open/bin/$program"
done
WRAP="$as_user env PATH=$open/bin:$PATH"
start -z -i v1 true
$bin/flood v0 1 >/dev/null
ended "$daemon" 5
daemon=
is "$status $(ls "$open/mark" 2>/dev/null)" "0 " "PATH: the system's true runs"
refused "PATH: a program in the user's PATH is not found" 1 'cannot execute: No such' \
    env "PATH=$open/bin:$PATH" "$BPFSTATSD" -i v1 other
WRAP=$as_user

# Inspecting the processes.

some_left() {
	! none_left
}

# shellcheck disable=SC2086
$as_user "$suid/sleep" 300 &
own=$!
until_true 5 some_left
like "$(by_user "$suid/setuid_caller" peek $own | tr '\n' ' ')" 'environ fd .* ptrace' \
    "peek: the user can inspect another own process"
kill $own

# running: starts a daemon whose command runs for a while.
running() {
	start -i v1 "$suid/sleep" 300 && $bin/flood v0 1 >/dev/null &&
	    until_true 5 grep -q ' started:' "$log"
}

running
is "$(by_user "$suid/setuid_caller" peek "$daemon")" "" "peek: not the runner"
is "$(by_user "$suid/setuid_caller" peek "$watcher")" "" "peek: not the watcher"

# Stopping and ending the processes.

holds "stopped: the user can stop both" by_user kill -STOP "$daemon" "$watcher"
is "$(by_user "$suid/setuid_caller" peek "$watcher")" "" \
    "peek: not the stopped watcher"
by_user kill -CONT "$daemon" "$watcher"
stats
is "$packets" 1 "stopped: counting continues after SIGCONT"
stop
for case in TERM:daemon KILL:daemon QUIT:daemon SEGV:daemon ABRT:daemon \
    XCPU:daemon KILL:watcher; do
	running
	eval "process=\$${case#*:}"
	by_user kill "-${case%:*}" "$process"
	ended "$daemon" 10
	daemon=
	holds "$case: no process is left" until_true 5 none_left
done

# Signals at every moment, and no core file.

for arguments in "-i v1" "-i v1 -e ip" "-r $open/secret"; do
	# shellcheck disable=SC2086
	holds "signals at every moment: $arguments" torment $arguments true
	holds "signals: no process is left" until_true 10 none_left
done
is "$(ls "$open/here")" "" "signals: no core file"
# shellcheck disable=SC2016,SC2086
prlimit --core=unlimited $as_user \
    sh -c 'cd "$0" && kill -QUIT $$' "$open/here" 2>/dev/null
[ -n "$(ls "$open/here")" ] || echo "# On this machine core files go elsewhere."
WRAP="prlimit --core=unlimited $as_user"
start -z -i v1 sh -c 'ulimit -c'
is "$(sed -n 's/^Max core file size *\([^ ]*\) .*/\1/p' /proc/"$daemon"/limits \
    /proc/"$watcher"/limits | tr '\n' ' ')" "0 0 " "core limit of the daemon is 0"
$bin/flood v0 1 >/dev/null
ended "$daemon" 5
daemon=
is "$(cat "$work/out")" unlimited "core limit of the command is the caller's"
WRAP=$as_user

# Descriptors.

untapped() {
	! tapped
}

# closed redirections: starts the daemon with these redirections; the command
# writes its report.
closed() {
	rm -f "$found"
	# The kernel needs time to free the previous daemon's socket.
	until_true 5 untapped
	# shellcheck disable=SC2016,SC2086
	$as_user sh -c 'eval "exec $1"; shift; exec "$@"' sh "$1" \
	    "$BPFSTATSD" -i v1 "$suid/inspect" "$found" >/dev/null 2>&1 &
	daemon=$!
	until_true 10 tapped && $bin/flood v0 1 >/dev/null &&
	    until_true 5 [ -e "$found" ]
}

for redirections in '0<&-' '1>&-' '2>&-' '0<&- 1>&- 2>&-'; do
	about="closed: $redirections"
	holds "$about: the command runs" closed "$redirections"
	is "$(grep '^fd:' "$found" | sort | tr '\n' ' ')" \
	    "fd: 0 /dev/null fd: 1 /dev/null fd: 2 /dev/null " "$about: the command has all three"
	stop
done
about="descriptor 200, 64 are allowed"
WRAP="$as_user $suid/setuid_caller above 200 64"
holds "$about: the command runs" looks
stop
is "$(grep -c '^fd:' "$found")" 3 "$about: the command does not inherit it"

# Resource limits.

# A command gets the caller's limits.
limits='--nofile=40:50 --core=0:0 --memlock=4096:8192 --nproc=900:1000
    --cpu=100:200 --stack=4194304:8388608'
WRAP="$as_user prlimit $limits"
start -z -i v1 cat /proc/self/limits
$bin/flood v0 1 >/dev/null
ended "$daemon" 5
daemon=
# shellcheck disable=SC2086
is "$(cat "$work/out")" "$(by_user prlimit $limits cat /proc/self/limits)" \
    "limits: the command has those of the caller"

# limited options of prlimit ...: the daemon counts, or ends with a message.
limited() {
	: >"$log"
	# shellcheck disable=SC2086
	$as_user prlimit "$@" "$BPFSTATSD" -v -i v1 -e ip true >"$log" 2>&1 &
	daemon=$!
	until_true 10 counts_or_ends
	kill -TERM "$daemon" 2>/dev/null
	ended "$daemon" 10 || return 1
	daemon=
	echo "# $*: exit $status: $(head -n 1 "$log")"
	case $status in
	0 | 1 | 127) [ -s "$log" ] ;;
	*) [ "$status" -gt 128 ] ;;
	esac
}

for limit in nofile=3 nofile=4 nofile=5 nofile=6 nofile=7 nofile=8 nofile=9 \
    nofile=10 nofile=12 nofile=14 nofile=16 cpu=1 cpu=0 as=1000000 as=8000000 \
    as=16000000 data=0 stack=16384 memlock=0 nproc=0 nproc=1 nproc=2 nproc=3 \
    sigpending=0 core=0 rss=0; do
	holds "limit: $limit" limited "--${limit%%=*}=${limit#*=}:${limit#*=}"
	holds "limit: $limit: no process is left" until_true 5 none_left
done
# With a file size limit of 0 the log must go to a pipe.
: >"$log"
# shellcheck disable=SC2016
by_user sh -c 'prlimit --fsize=0:0 "$0" -v -i v1 sh -c "ulimit -f" 2>&1 | cat' \
    "$BPFSTATSD" >"$log" &
holds "file size limit 0: the daemon counts" \
    until_true 10 grep -q ': counting' "$log"
$bin/flood v0 1 >/dev/null
holds "file size limit 0: the command has the same limit" \
    until_true 5 grep -qx 0 "$log"
daemon=$(left | head -n 1)
daemon=${daemon#/proc/}
by_user kill "${daemon%/exe}"
daemon=
holds "file size limit 0: no process is left" until_true 5 none_left
status=0
# shellcheck disable=SC2016
by_user sh -c 'exec prlimit --fsize=0:0 "$0" -x >"$1" 2>&1' \
    "$BPFSTATSD" "$open/text" 2>/dev/null || status=$?
is "$status $(wc -c <"$open/text")" "153 0" \
    "SIGXFSZ ends the daemon, the file stays empty"
holds "SIGXFSZ: no process is left" none_left
: >"$log"
# shellcheck disable=SC2086
$suid/bad_parent -i $as_user "$BPFSTATSD" -v -i v1 true >"$log" 2>&1 &
daemon=$!
holds "all signals ignored: the daemon counts" \
    until_true 10 grep -q ': counting' "$log"
kill -TERM "$daemon"
holds "all signals ignored: SIGTERM ends the daemon" ended "$daemon" 10
daemon=
done_testing
