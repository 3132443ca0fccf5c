#!/bin/sh
# A filter and its translation have one verdict.
. tests/live/lib.sh
own_network "$@"

# figures text: the last line, with which all of these programs end.
figures() {
	echo "# $1: $(tail -n 1 "$work/figures")"
}

holds 'classic programs by chance: the translation agrees' \
    sh -c "$bin/translate v1 v0 5000 20 >'$work/figures'"
figures 'by chance'
head -n 20 "$work/figures" | grep -v programs | sed 's/^/# /'

done_testing
