#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A setuid root copy, started by an ordinary user: he can count packets, and
# gains nothing else, whatever he prepares, closes, limits, sends or traces.
. tests/lib/live.sh
own_network "$@"

. tests/lib/setuid.sh

# sees pattern ...: whole lines of what it has found.
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

# The rights of the command, of the runner and of the watcher

bounding=$(by_user sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
none=0000000000000000
for mode in 4755 6755; do
	about="mode $mode"
	chmod $mode "$BPFSTATSD"
	holds "$about: it runs" looks
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
	is "$status" 0 "$about: it ends"
done
chmod 4755 "$BPFSTATSD"
refused "without the bit" 1 'CAP_NET_RAW is missing' "$suid/plain" -i v1 true
refused "traced from the start" 1 'CAP_NET_RAW is missing' \
    strace -f -o /dev/null "$BPFSTATSD" -i v1 true
refused "-u" 1 '^bpfstatsd: -u: root: only root can ' \
    "$BPFSTATSD" -u root -i v1 true
# shellcheck disable=SC2154
refused "-u himself" 1 '^bpfstatsd: -u: .*: only root can ' \
    "$BPFSTATSD" -u "$name" -i v1 true

# A group that one program can have: not from root, and not from ulogd
for group in 0 1; do
	refused "nflog:$group" 1 \
	    "^bpfstatsd: nflog:$group: a set-user-ID program opens no log group" \
	    "$BPFSTATSD" -i nflog:$group true
done
refused "no -i" 1 '^bpfstatsd: nflog:0: a set-user-ID program opens no log group' \
    "$BPFSTATSD" true

# What is done with the rights of the file, until they are given up

timeout -s TERM 5 strace -f -u $name -o "$work/trace" \
    "$BPFSTATSD" -v -i v1 -e ip true 2>"$log" &
tracer=$!
until_true 10 grep -q ': counting' "$log"
kill $tracer
wait $tracer
first=$(sed -n '1s/ .*//p' "$work/trace")
sed -n "s/^$first *//p" "$work/trace" |
    sed -n "/^setresuid(-1, 0, -1)/,/^setresuid($user, $user, $user)/p; \
	/^setresuid($user, $user, $user)/q" >"$work/raised"
holds "with rights: the source is opened" grep -q '^socket(AF_PACKET' \
    "$work/raised"
is "$(tail -n 1 "$work/raised" | sed 's/ .*//')" "setresuid($user," \
    "with rights: until they are given up"
is "$(grep -E '^(open|creat|write|exec|connect|send|link|unlink|rename|ch|mk|mount)' \
    "$work/raised")" "" "with rights: no file, no program, no word"

# Signals that the caller ignores and blocks, at each fork

hostile() {
	: >"$log"
	strace -u $name "$@" "$suid/bad_parent" -b -i \
	    "$BPFSTATSD" -v -i v1 -e ip true 2>"$log" &
	tracer=$!
}

# Its other waits are stopped as well.
goes_on() {
	kill -CONT "$daemon"
	grep -q ': counting' "$log"
}

hostile_ends() {
	daemon=$(children $tracer | tr -d ' ')
	kill -TERM "$daemon"
	kill -CONT "$daemon"
	until_true 10 not_running "$daemon" || kill -KILL "$daemon"
	wait $tracer
	daemon=
}

# The children that the stopped daemon has not waited for.
stopped_children() {
	daemon=$(children $tracer | tr -d ' ')
	[ -n "$daemon" ] && grep -q '^State:[[:space:]]*[Tt]' \
	    "/proc/$daemon/status" 2>/dev/null && [ -n "$(children "$daemon")" ]
}

child_state() {
	field "$(children "$daemon" | sed 's/ .*//')" State
}

child_is_dead() {
	[ "$(child_state)" = 'Z (zombie)' ]
}

hostile -f -o "$work/trace" \
    -e 'trace=?fork,clone,?clone3,kill,wait4,setresuid,rt_sigaction'
holds "signals ignored and blocked: it counts" \
    until_true 10 grep -q ': counting' "$log"
hostile_ends
first=$(sed -n '1s/ .*//p' "$work/trace")
sed -n "s/^$first *//p" "$work/trace" >"$work/calls"
forks=$(grep -Ec '^(fork|clone)' "$work/calls")
# One for each type of link, and the watcher.
is "$forks $(grep -c '^setresuid(-1, 0, -1).* = 0$' "$work/calls")" "4 5" \
    "at each fork: the calls are known"
# The user in effect at each fork and each kill.
is "$(awk -F '[(,]' '/^setresuid.* = 0$/ { now = $3 + 0 }
    /^(fork|clone|kill)/ && now == 0 { print }' "$work/calls")" "" \
    "at each fork: the rights of the file are not in effect"
is "$(grep '^wait4([1-9]' "$work/calls" | grep -c ECHILD)" 0 \
    "at each fork: each child is waited for"
is "$(sed '/^fork\|^clone/q' "$work/calls" | grep '^rt_sigaction(SIGCHLD' |
    tail -n 1 | grep -c '{sa_handler=SIG_DFL')" 1 \
    "before the first fork: a child that ends is not forgotten"
# While it waits for the child that compiles, which it asks twice or so.
for nth in 1 2 3 4; do
	about="stopped at question $nth"
	hostile -o /dev/null -e "inject=?poll,?ppoll:signal=STOP:when=$nth"
	holds "$about: its child is there" until_true 10 stopped_children
	holds "$about: the child's number stays the child's" \
	    until_true 10 child_is_dead
	holds "$about: it goes on" until_true 10 goes_on
	hostile_ends
done
holds "stopped: nothing is left" until_true 5 none_left

# When they cannot be given up, or the kernel only says so, all ends at once

chmod 6755 "$BPFSTATSD"
for call in setresgid setresuid; do
	for nth in 1 2 3 4; do
		status=0
		timeout 10 strace -u $name -o /dev/null \
		    -e "inject=$call:error=EAGAIN:when=$nth" \
		    "$BPFSTATSD" -v -i v1 true 2>"$log" || status=$?
		is "$status $(grep -c 'Resource temporarily' "$log")" "1 1" \
		    "$call fails, $nth: it ends"
	done
done
for lie in setresuid:1 setresuid:4 setresgid:1; do
	status=0
	timeout 10 strace -u $name -o /dev/null \
	    -e "inject=${lie%:*}:retval=0:when=${lie#*:}" \
	    "$BPFSTATSD" -v -i v1 true 2>"$log" || status=$?
	is "$status $(grep -cE 'cannot change|not given up|did not change' "$log")" "1 1" \
	    "$lie lies: it ends"
done
holds "nothing is left" until_true 5 none_left
chmod 4755 "$BPFSTATSD"

# Files

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
refused "command: $suid/plain for root" 1 'cannot execute it: Perm' \
    sh -c "\"\$0\" -i v1 $open/secret" "$BPFSTATSD"
chmod 644 "$open/secret"
holds "-F: what he may read" looks -F "$open/secret"
[ -z "$daemon" ] || stop
echo 'host nosuchhost.invalid' >"$open/filter"
refused "-F: what is wrong with it" 1 'filter: ' "$BPFSTATSD" -i v1 \
    -F "$open/filter" true

# Variables

WRAP="$as_user env LD_PRELOAD=$suid/evil_watcher.so LD_AUDIT=$suid/evil_watcher.so
    LD_LIBRARY_PATH=$suid EVIL=early LOCALDOMAIN=x RES_OPTIONS=debug
    TMPDIR=$open HOSTALIASES=$open/x PCAP_PF_RING_CLUSTER_ID=1 IFS=x
    ENV=$open/x BASH_ENV=$open/x HOME=/x USER=root LOGNAME=root SHELL=/x
    LIBBPF_LOG_LEVEL=debug GLIBC_TUNABLES=x TERM=vt220 LANG=en_GB.UTF-8"

about="variables"
holds "$about: it runs" looks
stop
# What a shell may add by itself is none of the daemon's.
account=$(getent passwd $name)
shell=${account##*:}
home=${account%:*}
sees 'env: PATH=/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/usr/local/sbin' \
    "env: HOME=${home##*:}" "env: USER=$name" "env: LOGNAME=$name" \
    "env: SHELL=$shell" 'env: TERM=vt220' 'env: LANG=en_GB.UTF-8'
is "$(grep '^env:' "$found" | grep -vc 'env: BPFSTATSD_')" 7 \
    "$about: no other one"
WRAP="$as_user env TERM=/x LANG=../../x"
holds "$about: it runs" looks
stop
is "$(grep -c '^env: \(TERM\|LANG\)' "$found")" 0 \
    "$about: no path in TERM or LANG"

# A program of a known name, and one of an unknown one, where only he looks.
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
is "$status $(ls "$open/mark" 2>/dev/null)" "0 " "PATH: the system's true is run"
refused "PATH: what only he finds is not found" 1 'cannot execute it: No such' \
    env "PATH=$open/bin:$PATH" "$BPFSTATSD" -i v1 other
WRAP=$as_user

# Looking into the processes

some_left() {
	! none_left
}

# shellcheck disable=SC2086
$as_user "$suid/sleep" 300 &
own=$!
until_true 5 some_left
like "$(by_user "$suid/setuid_caller" peek $own | tr '\n' ' ')" 'environ fd .* ptrace' \
    "peek: his own processes are open to him"
kill $own

# running: a daemon with a command that takes its time.
running() {
	start -i v1 "$suid/sleep" 300 && $bin/flood v0 1 >/dev/null &&
	    until_true 5 grep -q ' started:' "$log"
}

running
is "$(by_user "$suid/setuid_caller" peek "$daemon")" "" "peek: not the runner"
is "$(by_user "$suid/setuid_caller" peek "$watcher")" "" "peek: not the watcher"

# Stopping and ending them

holds "he may stop both" by_user kill -STOP "$daemon" "$watcher"
is "$(by_user "$suid/setuid_caller" peek "$watcher")" "" "peek: nor then"
by_user kill -CONT "$daemon" "$watcher"
stats
is "$packets" 1 "it goes on when it may"
stop
for case in TERM:daemon KILL:daemon QUIT:daemon SEGV:daemon ABRT:daemon \
    XCPU:daemon KILL:watcher; do
	running
	eval "process=\$${case#*:}"
	by_user kill "-${case%:*}" "$process"
	ended "$daemon" 10
	daemon=
	holds "$case: nothing is left" until_true 5 none_left
done

# Signals at every moment, and no core file

for arguments in "-i v1" "-i v1 -e ip" "-r $open/secret"; do
	# shellcheck disable=SC2086
	holds "signals at every moment: $arguments" torment $arguments true
	holds "nothing is left" until_true 10 none_left
done
is "$(ls "$open/here")" "" "no core, no other file"
# shellcheck disable=SC2016,SC2086
prlimit --core=unlimited $as_user \
    sh -c 'cd "$0" && kill -QUIT $$' "$open/here" 2>/dev/null
[ -n "$(ls "$open/here")" ] || echo "# Here core files would go elsewhere."
WRAP="prlimit --core=unlimited $as_user"
start -z -i v1 sh -c 'ulimit -c'
is "$(sed -n 's/^Max core file size *\([^ ]*\) .*/\1/p' /proc/"$daemon"/limits \
    /proc/"$watcher"/limits | tr '\n' ' ')" "0 0 " "none from the daemon"
$bin/flood v0 1 >/dev/null
ended "$daemon" 5
daemon=
is "$(cat "$work/out")" unlimited "its command may have one"
WRAP=$as_user

# Descriptors

untapped() {
	! tapped
}

# closed redirections: it is started like that, and a command looks around.
closed() {
	rm -f "$found"
	# The kernel takes its time with the socket of the one before.
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
	holds "$about: it runs" closed "$redirections"
	is "$(grep '^fd:' "$found" | sort | tr '\n' ' ')" \
	    "fd: 0 /dev/null fd: 1 /dev/null fd: 2 /dev/null " "$about: all three"
	stop
done
about="descriptor 200, 64 are allowed"
WRAP="$as_user $suid/setuid_caller above 200 64"
holds "$about: it runs" looks
stop
is "$(grep -c '^fd:' "$found")" 3 "$about: it is not handed on"

# Limits

# What a command has is what he had.
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

# limited options of prlimit ...: it counts, or ends and says why.
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
	holds "limit: $limit: nothing is left" until_true 5 none_left
done
# Without room in files there is no log of ours either: it comes by a pipe.
: >"$log"
# shellcheck disable=SC2016
by_user sh -c 'prlimit --fsize=0:0 "$0" -v -i v1 sh -c "ulimit -f" 2>&1 | cat' \
    "$BPFSTATSD" >"$log" &
holds "no room in files: it counts" until_true 10 grep -q ': counting' "$log"
$bin/flood v0 1 >/dev/null
holds "no room in files: nor for the command" until_true 5 grep -qx 0 "$log"
daemon=$(left | head -n 1)
daemon=${daemon#/proc/}
by_user kill "${daemon%/exe}"
daemon=
holds "no room in files: nothing is left" until_true 5 none_left
status=0
# shellcheck disable=SC2016
by_user sh -c 'exec prlimit --fsize=0:0 "$0" -x >"$1" 2>&1' \
    "$BPFSTATSD" "$open/text" 2>/dev/null || status=$?
is "$status $(wc -c <"$open/text")" "153 0" "SIGXFSZ: it ends, nothing is written"
holds "SIGXFSZ: nothing is left" none_left
: >"$log"
# shellcheck disable=SC2086
$suid/bad_parent -i $as_user "$BPFSTATSD" -v -i v1 true >"$log" 2>&1 &
daemon=$!
holds "all signals ignored: it counts" \
    until_true 10 grep -q ': counting' "$log"
kill -TERM "$daemon"
holds "all signals ignored: it ends" ended "$daemon" 10
daemon=
done_testing
