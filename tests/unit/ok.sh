# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Functions for tests of programs. They print results in the manner of TAP.

passed=0
failed=0
skipped=0

# ok NAME COMMAND...: the test NAME passes if COMMAND succeeds.
ok() {
	local name=$1
	shift
	if "$@" >log 2>&1; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $name"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed)) - $name"
		tail -n 20 log | cut -c 1-200 | sed 's/^/# /'
	fi
}

# shellcheck disable=SC2317 # ok calls it
is_not_root() { echo "this test needs root"; return 1; }

# needs_root NAME COMMAND...: a test with files of another user. Without root it is skipped, but
# in CI it fails.
needs_root() {
	if [ "$(id -u)" = 0 ]; then
		ok "$@"
	elif [ -n "${CI:-}" ]; then
		ok "$1" is_not_root
	else
		skipped=$((skipped + 1))
		echo "# skipped: $1: this test needs root"
	fi
}

done_testing() {
	echo "1..$((passed + failed))"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
