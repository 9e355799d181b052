"""`python -m loadcell.process`: one generator. The only process that is monkey-patched and that runs the user's code."""

from gevent import monkey

monkey.patch_all()

# Nothing may be imported before the line above has run.
import gc  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
import traceback  # noqa: E402
from importlib.metadata import PackageNotFoundError, version  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402

from loadcell.clock import SystemClock  # noqa: E402
from loadcell.compat import modules  # noqa: E402
from loadcell.compat.arguments import describe_arguments, parse_options, scenario_parser  # noqa: E402
from loadcell.compat.environment import Environment  # noqa: E402
from loadcell.compat.loading import chosen_classes, load_module, settle_host  # noqa: E402
from loadcell.compat.runners import (  # noqa: E402
    RUNNERS,
    STATE_RUNNING,
    STATE_SPAWNING,
    STATE_STOPPED,
    STATE_STOPPING,
    Runner,
)
from loadcell.errors import LoadcellError  # noqa: E402
from loadcell.generator.engine import Engine  # noqa: E402
from loadcell.generator.link import Link, watch_parent  # noqa: E402
from loadcell.generator.pulse import Pulse  # noqa: E402
from loadcell.generator.recorder import Recorder  # noqa: E402
from loadcell.generator.runtime import GeventRuntime  # noqa: E402
from loadcell.generator.sockets import GeventNetwork  # noqa: E402
from loadcell.http.transport import Transport  # noqa: E402
from loadcell.messages import (  # noqa: E402
    Assign,
    Begin,
    Begun,
    Event,
    Go,
    Load,
    Quit,
    Ready,
    Refused,
    Spawned,
    Stop,
    Stopped,
    Stopping,
)
from loadcell.scenario import events  # noqa: E402
from loadcell.scenario.events import EventHook  # noqa: E402
from loadcell.scenario.exceptions import FLOW  # noqa: E402
from loadcell.scenario.tags import filter_tasks_by_tags  # noqa: E402

logger = logging.getLogger("loadcell.process")

ORPHAN_STOP_S = 3.0
"""How long users may take to stop once the controller is gone."""


class Generator:
    """Joins the scenario, the client, the engine and the link; carries out the controller's commands."""

    def __init__(self, link: Link, load: Load) -> None:
        self._link = link
        self._load = load
        self._clock = SystemClock()
        self._start_at = self._clock.monotonic()
        recorder = self._recorder = Recorder(lambda: self._clock.monotonic() - self._start_at)
        network = GeventNetwork()
        self._runtime = GeventRuntime(network, Transport(network, recorder))
        self._quit_asked = False
        self._code_asked: int | None = None
        self._stopping = False

    def load(self) -> Ready:
        """Load the scenario and fire `init`. LoadcellError when there is nothing to run."""
        load = self._load
        module = load_module(load.scenario)
        parser = scenario_parser(events)
        classes = chosen_classes(module, load.user_classes, load.scenario)
        host = settle_host(classes.values(), load.host)
        environment = self._environment = Environment(
            user_classes=classes,
            events=events,
            host=load.host,
            runtime=self._runtime,
            parsed_options=parse_options(parser, load.arguments, load.options),
            locustfile=os.path.basename(load.scenario),
        )
        if load.tags or load.exclude_tags:
            for cls in classes.values():
                filter_tasks_by_tags(cls, set(load.tags) or None, set(load.exclude_tags) or None)
        engine = self._engine = Engine(classes, environment, self._clock)
        engine.on_complete = self._all_started
        engine.on_stop_test = self._request_quit
        self._pulse = Pulse(load.generator, self._recorder, engine, self._link.send, self._clock)
        runner = self._runner = RUNNERS[load.role](environment, engine, self._request_quit, max(load.index, 0))
        runner.worker_count = load.generators
        environment.runner = runner
        events.request.recorder = self._recorder.on_request
        events.user_error.add_listener(self._count_exception)
        self._fire(events.init, environment=environment, runner=runner, web_ui=None)
        return Ready(
            pid=os.getpid(),
            scenario=os.path.abspath(load.scenario),
            user_classes=list(classes),
            host=host,
            python=platform.python_version(),
            versions={name: _version(name) for name in ("loadcell", "gevent", "greenlet", "httptools")},
        )

    def serve(self) -> None:
        """Carry out commands until Quit, or until the controller is gone."""
        for command in self._link.commands():
            match command:
                case Begin():
                    self._fire(events.test_start, environment=self._environment)
                    self._link.send(Begun())
                case Go():
                    self._go(command)
                case Assign(part, lost, lost_at):
                    self._engine.assign(part, lost, lost_at)
                case Spawned(users):
                    gevent.spawn(self._spawned, users)
                case Stopping():
                    gevent.spawn(self._begin_to_stop)
                case Stop(timeout_s) if self._stopping and self._engine.users:
                    if timeout_s == 0:
                        self._engine.hasten()
                case Stop(timeout_s):
                    gevent.spawn(self._stop, timeout_s)
                case Quit(exit_code):
                    self._quit(exit_code)
                    return
        self._abandoned()

    def _go(self, go: Go) -> None:
        gc.collect()
        gc.freeze()
        self._start_at = go.start_at
        runner = self._environment.runner
        assert runner is not None
        runner.state = STATE_SPAWNING
        runner.target_user_count = sum(part.size(go.plan.peak) for part in go.parts)
        self._pulse.go(go.start_at)
        self._engine.go(go.plan, go.parts, go.start_at)

    def _all_started(self) -> None:
        count = self._engine.users
        if self._environment.runner is not None:
            self._environment.runner.state = STATE_RUNNING
        if self._load.role != "lead":
            self._tell("spawning_complete", f"{count} users started")
        events.spawning_complete.fire(user_count=count)

    def _stop(self, timeout_s: float) -> None:
        environment = self._environment
        assert environment.runner is not None
        events.test_stopping.fire(environment=environment)
        environment.runner.state = STATE_STOPPING
        drained = self._engine.stop(timeout_s)
        environment.runner.state = STATE_STOPPED
        events.test_stop.fire(environment=environment)
        self._pulse.stop()
        self._link.send(Stopped(exit_code=self._exit_code(), drained=drained))

    def _exit_code(self) -> int | None:
        if self._environment.process_exit_code is not None:
            return self._environment.process_exit_code
        return 2 if events.unhandled.seen else None

    def _quit(self, exit_code: int) -> None:
        events.quitting.fire(reverse=True, environment=self._environment)
        events.quit.fire(exit_code=exit_code)

    def _abandoned(self) -> None:
        """The controller is gone: nobody wants the figures, but users may have something to put right."""
        with gevent.Timeout(ORPHAN_STOP_S, False):
            self._engine.stop(0)
            events.test_stop.fire(environment=self._environment)

    def _request_quit(self, reason: str, exit_code: int | None = None) -> None:
        if not self._quitting:
            self._quitting = True
            self._tell("quit_requested", reason, {"exit_code": exit_code})

    def _count_exception(self, user_instance: Any, exception: BaseException, tb: Any) -> None:
        text = "".join(traceback.format_exception(type(exception), exception, tb))
        self._recorder.exception(f"{type(exception).__name__}: {exception}", text)

    def exit_requested(self, code: object) -> None:
        """The user's code called sys.exit."""
        self._request_quit("the scenario called sys.exit()", code if isinstance(code, int) else 1 if code else 0)

    def _tell(self, kind: str, text: str, data: dict[str, Any] | None = None) -> None:
        self._link.send(Event(kind, text, self._clock.monotonic() - self._start_at, data=data or {}))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _set_up_logging(level: str) -> None:
    logging.basicConfig(
        level=level.upper(),
        stream=sys.stderr,
        format=f"[%(asctime)s] {socket.gethostname()}/%(levelname)s/%(name)s: %(message)s",
    )


def _catch_exit(generator: Generator) -> None:
    """A sys.exit in a user's greenlet ends the run, not the process in the middle of a second."""
    hub = gevent.get_hub()
    native = hub.handle_system_error

    def handle(kind: type[BaseException], value: BaseException, tb: Any = None) -> None:
        if isinstance(value, SystemExit):
            generator.exit_requested(value.code)
        else:
            native(kind, value, tb)

    hub.handle_system_error = handle


def run(fd: int) -> int:
    """Serve the controller at the other end of a socket; returns the process's exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch_parent()
    link = Link(fd)
    load = next(link.commands(), None)
    if not isinstance(load, Load):
        return 4
    _set_up_logging(str(load.options.get("loglevel") or "INFO"))
    modules.install()
    generator = Generator(link, load)
    _catch_exit(generator)
    try:
        link.send(generator.load())
    except LoadcellError as error:
        link.send(Refused(error.message, error.hint, error.exit_code))
        return error.exit_code
    except SystemExit as error:
        link.send(Refused("The scenario called sys.exit() while it was loaded.", exit_code=int(error.code or 0)))
        return int(error.code or 0)
    generator.serve()
    return 0


def describe(scenario: str) -> int:
    """Print what a scenario holds as one line of JSON."""
    modules.install()
    try:
        module = load_module(scenario)
        classes = chosen_classes(module, (), scenario)
        tasks = {name: [task.__name__ for task in cls.tasks] for name, cls in classes.items()}
        found: dict[str, Any] = {
            "user_classes": [{"name": name, "tasks": names} for name, names in tasks.items()],
            "tags": sorted({tag for cls in classes.values() for task in cls.tasks for tag in _tags_of(task)}),
            "arguments": describe_arguments(scenario_parser(events)),
        }
    except LoadcellError as error:
        found = {"message": error.message, "hint": error.hint}
    print(json.dumps(found), flush=True)  # noqa: T201 - the command's result
    return 0


def _tags_of(task: Any) -> set[str]:
    tags: set[str] = set(getattr(task, "locust_tag_set", ()))
    return tags.union(*(_tags_of(inner) for inner in getattr(task, "tasks", ())))


def main(words: list[str]) -> int:
    """`--link FD` serves a controller, `--describe FILE` prints what a scenario holds."""
    if len(words) == 2 and words[0] == "--link":
        return run(int(words[1]))
    if len(words) == 2 and words[0] == "--describe":
        return describe(words[1])
    sys.stderr.write("This process is started by loadcell: `loadcell run -f FILE -H URL`.\n")
    return 2


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Without waiting for threads that the user's code may have left behind.
    os._exit(code)
