"""Messages wait for a reader, but not without end."""

from __future__ import annotations

import asyncio
import threading

from loadcell.agent.mailbox import Mailbox
from loadcell.agent.protocol import Said, Tick
from loadcell.monitors.reading import Batch


def test_what_comes_is_taken_in_order_and_silence_too() -> None:
    async def story() -> None:
        mailbox = Mailbox()
        thread = threading.Thread(target=lambda: [mailbox.put(Batch("host", at)) for at in (1.0, 2.0)])
        thread.start()
        thread.join()
        assert await mailbox.take(10) == [Said(Batch("host", 1.0)), Said(Batch("host", 2.0))]
        assert await mailbox.take(0) == [Tick(0)]

    asyncio.run(story())


def test_a_reader_that_is_too_slow_loses_the_oldest_and_hears_of_it() -> None:
    async def story() -> None:
        mailbox = Mailbox(2)
        for at in (1.0, 2.0, 3.0, 4.0, 5.0):
            mailbox.put(Batch("host", at))
        await asyncio.sleep(0)
        assert await mailbox.take(10) == [Said(Batch("host", 4.0)), Said(Batch("host", 5.0))]
        assert await mailbox.take(0) == [Tick(3)]

    asyncio.run(story())
