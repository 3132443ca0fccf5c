#!/bin/sh
# On each system: at most a thousand wake-ups in any second, none when nothing
# comes, and an event at most two milliseconds after its packet.
. tests/bsd/lib.sh
own_network "$@"

# busy packets burst microseconds options ...: so many in that time.
busy() {
	count=$1 burst=$2 interval=$3
	shift 3
	title="$flavour, $*, $burst packets in $interval us"
	begin "$@" $bin/do_nothing
	offer send em0 "$count" "$burst" "$interval" >/dev/null
	until_true 20 stats_reach packets "$count"
	is "$packets" "$count" "$title: packets"
	echo "# $line"
	harmless
}

# Some packets, that it has had its rests; then none.
idle() {
	title="$flavour, idle"
	begin -c 10 $bin/do_nothing
	offer send em0 1005 1 100 >/dev/null
	until_true 20 stats_reach packets 1005
	sleep 0.5
	before=$(calls)
	sleep 4
	is "$(calls)" "$before" "$title: nothing is called"
	harmless
}

# offer_slowly: as the test has it; latest says in $line how late what was.
offer_slowly() {
	offer every "$every"
	offer send em0 "$count" "$burst" "$interval" >/dev/null
}

latest() {
	line=$(offer late)
	most=$(value 99%)
	most=${most%% *}
}

# bare: the same packets, and one who only polls and reads.
bare() {
	flavour "$flavour"
	offer create em0
	# Not to be misled by what the one before has said.
	: >"$log"
	# shellcheck disable=SC2086
	timeout 60 $WRAP "$built/client" "$flavour" "$count" 2>"$log" &
	daemon=$!
	until_true 10 grep -q counting "$log"
	offer_slowly
	wait "$daemon"
	daemon=
	latest
	echo "# bare: $line"
}

# late N packets burst microseconds: each Nth.  A machine that does other things
# makes anybody late sometimes: one in a hundred may be, and is told of, and
# when more are, it may have been that and is tried again, up to three times.
late() {
	every=$1 count=$2 burst=$3 interval=$4
	title="$flavour, N = $1, $3 packets in $4 us"
	for try in 1 2 3; do
		bare
		begin -c "$every" $bin/do_nothing
		offer_slowly
		until_true 20 stats_reach packets "$count"
		latest
		echo "# $line, try $try"
		if [ "$most" -le 2000 ] || [ "$try" -eq 3 ]; then
			break
		fi
		stop
	done
	is "${line%% *}" $((count / every)) "$title: all were seen"
	holds "$title: 99% at most 2 ms late" [ "$most" -le 2000 ]
	harmless
}

for flavour in $flavours; do
	busy 500000 50 100 -c 1
	busy 500000 50 100 -c 1 -o queue
	busy 30000 1 50 -c 7
	busy 30000 1 50 -c 1000000
	idle
	late 1 100 1 10000
	late 10 3000 1 500
	late 100 30000 1 50
done
done_testing
