"""One machine's share of a run: its generators and, with several, the lead."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from loadcell.clock import Clock
from loadcell.messages import Command, Go, Interval, Load, Report, Stopped
from loadcell.nodes.gathering import Gathering
from loadcell.nodes.generator_process import GENERATOR_COMMAND, GeneratorProcess, Surroundings
from loadcell.nodes.news import Collected, Exited, Reported
from loadcell.nodes.pool import OnOutput, Tell


class Node:
    """Starts generators, carries commands to them, and tells what comes back, their intervals merged by second."""

    def __init__(
        self,
        tell: Tell,
        *,
        on_output: OnOutput,
        clock: Clock,
        command: Sequence[str] = GENERATOR_COMMAND,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._tell = tell
        self._on_output = on_output
        self._clock = clock
        self._command = command
        self._surroundings = surroundings
        self._gathering = Gathering()
        self._processes: dict[str, GeneratorProcess] = {}
        self._lives: set[asyncio.Task[None]] = set()
        self._start_at: float | None = None

    def start(self, load: Load) -> None:
        """Start a process and give it its Load; the answer comes as news."""
        name = load.generator
        process = GeneratorProcess(
            self._command,
            self._surroundings,
            on_report=lambda report: self._report(name, report),
            on_line=lambda stream, line: self._on_output(name, stream, line),
        )
        self._processes[name] = process
        process.send(load)
        life = asyncio.create_task(self._live(name, process))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    def send(self, generator: str, command: Command) -> None:
        """Send a command to one generator; without effect when it is gone."""
        if isinstance(command, Go):
            self._start_at = command.start_at
            if command.parts:
                self._gathering.join(generator, math.floor(max(0.0, self._elapsed_s())))
        if process := self._processes.get(generator):
            process.send(command)

    def kill(self, generator: str) -> None:
        """End one generator at once; its end comes as news."""
        if process := self._processes.get(generator):
            process.kill()

    def collect(self) -> None:
        """Tell the seconds that are complete or overdue by now; to be called every half second."""
        for interval in self._gathering.take(self._elapsed_s()):
            self._tell(Collected(interval))

    async def close(self) -> None:
        """End all processes and wait until they are gone."""
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)

    def _elapsed_s(self) -> float:
        return 0.0 if self._start_at is None else self._clock.monotonic() - self._start_at

    def _report(self, name: str, report: Report) -> None:
        if isinstance(report, Interval):
            self._gathering.add(name, report)
            self.collect()
            return
        if isinstance(report, Stopped):
            self._leave(name)
        self._tell(Reported(name, report))

    async def _live(self, name: str, process: GeneratorProcess) -> None:
        end = await process.run()
        self._leave(name)
        del self._processes[name]
        self._tell(Exited(name, process.pid, end))

    def _leave(self, name: str) -> None:
        self._gathering.leave(name)
        self.collect()
