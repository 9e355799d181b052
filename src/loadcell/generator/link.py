"""The process's end of its link to the controller: frames in, frames out, and the end of everything when it closes."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Iterator

import gevent
from gevent import monkey
from gevent import socket as gevent_socket
from gevent.lock import Semaphore

from loadcell.messages import Command, Frames, Log, Report, command_of, frame

_CHUNK = 1 << 18
ORPHANED_S = 4.0
"""How long a process may take to end by itself once its controller is gone."""
_LOOK_EVERY_S = 1.0


class Link:
    """A socket inherited from the node that started this process."""

    def __init__(self, fd: int) -> None:
        self._socket = gevent_socket.socket(fileno=fd)
        self._frames = Frames()
        self._sending = Semaphore()
        self._posted: deque[bytes] = deque()
        self._wake = gevent.get_hub().loop.async_()
        self._wake.start(lambda: gevent.spawn(self.flush))

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
        self._posted.append(frame(report))
        self._wake.send()

    def flush(self) -> None:
        """Send what was posted."""
        while self._posted:
            self._send(self._posted.popleft())

    def commands(self) -> Iterator[Command]:
        """The commands as they come; ends when the controller has closed the link."""
        while True:
            try:
                data = self._socket.recv(_CHUNK)
            except OSError:
                return
            if not data:
                return
            for body in self._frames.feed(data):
                yield command_of(body)


class LinkHandler(logging.Handler):
    """Passes log lines on to the controller, which shows them or writes them to a file."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._link.post(Log(record.levelname, record.name, self.format(record), record.created))
        except Exception:
            self.handleError(record)


def watch_parent() -> None:
    """End this process for certain when its parent has died, even if the user's code holds up the hub.

    A real thread: a greenlet would wait for that code, too.
    """
    parent = os.getppid()
    native_sleep = monkey.get_original("time", "sleep")
    native_start = monkey.get_original("_thread", "start_new_thread")

    def watch() -> None:
        while os.getppid() == parent:
            native_sleep(_LOOK_EVERY_S)
        deadline = time.monotonic() + ORPHANED_S
        while time.monotonic() < deadline:
            native_sleep(_LOOK_EVERY_S)
        os._exit(4)

    native_start(watch, ())
