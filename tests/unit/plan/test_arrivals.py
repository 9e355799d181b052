"""Arrivals: as many as the rate sums up to, shared out without losing or adding one, whatever changes."""

from __future__ import annotations

import math
from itertools import pairwise, takewhile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loadcell.generator.timetable import Timetable
from loadcell.plan import Arrivals, Part, Stage

levels = st.floats(0, 80)
lengths = st.floats(0.05, 8)
seeds = st.integers(0, 2**32)


@st.composite
def some_arrivals(draw: st.DrawFn) -> Arrivals:
    stages = draw(st.lists(st.builds(Stage, start=levels, end=levels, duration_s=lengths), min_size=1, max_size=5))
    return Arrivals(tuple(stages), draw(st.booleans()), draw(seeds))


def dues(arrivals: Arrivals, part: Part | None = None) -> list[tuple[float, int]]:
    return list(arrivals.dues(part or Part()))


@given(some_arrivals())
def test_there_are_as_many_as_the_rate_sums_up_to(arrivals: Arrivals) -> None:
    found = dues(arrivals)
    assert [n for _, n in found] == list(range(len(found)))
    assert [due for due, _ in found] == sorted(due for due, _ in found)
    assert all(0 <= due <= (arrivals.duration_s or 0) + 1e-9 for due, _ in found)
    if not arrivals.poisson:
        total = sum((stage.duration_s or 0) * (stage.start + stage.end) / 2 for stage in arrivals.stages)
        assert abs(len(found) - total) <= 0.5 + 1e-6


@given(some_arrivals(), st.floats(0, 30))
@example(Arrivals((Stage(start=5e-303, end=2.5e-172, duration_s=2.0), Stage(start=0.0, end=1.0, duration_s=1.0))), 1.0)
def test_times_and_places_are_each_others_inverse(arrivals: Arrivals, t: float) -> None:
    curve = arrivals.curve()
    place = curve.place_at(t)
    time = curve.time_of(place)
    if time is not None:
        assert curve.place_at(time) == pytest.approx(place, abs=1e-6)
    else:
        assert place == curve.total


def test_a_steady_rate_is_evenly_spaced_and_begins_half_a_gap_in() -> None:
    steady = Arrivals((Stage(start=4, end=4),))
    found = list(takewhile(lambda due: due[0] < 2, steady.dues(Part())))
    assert found == [((n + 0.5) / 4, n) for n in range(8)]


def test_arrivals_at_random_are_a_poisson_process() -> None:
    found = [due for due, _ in dues(Arrivals((Stage(start=100, end=100, duration_s=200),), True, 3))]
    gaps = [later - earlier for earlier, later in pairwise(found)]
    mean = sum(gaps) / len(gaps)
    assert mean == pytest.approx(0.01, rel=0.03)
    # An exponential distribution's standard deviation is its mean, and e^-2 of it lies beyond twice the mean.
    assert math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) == pytest.approx(mean, rel=0.05)
    assert sum(gap > 2 * mean for gap in gaps) / len(gaps) == pytest.approx(math.exp(-2), rel=0.1)


@given(some_arrivals(), st.integers(1, 6))
def test_parts_together_are_the_whole(arrivals: Arrivals, count: int) -> None:
    shared = [due for part in Part().split(count) for due in dues(arrivals, part)]
    assert sorted(shared) == dues(arrivals)


@given(some_arrivals(), st.floats(0, 20))
def test_from_a_moment_on(arrivals: Arrivals, t: float) -> None:
    later = [due for due in dues(arrivals) if due[0] >= t + 1e-6]
    found = list(arrivals.dues(Part(), t))
    assert found[len(found) - len(later) :] == later
    assert all(due >= t - 1e-6 for due, _ in found)


changes = st.lists(st.tuples(st.floats(0.01, 5), levels, st.floats(0.5, 1000)), max_size=4)


@given(some_arrivals(), st.integers(1, 4), changes, st.data())
def test_no_change_and_no_lost_process_loses_or_doubles_an_arrival(
    arrivals: Arrivals, count: int, steps: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    tables = []
    for part in Part().split(count):
        table = Timetable(arrivals)
        table.add(part)
        tables.append((part, table))
    lost_after = data.draw(st.integers(0, len(steps)))
    seen: list[int] = []
    missed = 0
    t = 0.0

    def go_to(until: float) -> None:
        for _, table in tables:
            while table.next_due is not None and table.next_due < until:
                due, n = table.pop()
                assert due >= 0
                seen.append(n)

    for number, (pause, rate, pace) in enumerate([*steps, (0.0, 0.0, 1.0)]):
        t += pause
        go_to(t)
        if number == lost_after and len(tables) > 1:
            part, _ = tables.pop()
            # The others take over a little later: what was due meanwhile nobody started.
            t += 0.05
            go_to(t)
            for (_, survivor), share in zip(tables, part.split(len(tables)), strict=True):
                missed += survivor.take_over(share, t - 0.05, t)
        if number < len(steps):
            arrivals = arrivals.changed(t, rate, pace)
            for _, table in tables:
                table.change(arrivals)
    go_to(math.inf)
    total = len(dues(arrivals))
    assert len(seen) == len(set(seen))
    assert abs(len(seen) + missed - total) <= 1
    assert set(seen) <= set(range(total + 1))


@given(some_arrivals(), st.floats(0, 30), levels, st.floats(0.5, 1000))
def test_a_change_keeps_what_was_before_and_the_end(arrivals: Arrivals, at_s: float, rate: float, pace: float) -> None:
    changed = arrivals.changed(at_s, rate, pace)
    before, after = arrivals.curve(), changed.curve()
    for share in (0.1, 0.5, 0.9, 1.0):
        assert after.place_at(share * at_s) == pytest.approx(before.place_at(share * at_s), abs=1e-6)
    assert changed.duration_s == pytest.approx(max(arrivals.duration_s or 0, at_s))
    ramp_s = abs(rate - arrivals.level(at_s)) / pace
    middle = at_s + ramp_s + 1e-3
    if middle < (arrivals.duration_s or 0) - 1e-3:
        assert changed.level(middle) == pytest.approx(rate, abs=1e-6)
        assert changed.aim(middle) == rate


def test_a_rate_of_zero_is_a_pause() -> None:
    paused = Arrivals((Stage(start=2, end=2, duration_s=1), Stage(start=0, end=0, duration_s=10), Stage(start=2, end=2)))
    found = [due for due, _ in takewhile(lambda due: due[0] < 12, paused.dues(Part()))]
    assert found == [0.25, 0.75, 11.25, 11.75]
    assert dues(Arrivals((Stage(start=0, end=0),))) == []
