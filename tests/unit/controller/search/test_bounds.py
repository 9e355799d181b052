"""The classification of loads, beside the MLRsearch library's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from MLRsearch.target_spec import TargetSpec
from MLRsearch.target_stat import TargetStat

from loadcell.controller.search.bounds import Bound, Durations, classify, relevant_bounds

SECONDS = st.integers(0, 40).map(float)
BOUNDS = {(True, True): Bound.LOWER, (False, False): Bound.UPPER, (True, False): Bound.UNDECIDED}


@given(SECONDS, SECONDS, SECONDS, SECONDS, st.sampled_from([1.0, 15.0, 21.0, 60.0]), st.sampled_from([0.25, 0.5, 0.75]))
def test_a_load_is_what_mlrsearch_takes_it_for(
    full_low: float, full_high: float, short_low: float, short_high: float, duration_sum: float, exceed_ratio: float
) -> None:
    target = TargetSpec(0.0, exceed_ratio, None, 1.0, duration_sum, 2, False, None)
    theirs = TargetStat(target, full_low, full_high, short_low, short_high).estimates()
    ours = classify(Durations(full_low, full_high, short_low, short_high), duration_sum, exceed_ratio)
    assert ours is BOUNDS[theirs]


def test_one_bad_trial_is_no_verdict() -> None:
    durations = Durations()
    durations.add(5, good=False, full=True)
    assert classify(durations, 15) is Bound.UNDECIDED
    durations.add(5, good=True, full=True)
    durations.add(5, good=True, full=True)
    assert classify(durations, 15) is Bound.LOWER


def test_short_trials_count_only_for_as_much_as_they_exceed() -> None:
    durations = Durations()
    durations.add(8, good=True, full=False)
    durations.add(8, good=False, full=False)
    assert classify(durations, 15) is Bound.UNDECIDED
    durations.add(8, good=False, full=False)
    assert classify(durations, 15) is Bound.UPPER


@pytest.mark.parametrize(
    ("loads", "bounds"),
    [
        ([], (None, None)),
        ([(10, Bound.LOWER), (20, Bound.UPPER)], (10, 20)),
        ([(10, Bound.LOWER), (20, Bound.UPPER), (30, Bound.LOWER)], (10, 20)),
        ([(10, Bound.LOWER), (15, Bound.UNDECIDED)], (10, None)),
        ([(30, Bound.UPPER), (20, Bound.UPPER)], (None, 20)),
    ],
)
def test_a_good_load_above_a_bad_one_is_luck(
    loads: list[tuple[float, Bound]], bounds: tuple[float | None, float | None]
) -> None:
    assert relevant_bounds(loads) == bounds
