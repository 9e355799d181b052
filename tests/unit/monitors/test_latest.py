"""The latest of each source."""

from __future__ import annotations

from loadcell.monitors.latest import Latest
from loadcell.monitors.reading import Batch, Reading, Trouble


def test_each_source_has_its_last_word() -> None:
    latest = Latest()
    latest.add(Batch("host", 1.0, readings=[Reading("host_cpu", 10.0)]))
    latest.add(Batch("host", 2.0, readings=[Reading("host_cpu", 20.0)]))
    latest.add(Batch("processes", 2.0, readings=[Reading("worker_memory", 50.0, "7"), Reading("workers", 1.0)]))
    assert latest.readings()["host"] == [Reading("host_cpu", 20.0)]
    assert latest.signals() == {"host_cpu": 20.0, "memory": 50.0, "workers": 1.0}


def test_what_is_old_or_failed_is_no_longer_true() -> None:
    latest = Latest()
    latest.add(Batch("host", 1.0, readings=[Reading("host_cpu", 10.0)]))
    latest.add(Batch("processes", 9.0, readings=[Reading("workers", 1.0)]))
    assert latest.signals(since=5.0) == {"workers": 1.0}
    latest.add(Batch("processes", 10.0, trouble=Trouble("gone")))
    assert latest.signals(since=5.0) == {}


def test_growth_is_among_the_signals_once_it_is_known() -> None:
    latest = Latest()
    for second in range(30):
        latest.add(Batch("processes", float(second), readings=[Reading("worker_memory", 50.0 + second / 60, "7")]))
    assert abs(latest.signals()["memory_growth"] - 1.0) < 0.01
