"""One connection of a client: requests in, answers out, one at a time and in order."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tests.target.messages import Answer, BadRequest, Request, body_of, parse
from tests.target.timers import Timers
from tests.target.truth import Truth

if TYPE_CHECKING:
    from tests.target.stations import Settings, Station

_UNUSABLE_QUERY = (ValueError, KeyError, IndexError, ImportError)


class Delayed(NamedTuple):
    """An answer that is known but for its delay."""

    path: str
    data: bytes
    begin: Callable[[Connection, int, bytes], None]
    """Told which connection wants the answer, and since when (ns); has it sent when it is time."""


class Server:
    """What the connections of one server share."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        behaviours: Mapping[str, Behaviour],
        ready_made: Mapping[bytes, tuple[str, bytes]],
    ) -> None:
        self.loop = loop
        self.behaviours = behaviours
        self.ready_made = ready_made
        """Path and answer by the line of a GET request, for the plain paths: what makes the server fast."""
        self.truth = Truth()
        self.timers = Timers(loop)
        self.stations: dict[Settings, Station] = {}
        self.admits: Callable[[], bool] = lambda: True
        """Asked whether a connection that was just made may stay."""
        self.left: Callable[[], None] = lambda: None
        """Told that a connection is gone."""
        self.delayed: dict[bytes, Delayed] = {}
        """Requests whose answer is known but for its delay, by their bytes: reading one anew each time would keep the
        others waiting, and that wait is no part of the truth."""


class Connection(asyncio.Protocol):
    """Reads requests, asks the behaviours for an answer or lets one of them take charge of the connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.transport: asyncio.Transport
        self.number = 0
        self.served = 0
        self.lost = False
        self._data = b""
        self._whole = b""
        """What came last, where it began a request."""
        self._request: Request | None = None
        self._path = ""
        self._came_ns = 0
        self._read_ns = 0
        self._busy = False
        self._close_after = False
        self._flushed: asyncio.Future[None] | None = None
        self._finish_when_flushed = False
        self._script: asyncio.Task[None] | None = None
        self._direct_fd = -1
        self._continued = False

    # ---- the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self.transport = transport = cast("asyncio.Transport", transport)
        # Any byte that is not with the kernel pauses us, so that resume_writing tells when the last one was written.
        transport.set_write_buffer_limits(high=0)
        if transport.get_extra_info("sslcontext") is None:
            self._direct_fd = transport.get_extra_info("socket").fileno()
        self.server.truth.accepted(time.monotonic_ns())
        self.number = self.server.truth.connections
        if not self.server.admits():
            self.reset()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.lost = True
        self._direct_fd = -1
        self.server.truth.open -= 1
        self.server.left()
        if self._script is not None:
            self._script.cancel()

    def data_received(self, data: bytes) -> None:
        """Bytes came in."""
        self._came_ns = time.monotonic_ns()
        if not self._busy and not self._data:
            if (delayed := self.server.delayed.get(data)) is not None:
                self._begin(delayed.path)
                delayed.begin(self, self._read_ns, delayed.data)
                return
            line = data[: data.find(b"\r\n")]
            ready = self.server.ready_made.get(line)
            if ready is not None and data.find(b"\r\n\r\n") == len(data) - 4 and b"onnection: close" not in data:
                self._begin(ready[0])
                self.send(ready[1])
                self._finish()
                return
        self._whole = b"" if self._data else data
        self._data += data
        self._next()

    def resume_writing(self) -> None:
        """The last byte went to the kernel."""
        if self._flushed is not None and not self._flushed.done():
            self._flushed.set_result(None)
        if self._finish_when_flushed:
            self._finish_when_flushed = False
            self._finish()
            self._next()

    # ---- what a behaviour may do

    def send(self, data: bytes) -> None:
        """Write bytes, straight to the kernel where possible: the loop's own writing may wait for its next turn."""
        if self._direct_fd >= 0 and not self.transport.get_write_buffer_size():
            try:
                data = data[os.write(self._direct_fd, data) :]
            except BlockingIOError:
                pass
            except OSError:
                self.transport.abort()
                return
        if data:
            self.transport.write(data)

    async def flush(self) -> None:
        """Wait until everything was written."""
        if self.transport.get_write_buffer_size() and not self.lost:
            self._flushed = self.server.loop.create_future()
            await self._flushed

    def sleep(self, seconds: float) -> asyncio.Future[None]:
        """Wait, to the microsecond."""
        future: asyncio.Future[None] = self.server.loop.create_future()
        due_ns = time.monotonic_ns() + int(seconds * 1e9)
        self.server.timers.call_at(due_ns, lambda: None if future.done() else future.set_result(None))
        return future

    def close(self) -> None:
        """Close after what was written."""
        self._close_after = True

    def reset(self) -> None:
        """Close at once with a TCP reset."""
        raw = self.transport.get_extra_info("socket")
        if raw.family != socket.AF_UNIX:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    # ---- one request after the other

    def _next(self) -> None:
        while not self._busy and self._data and not self.transport.is_closing():
            try:
                request = self._read_request()
            except BadRequest as error:
                self._refuse(str(error))
                return
            if request is None:
                return
            self._begin(request.path)
            self._serve(request)

    def _read_request(self) -> Request | None:
        if self._request is None:
            block, separator, rest = self._data.partition(b"\r\n\r\n")
            if not separator:
                return None
            self._request, self._data, self._continued = parse(block), rest, False
        found = body_of(self._request, self._data)
        if found is None:
            if self._request.header("expect").lower() == "100-continue" and not self._continued:
                self._continued = True
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        request, self._request = self._request, None
        request.body, used = found
        self._data = self._data[used:]
        return request

    def _begin(self, path: str) -> None:
        self._busy = True
        self._path = path
        self.served += 1
        self._read_ns = self._came_ns
        if not path.startswith("/__"):
            self.server.truth.read(self._read_ns)

    def _serve(self, request: Request) -> None:
        self._close_after = not request.keep_alive
        try:
            result = self.server.behaviours[request.name](request, self)
        except _UNUSABLE_QUERY as error:
            known = request.name in self.server.behaviours
            result = Answer(repr(error).encode(), status=400 if known else 404)
        if isinstance(result, Answer):
            self._answer(request, result)
        else:
            self._script = self.server.loop.create_task(self._run(result))

    def _answer(self, request: Request, answer: Answer) -> None:
        self._close_after |= answer.close
        data = answer.encode(without_body=request.method == "HEAD", close=self._close_after)
        begin = _begin_of(answer)
        if begin is None:
            self._complete(data)
            return
        if request.method == "GET" and request.keep_alive and self._whole and not self._data:
            self.server.delayed[self._whole] = Delayed(request.path, data, begin)
        begin(self, self._read_ns, data)

    def _complete(self, data: bytes) -> None:
        if self.lost:
            return
        self.send(data)
        if self.transport.get_write_buffer_size():
            self._finish_when_flushed = True
        else:
            self._finish()

    def complete_late(self, data: bytes) -> None:
        """Send the answer that was waited for."""
        self._complete(data)
        if self._data:
            self._came_ns = time.monotonic_ns()
            self._next()

    async def _run(self, script: Coroutine[Any, Any, None]) -> None:
        try:
            await script
            await self.flush()
        except _UNUSABLE_QUERY as error:
            self._refuse(repr(error))
            return
        self._script = None
        if not self.transport.is_closing():
            self._finish()
            self._came_ns = time.monotonic_ns()
            self._next()

    def _finish(self) -> None:
        if not self._path.startswith("/__"):
            self.server.truth.written(self._path, time.monotonic_ns() - self._read_ns)
        self._busy = False
        if self._close_after:
            self.transport.close()

    def _refuse(self, reason: str) -> None:
        self.send(Answer(reason.encode(), status=400).encode(close=True))
        self.transport.close()


def _begin_of(answer: Answer) -> Callable[[Connection, int, bytes], None] | None:
    """What has to happen until the answer may be sent; None: nothing."""
    if answer.station is not None:
        return answer.station.arrive
    latency_ms = answer.latency_ms
    if latency_ms is None:
        return None

    def begin(connection: Connection, came_ns: int, data: bytes) -> None:
        connection.server.timers.call_at(came_ns + int(latency_ms() * 1e6), connection.complete_late, data)

    return begin


Behaviour = Callable[[Request, Connection], Answer | Coroutine[Any, Any, None]]
"""Gives an answer, or a coroutine that writes to the connection itself."""
