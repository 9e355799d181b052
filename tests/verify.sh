#!/usr/bin/env bash
# What takes longer than `make test` may: one part of it, which goes on where it was interrupted. Each writes a table below .make.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

parity() { table parity; }
corpus() { table corpus; }
search() { table simulation search; }
assess() {
    marked tests/integration/test_assess.py
    table assessments assess
}
faults() { marked tests/faults; }
leaks() { table leaks; }
agent() { marked tests/integration/test_agent.py tests/integration/test_bad_sources.py; }
probe() {
    marked tests/probe
    table probe_cost probe
}
probe-soak() { table probe_soak probe-soak; }

marked() { $python -m pytest "$@" -m "slow or verify"; }
table() { $python -m "tests.$1" --table ".make/${2:-$1}.md"; }

parts=$(declare -F | sed 's/declare -f //' | grep -vx -e marked -e table | paste -sd ' ')
case " $parts " in
*" ${1:-none} "*) "$1" ;;
*)
    echo "Say which part: make verify PART=…, one of ${parts// /, }."
    exit 2
    ;;
esac
