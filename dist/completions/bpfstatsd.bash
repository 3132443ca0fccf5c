# bash(1): what can follow in a command line of bpfstatsd(8).

# Options that have a value.
_bpfstatsd_valued=bceFfiklmopQrsTtuW

# How many words before the current one are the daemon's: _bpfstatsd_own is
# that number, _bpfstatsd_option the option whose value comes now, if any.
_bpfstatsd_scan() {
	local i j word letter

	_bpfstatsd_option='' _bpfstatsd_own=$COMP_CWORD
	for ((i = 1; i < COMP_CWORD; i++)); do
		_bpfstatsd_option=''
		word=${COMP_WORDS[i]}
		if [[ $word == -- ]]; then
			_bpfstatsd_own=$((i + 1))
			return
		elif [[ $word != -?* ]]; then
			_bpfstatsd_own=$i
			return
		fi
		for ((j = 1; j < ${#word}; j++)); do
			letter=${word:j:1}
			[[ $_bpfstatsd_valued == *"$letter"* ]] || continue
			if ((j + 1 == ${#word})); then
				((++i < COMP_CWORD)) ||
				    _bpfstatsd_option=$letter
			fi
			break
		done
	done
}

_bpfstatsd_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_bpfstatsd_interfaces() {
	local path

	for path in /sys/class/net/*; do
		[[ -d $path ]] && echo "${path##*/}"
	done
	echo any
}

_bpfstatsd() {
	local cur=${COMP_WORDS[COMP_CWORD]} _bpfstatsd_option _bpfstatsd_own

	COMPREPLY=()
	_bpfstatsd_scan
	if ((_bpfstatsd_own < COMP_CWORD)) ||
	    { [[ -z $_bpfstatsd_option && $cur != -* ]]; }; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "$_bpfstatsd_own"
		elif ((_bpfstatsd_own < COMP_CWORD)); then
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		fi
		return
	fi
	case $_bpfstatsd_option in
	'') _bpfstatsd_words '-h -n -V -v -w -z -b -c -e -F -f -i -k -l -m -o
		-p -Q -r -s -T -t -u -W' ;;
	b) _bpfstatsd_words '64K 10M 1G 100M/1m' ;;
	c) _bpfstatsd_words '1 10 100 1000 500/10s' ;;
	F | f | r | s)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	i) _bpfstatsd_words "$(_bpfstatsd_interfaces)" ;;
	k) _bpfstatsd_words 'source source/24/64 destination source-port port
		mac destination-mac vlan' ;;
	l) _bpfstatsd_words 'stderr json syslog' ;;
	m | T | t | W) _bpfstatsd_words '500ms 10s 30s 1m 15m 1h' ;;
	o) _bpfstatsd_words 'once drop queue restart' ;;
	p) _bpfstatsd_words 'text json' ;;
	Q) _bpfstatsd_words 'in out inout' ;;
	u) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
	esac
}

complete -F _bpfstatsd bpfstatsd
