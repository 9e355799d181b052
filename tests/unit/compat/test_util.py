"""The helpers that scripts import; expected values are Locust's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadcell.compat.locust.rpc import Client, Message, zmqrpc
from loadcell.compat.locust.util import cache
from loadcell.compat.locust.util.date import format_duration, format_safe_timestamp, format_utc_timestamp
from loadcell.compat.locust.util.directory import get_abspaths_in
from loadcell.compat.locust.util.rounding import proper_round
from loadcell.compat.locust.util.timespan import parse_timespan
from loadcell.compat.locust.util.url import is_url
from loadcell.scenario.exceptions import RPCError


@pytest.mark.parametrize(("text", "expected"), [("20", 20), ("20s", 20), ("3m", 180), ("1h20m", 4800), ("3h30m10s", 12610)])
def test_time_spans(text: str, expected: int) -> None:
    assert parse_timespan(text) == expected


@pytest.mark.parametrize("text", ["", "abc", "-5", "10d", "1m1h"])
def test_what_is_no_time_span(text: str) -> None:
    with pytest.raises(ValueError, match=r"write for example|Valid formats"):
        parse_timespan(text)


@pytest.mark.parametrize(
    ("value", "digits", "expected"), [(2.5, 0, 3), (-2.5, 0, -2), (0.125, 2, 0.13), (1.005, 2, 1.01), (3, 0, 3)]
)
def test_halves_are_rounded_up(value: float, digits: int, expected: float) -> None:
    assert proper_round(value, digits) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (61, "1 minute and 1 second"),
        (86400 * 2 + 3601, "2 days, 1 hour and 1 second"),
    ],
)
def test_durations_in_words(seconds: float, expected: str) -> None:
    assert format_duration(0, seconds) == expected


@pytest.fixture
def zone_of_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_moments(zone_of_tokyo: None) -> None:
    assert format_utc_timestamp(1700000000.7) == "2023-11-14T22:13:20Z"
    assert format_safe_timestamp(1700000000.7) == "2023-11-15-07h13"


@pytest.mark.parametrize(
    ("url", "expected"), [("http://a", True), ("https://", False), ("ftp://a", False), ("a", False), ("http://[bad", False)]
)
def test_urls(url: str, expected: bool) -> None:
    assert is_url(url) is expected


def test_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.py", "_b.py", "c.txt", "sub/d.py"):
        (tmp_path / name).touch()
    assert sorted(get_abspaths_in(str(tmp_path), ".py")) == [str(tmp_path / "a.py"), str(tmp_path / "sub" / "d.py")]


def test_result_is_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(cache, "time", lambda: now[0])
    calls: list[None] = []

    @cache.memoize(2, dynamic_timeout=True)
    def slow() -> int:
        calls.append(None)
        now[0] += 3
        return len(calls)

    found = [slow(), slow()]
    now[0] += 4
    found.append(slow())
    now[0] += 0.1
    found.append(slow())
    slow.clear_cache()  # type: ignore[attr-defined]
    assert [*found, slow()] == [1, 1, 1, 2, 3]


def test_sockets_say_what_to_use_instead() -> None:
    assert zmqrpc.Client is Client
    with pytest.raises(RPCError, match="--processes"):
        Client("127.0.0.1", 5557, "worker")


def test_message() -> None:
    message = Message("order", {"a": 1}, "worker-1")
    assert (message.type, message.data, message.node_id) == ("order", {"a": 1}, "worker-1")
