"""One generator: joins the scenario, the client, the engine and the link. Imported only where all is patched."""

from __future__ import annotations

import gc
import logging
import os
import platform
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import gevent

from loadcell.compat import landmarks
from loadcell.compat.arguments import parse_options, scenario_parser, secret_flags
from loadcell.compat.conductor import LinkConductor
from loadcell.compat.loading import (
    chosen_classes,
    configure_users,
    load_module,
    load_plugins,
    make_shapes,
    require_permission,
    require_tasks,
    settle_host,
    user_settings,
)
from loadcell.compat.locust import runners, stats
from loadcell.compat.locust.env import Environment
from loadcell.compat.locust.runners import (
    RUNNERS,
    STATE_CLEANUP,
    STATE_SPAWNING,
    STATE_STOPPED,
    MasterRunner,
    WorkerRunner,
    client_id_of,
)
from loadcell.compat.locust.web import explain_missing_web_ui
from loadcell.errors import ScenarioError
from loadcell.generator.engine import Engine
from loadcell.generator.equipment import Equipment
from loadcell.generator.link import Link
from loadcell.generator.pulse import Pulse
from loadcell.guard import Guard
from loadcell.messages import (
    Assign,
    Begin,
    Begun,
    Change,
    ChangeRate,
    Event,
    Go,
    Joined,
    Left,
    Load,
    Merged,
    Quit,
    Ready,
    Reset,
    Say,
    Spawned,
    Stop,
    Stopped,
    Stopping,
    clean,
)
from loadcell.plan import Part
from loadcell.process.sighting import what_was_seen
from loadcell.scenario import events
from loadcell.scenario.events import EventHook
from loadcell.scenario.exceptions import FLOW

logger = logging.getLogger("loadcell.process")

_COLLECT_AT = 50_000
_USUAL_PERCENTILES = tuple(stats.PERCENTILES_TO_REPORT)
_WANTED = "loadcell.report_wanted"
"""The message in which the lead says that it listens to what generators report."""
_LOOKS_S = (0.5, 0.5, 2.0, 5.0, 20.0)
"""Pauses before each look for an answer of the service."""
ORPHAN_STOP_S = 3.0
"""How long users may take to stop once the controller is gone."""


class Generator:
    """Joins the scenario, the client, the engine and the link; carries out the controller's commands."""

    def __init__(self, link: Link, load: Load) -> None:
        self._link = link
        self._load = load
        guard = Guard.of(load.allowed_targets, owned=load.target_owned)
        self._equipment = Equipment(guard=guard, read_only=load.read_only)
        self._stopping: gevent.Greenlet | None = None
        self._stop: gevent.Greenlet | None = None
        self._parts: list[Part] = []
        self._report_wanted = False

    def load(self) -> Ready:
        """Load the scenario and fire `init`. LoadcellError when there is nothing to run."""
        load = self._load
        load_plugins()
        module = load_module(load.scenario)
        parser = scenario_parser(events)
        shapes = make_shapes(module) if load.shapes else {}
        chosen = chosen_classes(module, load.user_classes, load.scenario)
        configure_users(chosen, load.options.get("config_users") or ())
        host = settle_host(chosen.values(), load.host)
        if load.role != "generator":
            require_permission(chosen.values(), self._equipment.network)
        options = parse_options(parser, load.arguments, load.options)
        if settings := load.options.get("config_users"):
            options.config_users = [user_settings(text) for text in settings]
        environment = self._environment = Environment(
            user_classes=list(chosen.values()),
            shape_class=next(iter(shapes.values()), None),
            tags=load.tags or None,
            exclude_tags=load.exclude_tags or None,
            events=events,
            host=load.host,
            reset_stats=bool(load.options.get("reset_stats")),
            parsed_options=options,
            locustfile=os.path.basename(load.scenario),
            available_user_classes=chosen,
            available_user_tasks={name: list(cls.tasks) for name, cls in chosen.items()},
            available_shape_classes=shapes,
            profile=load.options.get("profile"),
        )
        environment.equip(self._equipment)
        if load.options.get("equal_weights"):
            environment.assign_equal_weights()
        engine = self._engine = Engine(environment.user_classes_by_name, environment, self._equipment.clock)
        conductor = self._conductor = LinkConductor(self._link, engine)
        engine.on_complete = self._all_started
        engine.on_stop_test = conductor.end
        self._pulse = Pulse(load.generator, self._equipment.recorder, engine, self._link.send, self._equipment.clock)
        runner = self._runner = RUNNERS[load.role](environment, conductor)
        if isinstance(runner, WorkerRunner):
            runner.client_id = client_id_of(load.generator)
            runner.worker_index, runner.worker_count = load.index, load.generators
        environment.adopt(runner)
        events.request.recorder = self._equipment.recorder.on_request
        events.user_error.add_listener(self._count_exception)
        events.init.explain = explain_missing_web_ui
        if self._speaks:
            landmarks.starting(_version("loadcell"))
        self._fire(events.init, environment=environment, runner=runner, web_ui=None)
        if events.unhandled.seen:
            raise ScenarioError("A listener of `init` failed, so the scenario is not set up.", "What it raised is above.")
        environment.filter_tasks_by_tags()
        require_tasks(environment.user_classes_by_name, load.scenario)
        shape = environment.shape_class
        return Ready(
            pid=os.getpid(),
            scenario=os.path.abspath(load.scenario),
            user_classes=list(environment.user_classes_by_name),
            host=host,
            python=platform.python_version(),
            versions={name: _version(name) for name in ("loadcell", "gevent", "greenlet", "httptools")},
            shape="" if shape is None else type(shape).__name__,
            common_options=shape is not None and shape.use_common_options,
            percentiles=_changed_percentiles(),
            secrets=secret_flags(parser),
        )

    def serve(self) -> None:
        """Carry out commands until Quit, or until the controller is gone."""
        for command in self._link.commands():
            match command:
                case Begin():
                    gevent.spawn(self._begin)
                case Go():
                    self._go(command)
                case Change():
                    self._engine.change(command)
                    self._expect(command.plan.final)
                case ChangeRate(arrivals):
                    self._engine.change_rate(arrivals)
                case Assign(part, lost, lost_at):
                    self._engine.assign(part, lost, lost_at)
                case Spawned(users_by_class):
                    gevent.spawn(self._spawned, users_by_class)
                case Say():
                    self._hear(command)
                case Reset():
                    self._environment.stats.reset_all()
                case Joined() | Left() | Merged():
                    self._lead(command)
                case Stopping():
                    self._begin_to_stop()
                case Stop(timeout_s) if self._stop is None:
                    self._stop = gevent.spawn(self._stop_users, timeout_s)
                case Stop():
                    self._engine.hasten()
                case Quit(exit_code):
                    self._quit(exit_code)
                    return
        self._abandoned()

    def _begin(self) -> None:
        if self._speaks:
            landmarks.limited(self._load.options)
        if self._leads_only and events.worker_report.heard:
            self._link.send(Say(_WANTED))
        self._fire(events.test_start, environment=self._environment)
        self._link.send(Begun())

    def _go(self, go: Go) -> None:
        # A look at the young objects every 700 of them would cost a tenth of the core with 10,000 users.
        gc.set_threshold(_COLLECT_AT)
        gc.collect()
        gc.freeze()
        self._equipment.start_at = go.start_at
        runner = self._runner
        runner.state = STATE_SPAWNING
        self._parts = go.parts
        self._expect(go.plan.peak)
        if go.arrivals is not None:
            self._equipment.recorder.from_intended(self._engine.take_lateness)
            self._engine.open(go.arrivals, go.max_users, go.parts)
        self._pulse.go(go.start_at)
        if self._speaks and self._environment.shape_class is None:
            if go.arrivals is not None:
                landmarks.offering(go.arrivals.peak)
            elif go.plan.peak:  # else an assessment, which decides as it goes
                landmarks.ramping(go.plan.peak, self._load.options, self._load.generators)
        if self._load.index == 0:
            gevent.spawn(self._tell_of_service)
        self._engine.go(go.plan, go.parts, go.start_at)
        if isinstance(runner, WorkerRunner):
            runner.greenlet.spawn(self._report, runner)
        elif self._environment.shape_class is not None:
            runner.start_shape()
        elif wanted := self._load_of_the_scenario():
            runner.start(*wanted)
        if run_time_s := self._run_time_of_the_scenario():
            gevent.spawn_later(run_time_s, self._conductor.end, "the run time that the scenario set is over")

    def _load_of_the_scenario(self) -> tuple[int, float] | None:
        """Users and spawn rate where a listener of `init` or `test_start` set other ones in the parsed options."""
        settled, options = self._load.options, self._environment.parsed_options
        if options is None:  # A listener may replace them.
            return None
        now = (options.num_users, options.spawn_rate)
        if None in now or now == (settled.get("num_users"), settled.get("spawn_rate")):
            return None
        return int(now[0]), float(now[1])

    def _run_time_of_the_scenario(self) -> float | None:
        """The run time that a listener of `init` or `test_start` set in the parsed options, in s: the lead heeds it."""
        wanted = getattr(self._environment.parsed_options, "run_time", None)
        leads = self._load.role != "generator"
        if not leads or not isinstance(wanted, int | float) or wanted == self._load.options.get("run_time"):
            return None
        return float(wanted)

    def _tell_of_service(self) -> None:
        """Tell what the service calls itself, as soon as an answer of it is remembered: no request is sent for that."""
        for pause_s in _LOOKS_S:
            gevent.sleep(pause_s)
            hosts = {str(cls.host): None for cls in self._environment.user_classes if cls.host}
            if found := what_was_seen(hosts, self._equipment.runtime.transport):
                self._tell("target_seen", "an answer of the service was seen", found)
                return

    def _expect(self, users: int) -> None:
        own = users if self._leads_only else sum(part.size(users) for part in self._parts)
        self._runner.target_user_count = own

    def _report(self, runner: WorkerRunner) -> None:
        """Let the scenario add to what the lead hears, where somebody listens."""
        due_s = runners.WORKER_REPORT_INTERVAL
        while True:
            gevent.sleep(runners.HEARTBEAT_INTERVAL)
            if events.heartbeat_received.heard:
                self._fire(events.heartbeat_received, client_id=runner.client_id, timestamp=time.time())
            due_s -= runners.HEARTBEAT_INTERVAL
            if due_s <= 0:
                due_s = runners.WORKER_REPORT_INTERVAL
                self._report_once(runner)

    def _report_once(self, runner: WorkerRunner) -> None:
        if not (events.report_to_master.heard or self._report_wanted):
            return
        try:
            runner.report()
        except Exception:
            logger.error("What the scenario adds to a report can't be sent", exc_info=True)
            events.unhandled.seen = True

    def _hear(self, said: Say) -> None:
        sender = client_id_of(said.sender) if said.sender else ""
        if said.kind == _WANTED:
            self._report_wanted = True
        elif said.kind == runners.REPORT:
            self._fire(events.worker_report, client_id=sender, data=said.data)
        else:
            self._runner.deliver(said.kind, said.data, sender)

    def _lead(self, news: Joined | Left | Merged) -> None:
        runner = self._runner
        assert isinstance(runner, MasterRunner)
        match news:
            case Joined(generator):
                runner.joined(generator)
            case Left(generator):
                runner.left(generator)
            case Merged(interval):
                runner.merged(interval)
                self._environment.stats.add_counts(interval.entries, interval.errors, time.time())

    @property
    def _speaks(self) -> bool:
        """Whether it is this process that says how the run as a whole goes."""
        return self._load.role != "generator"

    @property
    def _leads_only(self) -> bool:
        return self._load.role == "lead"

    def _all_started(self) -> None:
        if not self._leads_only:
            engine = self._engine
            data = {"users": engine.carried(), "parts": engine.parts, "change": engine.change_number}
            self._tell("spawning_complete", f"{engine.users} users started", data)

    def _spawned(self, users_by_class: dict[str, int]) -> None:
        try:
            self._runner.spawned(users_by_class)
        except FLOW:
            self._misplaced()

    def _begin_to_stop(self) -> gevent.Greenlet:
        if self._stopping is None:
            if self._speaks:
                landmarks.stopping(self._load.options, self._equipment.elapsed_s())
            self._stopping = gevent.spawn(self._fire, events.test_stopping, environment=self._environment)
        return self._stopping

    def _stop_users(self, timeout_s: float) -> None:
        self._begin_to_stop().join()
        self._runner.final_user_classes_count = self._runner.user_classes_count
        self._runner.state = STATE_CLEANUP
        drained = self._engine.stop(timeout_s)
        self._runner.state = STATE_STOPPED
        # Before the hook: the load is over, and however long its listeners take, the rates are those of the load.
        self._pulse.stop()
        self._fire(events.test_stop, environment=self._environment)
        if isinstance(self._runner, WorkerRunner):
            self._report_once(self._runner)
        self._pulse.send_rest()
        self._link.send(Stopped(exit_code=self._exit_code(), drained=drained))

    def _exit_code(self) -> int | None:
        """What this process wants the command to end with; of the environment's wishes only the lead's counts."""
        wanted = self._environment.process_exit_code
        if wanted is not None and self._speaks:
            return exit_code_of(wanted)
        return 2 if events.unhandled.seen else None

    def _quit(self, exit_code: int) -> None:
        known = self._exit_code()
        self._fire(events.quitting, reverse=True, environment=self._environment)
        wanted = self._exit_code()
        if wanted is not None and wanted != known:
            exit_code = wanted
            self._tell("exit_code", f"the scenario chose exit code {wanted}", {"exit_code": wanted})
        if self._speaks:
            landmarks.quitting(exit_code)
        self._fire(events.quit, exit_code=exit_code)

    def _fire(self, hook: EventHook, **keywords: Any) -> None:
        """Fire a hook of the run itself: there is no user whom its listeners could steer."""
        try:
            hook.fire(**keywords)
        except FLOW:
            self._misplaced()
        except SystemExit as exit_:
            self.exit_requested(exit_.code)

    def _misplaced(self) -> None:
        logger.error("A listener of the run raised what steers a user", exc_info=True)
        events.unhandled.seen = True

    def _abandoned(self) -> None:
        """The controller is gone: nobody wants the figures, but users may have something to put right."""
        with gevent.Timeout(ORPHAN_STOP_S, False):
            self._engine.stop(0)
            self._fire(events.test_stop, environment=self._environment)

    def _count_exception(self, user_instance: Any, exception: BaseException, tb: Any) -> None:
        text = "".join(traceback.format_exception(type(exception), exception, tb))
        self._equipment.recorder.exception(f"{type(exception).__name__}: {clean(exception)}", text)

    def exit_requested(self, code: object) -> None:
        """The user's code called sys.exit."""
        self._conductor.end("the scenario called sys.exit()", exit_code_of(code))

    def _tell(self, kind: str, text: str, data: dict[str, Any] | None = None) -> None:
        self._link.send(Event(kind, clean(text), self._equipment.elapsed_s(), data=data or {}))


def _changed_percentiles() -> list[float]:
    """The percentiles that the scenario wants reported, where it changed Locust's list of them."""
    wanted = list(stats.PERCENTILES_TO_REPORT)
    return [] if wanted == list(_USUAL_PERCENTILES) else wanted


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def exit_code_of(code: object) -> int:
    """The exit code that Python makes of what sys.exit was given."""
    return int(code) & 0xFF if isinstance(code, int) else 1 if code else 0
