#compdef bpfstatsd
# zsh(1): what can follow in a command line of bpfstatsd(8).

local -a interfaces

interfaces=(/sys/class/net/*(N-/:t) any)
_arguments -s -S -A '-*' \
    '*-b+[an event for every N bytes, or N bytes in a time]:bytes[/time]:(64K 10M 1G 100M/1m)' \
    '*-c+[an event for every N packets, or N packets in a time]:count[/time]:(1 10 100 1000 500/10s)' \
    '(-F -f)-e+[count only packets that match]:expression: ' \
    '(-e -f)-F+[count only packets that match the expression in a file]:file:_files' \
    '(-b -c -e -F -i -k -m -o -Q -T -t -W -z)-f+[rules from a file]:file:_files' \
    '(- *)-h[print help]' \
    '(-f -r)-i+[interface to count on]:interface:($interfaces)' \
    '(-f -W)-k+[count apart by key]:key:_values -s , key source source/24/64 destination source-port port mac destination-mac vlan' \
    '-l+[log destination]:log:(stderr json syslog)' \
    '-m+[least time between two starts]:time:(500ms 10s 30s 1m 15m 1h)' \
    '-n[print the runs of a savefile, or check a rules file]' \
    '(-W)-o+[events while the command runs]:policy:((once\:"one more run for all events" drop\:"ignore events" queue\:"a run for each event" restart\:"end the run and start again"))' \
    '-p+[print a line for each run]:format:(text json)' \
    '(-r)-Q+[count packets of a direction]:direction:(in out inout)' \
    '(-i -Q -s -w)-r+[count the packets of a capture file]:savefile:_files' \
    '(-r)-s+[serve statistics on this socket]:socket:_files' \
    '-T+[end a run that takes longer]:time:(500ms 10s 30s 1m 15m 1h)' \
    '-t+[an event after this time without packets]:time:(500ms 10s 30s 1m 15m 1h)' \
    '-u+[run the command as this user]:user:_users' \
    '(- *)-V[print the version]' \
    '-v[log each run]' \
    '(-k)-W+[run the command while packets come]:time:(500ms 10s 30s 1m 15m 1h)' \
    '(-r)-w[wait for an interface that does not exist]' \
    '-z[exit after the first run, with its status]' \
    '(-)1:command: _command_names -e' \
    '*::argument: _normal'
