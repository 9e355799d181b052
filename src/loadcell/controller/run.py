"""The shell around a run: processes, timers and the run file, driven by the decisions of `state`."""

from __future__ import annotations

import asyncio
import math
import shlex
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from loadcell.agent.access import Access
from loadcell.agent.link import Met
from loadcell.clock import Clock, SystemClock
from loadcell.config import RunConfig, courses, duration_text, why_unwritable
from loadcell.controller.actions import (
    Action,
    Finish,
    Kill,
    LoadRequested,
    OpenRunFile,
    PassLog,
    RunFileOpened,
    Send,
    ServiceSeen,
    Start,
    StopRequested,
    Tick,
    UsersRequested,
    WriteEvent,
    WriteInterval,
    WriteResult,
    WriteStage,
)
from loadcell.controller.agents import Agents, access_of, is_service_elsewhere, words_of
from loadcell.controller.assessment.pilot import Pilot
from loadcell.controller.following import Follower
from loadcell.controller.judging import Demands
from loadcell.controller.loads import (
    FEW_S,
    FEW_USERS,
    arrivals_of,
    check_descriptors,
    is_prefaced,
    loads_of,
    pilot_of,
    plan_of,
    pool_of,
)
from loadcell.controller.machine import describe_machine
from loadcell.controller.masking import mask
from loadcell.controller.permission import require_permission
from loadcell.controller.progress import Progress
from loadcell.controller.state import Patience, RunState
from loadcell.controller.state.lifetime import DISTANT_LEAD_TIME_S, LEAD_TIME_S
from loadcell.controller.watching import Watching, readings_of, sights_of, trouble_of, unseen_of
from loadcell.errors import EXIT_INTERNAL, RunFileError
from loadcell.guard import Guard
from loadcell.machine import raise_descriptor_limit
from loadcell.merge import fold_health
from loadcell.messages import Event, Interval, Log
from loadcell.monitors.choice import monitors_for
from loadcell.monitors.monitor import Monitor
from loadcell.monitors.reading import Batch
from loadcell.nodes.generator_process import GENERATOR_COMMAND
from loadcell.nodes.news import News
from loadcell.nodes.node import Node
from loadcell.nodes.pool import Cluster, OnOutput, Pool
from loadcell.objectives import parse_objective
from loadcell.service.description import describe_target
from loadcell.store import RunFacts, RunWriter, new_run_id
from loadcell.text import masked, masked_command

BEAT_S = 1.0
MAX_GENERATORS = 256
"""Of how many generators each one's health is kept."""
_STEP_S = 0.5
"""The longest that news is waited for without a look at the clock."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `path` is None where it never carried load, and so left no run file."""

    run_id: str
    path: Path | None
    exit_code: int
    reasons: list[str]


def write_line(generator: str, stream: str, line: str) -> None:
    """Pass a line of a generator's output on to the same stream of this process."""
    target = sys.stderr if stream == "stderr" else sys.stdout
    target.write(line + "\n")
    target.flush()


def write_log(generator: str, log: Log) -> None:
    """Pass a line that a generator logged on to stderr."""
    sys.stderr.write(f"{log.level}/{log.logger}: {log.text}\n")


class Run:
    """One run, to be awaited once. `watch` gets the progress once a second, and once more at the end."""

    def __init__(
        self,
        config: RunConfig,
        *,
        watch: Callable[[Progress], None],
        on_output: OnOutput = write_line,
        on_log: Callable[[str, Log], None] = write_log,
        on_event: Callable[[Event], None] = lambda _: None,
        clock: Clock | None = None,
        command: Sequence[str] = GENERATOR_COMMAND,
        patience: Patience | None = None,
        pilot: Pilot | None = None,
        command_line: str = "",
        followers: Sequence[Follower] = (),
        cluster: Cluster | None = None,
    ) -> None:
        """`on_event` gets the run file's events; `command` starts a generator; `command_line` goes into the
        run file: it must hold no secret; `pilot` flies an assessment, where it is to be another than `config` asks for;
        `cluster` has the machines that the generators are on, where that is not this one."""
        self._config = config
        self._watch = watch
        self._on_log = on_log
        self._on_event = on_event
        self._clock = clock or SystemClock()
        self._command_line = command_line
        self._followers = followers
        self.run_id = new_run_id(config.runs_dir, self._clock.wall(), config.scenario)
        self._machines = cluster.machines if cluster else ()
        self._lead_time_s = DISTANT_LEAD_TIME_S if cluster else LEAD_TIME_S
        self._most_users = pool_of(config, self._descriptors())
        self._state = RunState(
            loads_of(config, self.run_id),
            plan_of(config),
            course=None if config.effort else config.course,
            arrivals=arrivals_of(config),
            max_users=self._most_users,
            clock=self._clock,
            stop_timeout_s=config.stop_timeout_s,
            exit_code_on_error=config.exit_code_on_error,
            reset_stats=config.reset_stats,
            # An assessment judges by itself: it goes beyond what the objectives allow.
            demands=None
            if config.effort
            else Demands(
                # As the names of entries, which are masked before they are judged.
                objectives=[parse_objective(masked(objective.text)) for objective in config.objectives],
                abort_on_fail=config.abort_on_fail,
                fail_on_invalid=config.fail_on_invalid,
            ),
            pilot=pilot or pilot_of(config),
            patience=patience,
            lead_time_s=self._lead_time_s,
            stops_on_node_loss=config.on_node_loss == "stop",
        )
        self._happened: asyncio.Queue[News | StopRequested | LoadRequested | UsersRequested] = asyncio.Queue()
        self._pool: Pool = (
            cluster.pool(self._tell, on_output=on_output, clock=self._clock)
            if cluster
            else Node(self._tell, on_output=on_output, clock=self._clock, command=command)
        )
        self._writer: RunWriter | None = None
        self._machine: dict[str, Any] = {}
        self._target: dict[str, Any] = {}
        """What was seen of the service and is not in the run file yet."""
        self._monitors: list[Monitor] = []
        """What is to be watched from here, once that is known, and is not watched yet."""
        self._watching: Watching | None = None
        self._access = Access()
        self._agents = Agents()
        self._troubles: dict[str, str] = {}
        """What each source was said to suffer from."""
        self._kept: set[str] = set()
        self._unwritten = False
        self._finish: Finish | None = None
        self._beat_at = 0.0

    def stop(self) -> None:
        """End the run in good order: tasks under way get the stop timeout."""
        self._happened.put_nowait(StopRequested())

    def stop_now(self) -> None:
        """End the run within about a second."""
        self._happened.put_nowait(StopRequested(at_once=True))

    def change_load(self, level: float, pace: float) -> None:
        """Go to `level` users (in the open model iterations/s), `pace` a second; without effect where a shape decides."""
        self._happened.put_nowait(LoadRequested(level, pace))

    def change_users(self, more: int) -> None:
        """Have so many more users (in the open model iterations/s), or fewer; without effect where a shape decides."""
        self._happened.put_nowait(UsersRequested(more))

    def _descriptors(self) -> int:
        """How many files one generator may have open, wherever that is fewest."""
        limit = raise_descriptor_limit()
        return min((machine.descriptors for machine in self._machines), default=limit)

    def _tell(self, news: News) -> None:
        self._happened.put_nowait(mask(news))

    async def run(self) -> Outcome:
        """Carry the run out.

        ScenarioError, UsageError, RunFileError or GeneratorLost if it could not carry load, RunFileError also if its
        file could not be completed. Whatever happens, no process is left.
        """
        try:
            # Within what ends all processes: machines of a cluster are kept in touch with already.
            check_descriptors(self._most_users, self._config.processes, self._descriptors())
            if why := why_unwritable(self._config.runs_dir):
                raise RunFileError(f"The runs folder {why}.", "Name a folder that you may write to with --runs-dir.")
            self._access = access_of(self._config)
            await require_permission(self._config)
            finish = await self._drive()
        finally:
            await self._pool.close()
            await self._end_watching()
            if self._writer is not None and self._finish is None:
                self._break_off(self._writer)
        return self._conclude(finish)

    async def _drive(self) -> Finish:
        self._beat_at = self._clock.monotonic() + BEAT_S
        self._perform(self._state.begin())
        if self._config.host:
            self._look_at(self._config.host)
        # Beside the generators' start, which takes far longer, and before the file that it goes into.
        self._machine = await asyncio.to_thread(describe_machine, Path(self._config.scenario))
        while self._finish is None:
            try:
                async with asyncio.timeout(self._pause_s()):
                    happened = await self._happened.get()
                self._perform(self._state.handle(happened))
                # Of many generators come many news at once; the look at the clock is for all of them.
                for _ in range(self._happened.qsize()):
                    self._perform(self._state.handle(self._happened.get_nowait()))
            except TimeoutError:
                pass
            self._pool.collect()
            self._perform(self._state.handle(Tick()))
            if self._clock.monotonic() >= self._beat_at:
                self._beat()
        return self._finish

    def _pause_s(self) -> float:
        now = self._clock.monotonic()
        due = self._state.due()
        until = self._beat_at if due is None else min(self._beat_at, due)
        return max(0.0, min(_STEP_S, until - now))

    def _beat(self) -> None:
        now = self._clock.monotonic()
        while self._beat_at <= now:
            self._beat_at += BEAT_S
        if self._writer is not None:
            self._keep_signals(self._writer)
            self._commit(self._writer)
        self._show_progress()

    def _show_progress(self) -> None:
        progress = self._state.progress()
        self._watch(progress)
        for follower in self._followers:
            follower.went_on(progress)

    def _commit(self, writer: RunWriter) -> None:
        try:
            writer.commit()
            self._unwritten = False
        except RunFileError as error:
            # The writer keeps what it could not write; it may yet succeed. Said once, not once a second.
            if not self._unwritten:
                self._on_log("controller", Log("ERROR", "loadcell", str(error), self._clock.wall()))
            self._unwritten = True

    def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Start(load):
                    self._pool.start(load)
                case Send(generator, command):
                    self._pool.send(generator, command)
                case Kill(generator):
                    self._pool.kill(generator)
                case PassLog(generator, log):
                    self._on_log(generator, log)
                case WriteInterval(interval) if self._writer is not None:
                    interval = self._folded(interval)
                    self._writer.interval(interval)
                    for follower in self._followers:
                        follower.measured(interval)
                case WriteResult(name, value) if self._writer is not None:
                    self._writer.result(name, value)
                case WriteEvent(event) if event.kind == "target_seen" and self._writer is not None:
                    self._keep_once(self._writer, "target_http", event.data)
                case WriteEvent(event) if self._writer is not None:
                    self._writer.event(event.at_s, event.kind, event.text, event.level, event.data)
                    self._on_event(event)
                case WriteStage(stage) if self._writer is not None:
                    self._writer.stage(stage)
                    for follower in self._followers:
                        follower.passed(stage)
                case OpenRunFile():
                    self._open_run_file(action)
                case Finish():
                    self._finish = action

    def _folded(self, interval: Interval) -> Interval:
        """The interval, with the health of groups of generators where they are too many to be looked at one by one."""
        if self._config.processes <= MAX_GENERATORS:
            return interval
        each = math.ceil(self._config.processes / MAX_GENERATORS)
        return msgspec.structs.replace(interval, health=fold_health(interval.health, each))

    def _open_run_file(self, wanted: OpenRunFile) -> None:
        config, host = self._config, wanted.host
        if wanted.shape and not wanted.common_options:
            self._warn_of_ignored(wanted.shape)
        facts = RunFacts(
            id=self.run_id,
            started=self._clock.wall() + self._lead_time_s,
            scenario=config.scenario,
            name=config.profile or "",
            host=masked(config.host or host) or None,
            plan=f"shape {wanted.shape}" if wanted.shape else _plan_in_words(config),
            effort=config.effort or "",
            model="closed" if config.course is None else config.course.model,
            generators=config.processes,
            nodes=max(1, len(self._machines)),
            users=config.users,
            spawn_rate=config.spawn_rate,
            run_time_s=config.run_time_s,
            percentiles=tuple(share * 100 for share in wanted.percentiles),
            command=masked_command(shlex.split(self._command_line), (*wanted.secrets, "--postgres")),
            environment={"generator": self._machine | self._nodes_facts(), "target": {}},
        )
        self._writer = RunWriter.create(config.runs_dir, facts)
        self.run_id = self._writer.facts.id
        if not config.host and host:
            self._look_at(host)
        self._keep_target()
        for follower in self._followers:
            follower.began(self._writer.facts, self._teller())
        self._perform(self._state.handle(RunFileOpened()))
        self._begin_watching()
        if self._state.start_at is not None:
            # A little after each full second: the generators' intervals have just come in.
            self._beat_at = self._state.start_at + BEAT_S + 0.2

    def _nodes_facts(self) -> dict[str, Any]:
        machines = {machine.name: {**machine.facts, "processes": machine.processes} for machine in self._machines}
        return {"nodes": machines} if machines else {}

    def _teller(self) -> Callable[[Event], bool]:
        """Takes events of followers in, from their threads."""
        loop = asyncio.get_running_loop()

        def tell(event: Event) -> bool:
            try:
                loop.call_soon_threadsafe(self._told, event)
            except RuntimeError:  # The loop has ended.
                return False
            return True

        return tell

    def _told(self, event: Event) -> None:
        if self._finish is None:
            event.at_s = self._clock.monotonic() - (self._state.start_at or self._clock.monotonic())
            self._perform([WriteEvent(event)])

    def _look_at(self, host: str) -> None:
        """Find out about the service, beside everything else."""
        guard = Guard.of(self._config.allowed_targets, owned=self._config.target_owned)
        # A thread that nobody waits for: a name that is not answered for must not keep the command from ending.
        loop = asyncio.get_running_loop()

        def look() -> None:
            try:
                found = describe_target(host, guard)
            except Exception:  # What can't be seen is not worth a run, nor a line of the terminal.
                found = {}
            monitors = self._monitors_of(found)
            with suppress(RuntimeError):  # The run is over.
                loop.call_soon_threadsafe(self._seen, found, monitors)

        threading.Thread(target=look, name="look at the target", daemon=True).start()

    def _monitors_of(self, target: dict[str, Any]) -> list[Monitor]:
        """What is to be watched: the service, if it is on this machine, and what was named."""
        config = self._config
        if config.no_monitors:
            return []
        is_here = target.get("path") == "loopback" and not is_service_elsewhere(config)
        port = target.get("port") if is_here else None
        return monitors_for(port=port, postgres=config.postgres, prometheus=config.prometheus, probe=config.probe_dir)

    def _seen(self, target: dict[str, Any], monitors: list[Monitor]) -> None:
        self._target, self._monitors = target, monitors
        self._keep_target()
        self._begin_watching()

    def _begin_watching(self) -> None:
        """Watch the service from the run's start on, from here as soon as it is known what is to be watched."""
        start_at = self._state.start_at
        if start_at is None or self._finish is not None or self._config.no_monitors:
            return
        if self._watching is None:
            self._watching = Watching(start_at, self._clock, self._heard)
            self._watching.follow(self._config.agents, self._access, self._met)
        if self._monitors:
            self._watching.watch(self._monitors)
            self._monitors = []

    def _met(self, met: Met) -> None:
        """Keep what an agent says of its machine."""
        start_at = self._state.start_at
        if self._writer is None or start_at is None or self._finish is not None:
            return
        is_new = self._agents.add(met)
        self._writer.result("target_agents", self._agents.record())
        if is_new:
            self._perform([WriteEvent(Event("agent_read", words_of(met), self._clock.monotonic() - start_at))])

    def _heard(self, batch: Batch) -> None:
        start_at = self._state.start_at
        if self._writer is None or start_at is None:
            return
        self._writer.readings(readings_of(batch, start_at))
        for follower in self._followers:
            follower.heard(batch)
        for sight in sights_of(batch, start_at):
            self._writer.sight(sight)
        at_s = self._clock.monotonic() - start_at
        self._perform([WriteEvent(event) for event in unseen_of(batch, at_s)])
        event = trouble_of(batch, at_s)
        # Two sources may have the same to say, such as that nobody listens.
        if event is None:
            return
        known = event.text in self._troubles.values()
        if event.kind == "monitor_back":
            self._troubles.pop(batch.source, None)
        else:
            self._troubles[batch.source] = event.text
        if not known:
            self._perform([WriteEvent(event)])

    def _keep_signals(self, writer: RunWriter, *, all_of_them: bool = False) -> None:
        if self._watching is None:
            return
        for second, signals in self._watching.seconds(all_of_them=all_of_them):
            writer.signals(second, signals)
            for follower in self._followers:
                follower.felt(second, signals)
            self._perform(self._state.handle(ServiceSeen(second, signals)))

    async def _end_watching(self) -> None:
        if self._watching is not None:
            await self._watching.stop()
            if self._writer is not None:
                self._keep_signals(self._writer, all_of_them=True)
            self._watching = None

    def _keep_target(self) -> None:
        if self._writer is not None and self._target and self._finish is None:
            self._keep_once(self._writer, "target", self._target)
            self._target = {}

    def _keep_once(self, writer: RunWriter, name: str, found: dict[str, Any]) -> None:
        # A generator that took another's place tells anew.
        if name not in self._kept:
            self._kept.add(name)
            writer.result(name, found)

    def _warn_of_ignored(self, shape: str) -> None:
        config, usual = self._config, RunConfig()
        given = {
            "--users": config.users != usual.users,
            "--spawn-rate": config.spawn_rate != usual.spawn_rate,
            "--run-time": config.run_time_s is not None,
        }
        if ignored := [name for name, is_given in given.items() if is_given]:
            text = f"{' and '.join(ignored)} without effect: the shape {shape} decides on the load"
            self._on_log("controller", Log("WARNING", "loadcell", text, self._clock.wall()))

    def _break_off(self, writer: RunWriter) -> None:
        try:
            writer.finish(EXIT_INTERNAL, ["the run was broken off before its end"])
        except RunFileError:
            pass  # Another error is on its way to the user.

    def _conclude(self, finish: Finish) -> Outcome:
        verdict = finish.verdict
        path = None
        if self._writer is not None:
            path = self._writer.path
            self._writer.finish(
                verdict.exit_code, list(verdict.reasons), verdict.verdict, finish.ended_s, list(verdict.results)
            )
        if finish.error is not None:
            raise finish.error
        self._show_progress()
        return Outcome(self.run_id, path, verdict.exit_code, list(verdict.reasons))


def _plan_in_words(config: RunConfig) -> str:
    if config.effort:
        most = f"{config.users:,} users" if config.rate is None else f"{config.rate:g} iterations/s"
        return f"{config.effort} assessment, up to {most}"
    if config.course is not None:
        name = f"{config.plan}: " if config.plan else ""
        return f"{name}{courses.in_words(config.course)}"
    users = "1 user" if config.users == 1 else f"{config.users:,} users"
    until = "until stopped" if config.run_time_s is None else f"for {duration_text(config.run_time_s)}"
    preface = f", the first {FEW_S:g} s with {FEW_USERS}" if is_prefaced(config) and config.users > FEW_USERS else ""
    return f"{users} at {config.spawn_rate:g}/s {until}{preface}"
