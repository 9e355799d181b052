#!/usr/bin/env bash
# Every check and every test, in two streams of about the same length, for two cores. Takes pytest's options.
# The first stream, which begins with what only computes, is shown when both have ended, the second as it goes; it begins with
# the checks, and nothing goes on where one of them fails.
set -uo pipefail
cd "$(dirname "$0")/.."

first=(tests/unit tests/parity tests/probe tests/cli tests/cluster)

mkdir -p .make
.venv/bin/python -m pytest -p no:cacheprovider "${first[@]}" "$@" >.make/first.out 2>&1 &
beside=$!
stop() { pkill -TERM -P "$beside"; kill "$beside"; } 2>/dev/null
trap 'stop; exit 130' INT TERM

make --no-print-directory check || { stop; exit 1; }
.venv/bin/python -m pytest tests "${first[@]/#/--ignore=}" "$@"
second=$?
wait "$beside"
one=$?
cat .make/first.out
rm -f .make/first.out
[ "$one" = 0 ] && [ "$second" = 0 ]
