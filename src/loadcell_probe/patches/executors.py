"""concurrent.futures: how long work that is given to a pool of threads (asyncio.to_thread) waits until it is begun."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters
from loadcell_probe.ledger import THREAD_WAIT, enter, leave
from loadcell_probe.patches.wrapping import wrap

WAITS = "_loadcell_waits"


def apply(counters: Counters) -> None:
    """Patch the pool where work comes in, and the work where it is begun, in a thread."""
    pools: Any = importlib.import_module("concurrent.futures.thread")

    def submit(*_: Any, **__: Any) -> Any:
        return enter(THREAD_WAIT)

    def submitted(entered: Any, future: Any, failed: bool) -> None:
        if failed:
            leave(entered, THREAD_WAIT)
            return
        future.__dict__[WAITS] = entered
        if future.running() or future.done():  # a thread was faster than we
            begun(future)

    def begun(future: Any) -> None:
        entered = future.__dict__.pop(WAITS, None)
        if entered is not None:
            leave(entered, THREAD_WAIT)

    def run(work: Any, *_: Any, **__: Any) -> Any:
        begun(work.future)
        return work.future

    def ran(future: Any, _: Any, __: bool) -> None:
        begun(future)

    wrap(counters, pools.ThreadPoolExecutor, "submit", submit, submitted)
    wrap(counters, pools._WorkItem, "run", run, ran)
