#!/bin/sh
# Every system call of every process fails in turn, the first one and later
# ones, with what its manual page says it may fail with.  Each time the daemon
# recovers, or it ends with an error that says why; faults.golden has what it
# did last, which UPDATE=1 writes anew.
. tests/live/lib.sh
own_network "$@"

golden=tests/live/faults.golden
export LC_ALL=C

# errors call: what it may fail with; "-" when it cannot fail.
errors() {
	case $1 in
	exit_group | getegid | geteuid | getgid | getpid | gettid | getuid | \
	    restart_syscall | rt_sigreturn) echo - ;;
	bind) echo EACCES ENETDOWN ENODEV ;;
	bpf) echo EPERM EINVAL ENOMEM ;;
	brk) echo ENOMEM ;;
	capget | capset) echo EINVAL EPERM ;;
	clock_gettime) echo EINVAL ;;
	clone | clone3 | fork | vfork) echo EAGAIN ENOMEM ;;
	close) echo EIO EINTR ;;
	close_range) echo EMFILE ENOMEM ENOSYS ;;
	connect) echo EACCES ECONNREFUSED ;;
	dup2 | dup3) echo EBUSY EINTR EMFILE ;;
	epoll_create1) echo EMFILE ENOMEM ;;
	epoll_ctl) echo ENOMEM ENOSPC ;;
	execve) echo EACCES ENOMEM ETXTBSY ;;
	faccessat | faccessat2) echo EACCES EIO ENOENT ;;
	fcntl) echo EINVAL EMFILE EPERM ;;
	fstat | newfstatat | statx) echo EACCES ENOENT ENOMEM ;;
	futex) echo EINVAL ;;
	getrandom) echo EAGAIN EINTR ENOSYS ;;
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
	read) echo EAGAIN EINTR EIO ;;
	recvfrom) echo ECONNREFUSED EINTR ENOMEM ;;
	rt_sigaction | rt_sigprocmask | set_robust_list) echo EINVAL ;;
	seccomp) echo EACCES EINVAL ENOMEM ;;
	sendto) echo EAGAIN EINTR ENOBUFS ;;
	setgroups) echo ENOMEM EPERM ;;
	setpgid) echo EACCES EPERM ;;
	setresgid | setresuid) echo EAGAIN EPERM ;;
	setsockopt) echo ENOMEM ENOPROTOOPT ;;
	setuid) echo EPERM ;;
	socket) echo EACCES EMFILE ENOBUFS EPERM ;;
	wait4) echo ECHILD EINTR EINVAL ;;
	write) echo EAGAIN EINTR EIO EPIPE ;;
	*) return 1 ;;
	esac
}

# calls: "mode role call number" of a run in which nothing fails.  Of the modes
# but the first only what differs.
calls() {
	printf '%s - - -\n' 'extended runner' 'extended watcher' \
	    'extended child' 'classic runner' 'classic watcher' 'user runner' |
	    sh tests/live/faults.sh | grep -E "^extended |\
^classic runner setsockopt |^classic watcher (getsockopt|poll|recvfrom) |\
^user runner (capset|setgroups|setresgid|setresuid) "
}

# rows: every call that was made, up to the 16th, with each of its errors.
rows() {
	while read -r mode role call number; do
		for error in $(errors "$call"); do
			[ "$error" != - ] || continue
			when=1
			while [ "$when" -le "$number" ] && [ "$when" -le 16 ]; do
				echo "$mode $role $call $error $when"
				when=$((when + 1))
			done
		done
	done
}

# play: the rows of standard input with their outcomes, by two at a time.
play() {
	cat >"$work/rows"
	sed -n 'n;p' "$work/rows" | sh tests/live/faults.sh >"$work/even" &
	sed -n 'p;n' "$work/rows" | sh tests/live/faults.sh >"$work/odd"
	wait $!
	sort -k1,3 -k5,5n -k4,4 "$work/even" "$work/odd"
}

# update: with the calls that are made every time.
update() {
	for _ in 1 2 3 4 5; do
		calls
	done | sort -k1,3 -k4,4n | awk '!seen[$1, $2, $3]++' | rows | play |
	    grep -v ' not reached$' >"$golden"
}

compare() {
	grep "^$1 " "$golden" >"$work/wanted"
	grep "^$1 " "$work/all" >"$work/got"
	if [ ! -s "$work/wanted" ]; then
		not_ok "$1: is not in $golden, UPDATE=1 adds it"
	elif grep -q WRONG "$work/got" ||
	    ! diff -U 0 "$work/wanted" "$work/got" >"$work/diff"; then
		not_ok "$1" "$(grep -h WRONG "$work/got")" \
		    "$(grep '^[-+][^-+]' "$work/diff")"
	else
		ok "$1: $(wc -l <"$work/got") times"
	fi
}

[ -z "${UPDATE:-}" ] || update
calls >"$work/calls"
cut -d ' ' -f 1-3 "$work/calls" >"$work/made"
grep -Ff "$work/made" "$golden" | cut -d ' ' -f 1-5 | play >"$work/all"
while read -r mode role call number; do
	if ! errors=$(errors "$call"); then
		not_ok "$mode $role $call: which errors it may fail with"
	elif [ "$errors" != - ]; then
		compare "$mode $role $call"
	fi
done <"$work/calls"
done_testing
