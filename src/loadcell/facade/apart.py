"""A run in a thread and an event loop of its own: whoever starts it may be in a loop that is running, as in a notebook."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from loadcell.controller.run import Outcome, Run


def carried_out(make_run: Callable[[], Run]) -> Outcome:
    """Carry a run out and wait for its end. What it raises is raised here.

    KeyboardInterrupt ends it in good order, a further one at once, and is raised when its file is complete.
    """
    thread = _Thread(make_run)
    asked = told = 0
    while True:
        try:
            # All within `try`: who presses Ctrl-C may do so right at the start, or again while the first time is passed on.
            thread.begin()
            if asked > told:
                thread.stop(at_once=asked > 1)
                told = asked
            outcome = thread.ended.result()
            break
        except KeyboardInterrupt:
            asked += 1
    if asked:
        raise KeyboardInterrupt
    return outcome


class _Thread:
    def __init__(self, make_run: Callable[[], Run]) -> None:
        self.ended: Future[Outcome] = Future()
        self._make_run = make_run
        self._running: tuple[asyncio.AbstractEventLoop, Run] | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._carry_out, name="loadcell run", daemon=True)

    def begin(self) -> None:
        """Begin, if that was not done before."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self, *, at_once: bool) -> None:
        """End the run; it may not have begun yet, or be over."""
        self._stopped = True
        if self._running is not None:
            loop, run = self._running
            try:
                loop.call_soon_threadsafe(run.stop_now if at_once else run.stop)
            except RuntimeError:  # The loop has ended, and the outcome is there.
                return

    def _carry_out(self) -> None:
        try:
            self.ended.set_result(asyncio.run(self._run()))
        except BaseException as error:
            self.ended.set_exception(error)

    async def _run(self) -> Outcome:
        run = self._make_run()
        self._running = asyncio.get_running_loop(), run
        if self._stopped:
            run.stop()
        return await run.run()
