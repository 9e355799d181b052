"""The intervals of one process: where they begin and end, and what becomes of those that can't be sent."""

from __future__ import annotations

from typing import Any

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
