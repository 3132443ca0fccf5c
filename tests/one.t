#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# tests/one ends a test that makes no progress and no other one, and gives each
# test the signals that it needs.
. tests/lib/live.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BPFSTATSD_PATIENCE=4

# one script: what it gives is in $status and $said.
one() {
	echo "$1" >"$work/test"
	status=0
	said=$(sh tests/one "$work/test" 2>&1) || status=$?
}

one 'echo "ok 1"; exit 3'
is "$status $said" '3 ok 1' 'the exit status and the output are those of the test'
one 'echo "ok 1"; sleep 100'
like "$said" 'hangs, no progress for 4 s' 'a test that sleeps hangs'
# shellcheck disable=SC2016
one 'for i in 1 2 3 4; do sleep 2; echo "ok $i"; done'
is "$status $(echo "$said" | tr '\n' ' ')" '0 ok 1 ok 2 ok 3 ok 4 ' \
    'a slow test that prints does not'
# shellcheck disable=SC2016
one 'end=$(($(date +%s) + 7)); while [ "$(date +%s)" -lt $end ]; do
	i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done; echo done'
is "$status $said" '0 done' 'nor does one that computes'
one 'while :; do :; done'
like "$said" 'hangs, no progress' 'a test that computes for ever hangs'
# shellcheck disable=SC2016
echo 'sh -c '\''kill -HUP $$'\''; echo $?' >"$work/test"
is "$(nohup sh tests/one "$work/test" 2>/dev/null | tail -n 1)" 129 \
    'under nohup SIGHUP has its default'
done_testing
