"""anyio: the tokens that work in threads waits for, and the time in threads. Sync endpoints and dependencies run so."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters
from loadcell_probe.ledger import THREAD, THREAD_WAIT, enter, leave
from loadcell_probe.patches.wrapping import wrap


def apply(counters: Counters) -> None:
    """Patch the limiter's class, whose objects take no attributes, and the function that is looked up at each call."""
    to_thread: Any = importlib.import_module("anyio.to_thread")
    threads = counters.threads

    def wait(limiter: Any, _: object) -> Any:
        return enter(THREAD_WAIT) if limiter.available_tokens <= 0 else None

    def waited(entered: Any, _: Any, __: bool) -> None:
        threads.waits += 1
        threads.wait_time += leave(entered, THREAD_WAIT)

    def run(*_: Any, **__: Any) -> Any:
        if counters.limiter is None:
            counters.limiter = to_thread.current_default_thread_limiter()
        return enter(THREAD)

    def ran(entered: Any, _: Any, __: bool) -> None:
        threads.runs += 1
        threads.time += leave(entered, THREAD)

    limiter = importlib.import_module("anyio._backends._asyncio").CapacityLimiter
    wrap(counters, limiter, "acquire_on_behalf_of", wait, waited)
    wrap(counters, to_thread, "run_sync", run, ran)
