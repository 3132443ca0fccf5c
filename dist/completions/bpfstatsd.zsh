#compdef bpfstatsd
# zsh(1): what can follow in a command line of bpfstatsd(8).

local -a interfaces

interfaces=(/sys/class/net/*(N-/:t) any)
_arguments -s -S -A '-*' \
    '*-b+[an event for every so many bytes, or so many in a time]:bytes[/time]:(64K 10M 1G 100M/1m)' \
    '*-c+[an event for every so many packets, or so many in a time]:count[/time]:(1 10 100 1000 500/10s)' \
    '(-F -f)-e+[count only packets that it accepts]:expression: ' \
    '(-e -f)-F+[count only packets that the expression in a file accepts]:file:_files' \
    '(-b -c -e -F -i -m -o -Q -r -T -t -z)-f+[rules from a file]:file:_files' \
    '(- *)-h[print help]' \
    '(-f -r)-i+[where packets are counted]:interface:($interfaces)' \
    '-l+[where to say what happens]:log:(stderr json syslog)' \
    '-m+[least time between two starts]:time:(500ms 10s 30s 1m 15m 1h)' \
    '-n[run nothing: print the runs of a savefile, or look for errors in a file of rules]' \
    '-o+[events while the command still runs]:policy:((once\:"one more run for all of them" drop\:"forget them" queue\:"a run for each" restart\:"end it and start it anew"))' \
    '(-r)-Q+[count packets of a direction]:direction:(in out inout)' \
    '(-i -f -Q -s -w)-r+[count the packets of a capture file]:savefile:_files' \
    '(-r)-s+[tell statistics on this socket]:socket:_files' \
    '-T+[end a run that takes longer]:time:(500ms 10s 30s 1m 15m 1h)' \
    '-t+[an event when no packet came for so long]:time:(500ms 10s 30s 1m 15m 1h)' \
    '-u+[run the command as this user]:user:_users' \
    '(- *)-V[print the version]' \
    '-v[say what happens]' \
    '(-r)-w[wait for an interface that is not there yet]' \
    '-z[end after the first run, with its exit status]' \
    '(-)1:command: _command_names -e' \
    '*::argument: _normal'
