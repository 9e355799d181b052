"""Messages from threads to one reader in the event loop: a few of them, the oldest go when there are too many."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from loadcell.agent.protocol import Said, Tick
from loadcell.monitors.reading import Batch

_MOST = 256


class Mailbox:
    """Made in the loop of its reader; `put` may be called from any thread."""

    def __init__(self, most: int = _MOST) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Batch] = deque(maxlen=most)
        self._arrived = asyncio.Event()
        self._lost = 0

    def put(self, batch: Batch) -> None:
        """Leave a batch for the reader."""
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(self._take_in, batch)

    async def take(self, patience_s: float) -> list[Said | Tick]:
        """What has come; after the patience, that nothing has."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._arrived.wait()
        self._arrived.clear()
        found: list[Said | Tick] = [Said(batch) for batch in self._waiting]
        self._waiting.clear()
        return found or [Tick(self._lost)]

    def _take_in(self, batch: Batch) -> None:
        self._lost += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(batch)
        self._arrived.set()
