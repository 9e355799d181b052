"""What the requests under way wait for: the line of each that has an `await` open, and the lines of worker threads."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from types import FrameType
from typing import Any

from loadcell_probe.frames import Place, innermost_of_service, is_of_service, place, place_of_thread
from loadcell_probe.ledger import DONE, current
from loadcell_probe.middleware import Probed
from loadcell_probe.table import Table

TASKS_AT_ONCE = 20  # of requests; each costs tens of µs
TASKS_LOOKED_THROUGH = 60
DEPTH = 100  # awaits inside each other
KEPT = 256
WORKER_THREAD = "AnyIO worker thread"
FOR_A_THREAD = "acquire_on_behalf_of"  # where a request waits for one of anyio's threads: the ledger tells that

_HANDLING = Probed.__call__.__code__


class Awaits:
    """How often a look found a request at a place."""

    def __init__(self) -> None:
        self.looked_at = 0  # requests and worker threads
        self.places = Table(1, KEPT)  # ("await" or "thread", *place) → how often

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look once at some of the requests in a loop, and at the threads that work for them. For any thread."""
        tasks = list(asyncio.all_tasks(loop))
        found = 0
        for task in random.sample(tasks, min(len(tasks), TASKS_LOOKED_THROUGH)):
            frames = awaited(task.get_coro())
            if frames and _is_request(task, frames):
                found += 1
                where = _innermost(frames)
                # What a request does that waits for a thread before the service's own code is at the lines of the threads.
                if where is not None or not any(frame.f_code.co_name == FOR_A_THREAD for frame in frames):
                    self._note("await", place(where or frames[-1], frames[-1]))
                if found == TASKS_AT_ONCE:
                    break
        workers = {thread.ident for thread in threading.enumerate() if thread.name.startswith(WORKER_THREAD)}
        if not workers:
            return
        for identity, frame in sys._current_frames().items():
            if identity in workers:
                where = innermost_of_service(frame)
                if where is not None:  # else it is idle
                    self._note("thread", place_of_thread(where, frame))

    def _note(self, kind: str, found: Place) -> None:
        self.looked_at += 1
        self.places.row((kind, *found))[0] += 1


def awaited(waiting: Any) -> list[FrameType]:
    """Return the frames of a coroutine and of what it awaits, the outermost first."""
    frames: list[FrameType] = []
    for _ in range(DEPTH):
        for kind, inside in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            frame = getattr(waiting, f"{kind}_frame", None)
            if frame is not None:
                frames.append(frame)
                waiting = getattr(waiting, inside, None)
                break
        else:
            return frames
    return frames


def _is_request(task: Any, frames: list[FrameType]) -> bool:
    # By the frame of the middleware, or, in a task that a request has started, by the context that it inherited.
    ledger = next((frame.f_locals.get("ledger") for frame in frames if frame.f_code is _HANDLING), None)
    if ledger is None and hasattr(task, "get_context"):  # since Python 3.12
        ledger = task.get_context().get(current)
    return ledger is not None and not ledger[DONE]


def _innermost(frames: list[FrameType]) -> FrameType | None:
    return next((frame for frame in reversed(frames) if is_of_service(frame.f_code.co_filename)), None)
