"""Frames: whatever goes in comes out, however the stream is cut; what is no message is told."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.messages import (
    MAX_FRAME,
    Assign,
    Begin,
    Begun,
    Change,
    ChangeRate,
    Command,
    EntryCounts,
    ErrorCount,
    Event,
    ExceptionCount,
    Frames,
    Go,
    Health,
    Interval,
    Joined,
    Left,
    Load,
    Log,
    Merged,
    ProtocolError,
    Quit,
    Ready,
    Refused,
    Report,
    Reset,
    Say,
    Spawned,
    Starts,
    Stop,
    Stopped,
    Stopping,
    Wish,
    command_of,
    frame,
    report_of,
)
from loadcell.plan import Arrivals, Part, Plan, Stage

COMMANDS: list[Command] = [
    Load("1", "single", 0, 1, "run-1", "shop.py", host="http://127.0.0.1", options={"users": 3, "tags": ["a"]}),
    Begin(),
    Go(Plan.ramp(10, 2.5, 60), [Part(0, 2), Part(1, 4)], 1234.5),
    Go(Plan.idle(), [Part()], 1.5, Arrivals((Stage(start=0, end=50, duration_s=2),), True, 7), 100),
    ChangeRate(Arrivals((Stage(start=50, end=50),))),
    Change(Plan.ramp(10, 2.5).changed(2, 4, 1), 2.0, 1, ["Customer"], 5),
    Assign(Part(3, 4), Part(1, 2), 12.25),
    Spawned({"Customer": 10}),
    Reset(),
    Say("orders", {"ids": [1, 2], "name": "ü"}, "2", "lead"),
    Joined("2"),
    Left("2"),
    Merged(Interval(3, 3.0, 4.0, 10, {}, [])),
    Stopping(),
    Stop(2.5),
    Quit(3),
]
REPORTS: list[Report] = [
    Ready(17, "/shop.py", ["Customer"], "http://127.0.0.1", "3.11.7", {"gevent": "1"}),
    Refused("There is no host.", "Name one.", 2),
    Begun(),
    Interval(
        3, 3.0, 4.0, 10, {"Customer": 10}, [EntryCounts("GET", "/ü", requests=2, ok=b"\x00\xff")],
        [ErrorCount("GET", "/ü", "404", 1, 3.1, 3.1)], [ExceptionCount("KeyError", "at", 2)], {"1": Health(cpu=50.0)}, 4,
        Starts(10, 9, 1, 2, b"\x00\xff"),
    ),
    Event("quit_requested", "it was asked for", 1.5, data={"exit_code": None}),
    Wish(20, 2.5, ["Customer"]),
    Say("orders", None),
    Log("INFO", "shop", "hello", 1.7e9),
    Stopped(5, drained=False),
]  # fmt: skip


def name_of(message: object) -> str:
    return type(message).__name__


def test_every_message_is_here() -> None:
    assert {type(each) for each in COMMANDS} == set(Command.__args__)
    assert {type(each) for each in REPORTS} == set(Report.__args__)


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_a_command_arrives(command: Command) -> None:
    (body,) = Frames().feed(frame(command))
    assert command_of(body) == command


@pytest.mark.parametrize("report", REPORTS, ids=name_of)
def test_a_report_arrives(report: Report) -> None:
    (body,) = Frames().feed(frame(report))
    assert report_of(body) == report


@given(st.lists(st.integers(1, 40), max_size=200))
def test_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = b"".join(frame(command) for command in COMMANDS)
    frames, found = Frames(), []
    for cut in cuts:
        found += frames.feed(stream[:cut])
        stream = stream[cut:]
    found += frames.feed(stream)
    assert [command_of(body) for body in found] == COMMANDS


def test_another_version_is_refused() -> None:
    data = bytearray(frame(Begin()))
    data[4] = 9
    with pytest.raises(ProtocolError, match="version 9"):
        Frames().feed(bytes(data))


@pytest.mark.parametrize("length", [0, MAX_FRAME + 1, 2**32 - 1])
def test_a_frame_of_an_impossible_length_is_refused_before_it_is_read(length: int) -> None:
    with pytest.raises(ProtocolError, match="bytes"):
        Frames().feed(length.to_bytes(4, "big") + b"\x01")


@pytest.mark.parametrize("body", [b"", b"\xc1", msgspec.msgpack.encode({"type": "Nothing"}), b"\x00"])
def test_bytes_that_are_no_message(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        command_of(body)
    with pytest.raises(ProtocolError):
        report_of(body)


def test_a_report_is_no_command() -> None:
    (body,) = Frames().feed(frame(Begun()))
    with pytest.raises(ProtocolError):
        command_of(body)
