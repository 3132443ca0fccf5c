#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Completions of shell command lines offer all that the parser accepts, and no
# more.
. tests/lib/live.sh

for part in bash fish zsh; do
	command -v $part >/dev/null || skip_all "needs $part"
done
files=dist/completions/bpfstatsd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# Independent of the user's settings.
HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work
export HOME XDG_CONFIG_HOME XDG_DATA_HOME

sorted() {
	grep . | LC_ALL=C sort | tr '\n' ' '
}

# The parser's option letters, and those with a value.
letters() {
	sed -n 's/^#define OPTIONS "\(.*\)"$/\1/p' src/conf/options.c |
	    sed 's/[^:]/\
&/g' | grep "$1" | tr -d :
}
options=$(letters . | sed 's/^/-/' | sorted)
ctl_options=$(sed -n 's/.*getopt(argc, argv, "\(.*\)").*/\1/p' src/ctl/main.c |
    tr -d : | sed 's/./-&\
/g' | sorted)
logs='json stderr syslog '
policies=$(sed -nE 's/^.*\[POLICY_[A-Z]+\] = "(.*)",$/\1/p' src/conf/value.c | sorted)
keys=$({ sed -nE 's/^.*\[KEY_[A-Z_]+\] = \{ "([^"]*)".*/\1/p' src/engine/key_text.c
    echo source/24/64; } | sorted)
interfaces=$({ ls /sys/class/net; echo any; } | grep -v bonding_masters |
    sorted)

#
# Real shells print their completions.
#
# bash_offers word ...: prints the completions of the last word.
bash_offers() {
	# shellcheck disable=SC2016
	bash --norc -c '. "$0"
	name=${0##*/} name=${name%.bash}
	COMP_WORDS=($name "$@") COMP_CWORD=$#
	_$name
	printf "%s\n" "${COMPREPLY[@]}"' "$files.bash" "$@" | sorted
}

fish_offers() {
	fish --no-config -c "source $files.fish
	complete -C '${files##*/} $*'" |
	    cut -f 1 | sorted
}

# zsh_offers pattern word ...: prints what an interactive zsh writes to its
# terminal after a tab, up to the pattern.
mkdir "$work/zsh"
cp $files.zsh "$work/zsh/_bpfstatsd"
cp dist/completions/bpfstatsctl.zsh "$work/zsh/_bpfstatsctl"
cat >"$work/ask" <<'ZSH'
zmodload zsh/zpty || exit 1
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($1 \$fpath)
autoload -Uz compinit; compinit -u -D; echo re''ady"
zpty -r shell answer '*ready*'
zpty -w -n shell "$3"$'\t'
zpty -r shell answer "*$2*"
print -r -- "$answer"
zpty -d shell
ZSH
zsh_offers() {
	pattern=$1
	shift
	timeout 20 zsh -f "$work/ask" "$work/zsh" "$pattern" "${files##*/} $*" 2>&1 |
	    tr '\r\n' '  '
}

for shell in bash fish zsh; do
	is "$($shell -n $files.$shell 2>&1)" '' "$shell -n: no syntax error"
done
for shell in bash fish; do
	is "$(${shell}_offers -)" "$options" "$shell: the options"
	is "$(${shell}_offers -c 5 -)" "$options" "$shell: options after others"
	is "$(${shell}_offers -v -o '')" "$policies" "$shell: policies"
	is "$(${shell}_offers -vo dr)" 'drop ' \
	    "$shell: several letters in one word"
	is "$(${shell}_offers -l '')" "$logs" "$shell: logs"
	is "$(${shell}_offers -k '')" "$keys" "$shell: keys"
	is "$(${shell}_offers -p '')" 'json text ' "$shell: formats"
	is "$(${shell}_offers -Q '')" 'in inout out ' "$shell: directions"
	is "$(${shell}_offers -i '')" "$interfaces" "$shell: interfaces"
	is "$(${shell}_offers -u nobo)" 'nobody ' "$shell: users"
	like "$(${shell}_offers -f ./exampl)" '^\./examples/? $' \
	    "$shell: files for -f"
	like "$(${shell}_offers -i lo unshar)" '(^| )unshare ' \
	    "$shell: commands"
	is "$(${shell}_offers -i lo -c 5 unshare ./exampl | tr -d /)" \
	    '.examples ' "$shell: a command's arguments are completed as its own"
done
is "$(sed -n 's/^_bpfstatsd_valued=//p' $files.bash | sed 's/./&\
/g' | sorted)" "$(letters : | sorted)" 'bash: the options that have a value'
is "$(bash_offers -i lo -- tru -o '' | grep -c drop)" 0 \
    'bash: after a command, no policies are offered'

like "$(zsh_offers restart -o '')" 'drop .* once .* queue .* restart' \
    'zsh: policies'
like "$(zsh_offers -z -)" '-F .* -i .* -z' 'zsh: options after a dash'
like "$(zsh_offers inout -vQ '')" 'in .*inout' \
    'zsh: several letters in one word'
like "$(zsh_offers destination -k source,d)" 'source,destination' \
    'zsh: another part of a key'
like "$(zsh_offers '-i any' -i an)" 'bpfstatsd -i any' 'zsh: interfaces'
like "$(zsh_offers unshare -i lo unshar)" 'unshare' 'zsh: commands'
is "$(sed -nE "s/^ *'(\([^)]*\))?\*?(-[A-Za-z]).*/\2/p" $files.zsh | sorted)" \
    "$options" 'zsh: the options'
is "$(sed -nE "s/^ *'(\([^)]*\))?\*?-([A-Za-z])\+.*/\2/p" $files.zsh | sorted)" \
    "$(letters : | sorted)" 'zsh: the options that have a value'

# The completions of bpfstatsctl.
files=dist/completions/bpfstatsctl
for shell in bash fish; do
	is "$(${shell}_offers -)" "$ctl_options" "bpfstatsctl: $shell: the options"
	is "$(${shell}_offers -w '')" '1 10 2 5 60 ' \
	    "bpfstatsctl: $shell: seconds"
	like "$(${shell}_offers -s ./exampl)" '^\./examples/? $' \
	    "bpfstatsctl: $shell: files for -s"
done
like "$(zsh_offers -w -)" '-V .* -j .* -m .* -s .* -w' \
    'bpfstatsctl: zsh: options after a dash'
like "$(zsh_offers 60 -w '')" '1 .*10 .*2 .*5 .*60' 'bpfstatsctl: zsh: seconds'
done_testing
