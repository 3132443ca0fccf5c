#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Each system call of each process fails in turn, the first and later ones, with
# the errors of its manual page. The daemon recovers, or ends with a message
# that names the error. fault-injection.golden has the outcomes on Debian 12. A
# file whose name ends in another release has the system calls that the
# libraries of that release make differently, and replaces all rows of these
# calls. UPDATE=1 writes the file of the current release.
. tests/lib/live.sh
if ldd "$BPFSTATSD" | grep -q libasan; then
	echo "1..0 # SKIP the address sanitizer makes system calls of its own"
	exit 0
fi
command -v strace >/dev/null || skip_all "needs strace"
own_network "$@"

golden=tests/live/runs/fault-injection.golden
# shellcheck source=/dev/null
release=$(. /etc/os-release 2>/dev/null && echo "${ID:-}-${VERSION_ID:-}")
other=$golden.$release
export LC_ALL=C

# errors call: prints the errors that the call can return; "-" if none.
errors() {
	case $1 in
	exit_group | getegid | geteuid | getgid | getpid | getppid | gettid | \
	    getuid | restart_syscall | rt_sigreturn) echo - ;;
	bind) echo EACCES ENETDOWN ENODEV ;;
	bpf) echo EPERM EINVAL ENOMEM ;;
	brk) echo ENOMEM ;;
	capget | capset) echo EINVAL EPERM ;;
	clock_gettime) echo EINVAL ;;
	clone | clone3 | fork) echo EAGAIN ENOMEM ;;
	close) echo EIO EINTR ;;
	close_range) echo EMFILE ENOMEM ENOSYS ;;
	connect) echo EACCES ECONNREFUSED ;;
	dup) echo EMFILE ;;
	dup2 | dup3) echo EBUSY EINTR EMFILE ;;
	epoll_create1) echo EMFILE ENOMEM ;;
	epoll_ctl) echo ENOMEM ENOSPC ;;
	execve) echo EACCES ENOMEM ETXTBSY ;;
	faccessat | faccessat2) echo EACCES EIO ENOENT ;;
	fcntl) echo EINVAL EMFILE EPERM ;;
	fstat | newfstatat | statx) echo EACCES ENOENT ENOMEM ;;
	ftruncate) echo EINVAL EIO ;;
	futex) echo EINVAL ;;
	getrandom) echo EAGAIN EINTR ENOSYS ;;
	getsockname) echo EBADF ENOBUFS ;;
	getsockopt) echo EBADF ENOBUFS ENOPROTOOPT ;;
	ioctl) echo ENODEV ENOTTY ;;
	kill) echo EPERM ESRCH ;;
	landlock_create_ruleset) echo EINVAL ENOSYS EOPNOTSUPP ;;
	landlock_restrict_self) echo E2BIG EOPNOTSUPP EPERM ;;
	lseek) echo EINVAL ESPIPE ;;
	mmap | mprotect | mremap) echo EACCES ENOMEM ;;
	munmap) echo EINVAL ;;
	openat) echo EACCES EMFILE ENOMEM ;;
	pipe2 | socketpair) echo EMFILE ENFILE ;;
	poll | ppoll) echo EINTR EINVAL ENOMEM ;;
	prctl) echo EINVAL EPERM ;;
	prlimit64) echo EPERM ;;
	pread64) echo EINTR EIO ;;
	read) echo EAGAIN EINTR EIO ;;
	recvfrom) echo ECONNREFUSED EINTR ENOMEM ;;
	recvmsg) echo ECONNRESET EINTR ENOMEM ;;
	rt_sigaction | rt_sigprocmask | set_robust_list) echo EINVAL ;;
	seccomp) echo EACCES EINVAL ENOMEM ;;
	sendmsg) echo EAGAIN EINTR ENOBUFS ETOOMANYREFS ;;
	sendto) echo EAGAIN EINTR ENOBUFS ;;
	setgroups) echo ENOMEM EPERM ;;
	setresgid | setresuid) echo EAGAIN EPERM ;;
	setsid) echo EPERM ;;
	setsockopt) echo ENOMEM ENOPROTOOPT ;;
	setuid) echo EPERM ;;
	socket) echo EACCES EMFILE ENOBUFS EPERM ;;
	wait4) echo ECHILD EINTR EINVAL ;;
	write) echo EAGAIN EINTR EIO EPIPE ;;
	*) return 1 ;;
	esac
}

# calls: prints "mode role call number" of a run without a fault. For all modes
# but the first, only the calls that differ.
calls() {
	printf '%s - - -\n' 'extended runner' 'extended watcher' \
	    'extended child' 'classic runner' 'classic watcher' 'user runner' \
	    'reload runner' 'reload opener' 'reload watcher' \
	    'reclassic opener' 'reclassic watcher' |
	    sh tests/live/runs/fault-injection.sh | grep -E "^(extended|reload) |\
^reclassic opener (bind|sendmsg|setsockopt) |\
^reclassic watcher (getsockopt|recvmsg) |\
^classic runner setsockopt |^classic watcher (getsockopt|poll|recvfrom) |\
^user runner (capset|setgroups|setresgid|setresuid) "
}

# reloads: true for a mode with a reload.
reloads() {
	[ "$mode" != "${mode#re}" ]
}

# in_turn: true for a call whose row has this error.
in_turn() {
	! reloads || [ "$when" -le 2 ] || [ $((when % all)) -eq "$turn" ]
}

# rows: prints each call, the first sixteen of its kind, with each of its
# errors; of a reload eight, from the third on with one of the errors in turn,
# but all of bpf(2), the last of which take filters out. From the fifth on, and
# during a reload, rt_sigprocmask belongs to fork(3) in glibc 2.41, which uses
# an uninitialized mask if the kernel refuses the call. For the watcher's ioctl
# ENODEV is no fault: the interface is gone, and the watcher waits for its
# return.
rows() {
	while read -r mode role call count; do
		most=16
		[ "$role $call" != 'runner rt_sigprocmask' ] || most=4
		! reloads || most=8
		[ "$mode $call" != 'reload bpf' ] || most=64
		[ "$mode $call" != 'reload rt_sigprocmask' ] || most=0
		turn=0
		all=$(errors "$call" | wc -w)
		for error in $(errors "$call"); do
			[ "$error" != - ] || continue
			[ "$role $call $error" != 'watcher ioctl ENODEV' ] ||
			    continue
			when=1
			while [ "$when" -le "$count" ] && [ "$when" -le "$most" ]; do
				! in_turn || echo "$mode $role $call $error $when"
				when=$((when + 1))
			done
			turn=$((turn + 1))
		done
	done
}

# chosen: in a small test, keeps the first row of each call and error, and every
# second of the others, so that each call keeps errors and each error calls; of
# a reload, every fourth.
chosen() {
	awk -v full="$(size '' full)" '
	{ call = $1 " " $2 " " $3 }
	!((call, $4) in place) { place[call, $4] = errors[call]++ }
	full || $5 == 1 { print; next }
	/^re/ { if ($5 % 4 == 3) print; next }
	($5 + place[call, $4]) % 2'
}

# play rows: prints the rows with their outcomes; four run at a time.
play() {
	for part in 0 1 2 3; do
		awk -v part=$part 'NR % 4 == part' "$1" |
		    sh tests/live/runs/fault-injection.sh >"$work/part.$part" &
	done
	wait
	cat "$work"/part.?
}

# merge: prints one line for each row. If timing decides which call is, say, the
# third one, all rows of the call get all outcomes.
merge() {
	awk '{
		row = $1 " " $2 " " $3 " " $4 " " $5
		group = $1 " " $2 " " $3 " " $4
		outcome = substr($0, length(row) + 2)
		if (!(row in first))
			first[row] = outcome
		else if (first[row] != outcome)
			varies[group] = 1
		if (!seen[group, outcome]++)
			all[group] = all[group] " | " outcome
		of[row] = group
	}
	END {
		for (row in first)
			if (of[row] in varies)
				print row all[of[row]]
			else
				print row " " first[row]
	}' | sed 's/ | / /' | sort -k1,3 -k5,5n -k4,4
}

# update: prints the rows of the chosen calls that occur each time, with their
# outcomes. If the number of calls depends on timing, the first half is used. A
# fault during the exit has no certain outcome and is left out.
update() {
	for _ in 1 2 3 4 5; do
		calls | grep -Ff "$work/chosen"
	done | awk '{
		what = $1 " " $2 " " $3
		if (!(what in least) || $4 < least[what])
			least[what] = $4
		if ($4 > most[what])
			most[what] = $4
	}
	END {
		for (what in least)
			print what, least[what] < most[what] ? \
			    int((least[what] + 1) / 2) : least[what]
	}' | rows >"$work/rows"
	play "$work/rows" >"$work/once"
	grep ' not reached$' "$work/once" | cut -d ' ' -f 1-5 >"$work/not"
	grep -vxFf "$work/not" "$work/rows" >"$work/again"
	play "$work/again" >"$work/twice"
	sort "$work/once" "$work/twice" |
	    grep -Ev ' (not reached|meets the end)$' | merge
}

# differences call: prints rows of the golden file and of this run that differ.
differences() {
	awk -v call="$1 " '
	index($0, call) != 1 { next }
	{
		row = $1 " " $2 " " $3 " " $4 " " $5
		outcome = substr($0, length(row) + 2)
	}
	NR == FNR { golden[row] = outcome; next }
	outcome == "meets the end" { next }
	/WRONG/ || !index(" | " golden[row] " | ", " | " outcome " | ") {
		print "wanted: " row " " golden[row]
		print "got:    " row " " outcome
	}' "$work/golden" "$work/all"
}

# unknown call: a call missing in the golden file is correct if it only occurs
# during the exit.
unknown() {
	grep "^$1 " "$work/calls.1" | rows >"$work/few"
	play "$work/few" | grep -Ev ' (not reached|meets the end)$' \
	    >"$work/outcomes" || :
	is "$(cat "$work/outcomes")" "" "$1: only at the end; else UPDATE=1"
}

compare() {
	differ=$(differences "$1")
	before=$failed
	if ! grep -q "^$1 " "$work/golden"; then
		unknown "$1"
	elif [ -n "$differ" ]; then
		not_ok "$1" "$differ"
	else
		ok "$1: $(grep -c "^$1 " "$work/all") times"
	fi
	[ "$failed" -eq "$before" ] || echo "$1 " >>"$work/differ"
}

if [ -n "${UPDATE:-}" ] && [ "$release" = debian-12 ]; then
	echo >"$work/chosen"
	update >"$golden"
fi
: >"$work/replaced"
if [ -z "${UPDATE:-}" ] && [ -f "$other" ]; then
	cut -d ' ' -f 1-3 "$other" | sort -u | sed 's/$/ /' >"$work/replaced"
	cp "$other" "$work/golden"
fi
grep -vFf "$work/replaced" "$golden" >>"$work/golden"
# Some calls depend on timing: only calls that occur in two runs are tested, and
# not whether the opener ends a child that is about to end.
calls | grep -v '^reload opener kill ' >"$work/calls.1"
calls | cut -d ' ' -f 1-3 | sed 's/$/ /' >"$work/calls.2"
grep -Ff "$work/calls.2" "$work/calls.1" >"$work/calls"
cut -d ' ' -f 1-3 "$work/calls" | sed 's/$/ /' >"$work/made"
grep -Ff "$work/made" "$work/golden" | cut -d ' ' -f 1-5 | chosen \
    >"$work/rows"
play "$work/rows" >"$work/all"
while read -r mode role call count; do
	if ! errors=$(errors "$call"); then
		not_ok "$mode $role $call: its errors are unknown"
	elif [ "$errors" != - ]; then
		compare "$mode $role $call"
	fi
done <"$work/calls"
if [ -n "${UPDATE:-}" ] && [ -s "$work/differ" ]; then
	mv "$work/differ" "$work/chosen"
	update >"$other"
fi
done_testing
