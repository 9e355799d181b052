"""The ASGI application around the service's: it opens each request's ledger and adds it up."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Callable

from loadcell_probe.ledger import DONE, EMPTY, STATUS, current

if TYPE_CHECKING:
    from loadcell_probe.worker import Worker

Message = dict[str, Any]

LONGEST_BEFORE = 600_000_000_000  # ns; what is further away is another clock's
SEEN = "loadcell_probe"  # in the scope of a request that has its ledger


class Probed:
    """An ASGI application that is seen by the probe; its other attributes are those of the application inside."""

    def __init__(self, app: Any, worker: Worker) -> None:
        self.probed_app = app
        self._worker = worker
        self._requests = worker.counters.requests

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["probed_app"], name)

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http" or SEEN in scope:
            if scope["type"] == "lifespan":
                self._worker.begin()
            await self.probed_app(scope, receive, send)
            return
        start = monotonic_ns()
        worker = self._worker
        requests = self._requests
        ledger = EMPTY.copy()
        try:
            if not worker.begun:
                worker.begin()
            requests.started += 1
            scope[SEEN] = True
            current.set(ledger)
            for name, value in scope["headers"]:
                if name == b"x-request-start":
                    waited = since_sent(value, start, time.time_ns)
                    if waited is not None:
                        requests.before += 1
                        requests.before_time += waited
                    break
        except Exception as error:
            worker.counters.not_seen("a request", error)

        def told(message: Message) -> Awaitable[None]:
            try:
                if message["type"] == "http.response.start":
                    ledger[STATUS] = message["status"]
                elif message["type"] == "http.response.body" and not message.get("more_body") and not ledger[DONE]:
                    requests.finish(ledger, start, monotonic_ns())
            except Exception as error:
                worker.counters.not_seen("an answer", error)
            return send(message)

        try:
            await self.probed_app(scope, receive, told)
        except Exception:
            requests.raised += 1
            raise
        finally:
            if not ledger[DONE]:
                try:
                    requests.finish(ledger, start, monotonic_ns())
                except Exception as error:
                    worker.counters.not_seen("an answer", error)


def since_sent(value: bytes, monotonic: int, wall: Callable[[], int]) -> int | None:
    """Return the ns since the moment in an X-Request-Start header, or None if it can't be read.

    `t=` may stand before it. A whole number is taken for nanoseconds of the monotonic clock if that is a few minutes away at
    most, else for seconds, milliseconds, microseconds or nanoseconds since 1970, whichever gives the present. A fraction is
    taken for seconds since 1970.
    """
    text = value.strip()
    if text.startswith(b"t="):
        text = text[2:]
    try:
        if text.isdigit():
            whole = int(text)
            if 0 <= monotonic - whole < LONGEST_BEFORE:
                return monotonic - whole
            moments = [whole * unit for unit in (1, 1_000, 1_000_000, 1_000_000_000)]
        else:
            seconds, _, fraction = text.partition(b".")
            moments = [int(seconds) * 1_000_000_000 + int(fraction[:9].ljust(9, b"0"))]
    except ValueError:
        return None
    now = wall()
    return next((now - moment for moment in moments if 0 <= now - moment < LONGEST_BEFORE), None)
