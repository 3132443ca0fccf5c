# bash(1): what can follow in a command line of bpfstatsctl(8).

_bpfstatsctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	case $prev in
	-*s)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	-*k) COMPREPLY=() ;;
	-*w) mapfile -t COMPREPLY < <(compgen -W '1 2 5 10 60' -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -W '-j -k -m -s -V -w' -- "$cur") ;;
	esac
}

complete -F _bpfstatsctl bpfstatsctl
