"""The intervals of one process: where they begin and end, and what becomes of those that can't be sent."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from loadcell.clock import ManualClock
from loadcell.generator.pulse import Pulse
from loadcell.generator.recorder import Recorder
from loadcell.messages import Interval


class NobodyLeft:
    """The engine once its users are gone."""

    users = 0
    late_starts = 0
    starting = False

    def users_by_class(self) -> dict[str, int]:
        return {}

    def take_starts(self) -> None:
        return None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(lambda: 0.0)


def pulse_of(recorder: Recorder, clock: ManualClock, send: Any) -> Pulse:
    engine: Any = NobodyLeft()
    return Pulse("1", recorder, engine, send, clock)


def test_what_comes_after_the_end_belongs_to_the_last_second_and_makes_it_no_longer(
    recorder: Recorder, clock: ManualClock
) -> None:
    sent: list[Interval] = []
    pulse = pulse_of(recorder, clock, sent.append)
    recorder.success("GET", "/load", 1000, 0)
    clock.advance(2.5)
    pulse.stop()
    clock.advance(30)
    recorder.success("DELETE", "/tidy", 1000, 0)
    pulse.send_rest()
    assert [(each.second, each.start_s, each.end_s) for each in sent] == [(2, 0.0, 2.5), (2, 2.5, 2.5)]
    assert [entry.name for each in sent for entry in each.entries] == ["/load", "/tidy"]
    pulse.send_rest()
    assert len(sent) == 2


class Busy(ManualClock):
    """Each look at it takes a millisecond."""

    def monotonic(self) -> float:
        self.advance(0.001)
        return super().monotonic()


def test_others_have_their_turn_while_a_second_is_made_ready_and_a_stop_meanwhile_costs_nothing(recorder: Recorder) -> None:
    clock = Busy()
    sent: list[Interval] = []
    pulse = pulse_of(recorder, clock, sent.append)
    names = [f"/{number}" for number in range(100)]
    for name in names:
        recorder.success("GET", name, 1000, 0)
    kept: list[str] = []
    recorder.keep = lambda entries, errors: kept.extend(entry.name for entry in entries)
    pulse.go(clock.monotonic())
    clock.advance(0.98)
    while not kept:
        gevent.sleep(0.001)
    recorder.success("GET", "/meanwhile", 1000, 0)
    assert not sent
    pulse.stop()
    assert [[entry.name for entry in each.entries] for each in sent] == [names, ["/meanwhile"]]
    assert sent[0].end_s == sent[1].start_s
    assert kept == [*names, "/meanwhile"]


def test_a_second_that_cannot_be_sent_is_said_and_stops_nothing(
    recorder: Recorder, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[Interval] = []

    def send(interval: Interval) -> None:
        if interval.second == 0:
            raise ValueError("no message")
        sent.append(interval)

    pulse = pulse_of(recorder, clock, send)
    clock.advance(0.9)
    pulse.stop()
    clock.advance(0.9)
    pulse.stop()
    assert [each.second for each in sent] == [1]
    assert "The figures of second 0 could not be sent" in caplog.text
