"""The process's end of its link to the controller: frames in, frames out, and the end of everything when it closes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import gevent
from gevent import monkey
from gevent import socket as gevent_socket
from gevent.lock import Semaphore

from loadcell.messages import Command, Frames, Report, command_of, frame

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
