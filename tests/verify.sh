#!/usr/bin/env bash
# What takes longer than `make test` may: one part of it, which goes on where it was interrupted. Each writes a table below .make.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

# Every file of tests/parity with the real Locust and with Loadcell; the realistic files.
parity() { table parity; }
corpus() { table corpus; }
# The capacity search on a thousand simulated services; real assessments of services whose capacity and faults are set.
search() { table simulation search; }
assess() {
    marked tests/integration/test_assess.py
    table assessments assess
}
# Real services with one fault each, and what the diagnosis says of them; ones that leak, and ones that only seem to.
faults() {
    marked tests/faults
    table faults
}
leaks() { table leaks; }
# A service elsewhere, and everything that can be wrong with a source of readings.
agent() { marked tests/integration/test_agent.py tests/integration/test_bad_sources.py; }
# What the probe costs a service, and that every worker is seen; that nothing grows in 20 minutes.
probe() {
    marked tests/probe
    table probe_cost probe
}
probe-soak() { table probe_soak probe-soak; }

# A real Prometheus finds what the dashboard shows; receivers of OTLP miss nothing; what a page of metrics costs.
exports() {
    marked tests/integration/test_exports_prometheus.py tests/integration/test_exports.py
    table export_cost exports
}

# What can happen to a cluster in the middle of a run, ten times each; what a run costs its controller by the number of machines.
cluster() {
    marked tests/cluster
    table cluster
    table cluster.scale scale
    table cluster.carriage carriage
}

# Comparisons of two thousand pairs of simulated services, whose difference is known; the shop with itself and with changed ones.
compare() {
    table comparisons compare
    table comparisons.shop compare-shop
}
# Which setting a sweep recommends, beside a long search of every one.
sweep() { table sweeps sweep; }

# Which share of the requests of written scenarios is accepted by the services that they were written for.
init() { table init_services init; }

# What the page costs over four hours of a run with 200 entries.
page() { table page_load page; }

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
