"""Families as Prometheus reads them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strictly_parsed

from loadcell.exports.families import BYTES, PER_SECOND, SECONDS, UNITS, Distribution, Family, Sample
from loadcell.exports.feed import build_info
from loadcell.exports.pages import FamiliesCollector
from loadcell.exports.run_figures import BOUNDS_S

NASTY = 'a "b" \\ c\nd é'
FAMILIES = [
    build_info(),
    Family("requests", "counter", "Requests", (Sample(3, {"name": NASTY}),)),
    Family("received", "counter", "Bytes", (Sample(7),), BYTES),
    Family("response_time", "histogram", "Times", (Sample(Distribution((1, 2, 1), 3.5)),), SECONDS, (0.5, 2.0)),
    Family("target_iterations", "gauge", "Rate", (Sample(5.5),), PER_SECOND),
    Family("server_disk_read", "gauge", "Read", (Sample(1.0),), UNITS["MB/s"]),
    Family("nothing", "gauge", "Not there", ()),
]


def registry() -> CollectorRegistry:
    found = CollectorRegistry(auto_describe=False)
    found.register(FamiliesCollector(lambda: FAMILIES))
    return found


def test_names_units_and_labels() -> None:
    page = generate_latest(registry()).decode()
    for line in (
        'loadcell_requests_total{name="a \\"b\\" \\\\ c\\nd é"} 3.0',
        "loadcell_received_bytes_total 7.0",
        'loadcell_response_time_seconds_bucket{le="0.5"} 1.0',
        'loadcell_response_time_seconds_bucket{le="2.0"} 3.0',
        'loadcell_response_time_seconds_bucket{le="+Inf"} 4.0',
        "loadcell_response_time_seconds_count 4.0",
        "loadcell_response_time_seconds_sum 3.5",
        "loadcell_target_iterations_per_second 5.5",
        "loadcell_server_disk_read_bytes_per_second 1.0",
    ):
        assert line in page.splitlines()
    assert "loadcell_build_info{" in page
    assert "nothing" not in page


def test_openmetrics_by_its_strict_parser() -> None:
    found = {family.name: family for family in strictly_parsed(openmetrics(registry()).decode())}
    assert found["loadcell_response_time_seconds"].unit == "seconds"
    assert found["loadcell_requests"].samples[0].labels == {"name": NASTY}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool, which comes with prometheus, is installed")
def test_promtool_has_nothing_against_it() -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=generate_latest(registry()), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_bounds_are_what_people_look_for() -> None:
    assert {0.1, 0.3, 0.5, 1.0, 5.0} <= set(BOUNDS_S)
    assert list(BOUNDS_S) == sorted(set(BOUNDS_S))
