from __future__ import annotations

from loadcell.messages import Interval
from loadcell.nodes.gathering import Gathering


def interval(second: int, users: int = 1) -> Interval:
    return Interval(second, float(second), second + 1.0, users, {}, [])


def taken(gathering: Gathering, elapsed_s: float) -> list[tuple[int, int]]:
    return [(merged.second, merged.users) for merged in gathering.take(elapsed_s)]


def pair() -> Gathering:
    gathering = Gathering()
    gathering.join("1")
    gathering.join("2")
    return gathering


def test_a_second_comes_out_when_all_have_delivered_it() -> None:
    gathering = pair()
    gathering.add("1", interval(0))
    assert taken(gathering, 1.1) == []
    gathering.add("2", interval(0))
    assert taken(gathering, 1.1) == [(0, 2)]
    assert taken(gathering, 1.1) == []


def test_a_second_comes_out_when_it_is_overdue_and_what_is_late_comes_apart() -> None:
    gathering = pair()
    gathering.add("1", interval(0))
    assert taken(gathering, 2.4) == []
    assert taken(gathering, 2.5) == [(0, 1)]
    gathering.add("2", interval(0, users=5))
    assert taken(gathering, 2.6) == [(0, 5)]


def test_a_generator_that_skipped_a_second_does_not_hold_it_up() -> None:
    gathering = pair()
    gathering.add("1", interval(0))
    gathering.add("1", interval(1))
    gathering.add("2", interval(1))
    assert taken(gathering, 2.1) == [(0, 1), (1, 2)]


def test_a_generator_that_is_gone_is_not_waited_for() -> None:
    gathering = pair()
    gathering.add("1", interval(0))
    gathering.leave("2")
    assert taken(gathering, 1.1) == [(0, 1)]


def test_what_the_last_generator_delivered_comes_out_when_it_is_gone() -> None:
    gathering = pair()
    gathering.add("1", interval(0))
    gathering.leave("1")
    gathering.leave("2")
    assert taken(gathering, 0.0) == [(0, 1)]


def test_one_that_joins_late_is_only_waited_for_from_then_on() -> None:
    gathering = Gathering()
    gathering.join("1")
    gathering.join("2", second=5)
    gathering.add("1", interval(4))
    gathering.add("1", interval(5))
    assert taken(gathering, 6.1) == [(4, 1)]


def test_nobody_is_expected_who_was_not_announced_until_he_reports() -> None:
    gathering = Gathering()
    gathering.join("1")
    gathering.add("1", interval(0))
    assert taken(gathering, 1.1) == [(0, 1)]
    gathering.add("lead", interval(1))
    assert taken(gathering, 2.1) == []
    gathering.add("1", interval(1))
    assert taken(gathering, 2.1) == [(1, 2)]
