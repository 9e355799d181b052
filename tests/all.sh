#!/usr/bin/env bash
# Every check and test, in two streams, one for each of two cores: what only computes beside what runs real processes.
# Takes pytest's options. The first stream is shown when both have ended, the second as it goes.
set -uo pipefail
cd "$(dirname "$0")/.."

computing=(tests/unit tests/simulation tests/parity)
mkdir -p .make

make --no-print-directory check >.make/check.out 2>&1 &&
    .venv/bin/python -m pytest -p no:cacheprovider "${computing[@]}" "$@" >.make/computing.out 2>&1 &
beside=$!
trap 'pkill -TERM -P "$beside"; kill "$beside" 2>/dev/null; exit 130' INT TERM

.venv/bin/python -m pytest tests "${computing[@]/#/--ignore=}" "$@"
real=$?
wait "$beside"
computed=$?
cat .make/check.out .make/computing.out
rm -f .make/check.out .make/computing.out
[ "$real" = 0 ] && [ "$computed" = 0 ]
