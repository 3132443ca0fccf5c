# fish(1): what can follow in a command line of bpfstatsd(8).

function __bpfstatsd_interfaces
    for path in /sys/class/net/*
        test -d $path; and string replace -r '.*/' '' $path
    end
    echo any
end

set -l times '500ms 10s 30s 1m 15m 1h'

complete -c bpfstatsd -f
complete -c bpfstatsd -s b -x -a '64K 10M 1G 100M/1m' -d 'An event for every so many bytes, or so many in a time'
complete -c bpfstatsd -s c -x -a '1 10 100 1000 500/10s' -d 'An event for every so many packets, or so many in a time'
complete -c bpfstatsd -s e -x -d 'Count only packets that this expression accepts'
complete -c bpfstatsd -s F -r -F -d 'Count only packets that the expression in a file accepts'
complete -c bpfstatsd -s f -r -F -d 'Rules from a file'
complete -c bpfstatsd -s h -d 'Print help'
complete -c bpfstatsd -s i -x -a '(__bpfstatsd_interfaces)' -d 'Where packets are counted'
complete -c bpfstatsd -s l -x -a 'stderr json syslog' -d 'Where to say what happens'
complete -c bpfstatsd -s m -x -a $times -d 'Least time between two starts'
complete -c bpfstatsd -s n -d 'Run nothing: print the runs of a savefile, or look for errors in rules'
complete -c bpfstatsd -s o -x -a 'once\t"One more run for all of them" drop\t"Forget them" queue\t"A run for each" restart\t"End it and start it anew"' -d 'Events while the command still runs'
complete -c bpfstatsd -s Q -x -a 'in out inout' -d 'Count packets of a direction'
complete -c bpfstatsd -s r -r -F -d 'Count the packets of a capture file'
complete -c bpfstatsd -s s -r -F -d 'Tell statistics on this socket'
complete -c bpfstatsd -s T -x -a $times -d 'End a run that takes longer'
complete -c bpfstatsd -s t -x -a $times -d 'An event when no packet came for so long'
complete -c bpfstatsd -s u -x -a '(__fish_complete_users)' -d 'Run the command as this user'
complete -c bpfstatsd -s V -d 'Print the version'
complete -c bpfstatsd -s v -d 'Say what happens'
complete -c bpfstatsd -s w -d 'Wait for an interface that is not there yet'
complete -c bpfstatsd -s z -d 'End after the first run, with its exit status'
complete -c bpfstatsd -x -a '(__fish_complete_subcommand -b -c -e -F -f -i -l -m -o -Q -r -s -T -t -u)'
