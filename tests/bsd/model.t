#!/bin/sh
# The model of bpf(4) against the table of what those kernels do, by a program
# of its own; and that it stops those who break a promise.
. tests/bsd/lib.sh
own_network "$@"

for name in $flavours; do
	flavour "$name"
	# shellcheck disable=SC2086
	steps "$name: the table" timeout 60 $WRAP "$built/client" "$name"
done
for name in openbsd freebsd; do
	flavour "$name"
	# shellcheck disable=SC2086
	steps "$name: confined" timeout 60 $WRAP "$built/try"
	violations=$(offer violations)
	holds "$name: $violations violations were seen" \
	    [ "$violations" -gt 5 ]
done
done_testing
