# fish(1): what can follow in a command line of bpfstatsd(8).

function __bpfstatsd_interfaces
    for path in /sys/class/net/*
        test -d $path; and string replace -r '.*/' '' $path
    end
    echo any
end

set -l times '500ms 10s 30s 1m 15m 1h'

complete -c bpfstatsd -f
complete -c bpfstatsd -s b -x -a '64K 10M 1G 100M/1m' -d 'An event for every N bytes, or N bytes in a time'
complete -c bpfstatsd -s c -x -a '1 10 100 1000 500/10s' -d 'An event for every N packets, or N packets in a time'
complete -c bpfstatsd -s e -x -d 'Count only packets that match this expression'
complete -c bpfstatsd -s F -r -F -d 'Count only packets that match the expression in a file'
complete -c bpfstatsd -s f -r -F -d 'Rules from a file'
complete -c bpfstatsd -s h -d 'Print help'
complete -c bpfstatsd -s i -x -a '(__bpfstatsd_interfaces)' -d 'Interface to count on'
complete -c bpfstatsd -s k -x -a 'source source/24/64 destination source-port port mac destination-mac vlan' -d 'Count apart by key'
complete -c bpfstatsd -s l -x -a 'stderr json syslog' -d 'Log destination'
complete -c bpfstatsd -s m -x -a $times -d 'Least time between two starts'
complete -c bpfstatsd -s n -d 'Print the runs of a savefile, or check a rules file'
complete -c bpfstatsd -s o -x -a 'once\t"One more run for all events" drop\t"Ignore events" queue\t"A run for each event" restart\t"End the run and start again"' -d 'Events while the command runs'
complete -c bpfstatsd -s p -x -a 'text json' -d 'Print a line for each run'
complete -c bpfstatsd -s Q -x -a 'in out inout' -d 'Count packets of a direction'
complete -c bpfstatsd -s r -r -F -d 'Count the packets of a capture file'
complete -c bpfstatsd -s s -r -F -d 'Serve statistics on this socket'
complete -c bpfstatsd -s T -x -a $times -d 'End a run that takes longer'
complete -c bpfstatsd -s t -x -a $times -d 'An event after this time without packets'
complete -c bpfstatsd -s u -x -a '(__fish_complete_users)' -d 'Run the command as this user'
complete -c bpfstatsd -s V -d 'Print the version'
complete -c bpfstatsd -s v -d 'Log each run'
complete -c bpfstatsd -s W -x -a $times -d 'Run the command while packets come'
complete -c bpfstatsd -s w -d 'Wait for an interface that does not exist'
complete -c bpfstatsd -s z -d 'Exit after the first run, with its status'
complete -c bpfstatsd -x -a '(__fish_complete_subcommand -b -c -e -F -f -i -l -m -o -p -Q -r -s -T -t -u -W)'
