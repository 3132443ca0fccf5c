#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: the events of each key have their runs.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"
. tests/lib/reload.sh
. tests/lib/key_runs.sh

each_sends() {
	offer send em0 $(($1 * sources)) 100 1000 in $sources >/dev/null
}

for flavour in $flavours; do
	title=$flavour
	flavour "$flavour"
	offer create em0
	key_runs em0
	harmless
done
done_testing
