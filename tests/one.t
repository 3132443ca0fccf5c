#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# tests/one ends a test that makes no progress, and no other; each test has
# default signal actions.
. tests/lib/live.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BPFSTATSD_PATIENCE=4

# one script: runs the script; exit status in $status, output in $said.
one() {
	echo "$1" >"$work/test"
	status=0
	said=$(sh tests/one "$work/test" 2>&1) || status=$?
}

one 'echo "ok 1"; exit 3'
is "$status $said" '3 ok 1' 'exit status and output of the test are passed on'
one 'echo "ok 1"; sleep 100'
like "$said" 'hangs, no progress for 4 s' 'a test that sleeps is ended'
# shellcheck disable=SC2016
one 'for i in 1 2 3 4; do sleep 2; echo "ok $i"; done'
is "$status $(echo "$said" | tr '\n' ' ')" '0 ok 1 ok 2 ok 3 ok 4 ' \
    'a slow test that prints is not ended'
# shellcheck disable=SC2016
one 'end=$(($(date +%s) + 7)); while [ "$(date +%s)" -lt $end ]; do
	i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done; echo done'
is "$status $said" '0 done' 'a test that computes is not ended'
one 'while :; do :; done'
like "$said" 'hangs, no progress' 'a test that computes without limit is ended'
# shellcheck disable=SC2016
echo 'sh -c '\''kill -HUP $$'\''; echo $?' >"$work/test"
is "$(nohup sh tests/one "$work/test" 2>/dev/null | tail -n 1)" 129 \
    'under nohup SIGHUP has its default action'
done_testing
