"""The way back after the break: when it counts as recovered, and what it is called otherwise."""

from collections.abc import Callable

import pytest

from loadcell.controller.search.recovery import Recovery, Tolerance
from loadcell.controller.search.seconds import Second
from loadcell.histogram import Histogram

TOLERANCE = Tolerance(p95_ms=60.0, error_rate=0.01)


def second(ms: float | None, *, failures: int = 0, timeouts: int = 0, refused: int = 0, load: float = 50) -> Second:
    """100 successes of the same response time, or none."""
    ok = Histogram()
    if ms is not None:
        ok.record_all([round(ms * 1000)] * 100)
    return Second(load, ok, failures + timeouts + refused, timeouts, refused)


def watch(answer: Callable[[int, float], Second], recovery: Recovery) -> list[float]:
    """Let it watch `answer(second, wanted load)` until it has decided; the loads it wanted."""
    loads = []
    while recovery.state is None:
        load = recovery.wanted_load
        recovery.add(answer(len(loads), load))
        loads.append(load)
        assert len(loads) < 1000
    return loads


def test_recovered_at_once_is_zero_seconds() -> None:
    recovery = Recovery(50, TOLERANCE)
    loads = watch(lambda _, __: second(40), recovery)
    assert (recovery.state, recovery.seconds) == ("recovered", 0)
    assert loads == [50] * 15


def test_the_first_of_three_good_windows_counts() -> None:
    recovery = Recovery(50, TOLERANCE)
    watch(lambda at, _: second(500 if at < 12 else 40), recovery)
    assert (recovery.state, recovery.seconds) == ("recovered", 12)


def test_a_relapse_begins_the_count_anew() -> None:
    recovery = Recovery(50, TOLERANCE)
    watch(lambda at, _: second(500 if at < 4 or 12 <= at < 16 else 40), recovery)
    assert (recovery.state, recovery.seconds) == ("recovered", 16)


def test_quick_takes_windows_of_two_seconds() -> None:
    recovery = Recovery(50, TOLERANCE, window_s=2)
    loads = watch(lambda at, _: second(500 if at < 3 else 40), recovery)
    assert recovery.seconds == 3
    assert len(loads) == 9


def test_errors_are_no_recovery() -> None:
    recovery = Recovery(50, TOLERANCE)
    watch(lambda at, _: second(40, failures=10 if at < 8 else 0), recovery)
    assert recovery.seconds == 8


def test_time_outs_are_the_longest_response_times() -> None:
    recovery = Recovery(50, Tolerance(60, error_rate=1.0))
    watch(lambda at, _: second(40, timeouts=10 if at < 8 else 0), recovery)
    # A window with a second or less of them still has p95 among the successes.
    assert recovery.seconds is not None
    assert 6 <= recovery.seconds <= 8


def test_good_windows_that_began_in_time_may_end_later() -> None:
    recovery = Recovery(50, TOLERANCE, patience_s=20)
    watch(lambda at, _: second(500 if at < 19 else 40), recovery)
    assert (recovery.state, recovery.seconds) == ("recovered", 19)


def test_metastable_is_what_comes_back_only_after_idling() -> None:
    recovery = Recovery(50, TOLERANCE, patience_s=20)
    idled = False

    def answer(_: int, load: float) -> Second:
        nonlocal idled
        idled = idled or not load
        return second(40 if idled else 500, load=load)

    loads = watch(answer, recovery)
    assert recovery.state == "metastable"
    assert loads.count(0.0) == 10
    first_idle = loads.index(0.0)
    assert recovery.seconds == first_idle + 10
    assert loads[first_idle : first_idle + 10] == [0.0] * 10


def test_degraded_is_what_never_comes_back() -> None:
    recovery = Recovery(50, TOLERANCE, patience_s=20)
    loads = watch(lambda _, __: second(90), recovery)
    assert (recovery.state, recovery.seconds) == ("degraded", None)
    assert recovery.wanted_load == 0
    assert 50 <= len(loads) <= 20 + 15 + 10 + 20 + 15


def test_errors_alone_are_answers_and_so_not_dead() -> None:
    recovery = Recovery(50, TOLERANCE, patience_s=20)
    watch(lambda _, __: second(None, failures=100), recovery)
    assert recovery.state == "degraded"


@pytest.mark.parametrize("silence", [second(None), second(None, refused=50), second(None, timeouts=50)])
def test_dead_is_what_does_not_answer(silence: Second) -> None:
    recovery = Recovery(50, TOLERANCE, patience_s=20)
    watch(lambda _, __: silence, recovery)
    assert (recovery.state, recovery.seconds) == ("dead", None)


def test_the_tolerance_comes_from_the_way_up() -> None:
    steady = [second(40)] * 15
    assert Tolerance.of(steady, 5).p95_ms == pytest.approx(48, rel=0.002)
    wide = [second(ms) for ms in (40, 40, 60, 60, 80, 80)]
    assert Tolerance.of(wide, 2).p95_ms == pytest.approx(100, rel=0.002)


def test_a_rhythm_that_the_service_had_on_the_way_up_is_no_damage() -> None:
    rhythm = [second(ms) for ms in (5, 5, 5, 5, 50, 5, 5, 5, 5, 5)]
    assert Tolerance.of(rhythm, 2).p95_ms < 50, "the windows' middle says nothing of it"
    assert Tolerance.of(rhythm, 2, allowed_p95_ms=200).p95_ms == pytest.approx(60, rel=0.002)


def test_a_few_ms_more_are_no_damage_as_long_as_the_objective_is_kept() -> None:
    fast = [second(5)] * 10
    assert Tolerance.of(fast, 2, allowed_p95_ms=100).p95_ms == pytest.approx(10, rel=0.01)
    assert Tolerance.of(fast, 2, allowed_p95_ms=8).p95_ms == 8


def test_a_stall_on_the_way_up_excuses_nothing_beyond_the_objective() -> None:
    stalled = [second(ms) for ms in (5, 5, 900, 5, 5, 5, 5, 5)]
    assert Tolerance.of(stalled, 2, allowed_p95_ms=200).p95_ms == 200


def test_the_tolerance_for_errors_is_what_was_seen_or_allowed() -> None:
    assert Tolerance.of([second(40, failures=25)] * 5, 5).error_rate == pytest.approx(0.2)
    assert Tolerance.of([second(40)] * 5, 5).error_rate == 0.01


def test_no_tolerance_from_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to compare with"):
        Tolerance.of([second(None)] * 5, 5)
