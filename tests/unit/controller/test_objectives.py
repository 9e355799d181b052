"""How objectives are judged: over which seconds, over which requests, and when a run may give up."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.controller.objectives import Counted, Figures, Judge, measure, sentence
from loadcell.controller.stages_judged import Held
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, Interval
from loadcell.objectives import Result, parse_objective

RAMP = Held(phase="ramp")
LOAD = Held(phase="load", number=1, users=10)


def entry(name: str = "/", *, ok: list[int] | None = None, failed: int = 0, timeouts: int = 0) -> EntryCounts:
    """An entry with successes of these times in ms, and failures, of which some are time-outs."""
    latency, failures = Histogram(), Histogram()
    latency.record_all([ms * 1000 for ms in ok or []])
    failures.record_all([1_000] * failed)
    requests = len(ok or []) + failed
    return EntryCounts("GET", name, requests, failed, timeouts=timeouts, ok=latency.to_bytes(), failed=failures.to_bytes())


def second(number: int, *entries: EntryCounts) -> Interval:
    return Interval(number, number, number + 1, 10, {}, list(entries))


def judged(text: str, seconds: list[tuple[Held, EntryCounts]]) -> Judge:
    judge = Judge([parse_objective(text)])
    for number, (stage, counts) in enumerate(seconds):
        judge.add(second(number, counts), stage)
    return judge


def result(text: str, *seconds: tuple[Held, EntryCounts]) -> Result:
    (found,) = judged(text, list(seconds)).results()
    return found


def measured(text: str, **settings: Any) -> float | None:
    counted = Counted(seconds=2.0)
    counted.add(entry(**settings))
    return measure(parse_objective(text), Figures([counted]))


# What is measured


def test_percentiles_are_over_successes() -> None:
    assert measured("p95 < 1s", ok=list(range(1, 101)), failed=50) == pytest.approx(95, rel=1e-3)
    assert measured("avg < 1s", ok=[10, 20, 60], failed=50) == pytest.approx(30, rel=1e-3)
    assert measured("min < 1s", ok=[10, 20, 60], failed=50) == pytest.approx(10, rel=1e-3)
    assert measured("max < 1s", ok=[10, 20, 60], failed=50) == pytest.approx(60, rel=1e-3)


def test_time_outs_are_the_longest_of_all() -> None:
    nineteen = [10] * 94
    assert measured("p94 < 1s", ok=nineteen, failed=6, timeouts=6) == pytest.approx(10, rel=1e-3)
    assert measured("p95 < 1s", ok=nineteen, failed=6, timeouts=6) == math.inf
    assert measured("max < 1s", ok=nineteen, failed=1, timeouts=1) == math.inf
    assert measured("p50 < 1s", failed=3, timeouts=3) == math.inf


@given(st.lists(st.integers(0, 2000), max_size=60), st.integers(0, 60), st.sampled_from([50.0, 90.0, 95.0, 99.0, 99.99]))
def test_a_percentile_is_the_nearest_rank(times: list[int], timeouts: int, percent: float) -> None:
    found = measured(f"p{percent:g} < 1s", ok=times, failed=timeouts, timeouts=timeouts)
    ordered = sorted(times) + [math.inf] * timeouts
    if not ordered:
        assert found is None
        return
    rank = max(1, math.ceil(len(ordered) * percent / 100 - 1e-9))
    assert found == pytest.approx(ordered[rank - 1], rel=1e-3)


def test_throughput_counts_successes() -> None:
    assert measured("rps >= 5", ok=[1] * 10, failed=4) == 5.0
    assert measured("ok_rps >= 5", ok=[1] * 10, failed=4) == 5.0
    assert measured("error_rate < 1%", ok=[1] * 6, failed=2) == 0.25


def test_without_requests_there_is_nothing_to_tell() -> None:
    assert [measured(text) for text in ("p95 < 1s", "avg < 1s", "error_rate < 1%")] == [None] * 3
    assert measured("rps >= 5") == 0.0


# Over which seconds


def test_the_ramp_is_not_judged() -> None:
    found = result("p95 < 100ms", (RAMP, entry(ok=[900])), (LOAD, entry(ok=[50])), (LOAD, entry(ok=[70])))
    assert (found.stage, found.passed) == ("load", True)
    assert found.measured == pytest.approx(70, rel=1e-3)


def test_each_judged_stage_has_its_own_result() -> None:
    higher = Held(phase="load", number=2, users=20)
    judge = judged(
        "p95 < 100ms", [(LOAD, entry(ok=[50])), (higher, entry(ok=[150])), (Held(phase="stress", number=3), entry())]
    )
    assert [(found.stage, found.passed) for found in judge.results()] == [
        ("load at 10 users", True),
        ("load at 20 users", False),
    ]


def test_only_the_seconds_at_the_load_count() -> None:
    changing, higher = Held(phase="load", number=1), Held(phase="load", number=1, users=20)
    seconds = [(LOAD, entry(ok=[50])), (changing, entry(ok=[400])), (higher, entry(ok=[150])), (LOAD, entry(ok=[60]))]
    assert result("max < 100ms at 10 users", *seconds).passed
    assert result("max < 100ms at 20 users", *seconds).measured == pytest.approx(150, rel=1e-3)
    never = result("max < 100ms at 15 users", *seconds)
    assert (never.passed, never.measured) == (False, None)
    assert "never held at 15 users" in never.reason
    assert "500/s" in result("max < 100ms at 500/s", *seconds).reason


def test_a_run_that_ends_in_its_ramp_has_passed_nothing() -> None:
    found = result("rps >= 1", (RAMP, entry(ok=[5])))
    assert (found.passed, found.stage) == (False, "")
    assert "before its full load was there" in found.reason


def test_an_objective_is_about_its_entry() -> None:
    judge = Judge([parse_objective("p95 of /slow < 1s"), parse_objective("p95 of 'GET /fast' < 1s")])
    judge.add(second(0, entry("/fast", ok=[5]), entry("/slow", ok=[1500])), LOAD)
    assert [found.passed for found in judge.results()] == [False, True]


def test_an_entry_that_never_appeared_fails_with_that_reason() -> None:
    found = result("rps of 'GET /itms' < 5", (LOAD, entry("/items", ok=[5])))
    assert (found.passed, found.measured) == (False, None)
    assert found.reason == "no request of 'GET /itms' was made; did you mean 'GET /items'?"
    assert (
        result("p95 of /items < 1s", (RAMP, entry("/items", ok=[5])), (LOAD, entry("/", ok=[5]))).reason
        == "no request was made"
    )


def test_what_comes_late_for_a_second_does_not_make_it_longer() -> None:
    judge = Judge([parse_objective("rps >= 4"), parse_objective("rps >= 4 for 2s")])
    for number in (0, 1, 0, 2):
        judge.add(second(number, entry(ok=[1, 1, 1])), LOAD)
    assert [found.measured for found in judge.results()] == [4.0, 3.0]


# Windows


def steady(*times: int) -> list[tuple[Held, EntryCounts]]:
    return [(LOAD, entry(ok=[ms] * 10)) for ms in times]


def test_the_worst_window_counts() -> None:
    seconds = steady(10, 10, 10, 90, 90, 90, 10, 10, 10, 10, 10, 10, 10, 10)
    assert result("p50 < 50ms", *seconds).passed
    assert not result("p50 < 50ms for 3s", *seconds).passed
    assert result("p50 < 50ms for 6s", *seconds).measured == pytest.approx(10, rel=1e-3)
    worst = result("rps >= 20 for 2s", *seconds)
    assert (worst.measured, worst.passed) == (10.0, False)


def test_a_window_does_not_reach_over_other_stages() -> None:
    assert "less than one window" not in result("p50 < 50ms for 3s", *steady(10, 10, 10)).reason
    broken = [*steady(10, 10), (RAMP, entry(ok=[10])), *steady(10, 10)]
    found = result("p50 < 50ms for 3s", *broken)
    assert found.passed is False
    assert "less than one window" in result("p50 < 50ms for 5s", *broken).reason


def test_a_window_without_a_success_is_not_kept() -> None:
    found = result("p50 < 50ms for 2s", *steady(10, 10), (LOAD, entry(failed=3)), (LOAD, entry(failed=3)), *steady(10, 10))
    assert (found.passed, found.reason) == (False, "no request succeeded within 2 s")


# Giving up


def test_a_missed_window_gives_up_at_once() -> None:
    judge = judged("p50 < 50ms for 3s", steady(10, 90, 90))
    (told,) = judge.failed_now()
    assert told == "p50 < 50ms for 3s: 90 ms over the last 3 s"
    assert judged("p50 < 50ms for 3s", steady(90, 90)).failed_now() == []


def test_without_a_window_the_last_ten_seconds_and_the_stage_must_both_be_missed() -> None:
    assert judged("p50 < 50ms", steady(*[90] * 9)).failed_now() == []
    assert judged("p50 < 50ms", steady(*[90] * 10)).failed_now() != []
    assert judged("p50 < 50ms", steady(*[10] * 30, *[90] * 10)).failed_now() == [], "the stage as a whole still holds"
    assert judged("p50 < 50ms", steady(*[90] * 30, *[10] * 10)).failed_now() == [], "it is better now"
    assert judged("p50 < 50ms", [(RAMP, entry(ok=[90]))] * 20).failed_now() == []
    assert judged("p50 < 50ms", [(LOAD, entry(failed=5))] * 10).failed_now() == [
        "p50 < 50ms: no success over the last 10 s and the stage so far"
    ]


def test_what_was_given_up_stays_failed() -> None:
    judge = judged("p50 < 50ms", steady(*[90] * 10))
    assert judge.failed_now()
    for number in range(10, 40):
        judge.add(second(number, entry(ok=[10] * 50)), LOAD)
    (found,) = judge.results()
    assert found.passed is False


# Not measured


@pytest.mark.parametrize("text", ["recovery < 30s", "server.cpu < 85%"])
def test_what_a_run_does_not_measure_is_neither_passed_nor_failed(text: str) -> None:
    found = result(text, (LOAD, entry(ok=[5])))
    assert (found.passed, found.measured, found.stage) == (None, None, "")
    assert sentence(found).startswith(f"{text}: not measured: ")


def test_a_percentile_among_time_outs_is_told_so() -> None:
    found = result("p95 < 100s", (LOAD, entry(ok=[5], failed=3, timeouts=3)))
    assert (found.passed, found.measured) == (False, None)
    assert sentence(found) == "p95 < 100s: it was a time-out (load)"
    assert sentence(result("p95 < 3ms", (LOAD, entry(ok=[5])))) == "p95 < 3ms: it was 5 ms (load)"


def test_figures_that_come_and_go_are_exact() -> None:
    counted = [Counted(seconds=1.0) for _ in range(3)]
    for number, one in enumerate(counted):
        one.add(entry(ok=[number * 7 + 1] * 100, failed=number, timeouts=number))
    figures = Figures(counted)
    figures.remove(counted[1])
    expected = Figures([counted[0], counted[2]])
    assert (figures.avg_ms, figures.ok_rps, figures.error_rate) == (expected.avg_ms, expected.ok_rps, expected.error_rate)
    assert figures.percentile_ms(90) == expected.percentile_ms(90)
