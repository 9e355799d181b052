"""What a stage says: its warm-up, whether work piles up, and whether throughput collapses."""

from __future__ import annotations

import random

import pytest

from loadcell.controller.assessment import readings
from loadcell.controller.assessment.steps import Phase, Stage
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, Health, Interval, Starts


def stage(level: float, *seconds: tuple[int, float], phase: Phase = "load", start: int = 0) -> Stage:
    """Seconds of (successes, response time in ms)."""
    return Stage(phase, level, [interval(start + at, *second) for at, second in enumerate(seconds)])


def interval(second: int, served: int, ms: float) -> Interval:
    latency = Histogram()
    for _ in range(served):
        latency.record(round(ms * 1000))
    counts = EntryCounts("GET", "/", requests=served, ok=latency.to_bytes())
    return Interval(second, float(second), second + 1.0, 1, {}, [counts] if served else [])


def spread(second: int, low_ms: float, high_ms: float) -> Interval:
    """A second in which 100 response times lie evenly between two."""
    latency = Histogram()
    for at in range(100):
        latency.record(round(1000 * (low_ms + (high_ms - low_ms) * at / 99)))
    counts = EntryCounts("GET", "/", requests=100, ok=latency.to_bytes())
    return Interval(second, float(second), second + 1.0, 1, {}, [counts])


def arrivals(second: int, started: int, requests: int) -> Interval:
    found = interval(second, requests, 10)
    found.starts = Starts(due=started, started=started)
    return found


def steps(*rates: tuple[float, int]) -> list[Stage]:
    """Stages of four seconds with (load, successes/s)."""
    return [stage(level, *[(rate, 10)] * 4, start=10 * at) for at, (level, rate) in enumerate(rates)]


def test_throughput_collapses_when_it_falls_by_a_tenth_while_the_load_rises() -> None:
    found = readings.collapse(steps((10, 400), (20, 800), (40, 700), (80, 300)))
    assert found is not None
    assert found.level == 40


def test_the_order_in_which_the_loads_came_does_not_matter() -> None:
    found = readings.collapse(steps((40, 700), (10, 400), (20, 800)))
    assert found is not None
    assert found.level == 40


def test_a_twentieth_less_is_no_collapse() -> None:
    assert readings.collapse(steps((10, 400), (20, 800), (40, 760))) is None


def test_less_throughput_at_less_load_is_no_collapse() -> None:
    assert readings.collapse(steps((10, 400), (20, 800), (5, 200))) is None


def test_chance_is_no_collapse() -> None:
    dice = random.Random(3)
    quiet = [
        stage(10 + at, *[(max(0, round(dice.gauss(9, 3))), 10.0) for _ in range(4)], start=10 * at) for at in range(300)
    ]
    assert readings.collapse(quiet) is None


def test_the_service_working_off_a_queue_is_no_collapse() -> None:
    stages = steps((10, 400), (20, 800), (40, 100))
    stages[-1].rest = True
    assert readings.collapse(stages) is None


def noisy(rate: float, ms: float, dice: random.Random) -> tuple[int, float]:
    return round(dice.gauss(rate, rate**0.5)), ms * dice.gauss(1, 0.02)


@pytest.mark.parametrize("seed", range(10))
def test_slow_first_seconds_are_warm_up(seed: int) -> None:
    dice = random.Random(seed)
    times = [40, 30, 20] + [10] * 17
    found = readings.warm_up_s(stage(5, *[noisy(200, ms, dice) for ms in times]))
    assert found is not None
    assert 3 <= found <= 10


@pytest.mark.parametrize("seed", range(10))
def test_a_throughput_that_still_grows_is_warm_up(seed: int) -> None:
    dice = random.Random(seed)
    rates = [100, 140, 170, 190] + [200] * 26
    found = readings.warm_up_s(stage(5, *[noisy(rate * 10, 10, dice) for rate in rates]))
    assert found is not None
    assert 3 <= found <= 6


def test_what_goes_on_growing_is_never_steady() -> None:
    dice = random.Random(1)
    assert readings.warm_up_s(stage(5, *[noisy(200, 10 + at, dice) for at in range(20)])) is None


def test_a_steady_stage_has_no_warm_up() -> None:
    assert readings.warm_up_s(stage(5, *[(200, 10.0)] * 20)) == 0


def test_a_short_stage_tells_nothing_of_warm_up() -> None:
    assert readings.warm_up_s(stage(5, *[(200, 100.0 - at) for at in range(6)])) == 0


def test_response_times_that_grow_all_the_while_are_seen_long_before_the_limit() -> None:
    growing = Stage("search", 406, [spread(at, 20 + 10 * at, 30 + 10 * at) for at in range(3)])
    assert readings.grows(growing, 150)
    assert not readings.grows(growing, 5000), "so slowly that it takes minutes"


def test_response_times_that_only_wander_do_not_grow() -> None:
    assert not readings.grows(Stage("search", 400, [spread(at, 10 + 10 * at, 40 + 10 * at) for at in range(3)]), 150)
    assert not readings.grows(Stage("search", 400, [spread(at, ms, ms + 5) for at, ms in enumerate((20, 40, 30))]), 150)
    assert not readings.grows(Stage("search", 400, [spread(at, 20 + 10 * at, 30 + 10 * at) for at in range(2)]), 150)


def test_requests_per_iteration_are_counted_over_all_stages_that_are_given() -> None:
    # In a short baseline, one request more than was started within it is much.
    short = Stage("baseline", 4, [arrivals(0, 30, 61)])
    long = Stage("load", 400, [arrivals(10, 3000, 6000)])
    assert readings.per_iteration([short, long]) == pytest.approx(2, rel=0.001)
    assert readings.per_iteration([stage(5, (10, 10.0))]) == 1, "the closed model has no iterations that are due"


@pytest.mark.parametrize(("error", "limited"), [("ConnectionRefusedError(111)", False), ("HTTPError('503')", True)])
def test_generators_that_are_busy_with_refused_connections_are_not_the_limit(error: str, limited: bool) -> None:
    second = interval(0, 100, 10)
    second.health = {"1": Health(cpu=99.0)}
    second.entries[0].requests += 900
    second.entries[0].failures += 900
    second.errors = [ErrorCount("GET", "/", error, 900, 0.0, 1.0)]
    assert readings.generator_limited(Stage("load", 50, [second])) is limited
