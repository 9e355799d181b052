"""The probe in one worker process: its parts, begun in the worker's own event loop and anew after a fork."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
from typing import Any, Callable

from loadcell_probe.counters import Counters
from loadcell_probe.document import Document
from loadcell_probe.garbage import Garbage
from loadcell_probe.heart import Heart
from loadcell_probe.memory import Memory
from loadcell_probe.middleware import Probed
from loadcell_probe.patches import Patches
from loadcell_probe.record import Record
from loadcell_probe.server import Server
from loadcell_probe.watchdog import Watchdog

logger = logging.getLogger("loadcell_probe")


class Worker:
    """One process's probe. `begin` may be called any number of times; nothing but `start` of a part does I/O."""

    def __init__(self, directory: str) -> None:
        self.counters = Counters()
        self._lock = threading.Lock()
        self._directory = directory
        self._make_parts()
        atexit.register(self.close)

    def _make_parts(self) -> None:
        self._heart = Heart()
        self._watchdog = Watchdog(self._heart, self.counters)
        self._garbage = Garbage()
        self._memory = Memory()
        document = Document(self.counters, self._heart, self._watchdog, self._garbage, self._memory)
        self._server = Server(self._directory, document.encoded)
        self._record = Record(self.counters.requests, document.started)

    def begin(self) -> None:
        """Start the parts, in the event loop that requests run in; or move to that loop if it is another one now."""
        with self._lock:
            first, self.counters.requests.begun = not self.counters.requests.begun, True
            try:
                loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
            except RuntimeError as error:
                loop = None
                self.counters.not_seen("the event loop", error)
            if loop is not None and loop is not self._heart.loop:
                self.counters.limiter = None
                self._try("the event loop", lambda: self._heart.start(loop))
                self._try("the event loop's lines", self._watchdog.start)
            if first:
                self._try("garbage collections", self._garbage.start)
                if self._try("the socket", self._server.start):
                    self._try("what is left if it is killed", lambda: self._record.keep(self._server.path))

    def close(self) -> None:
        """Stop the parts and take the socket away. Never raises."""
        self._try("closing", self._server.stop)
        self._try("closing", self._record.leave)
        self._try("closing", self._watchdog.stop)
        self._try("closing", self._heart.stop)
        self._try("closing", self._garbage.stop)

    def forked(self) -> None:
        """Be as before `begin`, in a child of the process that has begun."""
        self._lock = threading.Lock()
        if self.counters.requests.begun:
            self._garbage.stop()
            self._server.forget()
            self.counters.clear()
            self._make_parts()

    def _try(self, what: str, action: Callable[[], Any]) -> bool:
        try:
            action()
        except Exception as error:
            self.counters.not_seen(what, error)
            logger.warning("The probe goes without %s: %s", what, error)
            return False
        return True


_worker: Worker | None = None


def probed(app: Any, directory: str) -> Probed:
    """Return an ASGI application seen by this process's probe, which is made on the first call."""
    global _worker
    if isinstance(app, Probed):
        return app
    if _worker is None:
        _worker = Worker(directory)
        Patches(_worker.counters).start()
        os.register_at_fork(after_in_child=_worker.forked)
    return Probed(app, _worker)
