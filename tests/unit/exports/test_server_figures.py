"""What the service feels as families: units, labels, what is left out and what grows old."""

from __future__ import annotations

import pytest

from loadcell.exports.families import UNITS, Family
from loadcell.exports.server_figures import MEANINGS, NAMES, ServerFigures, labels_of
from loadcell.monitors.catalogue import CATALOGUE
from loadcell.monitors.reading import Batch, Reading
from loadcell.monitors.signals import SIGNALS


def families(figures: ServerFigures, now: float = 0.0) -> dict[str, Family]:
    return {family.name: family for family in figures.families(now)}


def test_every_signal_has_a_unit_and_a_meaning() -> None:
    assert set(SIGNALS) == set(MEANINGS)
    assert {declared.unit for declared in CATALOGUE.values()} | set(SIGNALS.values()) <= set(UNITS)


def test_no_name_is_taken_for_a_counter() -> None:
    names = [NAMES.get(name, name) for name in (*SIGNALS, *CATALOGUE)]
    assert not [name for name in names if name.endswith(("_total", "_count", "_sum", "_bucket", "_info", "_created"))]


def test_units_are_base_units() -> None:
    figures = ServerFigures()
    readings = [
        Reading("worker_cpu", 50.0, "7"), Reading("worker_memory", 40.0, "7"), Reading("loop_lag", 12.0, "7"),
        Reading("cpu_throttled_time", 250.0, "/app"), Reading("host_cores", 2.0), Reading("db_oldest_query", 3.0, "shop"),
    ]  # fmt: skip
    figures.add(Batch("processes", 0.0, readings=readings), 0.0)
    found = {name: (family.samples[0].value, family.unit.suffix) for name, family in families(figures).items()}
    assert found == {
        "reading_worker_cpu": (0.5, "ratio"),
        "reading_worker_memory": (40e6, "bytes"),
        "reading_loop_lag": (0.012, "seconds"),
        "reading_cpu_throttled_time": (0.25, "ratio"),
        "reading_host_cores": (2.0, ""),
        "reading_db_oldest_query": (3.0, "seconds"),
    }


def test_sums_are_called_as_objectives_call_them() -> None:
    figures = ServerFigures()
    figures.sum_up({"memory_growth": 6.0, "cpu": 85.0}, 0.0)
    assert {name: family.samples[0].value for name, family in families(figures).items()} == {
        "server_cpu": 0.85,
        "server_memory_growth": pytest.approx(100_000),
    }


@pytest.mark.parametrize(
    ("signal", "of", "labels"),
    [
        ("host_cpu", "", {"host": ""}),
        ("host_cpu", "10.0.0.2:9100", {"host": "10.0.0.2:9100"}),
        ("disk_busy", "sda", {"host": "", "device": "sda"}),
        ("net_in", "10.0.0.2:9100 eth0", {"host": "10.0.0.2:9100", "interface": "eth0"}),
        ("worker_cpu", "7", {"worker": "7"}),
        ("pool_waiting", "7 the main one", {"worker": "7", "pool": "the main one"}),
        ("host_errors", "7 api.example.com:443", {"worker": "7", "peer": "api.example.com:443"}),
        ("app_requests", "GET /items/{id}", {"entry": "GET /items/{id}"}),
    ],
)
def test_labels(signal: str, of: str, labels: dict[str, str]) -> None:
    assert labels_of(CATALOGUE[signal].of, of) == labels


def test_what_has_no_bound_is_left_out() -> None:
    figures = ServerFigures()
    readings = [
        Reading("db_statement_time", 9.0, "SELECT 1"), Reading("blocking_line", 9.0, "7 main.py:3"), Reading("unheard", 1.0),
    ]  # fmt: skip
    figures.add(Batch("postgres", 0.0, readings=readings), 0.0)
    assert families(figures) == {}


def test_what_is_no_longer_read_is_forgotten() -> None:
    figures = ServerFigures()
    figures.add(Batch("processes", 0.0, readings=[Reading("worker_cpu", 50.0, "7"), Reading("worker_fds", 9.0, "7")]), 100.0)
    figures.sum_up({"cpu": 50.0}, 100.0)
    figures.add(Batch("processes", 0.0, readings=[Reading("worker_cpu", 60.0, "8")]), 112.0)
    assert len(families(figures, 114.0)["reading_worker_cpu"].samples) == 2
    assert set(families(figures, 116.0)) == {"reading_worker_cpu"}
    assert [sample.labels["worker"] for sample in families(figures, 116.0)["reading_worker_cpu"].samples] == ["8"]
