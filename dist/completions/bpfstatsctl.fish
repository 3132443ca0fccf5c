# fish(1): what can follow in a command line of bpfstatsctl(8).

complete -c bpfstatsctl -f
complete -c bpfstatsctl -s j -d 'Print an object of JSON'
complete -c bpfstatsctl -s k -x -d 'Print the keys of a rule'
complete -c bpfstatsctl -s m -d 'Print metrics for Prometheus'
complete -c bpfstatsctl -s s -r -F -d 'Where to ask'
complete -c bpfstatsctl -s V -d 'Print the version'
complete -c bpfstatsctl -s w -x -a '1 2 5 10 60' -d 'Print the table again every so many seconds'
