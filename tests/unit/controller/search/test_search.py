"""The capacity search against rules instead of services; tests/simulation has the services."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from loadcell.controller.search import Goal, Measured, Search, Trial

LIMIT = "p95 < 100ms"


def answer(trial: Trial, margin: float) -> Measured:
    offered = round(trial.load * trial.duration_s)
    return Measured(trial.load, trial.duration_s, offered, offered / trial.duration_s, margin={LIMIT: margin})


def run(search: Search, margin: Callable[[Trial], float]) -> list[Trial]:
    trials = []
    while trial := search.next():
        trials.append(trial)
        search.record(answer(trial, margin(trial)))
    return trials


def queue(trial: Trial) -> float:
    """p95 over its limit of a service that is saturated at 1,000/s and over the limit from 800/s on."""
    return min(50.0, 200 / (1000 - trial.load)) if trial.load < 1000 else 50.0


def test_it_finds_where_the_objective_is_just_met() -> None:
    search = Search(20, None, Goal())
    run(search, queue)
    found = search.result()
    assert found is not None
    assert found.load == pytest.approx(800, rel=0.02)
    assert found.low <= 800 <= found.high
    assert found.limited_by == LIMIT
    assert not found.at_least


def test_users_are_whole_numbers() -> None:
    search = Search(1, None, Goal(integer_loads=True))
    trials = run(search, lambda trial: trial.load / 10.4)
    assert all(trial.load == int(trial.load) for trial in trials)
    found = search.result()
    assert found is not None
    assert found.load == 10
    assert found.low <= 10 <= found.high


@pytest.mark.parametrize("stalled", range(1, 30))
def test_one_stall_does_not_fool_it(stalled: int) -> None:
    search = Search(20, None, Goal())
    count = 0

    def margin(trial: Trial) -> float:
        nonlocal count
        count += 1
        return 20.0 if count == stalled else queue(trial)

    run(search, margin)
    found = search.result()
    assert found is not None
    assert found.load == pytest.approx(800, rel=0.03)


def test_it_keeps_to_its_budget() -> None:
    for budget_s in (30.0, 60.0, 120.0):
        trials = run(Search(20, None, Goal(width=0.0, budget_s=budget_s)), queue)
        assert sum(trial.duration_s + trial.settle_s for trial in trials) <= budget_s


def test_it_stops_when_the_interval_is_narrow_enough() -> None:
    trials = run(Search(20, None, Goal()), queue)
    assert sum(trial.duration_s + trial.settle_s for trial in trials) < 300


def test_after_too_much_the_service_may_rest() -> None:
    search = Search(600, None, Goal())
    trials = run(search, queue)
    first_bad = next(at for at, trial in enumerate(trials) if queue(trial) > 3)
    assert trials[first_bad + 1].load <= 0.5 * trials[first_bad - 1].load


def test_a_ceiling_that_is_carried_is_the_least_the_capacity_can_be() -> None:
    search = Search(20, 500, Goal())
    trials = run(search, queue)
    assert max(trial.load for trial in trials) == 500
    found = search.result()
    assert found is not None
    assert (found.load, found.at_least, found.limited_by) == (500, True, None)


def test_a_start_that_is_too_much_is_halved() -> None:
    search = Search(3000, None, Goal())
    run(search, queue)
    found = search.result()
    assert found is not None
    assert found.load == pytest.approx(800, rel=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_response_times_near_their_limit_without_any_load_do_not_end_the_ascent(seed: int) -> None:
    dice = random.Random(seed)
    search = Search(20, None, Goal())
    run(search, lambda trial: dice.gauss(0.93, 0.08) if trial.load < 700 else queue(trial))
    found = search.result()
    assert found is not None
    assert found.load == pytest.approx(800, rel=0.2)


def test_no_capacity_where_not_even_one_user_is_carried() -> None:
    search = Search(4, None, Goal(integer_loads=True))
    run(search, lambda _: 2.0)
    assert search.result() is None


def test_nothing_is_known_before_the_first_trial() -> None:
    assert Search(4, None, Goal()).result() is None


def test_the_objective_that_is_missed_first_limits() -> None:
    search = Search(20, None, Goal())
    while trial := search.next():
        measured = answer(trial, queue(trial))
        errors = {"error_rate < 1%": (trial.load / 600) ** 10}
        search.record(
            Measured(trial.load, trial.duration_s, measured.offered, measured.ok_rps, margin={**measured.margin, **errors})
        )
    found = search.result()
    assert found is not None
    assert found.limited_by == "error_rate < 1%"
    assert found.load == pytest.approx(600, rel=0.03)


def test_the_bounds_hold_the_capacity_between_them() -> None:
    search = Search(20, None, Goal(width=0.0))
    run(search, queue)
    lower, upper = search.bounds()
    assert lower is not None
    assert upper is not None
    assert lower <= 800 <= upper
    assert math.log(upper / lower) < 0.15
