"""The target's services with a capacity deliver it, and fail under too much load as they were told to."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.integration.loadcell_command import wait_until
from tests.target.launch import target_server

SLOTS, MS = 4, 20
WORK = f"/work?slots={SLOTS}&ms={MS}"


@pytest.fixture
def url() -> Iterator[str]:
    with target_server() as started:
        yield started


def address(url: str) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(url)
    return str(parts.hostname), int(parts.port or 0)


def is_refused(url: str) -> bool:
    try:
        socket.create_connection(address(url)).close()
    except ConnectionRefusedError:
        return True
    return False


async def ask(url: str, path: str, times: int) -> list[float]:
    """Send so many requests, one after the other, on one connection; when each was answered."""
    reader, writer = await asyncio.open_connection(*address(url))
    try:
        answered = []
        for _ in range(times):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: target\r\n\r\n".encode())
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await reader.readexactly(22)
            answered.append(time.monotonic())
        return answered
    finally:
        writer.close()


def load(url: str, path: str, users: int, times: int = 1) -> tuple[list[float], list[BaseException]]:
    """`users` at once, each with so many requests; when answers came, in order, and what users failed with."""

    async def together() -> list[list[float] | BaseException]:
        return await asyncio.gather(*(ask(url, path, times) for _ in range(users)), return_exceptions=True)

    found = asyncio.run(together())
    answered = sorted(moment for moments in found if isinstance(moments, list) for moment in moments)
    return answered, [error for error in found if isinstance(error, BaseException)]


def rate(answered: list[float], slots: int = SLOTS) -> float:
    """Answers a second: the median over all spans of half of them, few of which a moment without a core for us disturbs."""
    half = len(answered) // 2 // slots * slots  # whole rounds, for all slots answer at once
    took = [after - before for before, after in zip(answered, answered[half:], strict=False)]
    return half / statistics.median(took)


def stations(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/__stations__") as answer:
        found: list[dict[str, Any]] = json.loads(answer.read())
        return found


@pytest.mark.parametrize(("slots", "ms"), [(4, 20), (10, 20)])
def test_at_saturation_it_delivers_its_capacity(url: str, slots: int, ms: int) -> None:
    capacity = slots / ms * 1000
    answered, _ = load(url, f"/work?slots={slots}&ms={ms}", users=10 * slots, times=12)
    assert rate(answered, slots) == pytest.approx(capacity, rel=0.02)


def test_below_its_slots_nobody_waits(url: str) -> None:
    load(url, WORK, users=SLOTS, times=5)
    with urllib.request.urlopen(f"{url}/__truth__?prefix=/work") as answer:
        total = json.loads(answer.read())["total"]
    assert total["count"] == SLOTS * 5
    assert MS * 1000 <= total["min_us"] <= total["p50_us"] < MS * 1000 * 1.5


def test_service_times_may_vary_by_a_seed(url: str) -> None:
    numbers = random.Random(7)
    times = [numbers.expovariate(1 / 10.0) for _ in range(60)]
    began = time.monotonic()
    answered, _ = load(url, "/work?ms=10&dist=exponential&seed=7", users=60)
    assert answered[-1] - began >= sum(times) / 1000
    # One after another; a moment at which this process does not run disturbs some of them.
    gaps = [after - before for before, after in pairwise(answered)]
    off_ms = [abs(1000 * gap - wanted) for gap, wanted in zip(gaps, times[1:], strict=True)]
    assert sorted(off_ms)[len(off_ms) // 2] < 2


def test_what_else_is_in_the_query_makes_no_difference(url: str) -> None:
    load(url, f"{WORK}&id=1", users=2)
    load(url, f"{WORK}&id=2", users=2)
    assert [station["served"] for station in stations(url)] == [4]


def test_settings_that_make_no_sense_are_refused(url: str) -> None:
    for query in ("slots=0", "ms=0", "dist=some", "slots=many"):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"{url}/work?{query}")


def test_collapse(url: str) -> None:
    path = f"{WORK}&collapse=20"
    # With 44 users 40 are beyond the slots: the service takes three times as long.
    answered, _ = load(url, path, users=44, times=5)
    assert rate(answered[44:]) == pytest.approx(SLOTS / MS * 1000 / 3, rel=0.15)
    answered, _ = load(url, f"{path}&beyond=40", users=40, times=5)
    assert rate(answered) == pytest.approx(SLOTS / MS * 1000, rel=0.03)


def test_reset_of_what_is_too_much(url: str) -> None:
    answered, errors = load(url, f"{WORK}&reset=10", users=16)
    assert (len(answered), len(errors)) == (10, 6)
    assert all(isinstance(error, ConnectionResetError) for error in errors)
    assert len(load(url, f"{WORK}&reset=10", users=10)[0]) == 10, "it is well again"


def test_refused_connections() -> None:
    with target_server("--max-connections", "3") as url:
        held = [socket.create_connection(address(url)) for _ in range(3)]
        for connection in held:
            connection.sendall(b"GET /ok HTTP/1.1\r\nHost: target\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200"), "others are served"
        assert is_refused(url)
        held.pop().close()
        wait_until(lambda: load(url, "/ok", users=1)[0], "the port is open again")
        for connection in held:
            connection.close()


def test_a_crash_and_the_return() -> None:
    with target_server("--restart-after", "0.5") as url:
        path = f"{WORK}&crash=10"
        assert len(load(url, path, users=10)[0]) == 10
        died = time.monotonic()
        answered, errors = load(url, path, users=11)
        assert not answered
        assert len(errors) == 11
        wait_until(lambda: is_refused(url), "nobody listens")
        wait_until(lambda: load(url, path, users=1)[0], "it is back")
        assert time.monotonic() - died >= 0.5
        assert len(load(url, path, users=10)[0]) == 10, "and serves as before"


def test_a_crash_without_return() -> None:
    with target_server() as url:
        with pytest.raises(OSError):
            urllib.request.urlopen(f"{url}/crash")
        wait_until(lambda: is_refused(url), "nobody listens")


def test_slow_until_it_has_rested(url: str) -> None:
    path = "/work?slots=2&ms=10&trip=8&factor=5&heal=0.4"
    load(url, path, users=8)
    assert not stations(url)[0]["slow"]
    load(url, path, users=9)
    answered, _ = load(url, path, users=1, times=5)
    assert answered[-1] - answered[0] >= 4 * 0.050, "lightly loaded, and slow all the same"

    def rested() -> bool:
        return time.monotonic() - answered[-1] > 0.5

    wait_until(rested, "half a second without a request")
    load(url, path, users=1)
    assert not stations(url)[0]["slow"]


def test_slow_for_ever(url: str) -> None:
    path = "/work?slots=2&ms=10&trip=8&factor=5"
    answered, _ = load(url, path, users=9)
    wait_until(lambda: time.monotonic() - answered[-1] > 0.5, "half a second without a request")
    load(url, path, users=1)
    assert stations(url)[0]["slow"]


def test_who_has_gone_is_not_served(url: str) -> None:
    path = "/work?ms=200"
    leaving = [socket.create_connection(address(url)) for _ in range(5)]
    for connection in leaving:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: target\r\n\r\n".encode())
    wait_until(lambda: stations(url) and stations(url)[0]["present"] == 5, "all wait")
    for connection in leaving:
        connection.close()
    load(url, path, users=1)
    assert stations(url)[0]["served"] == 2, "the one that was being served, and the one that stayed"
