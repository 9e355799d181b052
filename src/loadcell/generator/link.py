"""The process's end of its link to the controller: frames in, frames out, and the end of everything when it closes."""

from __future__ import annotations

import logging
import math
import os
import time
from collections import deque
from collections.abc import Iterator

import gevent
from gevent import monkey
from gevent import socket as gevent_socket
from gevent.lock import Semaphore

from loadcell.lease import lease_end
from loadcell.messages import Command, Frames, Log, Report, clean, command_of, frame

_CHUNK = 1 << 18
ORPHANED_S = 4.0
"""How long a process may take to end by itself once its controller is gone."""
_LOOK_EVERY_S = 1.0
_LOOK_AT_LEASE_EVERY_S = 0.1
MAX_POSTED = 1_000
"""How many posted reports wait at most while the link takes none."""


class Link:
    """A socket inherited from the node that started this process."""

    def __init__(self, fd: int) -> None:
        self._socket = gevent_socket.socket(fileno=fd)
        self._frames = Frames()
        self._arrived: deque[bytes] = deque()
        """Frames that came together with one that was asked for."""
        self._sending = Semaphore()
        self._posted: deque[bytes] = deque()
        self._dropped = 0
        self._flusher: gevent.Greenlet | None = None
        self._wake = gevent.get_hub().loop.async_()
        self._wake.start(self._begin_to_flush)

    def send(self, report: Report) -> None:
        """Send a report; without effect when the controller is gone, which `commands` tells."""
        # In a greenlet of its own: a user that is ended while it sends must not leave half a frame behind.
        gevent.spawn(self._send, frame(report)).join()

    def _send(self, data: bytes) -> None:
        with self._sending:
            try:
                self._socket.sendall(data)
            except OSError:
                pass

    def post(self, report: Report) -> None:
        """Have a report sent soon, without waiting: from any thread, and from where nothing may wait."""
        if len(self._posted) < MAX_POSTED:
            self._posted.append(frame(report))
        else:
            self._dropped += 1
        self._wake.send()

    def flush(self) -> None:
        """Send what was posted."""
        self._begin_to_flush().join()

    def _begin_to_flush(self) -> gevent.Greenlet:
        # Only one at a time: each would hold a report that the bound no longer counts.
        if self._flusher is None or self._flusher.ready():
            self._flusher = gevent.spawn(self._flush)
        return self._flusher

    def _flush(self) -> None:
        while self._posted or self._dropped:
            if self._posted:
                self._send(self._posted.popleft())
            else:
                dropped, self._dropped = self._dropped, 0
                text = f"{dropped:,} log lines were left out: they came faster than they could be passed on."
                self._send(frame(Log("WARNING", "loadcell.generator", text, time.time())))

    def commands(self) -> Iterator[Command]:
        """The commands as they come; ends when the controller has closed the link."""
        while True:
            while self._arrived:
                yield command_of(self._arrived.popleft())
            try:
                data = self._socket.recv(_CHUNK)
            except OSError:
                return
            if not data:
                return
            self._arrived += self._frames.feed(data)


class LinkHandler(logging.Handler):
    """Passes log lines on to the controller, which shows them or writes them to a file."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._link.post(Log(clean(record.levelname), clean(record.name), clean(self.format(record)), record.created))
        except Exception:
            self.handleError(record)


def watch_parent(parent: int, lease: int | None = None) -> None:
    """End this process for certain when process `parent` is its parent no more, even if the user's code holds up the hub;
    and when the lease behind the descriptor `lease` has run out, even if the parent stands still.

    A real thread: a greenlet would wait for that code, too.
    """
    look_every_s = _LOOK_EVERY_S if lease is None else _LOOK_AT_LEASE_EVERY_S
    native_sleep = monkey.get_original("time", "sleep")
    native_start = monkey.get_original("_thread", "start_new_thread")

    def watch() -> None:
        deadline = math.inf
        while time.monotonic() < deadline and (lease is None or time.monotonic() < lease_end(lease)):
            native_sleep(look_every_s)
            if deadline == math.inf and os.getppid() != parent:
                deadline = time.monotonic() + ORPHANED_S
        os._exit(4)

    native_start(watch, ())
