"""What the client needs of a network, so that the real one (on gevent's hub) and the tests' fake one are interchangeable."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Protocol

from loadcell.http.failures import ReadTimeout
from loadcell.http.url import Url

FOREVER = float("inf")


class Stream(Protocol):
    """One connection's bytes. Every method that waits takes `expires`, a moment of the network's clock, and raises
    ReadTimeout when it has passed; OSError when the connection fails."""

    connect_us: int
    """What opening the connection took, name look-up included, in µs."""
    tls_us: int
    """What the TLS handshake took; 0 without TLS."""

    @property
    def arrived_at(self) -> float:
        """When the last bytes that were received came to this machine, by the network's clock."""

    def exchange(self, data: bytes, expires: float) -> bytes:
        """Send all of `data`, wait for the answer's first bytes and return them; b"" when the other side has closed."""

    def send(self, data: bytes, expires: float) -> None:
        """Send all of `data`."""

    def receive(self, expires: float) -> bytes:
        """Wait for bytes and return them; b"" when the other side has closed."""

    @property
    def stale(self) -> bool:
        """Whether an idle connection can't carry another request: closed, or holding bytes nobody asked for."""

    def close(self) -> None:
        """Close at once."""


class Network(Protocol):
    """Opens streams and tells the time."""

    def now(self) -> float:
        """Seconds of a monotonic clock."""

    def connect(self, url: Url, expires: float, tls: ssl.SSLContext | None) -> Stream:
        """A stream to the URL's origin; ConnectTimeout when `expires` passes, OSError when it can't be had.

        TargetNotAllowed if the host leads only to addresses that nothing may be sent to.
        """

    def addresses(self, host: str, port: int, expires: float = FOREVER) -> list[str]:
        """The addresses of a host to which connections may be opened, as text.

        TargetNotAllowed if it has only others, OSError if it has none, ReadTimeout when `expires` passes.
        """


class FakeStream:
    """A scripted stream for tests: hands out `answers` one by one and remembers what was sent.

    An answer is bytes, or an exception to raise; after the last one the stream is at its end. One that takes longer
    than is waited for is a ReadTimeout.
    """

    def __init__(self, network: FakeNetwork, answers: Iterable[bytes | BaseException]) -> None:
        self.connect_us = 0
        self.tls_us = 0
        self.arrived_at = network.time
        self.sent = bytearray()
        self.closed = False
        self._network = network
        self._answers = list(answers)

    def exchange(self, data: bytes, expires: float) -> bytes:
        self.send(data, expires)
        return self.receive(expires)

    def send(self, data: bytes, expires: float) -> None:
        self.sent += data

    def receive(self, expires: float) -> bytes:
        self._network.time += self._network.latency
        self.arrived_at = self._network.time
        if self._network.time > expires:
            raise ReadTimeout("no answer within the time allowed")
        answer = self._answers.pop(0) if self._answers else b""
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def stale(self) -> bool:
        return not self._answers

    def close(self) -> None:
        self.closed = True


class FakeNetwork:
    """A network whose connections and time are scripted: each element of `scripts` serves one connection.

    Each answer takes `latency` seconds; an exception in place of a script makes that connection fail.
    """

    def __init__(self, scripts: Iterable[Iterable[bytes | BaseException] | BaseException], latency: float = 0.0) -> None:
        self.time = 1000.0
        self.latency = latency
        self.streams: list[FakeStream] = []
        self.connected_to: list[Url] = []
        self._scripts = list(scripts)

    def now(self) -> float:
        return self.time

    def connect(self, url: Url, expires: float, tls: ssl.SSLContext | None) -> FakeStream:
        self.connected_to.append(url)
        script = self._scripts.pop(0) if self._scripts else ConnectionRefusedError(111, "Connection refused")
        if isinstance(script, BaseException):
            raise script
        stream = FakeStream(self, script)
        self.streams.append(stream)
        return stream

    def addresses(self, host: str, port: int, expires: float = FOREVER) -> list[str]:
        return [host]
