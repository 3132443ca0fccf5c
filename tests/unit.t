#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Runs the unit test programs.
for program in tests/unit/test_*; do
	case $program in
	*.c | *.o) continue ;;
	esac
	number=$((number + 1))
	if output=$("$program" 2>&1); then
		echo "ok $number - $program"
	else
		failed=1
		echo "not ok $number - $program"
	fi
	echo "$output" | sed 's/^/# /'
done
echo "1..$number"
[ -z "$failed" ]
