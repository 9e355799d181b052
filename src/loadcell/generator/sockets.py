"""The real network: non-blocking sockets whose waits give way to other users on gevent's hub.

What makes it fast: raw sockets rather than gevent's, send without waiting first, wait for readability before the first
receive so that no exception is raised on the common path, one watcher per connection reused for every wait, and one sweep
for all time-outs instead of a timer per request.
"""

from __future__ import annotations

import _socket
import errno
import os
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import get_hub, getcurrent
from greenlet import greenlet

from loadcell.guard import Guard, hint, refusal
from loadcell.http.failures import ConnectTimeout, ReadTimeout, TargetNotAllowed
from loadcell.http.network import FOREVER
from loadcell.http.tls import TlsStream
from loadcell.http.url import Url

_READ, _WRITE = 1, 2
_CHUNK = 65536
_SWEEP_S = 0.1
_NAMES_KEPT_S = 60.0
_UNIX_RETRY_S = 0.005
_NAMES_KEPT = 1000
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)
_AGAIN = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINPROGRESS)

SO_TIMESTAMPNS = 35
"""Linux: the kernel notes when bytes came, in ns. The constant has no name in the standard library."""
_TIMESPEC = struct.Struct("@ll")
_CONTROL = socket.CMSG_SPACE(_TIMESPEC.size)
_timespec = _TIMESPEC.unpack
_EPOCH_S = int(time.time())
"""Wall times are counted from here: as floats since 1970 they would be exact to a quarter of a µs only."""

_READINGS = 5
_QUICK_S = 20e-6

Address = tuple[int, Any]
"""Family and socket address."""
LookUp = Callable[[str, int, int, int], list[tuple[Any, ...]]]
"""getaddrinfo with host, port, family and type."""


class SocketStream:
    """A connected socket. One greenlet at a time may use it."""

    __slots__ = (
        "_leave",
        "_network",
        "_reading",
        "_receive",
        "_send",
        "_socket",
        "arrived_at",
        "connect_us",
        "expires",
        "stale",
        "tls_us",
        "waiter",
    )

    def __init__(self, raw: _socket.socket, hub: Any, network: GeventNetwork) -> None:
        self.connect_us = 0
        self.tls_us = 0
        self.waiter: Any = None
        """The greenlet that waits for this stream."""
        self.expires = FOREVER
        self._socket = raw
        self._send = raw.send
        self._receive = raw.recvmsg
        self.arrived_at = 0.0
        self._reading = hub.loop.io(raw.fileno(), _READ)
        self.stale = False
        """Bytes came, or the other side closed, while nobody waited."""
        # The hub's own switch() first asks the leaving greenlet for a hook that ours do not have.
        self._leave: Callable[[], object] = greenlet.switch.__get__(hub)
        self._network = network
        network.streams.add(self)

    def exchange(self, data: bytes, expires: float) -> bytes:
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        if sent != len(data):
            try:
                self.send(data[sent:], expires)
            except (BrokenPipeError, ConnectionResetError):
                if (answer := self._answered_early()) is None:
                    raise
                return answer
        self._network.exchanges += 1
        self.waiter = getcurrent()
        self.expires = expires
        try:
            while self._leave() is not self:
                pass
        finally:
            self.waiter = None
        try:
            data, control, _, _ = self._receive(_CHUNK, _CONTROL)
        except BlockingIOError:
            return self.receive(expires)
        self.arrived_at = self._network.arrival(control)
        return data

    def receive(self, expires: float) -> bytes:
        while True:
            if self.stale:
                self.watch()
            self._wait(expires)
            try:
                data, control, _, _ = self._receive(_CHUNK, _CONTROL)
            except BlockingIOError:
                continue
            self.arrived_at = self._network.arrival(control)
            return data

    def watch(self) -> None:
        """Have the hub tell when there is something to read: from now on, not only while somebody waits.

        Started once, the watcher costs nothing per request, and it sees at once when the server closes an idle connection.
        """
        self.stale = False
        self._reading.start(self._readable)

    def _readable(self) -> None:
        waiter = self.waiter
        if waiter is not None:
            waiter.switch(self)
        else:
            self.stale = True
            self._reading.stop()

    def send(self, data: bytes, expires: float) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._send(rest) :]
            except BlockingIOError:
                self._wait_to_write(expires)

    def _answered_early(self) -> bytes | None:
        """What a service has said that closed the connection before it had taken the whole request; None if nothing."""
        try:
            data, control, _, _ = self._receive(_CHUNK, _CONTROL)
        except OSError:
            return None
        self.arrived_at = self._network.arrival(control)
        return data or None

    def finish_connecting(self, expires: float) -> None:
        """Wait until a connection under way stands; OSError when it fails."""
        self._wait_to_write(expires)
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))

    def _wait_to_write(self, expires: float) -> None:
        # Not to be woken by what there is to read meanwhile: the answer to a request that is still being sent.
        self._reading.stop()
        writing = get_hub().loop.io(self._socket.fileno(), _WRITE)
        writing.start(getcurrent().switch, self)
        try:
            self._wait(expires)
        finally:
            writing.stop()
            writing.close()
            self.watch()

    def _wait(self, expires: float) -> None:
        self.waiter = getcurrent()
        self.expires = expires
        try:
            while self._leave() is not self:
                pass
        finally:
            self.waiter = None

    def close(self) -> None:
        if self not in self._network.streams:
            return  # It is closed already, by the network at its end or by whoever had it.
        self._network.streams.discard(self)
        self._reading.stop()
        self._reading.close()
        self._socket.close()


def _when(due: tuple[float, SocketStream]) -> float:
    return due[0]


class GeventNetwork:
    """Connections on the hub of the thread that made it."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, guard: Guard | None = None, look_up: LookUp | None = None
    ) -> None:
        """`guard`: what may be connected to; None for this machine and private networks alone. `look_up`: in place of
        gevent's resolver."""
        self.now = now
        self._hub = get_hub()
        self._guard = guard or Guard()
        self._look_up: LookUp = look_up or (lambda *wanted: get_hub().resolver.getaddrinfo(*wanted))
        self.streams: set[SocketStream] = set()
        """All open ones."""
        self.exchanges = 0
        """How often a user has waited for an answer."""
        self._addresses: dict[tuple[str, int], tuple[float, list[Address]]] = {}
        self._sweeper = self._hub.loop.timer(_SWEEP_S, _SWEEP_S, ref=False)
        self._sweeper.start(self._sweep)
        self._due: list[tuple[float, SocketStream]] = []
        """The waits that may be over before the next sweep, the first one last."""
        self._nearest: Any = None
        self._offset = 0.0
        """From the kernel's time stamps, which are wall time, to `now`."""
        self._set_offset()

    def _set_offset(self) -> None:
        """Read both clocks a few times and believe the quickest reading: one that was interrupted says little."""
        width, offset = min(self._read_clocks() for _ in range(_READINGS))
        if width < _QUICK_S or not self._offset:
            self._offset = offset

    def _read_clocks(self) -> tuple[float, float]:
        before = self.now()
        wall_ns = time.time_ns()
        after = self.now()
        return after - before, (before + after) / 2 - (wall_ns - _EPOCH_S * 1_000_000_000) * 1e-9

    def arrival(self, control: list[tuple[int, int, bytes]]) -> float:
        """When received bytes came to this machine, which may be long before a busy process gets round to them.

        `control` is what recvmsg gave with them; without a time stamp (unix sockets, other systems) they came just now.
        """
        now = self.now()
        if control:
            seconds, nanoseconds = _timespec(control[0][2])
            came: float = seconds - _EPOCH_S + nanoseconds * 1e-9 + self._offset
            if came < now:
                return came
        return now

    def _sweep(self) -> None:
        self._set_offset()  # The wall clock is slewed and may jump.
        soon = self.now() + _SWEEP_S
        due = [(stream.expires, stream) for stream in self.streams if stream.expires < soon and stream.waiter is not None]
        self._due = sorted(due, key=_when, reverse=True)
        self._end_waits()

    def _end_waits(self) -> None:
        """End the waits whose time is over, and come back when that of the next one is."""
        while self._due and self._due[-1][0] <= self.now():
            stream = self._due.pop()[1]
            # Throwing may run user code that closes other streams, ends their waits or begins new ones.
            if stream.waiter is not None and stream.expires <= self.now():
                stream.waiter.throw(ReadTimeout("no answer within the time allowed"))
        if self._nearest is not None:
            self._nearest.close()
            self._nearest = None
        if self._due:
            self._hub.loop.update_now()
            self._nearest = self._hub.loop.timer(max(0.0, self._due[-1][0] - self.now()), ref=False)
            self._nearest.start(self._end_waits)

    def connect(self, url: Url, expires: float, tls: ssl.SSLContext | None) -> SocketStream | TlsStream:
        started = self.now()
        try:
            stream = self._connect_any(url, expires)
        except ReadTimeout:
            raise ConnectTimeout("no connection within the time allowed") from None
        connected = self.now()
        stream.connect_us = round((connected - started) * 1e6)
        if tls is None:
            return stream
        try:
            secure = TlsStream(stream, tls, url.host, expires)
        except ReadTimeout:
            stream.close()
            raise ConnectTimeout("no TLS handshake within the time allowed") from None
        except BaseException:
            stream.close()
            raise
        secure.tls_us = round((self.now() - connected) * 1e6)
        return secure

    def _connect_any(self, url: Url, expires: float) -> SocketStream:
        failure: OSError | None = None
        try:
            for family, address in self._permitted(url, expires):
                try:
                    return self._connect_one(family, address, expires)
                except ReadTimeout:
                    raise
                except OSError as error:
                    if error.errno in _OUT_OF_FILES:
                        raise
                    failure = error
            # The name may have moved; the next connection looks it up again.
            self._addresses.pop((url.host, url.port), None)
            raise failure or OSError(errno.EADDRNOTAVAIL, f"{url.host} has no address")
        finally:
            failure = None  # Its traceback holds this frame.

    def _permitted(self, url: Url, expires: float) -> list[Address]:
        """The addresses of a URL's host that may be connected to. TargetNotAllowed if it has only others."""
        if url.scheme == "http+unix":
            return [(socket.AF_UNIX, url.host)]
        return self._permitted_of(url.host, url.port, expires)

    def _permitted_of(self, host: str, port: int, expires: float) -> list[Address]:
        found = self._resolve(host, port, expires)
        permitted = [one for one in found if self._guard.permits(host, one[1][0])]
        if found and not permitted:
            raise TargetNotAllowed(f"{refusal(host)}. {hint(host)}")
        return permitted

    def addresses(self, host: str, port: int, expires: float = FOREVER) -> list[str]:
        return [str(address[0]) for _, address in self._permitted_of(host, port, expires)]

    def _connect_one(self, family: int, address: Any, expires: float) -> SocketStream:
        raw = _socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            if family != socket.AF_UNIX:
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if sys.platform == "linux":
                    raw.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            while (code := raw.connect_ex(address)) == errno.EAGAIN and family == socket.AF_UNIX:
                # The service's queue is full, and nobody tells when there is room again, as the kernel does for TCP.
                if self.now() >= expires:
                    raise ReadTimeout("no connection within the time allowed")
                gevent.sleep(_UNIX_RETRY_S)
            if code not in (0, *_AGAIN):
                raise OSError(code, os.strerror(code))
        except BaseException:
            raw.close()
            raise
        stream = SocketStream(raw, self._hub, self)
        if not code:
            stream.watch()
            return stream
        try:
            stream.finish_connecting(expires)
        except BaseException:
            stream.close()
            raise
        return stream

    def _resolve(self, host: str, port: int, expires: float) -> list[Address]:
        key = (host, port)
        known = self._addresses.get(key)
        if known is not None and known[0] > self.now():
            return known[1]
        limit = gevent.Timeout(None if expires == FOREVER else max(0.001, expires - self.now()), ReadTimeout)
        with limit:
            try:
                found = self._look_up(host, port, 0, socket.SOCK_STREAM)
            except ValueError:  # Such as a label that is too long: no resolver is asked.
                raise OSError(errno.EADDRNOTAVAIL, f"{host!r:.100} can't be a host name") from None
        addresses: list[Address] = [(info[0], info[4]) for info in found]
        if len(self._addresses) >= _NAMES_KEPT:
            self._addresses.clear()
        self._addresses[key] = (self.now() + _NAMES_KEPT_S, addresses)
        return addresses

    def close(self) -> None:
        """Close every connection and stop looking at the clock."""
        self._sweeper.stop()
        self._due.clear()
        for stream in list(self.streams):
            stream.close()
