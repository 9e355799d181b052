"""A run's processes when there are several machines: the lead on this one, the generators wherever a fleet puts them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from loadcell.messages import Command, Go, Load
from loadcell.nodes.fleet import Fleet
from loadcell.nodes.news import News
from loadcell.nodes.node import Node
from loadcell.nodes.pool import OnOutput, Tell


class SpreadPool:
    """A `Pool` whose fleet lives on a loop, and a thread, of its own: a node must be kept in touch with whatever the
    controller is busy with."""

    def __init__(
        self,
        make_lead: Callable[[Tell], Node],
        make_fleet: Callable[[Tell, OnOutput], Fleet],
        fleet_loop: asyncio.AbstractEventLoop,
        tell: Tell,
        on_output: OnOutput,
    ) -> None:
        """`make_fleet` is called on `fleet_loop`; `tell` and `on_output` on the loop that is running now."""
        self._here: set[str] = set()
        """The processes on this machine, by name."""
        self._fleet_loop = fleet_loop
        here = asyncio.get_running_loop()

        def on_news(news: News) -> None:
            here.call_soon_threadsafe(tell, news)

        def on_line(generator: str, stream: str, line: str) -> None:
            here.call_soon_threadsafe(on_output, generator, stream, line)

        async def begin() -> Fleet:
            fleet = make_fleet(on_news, on_line)
            fleet.begin()
            return fleet

        fleet = self._fleet = asyncio.run_coroutine_threadsafe(begin(), fleet_loop).result()

        def on_lead(news: News) -> None:
            fleet_loop.call_soon_threadsafe(fleet.hear_lead, news)

        self._lead = make_lead(on_lead)

    def start(self, load: Load) -> None:
        if load.role == "lead":
            self._here.add(load.generator)
            self._lead.start(load)
        else:
            self._fleet_loop.call_soon_threadsafe(self._fleet.start, load)

    def send(self, generator: str, command: Command) -> None:
        if generator in self._here:
            if isinstance(command, Go):
                self._fleet_loop.call_soon_threadsafe(self._fleet.expect_lead)
            self._lead.send(generator, command)
        else:
            self._fleet_loop.call_soon_threadsafe(self._fleet.send, generator, command)

    def kill(self, generator: str) -> None:
        if generator in self._here:
            self._lead.kill(generator)
        else:
            self._fleet_loop.call_soon_threadsafe(self._fleet.kill, generator)

    def collect(self) -> None:
        """Nothing: a fleet does so by itself."""

    async def close(self) -> None:
        await self._lead.close()
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._fleet.close(), self._fleet_loop))
