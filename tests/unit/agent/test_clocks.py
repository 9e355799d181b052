"""Two clocks compared: within the error that is stated, whatever the way there and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadcell.agent.clocks import Comparison, Offset, on_grid

WAYS = st.floats(0, 2)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.lists(st.tuples(WAYS, WAYS), min_size=1, max_size=20))
def test_the_offset_is_right_within_its_error(offset: float, ways: list[tuple[float, float]]) -> None:
    known, now = Offset(), 1000.0
    for there, back in ways:
        known.add(Comparison.of(now, now + there + back, now + there + offset))
        now += there + back
    assert abs(known.there(now) - (now + offset)) <= known.error(now) + 1e-6
    assert known.here(known.there(5.0)) == pytest.approx(5.0)
    assert known.error(now) <= min(there + back for there, back in ways) / 2 + 1e-4 * (now - 1000) + 1e-6


def test_a_good_comparison_is_kept_until_the_clocks_may_have_parted() -> None:
    known = Offset()
    known.add(Comparison(0.0, 100.0, 0.001))
    known.add(Comparison(10.0, 100.1, 0.1))
    assert known.there(0.0) == 100.0
    assert known.error(10.0) == pytest.approx(0.002)
    known.add(Comparison(1000.0, 100.05, 0.05))
    assert known.there(0.0) == 100.05


def test_seconds_are_those_of_the_run() -> None:
    assert on_grid(105.2401, 100.25) == 105.25
    assert on_grid(99.26, 100.25) == 99.25
    assert on_grid(105.7, 100.25) is None
