"""Intervals, and how many runs would tell more."""

import math
import random
from statistics import fmean

import pytest

from loadcell.compare import estimate
from loadcell.compare.estimate import BATCHES, PARTS, Estimate


def of(values: list[float]) -> Estimate:
    """The mean of PARTS values, as an estimate from batches."""
    size = PARTS // BATCHES
    batches = [fmean(values[at : at + size]) for at in range(0, PARTS, size)]

    def without(groups: list[float]) -> list[float]:
        return [(sum(groups) - one) / (len(groups) - 1) for one in groups]

    return estimate.of_batches(fmean(values), without(batches), without(values))


def test_independent_parts_give_the_standard_error_of_the_mean() -> None:
    rng = random.Random(1)
    found = [of([rng.gauss(0, 1) for _ in range(PARTS)]) for _ in range(300)]
    # A little more, because neighbours may be alike by chance.
    assert 1 / PARTS < fmean(one.variance for one in found) < 1.4 / PARTS
    assert all(one.freedom == BATCHES - 1 for one in found)


def test_parts_that_are_like_their_neighbours_are_known_less_well() -> None:
    rng = random.Random(2)

    def row() -> list[float]:
        values, last = [], 0.0
        for _ in range(PARTS):
            last = 0.8 * last + rng.gauss(0, 0.6)
            values.append(last)
        return values

    found = [of(row()) for _ in range(300)]
    true = fmean(one.value**2 for one in found)
    assert fmean(one.variance for one in found) > 0.7 * true > 1.5 / PARTS


def test_an_interval_is_that_of_student_and_welch() -> None:
    found = estimate.difference(Estimate(1.0, 0.01, 9), Estimate(1.2, 0.01, 9), 0.95)
    assert found.value == pytest.approx(0.2)
    # t with 18 degrees of freedom: 2.1009
    assert found.high - found.value == pytest.approx(2.1009 * math.sqrt(0.02), rel=1e-4)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_without_any_spread_there_is_no_doubt() -> None:
    found = estimate.difference(Estimate(1.0, 0.0, 9), Estimate(1.2, 0.0, 9), 0.95)
    assert (found.low, found.high) == pytest.approx((0.2, 0.2))


def test_one_run_beside_several_is_taken_to_spread_as_they_do() -> None:
    found = estimate.difference_of_runs([1.0, 1.1, 0.9, 1.05, 0.95], [1.4], 0.95)
    spread, other = estimate.spreads_of_runs([1.0, 1.1, 0.9, 1.05, 0.95], [1.4])
    assert spread == other
    assert spread == pytest.approx(0.0790569)
    assert found.high - found.value == pytest.approx(2.7764 * spread * math.sqrt(1 + 1 / 5), rel=1e-4)


@pytest.mark.parametrize(("found", "spread"), [(0.10, 0.05), (0.3, 0.2), (0.0, 0.03), (-0.08, 0.02)])
def test_the_runs_asked_for_settle_the_question_almost_always(found: float, spread: float) -> None:
    floor = math.log(1.05)
    runs = estimate.runs_to_settle(found, (spread, spread), floor, 0.95)
    assert runs is not None
    rng = random.Random(3)
    settled = 0
    for _ in range(400):
        sides = [[rng.gauss(mean, spread) for _ in range(runs)] for mean in (0.0, found)]
        seen = estimate.difference_of_runs(*sides, 0.95)
        excludes = not seen.low <= 0 <= seen.high if abs(found) >= floor else -floor < seen.low and seen.high < floor
        settled += excludes
    assert settled >= 0.9 * 400


def test_no_number_of_runs_settles_what_lies_at_the_floor() -> None:
    assert estimate.runs_to_settle(0.0485, (0.05, 0.05), math.log(1.05), 0.95) is None


def test_more_runs_are_asked_for_than_there_are() -> None:
    rng = random.Random(6)
    asked = 0
    for _ in range(300):
        sides = [[rng.gauss(0, 0.005) for _ in range(3)], [rng.gauss(0.12, 0.05) for _ in range(3)]]
        found = estimate.difference_of_runs(*sides, 0.95)
        if found.low <= 0 <= found.high:
            needed = estimate.runs_to_settle(found.value, estimate.spreads_of_runs(*sides), 0.05, 0.95, made=(3, 3))
            assert needed is None or needed > 3
            asked += 1
    assert asked > 30


def test_where_one_side_is_a_single_run_no_number_of_others_settles_what_is_less_than_runs_differ_by() -> None:
    about = ((0.03, 0.03), math.log(1.05), 0.95)
    assert estimate.runs_to_settle(0.0, *about, made=(1, 1), only_after=True) is None
    assert estimate.runs_to_settle(0.0, *about) is not None
    assert estimate.runs_to_settle(0.3, *about, made=(1, 1), only_after=True) is not None


def test_runs_that_agree_by_chance_know_no_better_than_each_of_them() -> None:
    found = estimate.difference_of_runs([1.0, 1.0, 1.0], [1.07, 1.07, 1.07], 0.95, least=0.05**2)
    assert found.low < 0 < found.high
