"""The figures of the last seconds."""

from __future__ import annotations

import pytest

from loadcell.controller.window import Figures, Window
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, Interval


def entry(name: str, ok_ms: list[int], failed_ms: list[int] | None = None) -> EntryCounts:
    histograms = []
    for times in (ok_ms, failed_ms or []):
        histogram = Histogram()
        for ms in times:
            histogram.record(ms * 1000)
        histograms.append(histogram.to_bytes())
    every = ok_ms + (failed_ms or [])
    counts = {"requests": len(every), "failures": len(failed_ms or [])}
    return EntryCounts("GET", name, **counts, max_us=max(every) * 1000, ok=histograms[0], failed=histograms[1])


def second(number: int, *entries: EntryCounts) -> Interval:
    return Interval(number, number, number + 1, 1, {}, list(entries))


def test_an_empty_window_has_no_times() -> None:
    assert Window().total() == Figures(0.0, 0.0, None, None, None, None)


def test_rates_and_percentiles_are_over_all_seconds_failures_included() -> None:
    window = Window()
    window.add(second(0, entry("/a", [1] * 50), entry("/b", [10])))
    window.add(second(1, entry("/a", [1] * 40, [100] * 10)))
    figures = window.entry(("GET", "/a"))
    assert (figures.failures_per_s, window.total().failures_per_s) == (5.0, 5.0)
    assert (figures.rps, figures.p50, figures.max) == (50.0, 1.0, 100.0)
    assert (figures.p95, figures.p99) == pytest.approx((100, 100), rel=1e-3)
    assert window.entry(("GET", "/b")).rps == 0.5
    assert window.total().rps == 50.5
    assert window.busiest() == [("GET", "/a"), ("GET", "/b")]


def test_old_seconds_are_forgotten() -> None:
    window = Window(seconds=2)
    window.add(second(0, entry("/slow", [900])))
    window.add(second(1, entry("/a", [1])))
    window.add(second(2, entry("/a", [1])))
    assert window.total() == Figures(1.0, 0.0, 1.0, 1.0, 1.0, 1.0)
    assert window.busiest() == [("GET", "/a")]


def test_the_same_second_shown_twice_counts_once() -> None:
    window = Window()
    interval = second(0, entry("/a", [1]))
    window.add(interval)
    window.add(interval)
    assert window.total().rps == 1.0


def test_what_came_late_for_a_second_belongs_to_it() -> None:
    window = Window()
    window.add(second(0, entry("/a", [1])))
    window.add(second(0, entry("/a", [1])))
    assert window.total().rps == 2.0
