#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The model of bpf(4) behaves as the table of facts says, and stops a process
# that violates its confinement.
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
	holds "$name: $violations violations are counted" \
	    [ "$violations" -gt 5 ]
done
done_testing
