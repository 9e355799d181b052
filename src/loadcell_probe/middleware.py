"""The ASGI application around the service's: it opens each request's ledger and adds it up.

What it costs is the memory that it touches, which the service's own work has driven out of the caches: so places in the
ledger are written as numbers here, and few objects are used.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Callable

from loadcell_probe.ledger import DONE, EMPTY, STATUS, Ledger, current

if TYPE_CHECKING:
    from loadcell_probe.counters import Requests
    from loadcell_probe.worker import Worker

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

LONGEST_BEFORE = 600_000_000_000  # ns; what is further away is another clock's
ASKED = 8  # of so many requests one is asked when it was sent, and all that follow one which says so
assert (STATUS, DONE, EMPTY, ASKED) == (0, 1, [0, 0, 0, 0], 8)  # as they are written below
SEEN = "loadcell_probe"  # in the scope of a request that has its ledger


class Probed:
    """An ASGI application that is seen by the probe; its other attributes are those of the application inside."""

    def __init__(self, app: Any, worker: Worker) -> None:
        self.probed_app = app
        # In one attribute: where there is a __getattr__, each that is looked up takes its time.
        self._parts = app, worker, worker.counters.requests

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["probed_app"], name)

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if scope["type"] != "http" or SEEN in scope:
            if scope["type"] == "lifespan":
                self._parts[1].begin()
            await self.probed_app(scope, receive, send)
            return
        start = monotonic_ns()
        app, worker, requests = self._parts
        ledger = [0, 0, 0, 0]  # EMPTY
        try:
            if not requests.begun:
                worker.begin()
            requests.started = number = requests.started + 1
            scope[SEEN] = True
            current.set(ledger)
            if requests.stamped or number & 7 == 1:  # ASKED
                requests.stamped = False
                for name, value in scope["headers"]:
                    if name == b"x-request-start":
                        waited = since_sent(value, start, time.time_ns)
                        if waited is not None:
                            requests.stamped = True
                            requests.before += 1
                            requests.before_time += waited
                        break
        except Exception as error:
            requests.not_seen("a request", error)

        # Defaults rather than a closure: each variable of one is another object to make for each request.
        def told(
            message: Message,
            send: Send = send,
            ledger: Ledger = ledger,
            start: int = start,
            requests: Requests = requests,
        ) -> Awaitable[None]:
            try:
                kind = message["type"]
                if kind == "http.response.start":
                    ledger[0] = message["status"]  # STATUS
                elif kind == "http.response.body" and not message.get("more_body") and not ledger[1]:  # DONE
                    requests.finish(ledger, start, monotonic_ns())
            except Exception as error:
                requests.not_seen("an answer", error)
            return send(message)

        try:
            await app(scope, receive, told)
        except Exception:
            requests.raised += 1
            raise
        finally:
            if not ledger[1]:  # DONE
                try:
                    requests.finish(ledger, start, monotonic_ns())
                except Exception as error:
                    requests.not_seen("an answer", error)


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
