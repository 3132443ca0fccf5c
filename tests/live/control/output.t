#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Standard error that blocks: a terminal that is not read or stopped by ^S, a
# pipe, a FIFO, a socket. Runs, timeouts and SIGTERM are not delayed, and the
# log says later how many lines were lost.
. tests/lib/live.sh
own_network "$@"
chmod 711 "$work"

# holder kind command ...: executes the command with standard error of this
# kind, writes its pid to $work/pid, and obeys lines on standard input:
#	fill	until standard error takes no more
#	stop	^S, go: ^Q
#	read	writes to $log what there is, from now on; hold: no more
#	wait	writes the command's exit status to $work/status
cat >"$work/holder" <<'HOLDER'
import fcntl, os, pty, select, signal, socket, subprocess, sys, termios, tty

work, kind = os.environ["WORK"], sys.argv[1]
terminal = kind.startswith("terminal")
if terminal:
    reader, stderr = pty.openpty()
    if kind == "terminal-of-another":
        os.fchmod(stderr, 0)
elif kind.startswith("pipe"):
    reader, stderr = os.pipe()
elif kind == "fifo":
    os.mkfifo(work + "/fifo")
    reader = os.open(work + "/fifo", os.O_RDONLY | os.O_NONBLOCK)
    stderr = os.open(work + "/fifo", os.O_WRONLY)
    os.unlink(work + "/fifo")
else:
    types = {"stream": socket.SOCK_STREAM, "packet": socket.SOCK_SEQPACKET}
    pair = socket.socketpair(socket.AF_UNIX, types[kind.split("-")[1]])
    reader, stderr = pair[0].fileno(), pair[1].fileno()
os.set_blocking(reader, False)

def prepare():
    os.setsid()
    if not terminal:
        return
    if kind != "terminal-of-nobody":
        fcntl.ioctl(stderr, termios.TIOCSCTTY, 0)
    if kind == "terminal-tostop":
        modes = termios.tcgetattr(stderr)
        modes[3] |= termios.TOSTOP
        termios.tcsetattr(stderr, termios.TCSANOW, modes)
        # The session leader stays; its child runs in the background.
        child = os.fork()
        if child != 0:
            os.closerange(3, 1024)
            status = os.waitpid(child, os.WUNTRACED)[1]
            if os.WIFSTOPPED(status):
                open(work + "/stopped", "w").close()
                os.kill(child, signal.SIGKILL)
            os._exit(os.waitstatus_to_exitcode(status)
                if not os.WIFSTOPPED(status) else 99)
        os.setpgid(0, 0)

def before_exec():
    prepare()
    with open(work + "/pid.new", "w") as f:
        f.write(str(os.getpid()))
    os.rename(work + "/pid.new", work + "/pid")

def fill():
    if kind.startswith("socket"):
        put = lambda: pair[1].send(b"x" * 99 + b"\n", socket.MSG_DONTWAIT)
    else:
        own = os.open("/proc/self/fd/%d" % stderr,
            os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        put = lambda: os.write(own, b"x\n")
    try:
        while True:
            put()
    except BlockingIOError:
        pass

process = subprocess.Popen(sys.argv[2:], preexec_fn=before_exec,
    stdout=subprocess.DEVNULL, stderr=stderr, pass_fds=[])
log = open(work + "/log", "ab", buffering=0)
reading, pending = False, b""
while True:
    ready = select.select([0, reader] if reading else [0], [], [])[0]
    if reader in ready:
        try:
            log.write(os.read(reader, 65536))
        except OSError:
            pass
    if 0 in ready:
        got = os.read(0, 65536)
        if got == b"":
            break
        pending += got
    while b"\n" in pending:
        word, pending = pending.split(b"\n", 1)
        if word == b"fill":
            reading = False
            fill()
        elif word == b"stop":
            os.write(reader, b"\x13")
        elif word == b"go":
            os.write(reader, b"\x11")
        elif word == b"read":
            reading = True
        elif word == b"hold":
            reading = False
        elif word == b"wait":
            status = process.wait()
            with open(work + "/status.new", "w") as f:
                f.write(str(status))
            os.rename(work + "/status.new", work + "/status")
        with open(work + "/done", "a") as f:
            f.write(word.decode() + "\n")
HOLDER

ran=$work/ran
hang=$work/hang
mkfifo "$work/words"
: >"$ran"
chmod 666 "$ran"

# obey word: the holder executes the word and answers.
obey() {
	: >"$work/done"
	echo "$1" >&9
	until_true 10 grep -qx "$1" "$work/done"
}

# hold kind command ...: executes the command under the holder.
hold() {
	kind=$1
	: >"$log"
	: >"$ran"
	rm -f "$work/pid" "$work/status" "$work/stopped"
	WORK=$work python3 "$work/holder" "$@" <"$work/words" &
	holder=$!
	exec 9>"$work/words"
}

# open_kind kind [prefix ...]: starts the daemon with standard error of this
# kind.
open_kind() {
	# shellcheck disable=SC2016
	hold "$@" "$BPFSTATSD" -v -i v1 -o queue -T 300ms sh -c \
	    'echo >>"$0"; [ ! -e "$1" ] || exec sleep 300' "$ran" "$hang"
	until_true 10 [ -e "$work/pid" ] && until_true 10 tapped
	daemon=$(cat "$work/pid")
	obey read
	until_true 5 grep -q ': counting' "$log"
}

ran_reach() {
	[ "$(wc -l <"$ran")" -ge "$1" ]
}

# told: sets $runs to the logged lines of runs and $lost to the lines reported
# as lost.
told() {
	runs=$(grep -c ': pid [0-9]' "$log")
	lost=$(sed -n 's/.*bpfstatsd: log: lost \([0-9]*\) line.*/\1/p' "$log" |
	    awk '{ n += $1 } END { print n + 0 }')
}

all_told() {
	told
	[ $((runs + lost)) -eq "$1" ]
}

# goes_on how: the daemon works while its output is blocked by fill or stop.
goes_on() {
	obey "$1"
	$bin/flood v0 80 >/dev/null
	holds "$kind, $1: runs are not delayed" until_true 20 ran_reach 80
	: >"$hang"
	$bin/flood v0 1 >/dev/null
	until_true 5 ran_reach 81
	rm -f "$hang"
	$bin/flood v0 1 >/dev/null
	holds "$kind, $1: a timeout ends a run" until_true 5 ran_reach 82
	until_true 5 at_rest
	[ "$1" = fill ] || obey go
	obey read
	holds "$kind, $1: all lines are written or reported as lost" \
	    until_true 10 all_told 164
	told
	holds "$kind, $1: some lines are lost" [ "$lost" -gt 0 ]
	is "$(tr -d '\r' <"$log" | grep -cvE '^(x?bpfstatsd: .*|x*)$')" 0 \
	    "$kind, $1: lines are whole"
}

ends() {
	obey hold
	obey "$1"
	kill -TERM "$daemon"
	echo wait >&9
	holds "$kind: SIGTERM ends the daemon" \
	    until_true 10 [ -e "$work/status" ]
	is "$(cat "$work/status")" 0 "$kind: SIGTERM: exit 0"
	exec 9>&-
	wait "$holder"
	daemon=
}

# as_nobody: a user who can count but cannot open another user's terminal or
# pipe.
as_nobody() {
	open_kind "$1" setpriv --reuid 65534 --regid 65534 --clear-groups \
	    --inh-caps +net_raw,+bpf,+perfmon,+net_admin \
	    --ambient-caps +net_raw,+bpf,+perfmon,+net_admin
}

for kind in terminal pipe fifo socket-stream socket-packet; do
	open_kind "$kind"
	goes_on fill
	ends fill
done
open_kind terminal
goes_on stop
ends stop
for kind in terminal-of-another terminal-of-nobody pipe-of-another; do
	as_nobody "$kind"
	goes_on fill
	ends fill
done

# In the background of a terminal with "stty tostop".
open_kind terminal-tostop
$bin/flood v0 3 >/dev/null
holds "tostop: runs are not delayed" until_true 5 ran_reach 3
holds "tostop: the log is complete" until_true 5 all_told 6
kill -TERM "$daemon"
obey wait
is "$(cat "$work/status")" 0 "tostop: exit"
holds "tostop: no process is stopped" [ ! -e "$work/stopped" ]
exec 9>&-
wait "$holder"
daemon=
hold terminal-tostop "$BPFSTATSD" -i missing true
obey wait
is "$(cat "$work/status")" 1 "tostop: an error at the start does not stop it"
exec 9>&-
wait "$holder"
done_testing
