# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# holder.py out|err kind command ...: executes the command with standard output
# or error of this kind, writes its pid to $WORK/pid, and obeys lines on
# standard input:
#	fill	until the output takes no more
#	stop	^S, go: ^Q
#	read	writes to $WORK/out or $WORK/log what there is, from now on;
#		hold: no more
#	wait	writes the command's exit status to $WORK/status
import fcntl, os, pty, select, signal, socket, subprocess, sys, termios, tty

work, which, kind = os.environ["WORK"], sys.argv[1], sys.argv[2]
terminal = kind.startswith("terminal")
if terminal:
    reader, held = pty.openpty()
    if kind == "terminal-of-another":
        os.fchmod(held, 0)
elif kind.startswith("pipe"):
    reader, held = os.pipe()
elif kind == "fifo":
    os.mkfifo(work + "/fifo")
    reader = os.open(work + "/fifo", os.O_RDONLY | os.O_NONBLOCK)
    held = os.open(work + "/fifo", os.O_WRONLY)
    os.unlink(work + "/fifo")
else:
    types = {"stream": socket.SOCK_STREAM, "packet": socket.SOCK_SEQPACKET}
    pair = socket.socketpair(socket.AF_UNIX, types[kind.split("-")[1]])
    reader, held = pair[0].fileno(), pair[1].fileno()
os.set_blocking(reader, False)

def prepare():
    os.setsid()
    if not terminal:
        return
    if kind != "terminal-of-nobody":
        fcntl.ioctl(held, termios.TIOCSCTTY, 0)
    if kind == "terminal-tostop":
        modes = termios.tcgetattr(held)
        modes[3] |= termios.TOSTOP
        termios.tcsetattr(held, termios.TCSANOW, modes)
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
        own = os.open("/proc/self/fd/%d" % held,
            os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        put = lambda: os.write(own, b"x\n")
    try:
        while True:
            put()
    except BlockingIOError:
        pass

process = subprocess.Popen(sys.argv[3:], preexec_fn=before_exec,
    stdout=held if which == "out" else subprocess.DEVNULL,
    stderr=held if which == "err" else None, pass_fds=[])
log = open(work + ("/log" if which == "err" else "/out"), "ab", buffering=0)
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
