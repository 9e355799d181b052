"""What a controller makes of what an agent sends, whatever that is."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from loadcell.agent.access import Access
from loadcell.agent.link import Link, Met
from loadcell.agent.protocol import TICK_S
from loadcell.clock import SystemClock
from loadcell.monitors.reading import Batch, Fact, Reading, Unseen
from tests.integration.loadcell_command import wait_until

AHEAD_S = 5000.0
"""What the agent's clock shows more than ours."""
ABOUT = {"agent": 1, "loadcell": "0.1.0", "host": "web1", "boot": "", "watches": [], "machine": {}, "service": {}}


@contextmanager
def speaking(lines: list[bytes]) -> Iterator[str]:
    """An agent that says these lines, to whoever comes first, and after that no more than that it is there."""
    said: list[int] = []

    class Speaker(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/readings"):
                self.send_response(200)
                self.end_headers()
                first, _ = not said, said.append(1)
                try:
                    for line in lines if first else []:
                        self.wfile.write(line + b"\n")
                    while True:
                        self.wfile.write(b'{"type":"tick"}\n')
                        time.sleep(TICK_S)
                except OSError:
                    return
            else:
                content = {"monotonic": time.monotonic() + AHEAD_S} if self.path == "/clock" else ABOUT
                body = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Speaker) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def following(url: str) -> Iterator[tuple[list[Batch], list[Met]]]:
    heard: list[Batch] = []
    met: list[Met] = []
    link = Link(url, Access(), SystemClock(), on_batch=heard.append, on_met=met.append)
    link.start(time.monotonic())
    try:
        yield heard, met
    finally:
        link.stop()


def batch(at: float, *readings: tuple[str, Any, str], **more: Any) -> bytes:
    rows = [{"signal": signal, "value": value, "of": of} for signal, value, of in readings]
    return json.dumps({"type": "said", "batch": {"source": "host", "at": at, "readings": rows, **more}}).encode()


def test_readings_come_on_our_clock_and_at_our_seconds() -> None:
    at = time.monotonic()
    with speaking([batch(at + AHEAD_S + 0.003, ("host_cpu", 50.0, ""))]) as url, following(url) as (heard, met):
        wait_until(lambda: heard, "it is heard")
        (found,) = heard
        assert found.source == f"host on {url.removeprefix('http://')}"
        assert found.readings == [Reading("host_cpu", 50.0)]
        assert abs(found.at - at) < 0.5
        assert met[0].about.host == "web1"
        assert 0 < met[0].clock_error_s < 0.5


def test_only_what_is_sound_is_taken_and_once() -> None:
    at = time.monotonic() + AHEAD_S
    fact = {"facts": [{"name": "version", "text": "\x1b[31mred\n" + "x" * 1000, "of": ""}]}
    unseen = {"unseen": [{"what": "much", "remedy": "look"}]}
    lines = [
        batch(
            at, ("host_cpu", 1.0, "\x1b[2Jof\nit"), ("unheard_of", 1.0, ""), ("host_cpu", 2.0, "y" * 2000), **fact, **unseen
        ),
        batch(at + 1, ("unheard_of", 1.0, ""), **fact, **unseen),
        batch(at + 2, ("host_steal", 1.0, "")),
    ]
    with speaking(lines) as url, following(url) as (heard, _):
        wait_until(lambda: len(heard) == 2, "both are heard, and nothing of the second is new")
    first, second = heard
    assert [(one.signal, one.of[:10]) for one in first.readings] == [("host_cpu", "�[2Jof it"), ("host_cpu", "y" * 10)]
    assert all(len(one.of) <= 500 for one in first.readings)
    assert first.facts == [Fact("version", ("�[31mred " + "x" * 1000)[:500])]
    assert first.unseen == [Unseen("much", "look")]
    assert [one.signal for one in second.readings] == ["host_steal"]


@pytest.mark.parametrize(
    "nonsense",
    [b"<html>", b'{"type":"said","batch":{"source":"host"}}', b'{"type":"exec","code":"1"}', b"x" * 17_000_000],
    ids=["page", "half", "command", "endless"],
)
def test_nonsense_is_told(nonsense: bytes) -> None:
    with speaking([nonsense]) as url, following(url) as (heard, _):
        wait_until(lambda: heard, "it is told of")
    assert heard[0].trouble is not None
    assert heard[0].trouble.message == f"What answers at {url.removeprefix('http://')} is no agent of Loadcell"


def test_an_agent_that_is_too_slow_is_told_once() -> None:
    lost = [b'{"type":"tick","lost":3}', b'{"type":"tick","lost":9}', b'{"type":"bye"}']
    with speaking(lost) as url, following(url) as (heard, _):
        wait_until(lambda: len(heard) == 3, "it is slow, ended, back")
    troubles = [one.trouble.message for one in heard if one.trouble]
    name = url.removeprefix("http://")
    assert troubles[0] == f"The connection to the agent {name} is too slow: some of its readings are missing"
    assert troubles[1] == f"The agent {name} was ended"
    assert troubles[2].startswith(f"The agent {name} is read again; ")
