"""The charts: time in seconds since the start, units on the axes, gaps where nothing was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loadcell import charts
from loadcell.histogram import Histogram
from loadcell.store import RunReader
from tests.synthetic import stepped_run


def test_every_chart_over_time_has_the_same_axis_and_units(shop: RunReader) -> None:
    for chart in (charts.throughput, charts.response_times, charts.users, charts.errors, charts.health):
        figure = chart(shop)
        assert figure.layout.xaxis.title.text == "Time since start (s)"
        assert tuple(figure.layout.xaxis.range) == (0, 120)
        assert figure.layout.yaxis.title.text


def test_throughput_shows_every_request(shop: RunReader) -> None:
    requests = charts.throughput(shop).data[0]
    assert sum(requests.y) == shop.total().requests


def test_percentiles_have_gaps_where_there_was_no_traffic(shop: RunReader) -> None:
    p50, p95, p99 = charts.response_times(shop).data
    silent = [second for second, value in zip(p50.x, p50.y, strict=True) if value is None]
    assert silent == [94, 95, 96, 97, 98, 99, 100]
    assert all(a <= b <= c for a, b, c in zip(p50.y, p95.y, p99.y, strict=True) if a is not None)
    assert max(value for value in p99.y if value) * 1000 <= (shop.total().max_us or 0) * 1.001


def test_sparse_traffic_is_looked_at_over_five_seconds_and_the_title_says_so(
    make_run: Callable[..., Path], tmp_path: Path
) -> None:
    with RunReader.open(make_run(tmp_path, seconds=30, rps=10, ramp_s=5)) as reader:
        assert charts.latency_window_s(reader) == 5
        assert "last 5 s" in charts.response_times(reader).layout.title.text


def test_a_distribution_counts_every_request_and_ends_at_all_of_them(shop: RunReader) -> None:
    orders = next(entry for entry in shop.entries() if entry.method == "POST")
    requests, failed, share = charts.distribution(orders).data
    assert sum(requests.y) == orders.requests
    assert sum(failed.y) == orders.failures
    assert share.y[-1] == 100
    assert charts.distribution(orders).layout.xaxis.type == "log"


def test_the_loads_that_a_search_tries_side_by_side_are_one_point(tmp_path: Path) -> None:
    with stepped_run(tmp_path, loads=(50, 100, 200, 103, 101), pool=1000, phase="search") as reader:
        figure = charts.capacity(reader)
    assert figure is not None
    succeeded = figure.data[0]
    assert list(succeeded.x) == pytest.approx([50, 101.333, 200])
    assert list(succeeded.y) == pytest.approx([5000, 10133.333, 20000])


def test_bins_hold_what_was_recorded() -> None:
    latency = Histogram()
    for us in (0, 1, 999, 1000, 1001, 60_000_000):
        latency.record(us)
    edges, counts = charts.binned(latency)
    assert sum(counts) == 6
    assert edges == sorted(edges)
    assert edges[0] == pytest.approx(1.0)
    assert edges[-1] > 60_000_000
    assert charts.binned(Histogram())[1] == [0]


def test_words_are_shown_literally_and_short() -> None:
    assert charts.text("<b>x</b>", 20) == "&lt;b&gt;x&lt;/b&gt;"
    assert len(charts.text("y" * 500, 30)) == 30
