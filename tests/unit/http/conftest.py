"""Sessions on a scripted network, with everything they count written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from loadcell.http.fast import FastSession
from loadcell.http.network import FakeNetwork
from loadcell.http.session import Session
from loadcell.http.transport import Transport
from loadcell.scenario.events import RequestHook

Script = Iterable[bytes | BaseException] | BaseException


class RecordedEntry:
    """Counts into the list of the sink, as soon as a response time comes in."""

    def __init__(self, log: list[tuple[str, str, str]], method: str, name: str) -> None:
        self.received = 0
        self.times = _Times(lambda: log.append(("ok", method, name)))

    def fold(self) -> None:
        self.times.clear()


class _Times(list[int]):
    def __init__(self, counted: Callable[[], None]) -> None:
        super().__init__()
        self._counted = counted

    def append(self, us: int) -> None:
        super().append(us)
        self._counted()


class RecordingSink:
    """One line per request: how it went, its method and its name."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str, str]] = []
        self.errors: list[BaseException] = []
        self.samples: list[tuple[int, int]] = []
        self.connections = 0
        self.redirects = 0
        self.body_us = 0
        self._entries: dict[str, dict[str, RecordedEntry]] = {}

    def entries_of(self, method: str) -> dict[str, RecordedEntry]:
        return self._entries.setdefault(method, {})

    def entry(self, method: str, name: str) -> RecordedEntry:
        return self.entries_of(method).setdefault(name, RecordedEntry(self.log, method, name))

    def success(self, method: str, name: str, us: int, received: int) -> None:
        self.log.append(("ok", method, name))
        self.samples.append((us, received))

    def failure(self, method: str, name: str, us: int, received: int, error: BaseException) -> None:
        self.log.append(("failed", method, name))
        self.samples.append((us, received))
        self.errors.append(error)

    def left_out(self, method: str, name: str) -> None:
        self.log.append(("left out", method, name))

    def interrupted(self, method: str, name: str) -> None:
        self.log.append(("interrupted", method, name))

    def phases(self, method: str, name: str, *, connect_us: int, tls_us: int, body_us: int, redirects: int) -> None:
        self.redirects += redirects
        self.body_us += body_us

    def connected(self) -> None:
        self.connections += 1


class Client:
    """A session with what stands around it."""

    def __init__(
        self,
        scripts: Iterable[Script],
        *,
        fast: bool,
        latency: float,
        base_url: str,
        user: Any,
        read_only: bool,
        **settings: Any,
    ) -> None:
        self.network = FakeNetwork(scripts, latency)
        self.sink = RecordingSink()
        self.event = RequestHook()
        self.session: Any = (FastSession if fast else Session)(
            base_url, self.event, user, transport=Transport(self.network, self.sink, read_only=read_only), **settings
        )

    def sent(self, connection: int = -1) -> str:
        """What went over a connection."""
        return self.network.streams[connection].sent.decode("latin-1")

    @property
    def outcomes(self) -> list[str]:
        """How the requests went."""
        return [line[0] for line in self.sink.log]

    @property
    def names(self) -> list[str]:
        """Under which names they were counted."""
        return [line[2] for line in self.sink.log]


@pytest.fixture
def browse() -> Callable[..., Client]:
    """Make a client whose connections answer as scripted: each argument is one connection, with its answers in order."""

    def make(
        *scripts: Script,
        fast: bool = False,
        latency: float = 0.0,
        base_url: str = "http://shop",
        user: Any = None,
        read_only: bool = False,
        **settings: Any,
    ) -> Client:
        return Client(scripts, fast=fast, latency=latency, base_url=base_url, user=user, read_only=read_only, **settings)

    return make


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """Write a response: body, status and headers."""

    def write(body: bytes = b"hello", status: str = "200 OK", **headers: str) -> bytes:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    return write
