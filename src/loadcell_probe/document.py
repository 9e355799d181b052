"""The document that a worker's socket gives: one JSON object. docs/probe.md says what each field means.

Everything that ends in `_ns` and every count is a sum since the worker's start, but for what stands under `now`; a reader
takes differences. A row of a table may begin anew, then it is smaller than before.
"""

from __future__ import annotations

import json
import os
import platform
import time
from typing import Any

from loadcell_probe.counters import Counters, Pool
from loadcell_probe.frames import short
from loadcell_probe.garbage import Garbage
from loadcell_probe.heart import Heart
from loadcell_probe.ledger import KINDS
from loadcell_probe.memory import Memory
from loadcell_probe.watchdog import Watchdog

VERSION = 1
ROWS = 100  # of each table


class Document:
    """Puts together what a worker's parts know."""

    def __init__(self, counters: Counters, heart: Heart, watchdog: Watchdog, garbage: Garbage, memory: Memory) -> None:
        self._counters = counters
        self._heart = heart
        self._watchdog = watchdog
        self._garbage = garbage
        self._memory = memory
        self.started = time.time()

    def encoded(self) -> bytes:
        """Return the document in a line, as it is now."""
        return json.dumps(self.fields(), separators=(",", ":")).encode() + b"\n"

    def fields(self) -> dict[str, Any]:
        """Return the document's fields. A part that fails is missing, and named under `unseen`."""
        fields: dict[str, Any] = {
            "probe": VERSION,
            "pid": os.getpid(),
            "thread_id": self._heart.thread_id,
            "started": self.started,
            "monotonic_ns": time.monotonic_ns(),
            "python": platform.python_version(),
        }
        for name, part in (
            ("requests", self._requests),
            ("ledger", self._ledger),
            ("loop", self._loop),
            ("process", self._process),
            ("lines", self._lines),
            ("awaits", self._awaits),
            ("threads", self._threads),
            ("pools", self._pools),
            ("statements", self._statements),
            ("http", self._http),
            ("gc", self._gc),
            ("memory", self._memory_in_use),
        ):
            try:
                fields[name] = part()
            except Exception as error:
                self._counters.not_seen(name, error)
        fields["unseen"] = self._counters.unseen()
        return fields

    def _requests(self) -> dict[str, Any]:
        requests = self._counters.requests
        finished = requests.finished  # first, so that what is under way is never negative
        return {
            "finished": finished,
            "time_ns": requests.time,
            "raised": requests.raised,
            "statuses": {
                f"{digit}xx" if digit else "none": count for digit, count in enumerate(requests.statuses(finished)) if count
            },
            "before": requests.before,
            "before_ns": requests.before_time,
            "statements": requests.statements,
            "now": {"in_flight": requests.started - finished},
        }

    def _ledger(self) -> dict[str, int]:
        requests = self._counters.requests
        kinds = {f"{name}_ns": nanoseconds for name, nanoseconds in zip(KINDS, requests.kinds)}
        return {**kinds, "rest_ns": requests.rest}

    def _loop(self) -> dict[str, Any]:
        heart, watchdog = self._heart, self._watchdog
        return {
            "kind": type(heart.loop).__module__.partition(".")[0] if heart.loop else None,
            "cpu_ns": heart.cpu_time(),
            "sampled_ns": watchdog.sampled_time,
            "busy_ns": watchdog.busy_time,
            "beats": heart.beats,
            "lag_ns": heart.lag_time,
            "now": {
                "late_ns": heart.lateness(time.monotonic_ns()),
                "longest_lag_ns": heart.recent.figures(),
                "longest_stretch_ns": watchdog.longest.figures(),
            },
        }

    def _process(self) -> dict[str, int]:
        return {"cpu_ns": time.process_time_ns()}

    def _lines(self) -> list[dict[str, Any]]:
        return [
            {**_place(*place), "busy_ns": busy, "looks": looks, "cpu_ns": cpu, "longest_ns": longest}
            for place, (busy, looks, cpu, longest) in self._watchdog.lines.heaviest(ROWS)
        ]

    def _awaits(self) -> dict[str, Any]:
        awaits = self._watchdog.awaits
        places = [
            {"kind": place[0], **_place(*place[1:]), "looks": looks} for place, (looks,) in awaits.places.heaviest(ROWS)
        ]
        return {"looks": awaits.looked_at, "places": places}

    def _threads(self) -> dict[str, Any]:
        threads, limiter = self._counters.threads, self._counters.limiter
        said: dict[str, int | None] = {"total": None, "borrowed": None, "waiting": None}
        if limiter is not None:
            figures = _tried(limiter.statistics)
            total = figures.total_tokens
            said = {
                "total": int(total) if total < 1 << 31 else None,
                "borrowed": figures.borrowed_tokens,
                "waiting": figures.tasks_waiting,
            }
        return {
            "runs": threads.runs,
            "time_ns": threads.time,
            "waits": threads.waits,
            "wait_ns": threads.wait_time,
            "now": said,
        }

    def _pools(self) -> list[dict[str, Any]]:
        pools = _tried(lambda: list(self._counters.pools.items()))
        return [
            {
                "library": pool.library,
                "id": id(pool),
                "gets": pool.gets,
                "wait_ns": max(0, pool.get_time - pool.connect_time),
                "connects": pool.connects,
                "connect_ns": pool.connect_time,
                "releases": pool.releases,
                "hold_ns": pool.hold_time,
                "now": {"waiting": pool.waiting, **self._figures(pool, key)},
            }
            for key, pool in pools
        ]

    def _figures(self, pool: Pool, key: Any) -> dict[str, int | None]:
        try:
            return pool.figures(key)
        except Exception as error:
            self._counters.not_seen(f"a pool of {pool.library}", error)
            return {}

    def _statements(self) -> list[dict[str, Any]]:
        return [
            {"library": library, "statement": statement, "time_ns": nanoseconds, "count": count, "longest_ns": longest}
            for (library, statement), (nanoseconds, count, longest) in self._counters.statements.heaviest(ROWS)
        ]

    def _http(self) -> list[dict[str, Any]]:
        return [
            {"library": library, "host": host, "time_ns": nanoseconds, "calls": calls, "wait_ns": wait, "errors": errors}
            for (library, host), (nanoseconds, calls, wait, errors) in self._counters.hosts.heaviest(ROWS)
        ]

    def _gc(self) -> dict[str, Any]:
        garbage = self._garbage
        return {
            "collections": garbage.collections,
            "time_ns": garbage.time,
            "now": {"longest_ns": garbage.recent.figures()},
        }

    def _memory_in_use(self) -> dict[str, Any]:
        return {"now": {"blocks": self._memory.blocks(), "malloc_bytes": self._memory.malloc_bytes()}}


def _place(path: str, line: int, function: str, inside: str, inside_function: str) -> dict[str, Any]:
    return {"where": f"{short(path)}:{line}", "function": function, "in": f"{short(inside)} {inside_function}"}


def _tried(read: Any, attempts: int = 5) -> Any:
    """Read what the event loop may change at that very moment."""
    for _ in range(attempts - 1):
        try:
            return read()
        except RuntimeError:
            pass
    return read()
