#!/bin/sh
# One verdict: of every packet, the kernel's classic filter, its translation,
# and libpcap where it can know say the same.
. tests/live/lib.sh
own_network "$@"

# agree name command ...: it ends well, and says in its last line how much it
# looked at.
agree() {
	name=$1
	shift
	if "$@" <tests/live/expressions.txt >"$work/figures"; then
		ok "$name"
	else
		not_ok "$name" "$(head -n 20 "$work/figures")"
	fi
	echo "# $(tail -n 1 "$work/figures")"
}

# judged: the expressions of the last call that came before the judges.
judged() {
	tail -n 1 "$work/figures" |
	    sed 's/[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\).*/\1 - \2 - \3/'
}

agree 'classic programs by chance' $bin/translate v1 v0 5000 20
agree 'Ethernet' $bin/verdict v1 v0 1000 ethernet
is "$(($(judged) >= 250))" 1 'Ethernet: 250 expressions and more'
agree 'loopback' $bin/verdict lo lo 1000 ethernet
agree 'raw IP' $bin/verdict v1 v0 1000 raw
agree 'PPP' $bin/verdict v1 v0 1000 ppp
agree 'Linux cooked' $bin/verdict v1 v0 1000 cooked
done_testing
