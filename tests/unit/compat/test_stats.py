"""The figures that scenarios read and scripts write by hand. Expected values are Locust's, unless a test says otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from loadcell.compat.figures import RECENT_S, RequestStats, StatsEntry, StatsError
from loadcell.compat.locust import stats as module
from loadcell.histogram import Histogram
from loadcell.http.failures import CatchResponseError
from loadcell.messages import MAX_ERRORS, OTHER_ERRORS, EntryCounts, ErrorCount


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("loadcell.compat.figures.time.time", clock)
    return clock


def counts(name: str = "/a", *ms: float, failures: int = 0, untimed: int = 0) -> EntryCounts:
    histogram = Histogram()
    times = [round(each * 1000) for each in ms]
    histogram.record_all(times)
    return EntryCounts(
        "GET",
        name,
        requests=len(ms) + untimed,
        failures=failures,
        untimed=untimed,
        received=100 * len(ms),
        total_us=sum(times),
        min_us=min(times, default=0),
        max_us=max(times, default=0),
        ok=histogram.to_bytes(),
    )


def test_counts_what_is_logged_by_hand(clock: Clock) -> None:
    stats = RequestStats()
    for ms in (10, 20, 30, 40, 50, 60, 70, 80, 90):
        stats.log_request("GET", "/a", ms, 100)
    stats.log_request("POST", "/b", 5, 10)
    stats.log_error("POST", "/b", ValueError("no"))
    clock.now += 2
    stats.log_request("POST", "/b", None, 10)
    a, b = stats.get("/a", "GET"), stats.get("/b", "POST")
    assert (a.num_requests, a.avg_response_time, a.min_response_time, a.max_response_time) == (9, 50.0, 10, 90)
    assert (a.avg_content_length, a.fail_ratio, b.fail_ratio) == (100.0, 0.0, 0.5)
    assert (b.num_requests, b.num_none_requests, b.avg_response_time) == (2, 1, 5.0)
    assert (stats.num_requests, stats.num_failures, stats.total.total_rps) == (11, 1, 5.5)
    assert sorted(stats.entries) == [("/a", "GET"), ("/b", "POST")]


def test_median_is_exact_to_half_a_thousandth(clock: Clock) -> None:
    stats = RequestStats()
    for ms in (1.4, 1039, 1041):
        stats.log_request("GET", "/a", ms, 0)
    assert stats.total.median_response_time == pytest.approx(1039, rel=0.0005)
    assert stats.total.get_response_time_percentile(0.01) == pytest.approx(1.4)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 1), (0.51, 9), (1.0, 9)])
def test_percentile_is_the_nearest_rank(clock: Clock, share: float, expected: float) -> None:
    stats = RequestStats()
    stats.log_request("GET", "/a", 1, 0)
    stats.log_request("GET", "/a", 9, 0)
    assert stats.total.get_response_time_percentile(share) == pytest.approx(expected, rel=0.0005)


def test_percentile_never_leaves_what_was_measured(clock: Clock) -> None:
    stats = RequestStats()
    stats.log_request("GET", "/a", 147.3, 0)
    entry = stats.total
    assert entry.get_response_time_percentile(1.0) == entry.max_response_time == entry.median_response_time == 147.3


def test_empty_entry_answers_zeros(clock: Clock) -> None:
    entry = RequestStats().total
    assert (entry.fail_ratio, entry.avg_response_time, entry.median_response_time, entry.avg_content_length) == (0, 0, 0, 0)
    assert (entry.total_rps, entry.current_rps, entry.min_response_time, entry.max_response_time) == (0, 0, None, 0)
    assert entry.get_response_time_percentile(0.95) == 0
    assert entry.get_current_response_time_percentile(0.95) is None
    with pytest.raises(ValueError, match="no successful requests"):
        entry.percentile()


def test_missing_entry_is_made() -> None:
    stats = RequestStats()
    assert stats.get("/a", "GET").num_requests == 0
    assert stats.entries["/b", "GET"] is stats.get("/b", "GET")
    assert list(stats.entries) == [("/a", "GET"), ("/b", "GET")]


def test_takes_over_what_a_recorder_counted(clock: Clock) -> None:
    stats = RequestStats()
    error = ErrorCount("GET", "/a", "boom", 2, 0.0, 0.5)
    stats.add_counts([counts("/a", 1, 2, 3, failures=2, untimed=1), counts("/b", 40)], [error], clock.now)
    stats.add_counts([counts("/a", 9)], [error], clock.now + 1)
    a = stats.get("/a", "GET")
    assert (a.num_requests, a.num_none_requests, a.num_failures) == (5, 1, 2)
    assert (a.min_response_time, a.max_response_time, a.avg_response_time) == (1, 9, 3.75)
    assert (stats.total.num_requests, stats.total.max_response_time, stats.total.total_rps) == (6, 40, 6)
    assert [(e.to_name(), e.occurrences, e.last_seen) for e in stats.errors.values()] == [("GET /a: boom", 4, clock.now + 1)]


READS: list[Callable[[RequestStats], Any]] = [
    lambda stats: stats.entries,
    lambda stats: stats.errors,
    lambda stats: stats.get("/a", "GET"),
    lambda stats: stats.num_requests,
    lambda stats: stats.total.num_failures,
    lambda stats: stats.total.fail_ratio,
    lambda stats: stats.total.avg_response_time,
    lambda stats: stats.total.max_response_time,
    lambda stats: stats.total.current_rps,
    lambda stats: stats.total.total_rps,
    lambda stats: stats.total.response_times,
    lambda stats: stats.total.num_reqs_per_sec,
    lambda stats: stats.total.get_response_time_percentile(0.5),
    lambda stats: stats.total.get_current_response_time_percentile(0.5),
    lambda stats: stats.serialize_stats(),
]


@pytest.mark.parametrize("read", READS)
def test_every_reading_is_brought_up_to_date_first(read: Callable[[RequestStats], Any]) -> None:
    stats = RequestStats()
    told: list[None] = []
    stats.before_read = lambda: told.append(None)
    read(stats)
    assert told


def test_bringing_up_to_date_may_read_itself(clock: Clock) -> None:
    stats = RequestStats()
    stats.before_read = lambda: stats.add_counts([counts("/a", stats.total.num_requests + 1)], [], clock.now)
    assert stats.num_requests == 1


@pytest.mark.parametrize("offset", [0.0, 0.4, 0.99])
def test_current_rate_of_a_steady_load_is_that_load(clock: Clock, offset: float) -> None:
    clock.now += offset
    stats = RequestStats()
    for _ in range(15 * 20):
        clock.now += 1 / 20
        stats.log_request("GET", "/a", 1, 0)
    assert stats.total.current_rps == pytest.approx(20, rel=0.02)
    clock.now += 60
    assert stats.total.current_rps == 0


def test_current_percentile_forgets_what_is_older_than_its_window(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    stats = RequestStats()
    stats.add_counts([counts("/a", 500)], [], clock.now)
    clock.now += 12
    stats.add_counts([counts("/a", 20)], [], clock.now)
    assert stats.total.get_current_response_time_percentile(1.0) == pytest.approx(20, rel=0.0005)
    monkeypatch.setattr(module, "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW", 15)
    assert stats.total.get_current_response_time_percentile(1.0) == 500
    with pytest.raises(ValueError, match="use_response_times_cache=True"):
        RequestStats(use_response_times_cache=False).total.get_current_response_time_percentile(0.5)


def test_memory_does_not_grow_with_time(clock: Clock) -> None:
    stats = RequestStats()
    for second in range(100):
        clock.now += 1
        errors = [ErrorCount("GET", "/a", f"order {second}-{n}", 1, 0, 0) for n in range(10)]
        stats.add_counts([counts("/a", 5, failures=1)], errors, clock.now)
    assert len(stats.total.num_reqs_per_sec) == len(stats.total.num_fail_per_sec) == RECENT_S
    assert len(stats.errors) == MAX_ERRORS + 1
    assert stats.errors[OTHER_ERRORS].occurrences == 1000 - MAX_ERRORS
    assert stats.history.maxlen


def test_response_times_are_told_in_the_buckets_of_the_module(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    stats = RequestStats()
    for ms in (0.4, 1.6, 42, 147, 3432, 58760):
        stats.log_request("GET", "/a", ms, 0)
    assert stats.total.response_times == {0: 1, 2: 1, 42: 1, 150: 1, 3400: 1, 59000: 1}
    monkeypatch.setattr(module, "bucket_response_time", lambda ms: 5 * round(ms / 5) if ms < 10_000 else 58760)
    assert stats.total.response_times == {0: 2, 40: 1, 145: 1, 3430: 1, 58760: 1}


def test_telling_entries_leaves_them_as_they_are(clock: Clock) -> None:
    """Locust sets them back to 0."""
    stats = RequestStats()
    stats.log_request("GET", "/a", 20, 3)
    stats.get("/untouched", "GET")
    told = stats.serialize_stats()
    assert [entry["name"] for entry in told] == ["/a"]
    assert stats.get("/a", "GET").num_requests == 1
    again = StatsEntry.unserialize(told[0], stats)
    assert again.serialize() == told[0]
    json.dumps(told)


def test_entries_add_up(clock: Clock) -> None:
    one, other = RequestStats(), RequestStats()
    for ms in (1, 2, 3):
        one.log_request("GET", "/a", ms, 1)
    clock.now += 1
    for ms in (10, 20, 30):
        other.log_request("GET", "/a", ms, 1)
    entry = one.get("/a", "GET")
    entry.extend(other.get("/a", "GET"))
    assert (entry.num_requests, entry.min_response_time, entry.max_response_time) == (6, 1, 30)
    assert entry.get_response_time_percentile(1.0) == 30
    assert sorted(entry.num_reqs_per_sec.values()) == [3, 3]


def test_reset_keeps_the_entries_and_clear_does_not(clock: Clock) -> None:
    stats = RequestStats()
    stats.log_request("GET", "/a", 1, 1)
    stats.log_error("GET", "/a", "no")
    clock.now += 5
    stats.reset_all()
    assert (stats.num_requests, len(stats.entries), stats.errors, stats.start_time) == (0, 1, {}, clock.now)
    stats.clear_all()
    assert not stats.entries


def test_entry_as_values(clock: Clock) -> None:
    stats = RequestStats()
    stats.log_request("GET", "<a>", 2.5, 1)
    assert list(stats.get("<a>", "GET").to_dict(escape_string_values=True).items())[:6] == [
        ("method", "GET"),
        ("name", "<a>"),
        ("num_requests", 1),
        ("num_failures", 0),
        ("min_response_time", 3),
        ("max_response_time", 3),
    ]


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ValueError("no"), "ValueError('no')"),
        ("text", "text"),
        (CatchResponseError("caught"), "caught"),
        ("CatchResponseError('caught')", "'caught'"),
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError(111, 'Connection refused')"),
    ],
)
def test_name_of_an_error(error: BaseException | str, shown: str) -> None:
    assert StatsError("GET", "/a", error).to_name() == f"GET /a: {shown}"


def test_addresses_do_not_tell_errors_apart() -> None:
    one, other = "<A object at 0x7f01>", "<A object at 0x7f02>"
    assert StatsError.parse_error(one) == "<A object at 0x....>"
    assert StatsError.create_key("GET", "/a", one) == StatsError.create_key("GET", "/a", other)


@pytest.mark.parametrize(
    ("times", "number", "share", "expected"),
    [
        ({1: 1, 9: 1}, 2, 0.5, 9),
        ({10: 5, 20: 4, 30: 1}, 10, 0.8, 20),
        (dict.fromkeys(range(1, 101), 1), 100, 0.99, 100),
        ({}, 0, 0.5, 0),
    ],
)
def test_percentile_of_a_dict_is_locusts(times: dict[int, int], number: int, share: float, expected: int) -> None:
    assert module.calculate_response_time_percentile(times, number, share) == expected


def test_difference_of_dicts() -> None:
    assert module.diff_response_time_dicts({1: 2, 2: 3, 4: 1}, {1: 2, 2: 1}) == {2: 2, 4: 1}


@pytest.mark.parametrize("shares", [[0.1] * 7, [95], [0], ["half"]])
def test_percentiles_that_cannot_be_used_are_named(shares: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERCENTILES_TO_CHART", shares)
    with pytest.raises(ValueError, match=r"stats\.PERCENTILES_TO_CHART"):
        module.validate_stats_configuration()
