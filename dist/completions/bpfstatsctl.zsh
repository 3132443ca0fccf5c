#compdef bpfstatsctl
# zsh(1): what can follow in a command line of bpfstatsctl(8).

_arguments -s -S \
    '(-m -w)-j[print an object of JSON]' \
    '(-m)-k+[print the keys of a rule]:rule:' \
    '(-j -k -w)-m[print metrics for Prometheus]' \
    '-s+[where to ask]:socket:_files' \
    '(- *)-V[print the version]' \
    '(-j -m)-w+[print the table again every so many seconds]:seconds:(1 2 5 10 60)'
