"""The whole method in virtual time, against services whose capacity is known."""

from __future__ import annotations

import itertools
from functools import cache

import pytest

from loadcell.controller.assessment.findings import Question
from loadcell.controller.assessment.pilot import Pilot
from loadcell.controller.assessment.results import Conclusion
from loadcell.controller.assessment.schedule import QUICK, THOROUGH, USUAL, Schedule, next_step
from loadcell.controller.assessment.steps import Model
from loadcell.objectives import Objective, parse_objective
from tests.simulation.flight import Flight, fly
from tests.simulation.service import Kind, Service

STEADY = Kind(slots=8, service_s=0.02, limit_s=0.1, shape=50, poisson=False)
"""Eight slots of 20 ms each: 400 requests/s, and not one more."""
USERS = Kind(slots=8, service_s=0.02, limit_s=0.1, shape=50, users=True)


def objectives(*texts: str) -> list[Objective]:
    return [parse_objective(text) for text in texts]


def question_about(kind: Kind, *texts: str, schedule: Schedule = QUICK, most: float = 5000) -> Question:
    model: Model = "closed" if kind.users else "open"
    return Question(model=model, objectives=objectives(*texts), schedule=schedule, most=most)


@cache
def assess(
    kind: Kind,
    *texts: str,
    schedule: Schedule = QUICK,
    most: float = 5000,
    seed: int = 1,
    stall_every_s: float = 0.0,
    cpu: float = 0.0,
) -> Flight:
    """Fly an assessment; once where several tests read the same."""
    return fly(
        question_about(kind, *texts, schedule=schedule, most=most), Service(kind, seed, stall_every_s), cpu_per_load=cpu
    )


def phases(flight: Flight) -> list[str]:
    found: list[str] = []
    for stage in flight.stages:
        if not found or found[-1] != stage.phase:
            found.append(stage.phase)
    return found


def test_the_phases_come_in_the_order_of_the_method() -> None:
    flight = assess(STEADY, "p95 < 100ms")
    assert phases(flight) == ["baseline", "load", "search", "load", "stress", "recovery", "baseline"]
    assert not flight.conclusion.reasons
    assert not flight.conclusion.invalid


@pytest.mark.parametrize("stall_every_s", [0.0, 100.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_capacity_in_arrivals_is_found(seed: int, stall_every_s: float) -> None:
    flight = assess(STEADY, "p95 < 100ms", "error_rate < 1%", schedule=USUAL, seed=seed, stall_every_s=stall_every_s)
    capacity = flight.conclusion.found["capacity"]
    assert capacity["rate"] == pytest.approx(400, rel=0.05)
    assert capacity["low_rate"] <= 400 <= capacity["high_rate"]
    assert capacity["limited_by"] == "p95 < 100ms"
    assert capacity["rps"] == pytest.approx(400, rel=0.05)
    assert capacity["users"] is None


def test_the_capacity_in_users_is_found() -> None:
    # Users without a pause: N of them wait N / 8 × 20 ms, so 36 are answered within 90 ms and 45 are not within 100.
    capacity = assess(USERS, "p95 < 100ms", schedule=USUAL).conclusion.found["capacity"]
    assert 34 <= capacity["users"] <= 42
    assert capacity["low_users"] <= 39 <= capacity["high_users"] + 1
    assert capacity["rps"] == pytest.approx(400, rel=0.03)


def test_a_quick_assessment_takes_about_three_minutes_and_a_usual_one_ten() -> None:
    for kind in (STEADY, USERS):
        assert assess(kind, "p95 < 100ms", schedule=QUICK).seconds < 200
        assert assess(kind, "p95 < 100ms", schedule=USUAL).seconds < 660


def test_the_breaking_point_lies_above_the_capacity_and_the_service_recovers() -> None:
    found = assess(STEADY, "p95 < 100ms").conclusion.found
    assert found["breaking_point"]["sign"] == "latency"
    assert found["breaking_point"]["rate"] > found["capacity"]["rate"]
    assert found["recovery"]["state"] == "recovered"
    assert found["recovery"]["recovered"] is True
    assert found["recovery"]["baselines"]["after"]["p95_ms"] == pytest.approx(
        found["recovery"]["baselines"]["before"]["p95_ms"], rel=0.3
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_short_baseline_does_not_make_work_seem_to_pile_up(seed: int) -> None:
    kind = Kind(slots=16, service_s=0.02, limit_s=0.1, shape=1e6)
    assert assess(kind, "p95 < 100ms", seed=seed).conclusion.found["capacity"]["rate"] == pytest.approx(800, rel=0.05)


def test_of_the_signs_at_one_load_the_gravest_comes_first() -> None:
    kind = Kind(slots=8, service_s=0.02, limit_s=0.1, shape=50, users=True, collapse=5.0, collapse_wait_s=0.15)
    signs = [one["sign"] for one in assess(kind, "p95 < 100ms").conclusion.found["breaking_point"]["signs"]]
    assert {"latency", "throughput_collapse"} <= set(signs)
    assert signs[0] == "throughput_collapse"


def test_without_objectives_the_usual_ones_are_taken_from_the_baseline() -> None:
    results = assess(STEADY).conclusion.results
    assert results[0].text == "error_rate < 1%"
    limit = parse_objective(results[1].text).limit
    assert 100 <= limit <= 150, "five times a baseline of about 25 ms, but at least 100 ms"


def test_a_load_that_an_objective_is_about_is_held() -> None:
    flight = assess(USERS, "p95 < 100ms", "p50 < 50ms at 13 users")
    assert 13 in [stage.users for stage in flight.stages]
    result = flight.conclusion.results[1]
    assert (result.stage, result.passed) == ("13 users", True)


def test_a_service_that_misses_its_objectives_from_the_start_is_not_loaded_further() -> None:
    flight = assess(STEADY, "p95 < 5ms")
    assert phases(flight) == ["baseline"]
    assert "at the lowest load already: p95 < 5ms" in flight.conclusion.reasons[0]
    assert [result.passed for result in flight.conclusion.results] == [False]
    assert "capacity" not in flight.conclusion.found


def test_a_service_that_carries_all_that_may_be_tried_carries_at_least_that() -> None:
    flight = assess(STEADY, "p95 < 100ms", most=200)
    assert flight.conclusion.found["capacity"]["rate"] == 200
    assert flight.conclusion.found["capacity"]["at_least"] is True
    assert flight.conclusion.found["capacity"]["high_rate"] is None
    assert "200/s" in flight.conclusion.reasons[0]
    assert max(flight.loads) == 200


def test_generators_at_their_limit_make_it_invalid() -> None:
    flight = assess(STEADY, "p95 < 100ms", cpu=0.5)  # 100 % of a core at 200/s
    assert "busy at 200/s" in flight.conclusion.invalid[0]
    assert max(flight.loads) <= 200


def test_a_service_that_fails_from_the_start_is_given_up() -> None:
    flight = assess(Kind(slots=8, service_s=0.02, limit_s=0.1, error_base=1.0), "p95 < 100ms")
    assert "did not answer during the baseline" in flight.conclusion.reasons[0]
    assert flight.seconds < 15


@pytest.mark.parametrize("kind", [STEADY, USERS])
def test_broken_off_at_any_second_it_says_what_is_known_by_then(kind: Kind) -> None:
    said: list[Conclusion] = []
    seconds = itertools.count(1)

    def look(pilot: Pilot) -> None:
        if next(seconds) % 7 == 1:
            said.append(pilot.conclude())

    whole = fly(question_about(kind, "p95 < 100ms", "recovery < 30s"), Service(kind, 1), look=look)
    assert len(said) == len(range(1, whole.seconds, 7))
    for conclusion in said:
        assert any("was broken off" in reason for reason in conclusion.reasons)
        assert len(conclusion.results) == 2
    assert not whole.conclusion.reasons


def test_what_is_left_shrinks() -> None:
    pilot = Pilot(Question(model="open", objectives=[], schedule=THOROUGH, most=100))
    pilot.begin()
    assert pilot.position().left_s > 1800


@pytest.mark.parametrize(
    ("level", "factor", "step"), [(10, 2.5, 20), (10, 5, 50), (7, 1, 10), (0.5, 2, 1), (1000, 2.5, 2000)]
)
def test_load_steps_are_round(level: float, factor: float, step: float) -> None:
    assert next_step(level, factor) == step


def test_what_the_service_felt_is_judged_and_kept_beside_the_baselines() -> None:
    question = Question(
        model="open",
        objectives=objectives("p95 < 100ms", "server.cpu < 85%", "server.memory < 60MB", "server.loop_lag < 50ms"),
        schedule=QUICK,
        most=5000,
    )
    seconds = itertools.count()

    def look(pilot: Pilot) -> None:
        second = next(seconds)
        pilot.seen(second, {"cpu": 40.0, "memory": 50.0 if second < 30 else 90.0})

    flight = fly(question, Service(STEADY, 1), look=look)
    found = {result.text: (result.measured, result.passed) for result in flight.conclusion.results}
    assert found["server.cpu < 85%"] == (40.0, True)
    assert found["server.memory < 60MB"] == (90.0, False)
    assert found["server.loop_lag < 50ms"] == (None, None)
    baselines = flight.conclusion.found["recovery"]["baselines"]
    assert (baselines["before"]["memory"], baselines["after"]["memory"]) == (50.0, 90.0)
    assert "workers" not in baselines["before"]
