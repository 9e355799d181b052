"""How much of a level is warm-up."""

import random

import pytest

from loadcell.controller.search.steady import warm_up, warm_up_of


def noisy(levels: list[float], seed: int = 1) -> list[float]:
    dice = random.Random(seed)
    return [level * dice.gauss(1, 0.05) for level in levels]


@pytest.mark.parametrize("seed", range(20))
def test_a_slow_beginning_is_cut_and_little_more(seed: int) -> None:
    cut = warm_up(noisy([50, 40, 30, 20] + [10] * 26, seed))
    assert cut is not None
    assert 4 <= cut <= 12


@pytest.mark.parametrize("seconds", [8, 30])
def test_a_steady_level_loses_nothing_but_rarely(seconds: int) -> None:
    cuts = [warm_up(noisy([10] * seconds, seed)) for seed in range(200)]
    assert sum(cut != 0 for cut in cuts) <= 0.08 * len(cuts)


def test_a_level_that_goes_on_growing_is_not_steady() -> None:
    assert warm_up(noisy([10 + at for at in range(30)])) is None


def test_constant_figures_need_no_cut() -> None:
    assert warm_up([10.0] * 10) == 0


def test_a_difference_that_does_not_matter_is_no_warm_up() -> None:
    assert warm_up([9.8] * 7 + [10.0] * 8) == 0
    assert warm_up([9.0] * 7 + [10.0] * 8) == 7


def test_a_few_seconds_tell_nothing() -> None:
    assert warm_up([10.0, 10.0, 10.0]) is None


@pytest.mark.parametrize("at", [12, 20, 29])
def test_a_stall_does_not_move_the_cut(at: int) -> None:
    values = noisy([30, 20] + [10] * 28)
    before = warm_up(values)
    values[at] = 500
    after = warm_up(values)
    assert before is not None
    assert after is not None
    assert abs(after - before) <= 2


def test_steady_is_when_all_figures_are() -> None:
    latency, served = noisy([30, 20] + [10] * 28), noisy([5, 6, 7, 8, 9] + [10] * 25)
    assert warm_up_of([latency, served]) == max(warm_up(latency) or 0, warm_up(served) or 0)
    assert warm_up_of([latency, noisy([10 + at for at in range(30)])]) is None
