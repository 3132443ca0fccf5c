#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/grafana: the dashboard is JSON with queries that Prometheus
# understands, for metrics that exist; the script for the textfile collector.
. tests/lib/live.sh
own_network "$@"

dashboard=examples/grafana/dashboard.json
ctl=$(realpath "${BPFSTATSCTL:-./bpfstatsctl}")

# Prints each query on one line, with Grafana's variables replaced.
expressions() {
	# shellcheck disable=SC2016
	perl -MJSON::PP -0777 -ne '
		sub look {
			my ($it) = @_;
			if (ref $it eq "HASH") {
				my $e = $it->{expr};
				if (defined $e) {
					$e =~ s/\$__rate_interval/1m/g;
					$e =~ s/\$[a-z]+/.*/g;
					print "$e\n";
				}
				look($it->{$_}) for sort keys %$it;
			} elsif (ref $it eq "ARRAY") {
				look($_) for @$it;
			}
		}
		my $all = decode_json($_);
		die "no panel" if !@{$all->{panels}};
		look($all);' $dashboard
}

expressions >"$work/expressions"
is "$?" 0 'the dashboard is JSON'
is "$(wc -l <"$work/expressions")" 7 'the dashboard has 7 queries'
if command -v promtool >/dev/null; then
	{
		echo 'groups: [{ name: x, rules: ['
		sed "s/.*/{ record: 'x', expr: '&' },/" "$work/expressions"
		echo '] }]'
	} >"$work/rules.yml"
	promtool check rules "$work/rules.yml" >"$work/said" 2>&1
	is "$?" 0 'Prometheus understands the queries'
else
	ok 'Prometheus understands the queries # SKIP needs prometheus'
fi

if [ ! -x "$ctl" ]; then
	ok 'metrics # SKIP bpfstatsctl is not built'
	done_testing
	exit
fi

# The script asks the default socket; a wrapper asks this test's.
cat >"$work/bpfstatsctl" <<CTL
#!/bin/sh
exec "$ctl" -s "$work/socket" "\$@"
CTL
chmod 755 "$work/bpfstatsctl"
export BPFSTATSCTL="$work/bpfstatsctl"
mkdir "$work/collector"
file=$work/collector/bpfstatsd.prom

start -s "$work/socket" -i v1 -c 5 -b 1M false
$bin/flood v0 100 >/dev/null
until_true 10 stats_reach runs 1
holds 'the script writes a file' examples/grafana/textfile "$file"
is "$(ls "$work/collector") $(stat -c %a "$file")" 'bpfstatsd.prom 644' \
    'all users can read the file; no other file is left'
grep -o 'bpfstatsd_[a-z_]*' "$work/expressions" | sort -u |
    while read -r metric; do
	grep -q "^$metric{.*rule=.*interface=.*trigger=" "$file" ||
	    echo "$metric"
done >"$work/missing"
is "$(cat "$work/missing")" '' 'each metric of the dashboard exists'
stop
if examples/grafana/textfile "$file" 2>/dev/null; then
	not_ok 'without a daemon the script fails'
else
	is "$(ls "$work/collector")" '' 'without a daemon there is no file'
fi
done_testing
