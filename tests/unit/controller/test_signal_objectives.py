"""Objectives about what the service felt: judged by the mean over a stage, or over the worst window."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from loadcell.controller.signal_objectives import SignalCase
from loadcell.controller.stages_judged import Held
from loadcell.objectives import parse_objective

LOAD = Held(phase="load", number=1, users=10)


def judged(text: str, values: Sequence[float], stage: Held = LOAD, signal: str = "cpu") -> SignalCase:
    case = SignalCase(parse_objective(text))
    for second, value in enumerate(values):
        case.held(second, stage)
        case.seen(second, {signal: value})
    return case


@pytest.mark.parametrize(("values", "passed"), [([80, 90, 84], True), ([80, 90, 86], False)])
def test_the_mean_over_the_stage_counts(values: list[float], passed: bool) -> None:
    (result,) = judged("server.cpu < 85%", values).results()
    assert (result.stage, result.passed) == ("load", passed)
    assert result.measured == pytest.approx(sum(values) / 3)


def test_the_ramp_does_not_count() -> None:
    case = SignalCase(parse_objective("server.cpu < 85%"))
    for second in range(10):
        case.held(second, Held(phase="ramp") if second < 5 else LOAD)
        case.seen(second, {"cpu": 100 if second < 5 else 50})
    assert case.results()[0].measured == 50


def test_over_a_window_the_worst_one_counts() -> None:
    (result,) = judged("server.cpu < 85% for 3s", [10, 10, 90, 90, 90, 10, 10]).results()
    assert (result.measured, result.passed) == (90, False)
    assert judged("server.cpu < 85% for 5s", [10, 10, 90, 90, 90, 10, 10]).results()[0].passed is True


def test_a_load_that_is_too_short_for_the_window_is_not_measured() -> None:
    (result,) = judged("server.cpu < 85% for 30s", [90] * 5).results()
    assert (result.passed, result.measured) == (None, None)
    assert "less than one window of 30 s" in result.reason


def test_at_another_load_nothing_is_judged() -> None:
    (result,) = judged("server.cpu < 85% at 20 users", [99] * 5).results()
    assert result.passed is None
    assert judged("server.cpu < 85% at 10 users", [99] * 5).results()[0].passed is False


def test_each_stage_has_its_own_result() -> None:
    case = SignalCase(parse_objective("server.memory < 100MB"))
    for second in range(8):
        case.held(second, Held(phase="load", number=second // 4, users=10 * (1 + second // 4)))
        case.seen(second, {"memory": 50 if second < 4 else 150})
    found = [(result.stage, result.passed) for result in case.results()]
    assert found == [("load at 10 users", True), ("load at 20 users", False)]


def test_a_signal_that_nobody_saw_is_neither_kept_nor_missed() -> None:
    (result,) = judged("server.loop_lag < 50ms", [1] * 5).results()
    assert (result.passed, result.reason) == (None, "this signal of the service was not seen")


def test_it_fails_at_once_when_ten_seconds_and_the_stage_so_far_are_too_much() -> None:
    assert judged("server.cpu < 85%", [99] * 9).failed_now() == ""
    assert judged("server.cpu < 85%", [99] * 10).failed_now().startswith("server.cpu < 85%: 99")
    assert judged("server.cpu < 85%", [10] * 100 + [99] * 10).failed_now() == "", "the stage may yet be kept"


def test_signals_may_come_long_after_their_second() -> None:
    case = SignalCase(parse_objective("server.cpu < 85%"))
    for second in range(5):
        case.held(second, LOAD)
    for second in range(5):
        case.seen(second, {"cpu": 20})
    assert case.results()[0].measured == 20
