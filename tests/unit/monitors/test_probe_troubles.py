"""Each trouble with a probe is one line, told once."""

from __future__ import annotations

from loadcell.monitors.probe_document import AnotherVersion
from loadcell.monitors.probe_troubles import ProbeTroubles


def told(troubles: ProbeTroubles, answered: set[int], failed: dict[int, Exception]) -> list[str]:
    return [each.message for each in troubles.update(answered, failed)]


def test_workers_in_the_same_trouble_are_told_of_together_and_once() -> None:
    troubles = ProbeTroubles(0.5)
    failed: dict[int, Exception] = {8: AnotherVersion("2"), 9: AnotherVersion("2"), 7: AnotherVersion("2")}
    message = "The probe of workers 7, 8 and 9 writes version 2 of its document, and version 1 is read here"
    assert told(troubles, {6}, failed) == [message]
    assert told(troubles, {6}, failed) == []
    failed[10] = AnotherVersion("2")
    assert told(troubles, {6}, failed) == [
        "The probe of worker 10 writes version 2 of its document, and version 1 is read here"
    ]


def test_a_worker_that_is_silent_and_comes_back_for_good() -> None:
    troubles = ProbeTroubles(0.5)
    silent = "The probe of worker 7 did not answer within 0.5 s"
    assert told(troubles, set(), {7: TimeoutError()}) == [silent]
    for _ in range(4):
        assert told(troubles, {7}, {}) == []
    assert told(troubles, set(), {7: TimeoutError()}) == [], "one that stutters"
    lines = [line for _ in range(10) for line in told(troubles, {7}, {})]
    assert lines == ["The probe of worker 7 answers again"]
    assert told(troubles, set(), {7: TimeoutError()}) == [silent]


def test_one_that_has_just_ended_is_no_trouble_and_its_number_may_come_again() -> None:
    troubles = ProbeTroubles(0.5)
    assert told(troubles, set(), {7: FileNotFoundError(), 8: ConnectionResetError()}) == []
    assert len(told(troubles, set(), {7: ConnectionRefusedError()})) == 1
    assert told(troubles, {9}, {}) == []
    assert len(told(troubles, {9}, {7: ConnectionRefusedError()})) == 1


def test_what_nobody_thought_of_is_told_as_it_is() -> None:
    (trouble,) = ProbeTroubles(0.5).update(set(), {7: ValueError("odd {0} thing")})
    assert trouble.message == "The probe of worker 7 can't be read: odd {0} thing"
