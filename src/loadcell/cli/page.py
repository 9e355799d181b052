"""Runs that are started from the page: `loadcell` without --headless."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from loadcell.cli import options, speech
from loadcell.cli.session import log_line
from loadcell.config import Raw, RunConfig, settle
from loadcell.controller.following import Follower
from loadcell.controller.run import Outcome, Run
from loadcell.errors import EXIT_INTERNAL, EXIT_PASSED, ConfigError, LoadcellError
from loadcell.nodes.pool import Cluster
from loadcell.surroundings import describe
from loadcell.surroundings.assessed import assessed
from loadcell.surroundings.clustered import looked_at
from loadcell.surroundings.sources import sources

if TYPE_CHECKING:
    from loadcell.web.desk import Desk
    from loadcell.web.server import Page


def open_page(
    config: RunConfig,
    apart: options.Words,
    command_line: str,
    followers: Sequence[Follower],
    show: Callable[[RunConfig, Outcome], int],
    cluster: Cluster | None = None,
) -> int:
    """Serve the page until Ctrl-C; returns the exit code of the last run. `show` reports a run that has ended.

    UsageError if nobody may listen there.
    """
    from loadcell.web.desk import ASSESS, EFFORTS, Desk, OwnOption, Scenario
    from loadcell.web.server import Page, Place, password_of

    def settled(chosen: Mapping[str, Raw], words: Sequence[str]) -> RunConfig:
        flags = {name: value for name, value in {**apart.flags, **chosen}.items() if value not in ("", [])}
        effort = flags.pop(ASSESS, None)
        if effort not in (None, *EFFORTS):
            raise ConfigError([f"--{ASSESS} {effort!r} is none of {', '.join(EFFORTS)}"])
        found = settle(flags, sources(apart.config_file), arguments=(*apart.arguments, *words), own=own_options).config
        found = replace(found, scenario=config.scenario, host=found.host or config.host, probe_dir=config.probe_dir)
        if cluster is not None:
            found = replace(found, processes=config.processes)
        return found if effort is None else assessed(found, str(effort))

    def own_options() -> frozenset[str]:
        return describe.describe(config.scenario).own

    async def serve() -> int:
        described = describe.describe(config.scenario)
        own = [OwnOption(one.flags[-1].lstrip("-"), one.help, one.secret) for one in described.arguments if one.metavar]
        scenario = Scenario(
            config, settled, describe.ratio, log_line, command_line, list(described.user_classes), own_options=own
        )
        desk = Desk(
            scenario,
            say=speech.note,
            followers=followers,
            prepare=lambda config: config if cluster is None else looked_at(config, cluster),
            make_run=partial(Run, cluster=cluster),
        )
        place = Place(
            config.web_host,
            config.web_port,
            config.web_login,
            str(config.tls_cert) if config.tls_cert else None,
            str(config.tls_key) if config.tls_key else None,
        )
        page = Page(desk, place, password_of())
        speech.note(f"the page: {page.url}  (Ctrl-C ends it)")
        if page.token is not None:
            speech.note(f"token to log in with: {page.token}")
        return await _Session(config, desk, page, show).carry_out()

    return asyncio.run(serve())


class _Session:
    """The page from its opening to its end."""

    def __init__(self, config: RunConfig, desk: Desk, page: Page, show: Callable[[RunConfig, Outcome], int]) -> None:
        self._config = config
        self._desk = desk
        self._page = page
        self._show = show
        self._over = asyncio.Event()
        self._exit_code = EXIT_PASSED

    async def carry_out(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.end)
        self._desk.when_ended = self._ended
        serving = loop.create_task(self._page.serve())
        try:
            if self._config.autostart:
                await self._desk.start()
            await self._over.wait()
            await self._desk.ended()
        finally:
            self._page.close()
            with suppress(asyncio.CancelledError):
                await serving
        return self._exit_code

    def end(self) -> None:
        """End the run in good order, and then the page; asked a second time, the run at once."""
        if self._desk.is_running:
            speech.note("stopping; press Ctrl-C again to stop now" if not self._over.is_set() else "stopping now")
            self._desk.stop()
        self._over.set()

    async def _ended(self) -> None:
        try:
            if self._desk.problem is not None:
                self._exit_code = self._desk.problem.exit_code
            elif self._desk.outcome is not None:
                self._exit_code = await asyncio.to_thread(self._show, self._desk.config, self._desk.outcome)
        except LoadcellError as error:
            self._exit_code = error.exit_code
            speech.note(f"error: {error}")
        except Exception as error:
            # The page outlives it, as it does a run that fails; what was measured is in the run's file.
            self._exit_code = EXIT_INTERNAL
            speech.note(f"internal error: what the run has found can't be told: {error!r}")
        if self._config.autostart and self._config.autoquit >= 0:
            asyncio.get_running_loop().call_later(self._config.autoquit, self._over.set)
