"""Who carries out what a scenario asks of its runner: the controller over the link, or the process itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import gevent

from loadcell.generator.engine import Engine
from loadcell.generator.link import Link
from loadcell.messages import Change, Event, Say, Wish, clean
from loadcell.plan import Part, Plan

if TYPE_CHECKING:
    from loadcell.compat.locust.env import Environment

_SECOND = 1.0


class Conductor(Protocol):
    """The runner's means."""

    engine: Engine | None
    """The users of this process; None where there are none yet."""

    def prepare(self) -> Engine:
        """What starts users in this process, made where it is not there yet."""

    def begin(self) -> None:
        """A test begins; where the controller decides, its hooks have run by then."""

    def change(self, users: int, spawn_rate: float, user_classes: Sequence[str] | None) -> None:
        """Have `users` users in the end, started or stopped `spawn_rate` a second; new ones of `user_classes`."""

    def stop(self, reason: str) -> gevent.Greenlet | None:
        """End the load. Returns what is still at it in this process, None if that is over or nobody here does it."""

    def say(self, kind: str, data: Any, to: str) -> None:
        """Send a message of the scenario's to other processes."""


class LinkConductor:
    """In a generator's process: the controller decides, this asks it."""

    def __init__(self, link: Link, engine: Engine) -> None:
        self.engine: Engine | None = engine
        self._link = link
        self._quit_asked = False
        self._code_asked: int | None = None

    def prepare(self) -> Engine:
        assert self.engine is not None
        return self.engine

    def begin(self) -> None:
        pass

    def change(self, users: int, spawn_rate: float, user_classes: Sequence[str] | None) -> None:
        names = None if user_classes is None else list(user_classes)
        self._link.send(Wish(int(users), float(spawn_rate), names))

    def stop(self, reason: str) -> None:
        self.end(reason)
        return

    def end(self, reason: str, exit_code: int | None = None) -> None:
        """Ask for the end of the run; an exit code may still be asked for afterwards."""
        if not self._quit_asked or (self._code_asked is None and exit_code is not None):
            self._quit_asked, self._code_asked = True, exit_code
            assert self.engine is not None
            event = Event("quit_requested", clean(reason), self.engine.elapsed, data={"exit_code": exit_code})
            self._link.send(event)

    def say(self, kind: str, data: Any, to: str) -> None:
        self._link.send(Say(kind, data, to))


class OwnConductor:
    """In a script that uses Locust as a library: this process is generator and lead in one."""

    def __init__(self, environment: Environment) -> None:
        self.engine: Engine | None = None
        self._environment = environment
        self._plan = Plan.idle()
        self._changes = 0
        self._beat: gevent.Greenlet | None = None
        self._ending: gevent.Greenlet | None = None

    def change(self, users: int, spawn_rate: float, user_classes: Sequence[str] | None) -> None:
        engine = self.engine
        assert engine is not None
        at_s = engine.elapsed
        self._changes += 1
        mixed_from = self._plan.target(at_s)
        self._plan = self._plan.changed(at_s, users, spawn_rate)
        names = None if user_classes is None else list(user_classes)
        engine.change(Change(self._plan, at_s, self._changes, names, mixed_from))

    def begin(self) -> None:
        environment = self._environment
        runner = environment.runner
        assert runner is not None
        environment.stats.clear_all()
        runner.exceptions.clear()
        environment.filter_tasks_by_tags()
        environment.events.test_start.fire(environment=environment)
        for cls in environment.user_classes:
            if environment.host:
                cls.host = environment.host
        self.prepare()

    def prepare(self) -> Engine:
        if self.engine is not None:
            return self.engine
        environment = self._environment
        runner = environment.runner
        assert runner is not None
        equipment = environment.equipment
        engine = Engine(environment.user_classes_by_name, environment, equipment.clock)
        engine.on_complete = runner.complete
        engine.on_stop_test = lambda reason: gevent.spawn(runner.quit)
        self._plan, self._changes = Plan.idle(), 0
        engine.go(self._plan, [Part()], equipment.clock.monotonic())
        self._beat = gevent.spawn(self._drain)
        self.engine = engine
        return engine

    def _drain(self) -> None:
        """Let the statistics have each second: nobody else asks for it."""
        while True:
            gevent.sleep(_SECOND)
            self._environment.equipment.recorder.drain()

    def stop(self, reason: str) -> gevent.Greenlet | None:
        """End the test: its hooks, its users. One of its own greenlets can't wait for that: it goes on beside it."""
        if self._ending is not None and not self._ending.ready():
            return self._ending
        engine, self.engine = self.engine, None
        current = gevent.getcurrent()
        if engine is not None and engine.runs_in(current):
            self._ending = gevent.spawn(self._end, engine)
            return self._ending
        self._end(engine)
        return None

    def _end(self, engine: Engine | None) -> None:
        environment = self._environment
        runner = environment.runner
        assert runner is not None
        environment.events.test_stopping.fire(environment=environment)
        runner.final_user_classes_count = {} if engine is None else engine.users_by_class()
        runner.state = "cleanup"
        if runner.spawning_greenlet is not None and runner.spawning_greenlet is not gevent.getcurrent():
            runner.spawning_greenlet.kill()
        if engine is not None:
            engine.stop(float(environment.stop_timeout or 0.0))
        if self._beat is not None:
            self._beat.kill()
        environment.equipment.recorder.drain()
        runner.state = "stopped"
        environment.events.test_stop.fire(environment=environment)

    def say(self, kind: str, data: Any, to: str) -> None:
        """There is no other process: the message comes back to its sender."""
        assert self._environment.runner is not None
        self._environment.runner.deliver(kind, data, "local")
