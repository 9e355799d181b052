"""Locust's runners, as scenarios see them at `environment.runner`, and scripts make them."""

from __future__ import annotations

import logging
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import gevent
import gevent.event
import psutil
from gevent.pool import Group

from loadcell.compat import landmarks
from loadcell.compat.conductor import Conductor, OwnConductor
from loadcell.messages import Interval
from loadcell.scenario.events import UNHANDLED, warn_once
from loadcell.scenario.user import User

if TYPE_CHECKING:
    from loadcell.compat.locust.env import Environment
    from loadcell.compat.locust.stats import RequestStats, StatsError

# The name that logging configurations and wrappers know.
logger = logging.getLogger("locust.runners")

STATE_INIT = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_CLEANUP = "cleanup"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_MISSING = "missing"

# A scenario may set these; they are read when they are needed.
WORKER_REPORT_INTERVAL = 3.0
WORKER_LOG_REPORT_INTERVAL = 10
CPU_MONITOR_INTERVAL = 10.0
CPU_WARNING_THRESHOLD = 90
HEARTBEAT_INTERVAL = 1
HEARTBEAT_LIVENESS = 3
HEARTBEAT_DEAD_INTERNAL = -60
MASTER_HEARTBEAT_TIMEOUT = 60
FALLBACK_INTERVAL = 5
CONNECT_TIMEOUT = 5
CONNECT_RETRY_COUNT = 60

REPORT = "loadcell.report"
"""The kind of message in which generators send what `report_to_master` adds."""

_TICK_S = 1.0


class Message:
    """What a listener of `register_message` gets."""

    def __init__(self, message_type: str, data: Any, node_id: str | None) -> None:
        self.type = message_type
        self.data = data
        self.node_id = node_id

    def __repr__(self) -> str:
        return f"<Message {self.type}:{self.node_id}>"


def client_id_of(generator: str) -> str:
    """Locust's client_id of a generator."""
    return f"{socket.gethostname()}_{generator}"


def _generator_of(client_id: str) -> str:
    return client_id.rpartition("_")[2]


class Runner:
    """The view of this process's part of the run that a scenario gets, and its means to change the run."""

    worker_count = 1
    """How many processes carry users."""
    worker_index = 0
    client_id = "local"

    def __init__(self, environment: Environment, conductor: Conductor) -> None:
        self.environment = environment
        self.state = STATE_INIT
        self.target_user_count = 0
        self.target_user_classes_count: dict[str, int] = {}
        self.final_user_classes_count: dict[str, int] = {}
        self.exceptions: dict[int, dict[str, Any]] = {}
        """By traceback: count, msg, traceback, and the nodes that raised it."""
        self.greenlet = Group()
        """What runs beside the users; ends with `quit`, so that a script may join it."""
        self.spawning_greenlet: gevent.Greenlet | None = None
        self.shape_greenlet: gevent.Greenlet | None = None
        self.shape_last_tick: Any = None
        self.custom_messages: dict[str, tuple[Callable[..., Any], bool]] = {}
        self.current_cpu_usage = 0.0
        self.current_memory_usage = 0
        self.cpu_warning_emitted = False
        self.worker_cpu_warning_emitted = False
        self.connection_broken = False
        self._conductor = conductor
        self._complete = gevent.event.Event()
        self.greenlet.spawn(self._monitor)

    # What it tells

    @property
    def user_classes(self) -> list[type[User]]:
        """The classes that users are made of."""
        return self.environment.user_classes

    @property
    def user_classes_by_name(self) -> dict[str, type[User]]:
        """The classes by name."""
        return self.environment.user_classes_by_name

    @property
    def stats(self) -> RequestStats:
        """The environment's statistics."""
        return self.environment.stats

    @property
    def errors(self) -> dict[str, StatsError]:
        """The environment's errors."""
        return self.environment.stats.errors

    @property
    def user_greenlets(self) -> Group:
        """The greenlets of the users of this process."""
        engine = self._conductor.engine
        return Group() if engine is None else engine.group

    @property
    def user_count(self) -> int:
        """How many users are running: in this process, or in all of them if this is the lead's runner."""
        engine = self._conductor.engine
        return 0 if engine is None else engine.users

    @property
    def user_classes_count(self) -> dict[str, int]:
        """How many users of each class are running."""
        engine = self._conductor.engine
        running = {} if engine is None else engine.users_by_class()
        return {cls.__name__: 0 for cls in self.user_classes} | running

    def update_state(self, new_state: str) -> None:
        """Set the state."""
        self.state = new_state

    # What it does

    def start(
        self,
        user_count: int,
        spawn_rate: float,
        wait: bool = False,
        user_classes: Sequence[type[User]] | None = None,
    ) -> None:
        """Go to `user_count` users, `spawn_rate` a second up or down; starts a test if none is running.

        Returns at once, or with `wait` when they are there; `spawning_greenlet` ends then.
        """
        self.target_user_count = int(user_count)
        logger.info("Ramping to %d users at a rate of %.2f per second", user_count, spawn_rate)
        names = None if user_classes is None else [cls.__name__ for cls in user_classes]
        if self.spawning_greenlet is not None:
            self.spawning_greenlet.kill(block=True)
        self.spawning_greenlet = self.greenlet.spawn(self._change, int(user_count), float(spawn_rate), names)
        if wait:
            self.spawning_greenlet.join()

    def _change(self, users: int, spawn_rate: float, names: list[str] | None) -> None:
        try:
            if self.state in (STATE_INIT, STATE_STOPPED):
                self._conductor.begin()
            self.state = STATE_SPAWNING
            self._complete.clear()
            self._conductor.change(users, spawn_rate, names)
            self._complete.wait()
            self._conductor.prepare().settle()
        except Exception:
            self._unhandled()

    def complete(self) -> None:
        """Every user is there: tell the scenario."""
        engine = self._conductor.engine
        assert engine is not None
        self.spawned(engine.carried())

    def spawned(self, users_by_class: Mapping[str, int]) -> None:
        """All users of all processes are there, so many of each class: tell the scenario."""
        self.target_user_classes_count = {cls.__name__: 0 for cls in self.user_classes} | dict(users_by_class)
        self._note_spawned()
        users = sum(users_by_class.values())
        self.environment.events.spawning_complete.fire(user_count=users)
        if self.state in (STATE_INIT, STATE_SPAWNING):
            self.state = STATE_RUNNING
        if self.environment.reset_stats:
            self.reset()
        self._complete.set()

    def _note_spawned(self) -> None:
        logger.info("All users spawned: %s", _in_words(self.target_user_classes_count))

    def reset(self) -> None:
        """Begin the statistics anew."""
        logger.info("Resetting stats\n")
        self.environment.stats.reset_all()

    def spawn_users(self, user_classes_spawn_count: Mapping[str, int], wait: bool = False) -> list[User]:
        """Start so many more users of each class at once in this process, and return them; with `wait` once they ended."""
        engine = self._conductor.prepare()
        if self.state in (STATE_INIT, STATE_STOPPED):
            self.state = STATE_SPAWNING
        counts = user_classes_spawn_count.items()
        users = [user for name, count in counts for _ in range(count) if (user := engine.start(name)) is not None]
        if wait:
            gevent.joinall([user.greenlet for user in users])
        return users

    def stop_users(self, user_classes_stop_count: Mapping[str, int]) -> None:
        """Stop so many users of each class of this process."""
        if self._conductor.engine is not None:
            self._conductor.engine.stop_some(user_classes_stop_count)

    def stop(self) -> None:
        """End the test."""
        self._end("the scenario called runner.stop()")

    def quit(self) -> None:
        """End the test, and what runs beside it."""
        ending = self._end("the scenario called runner.quit()")
        if ending is None:
            self.greenlet.kill(block=False)
        else:
            # Whoever joins the greenlet is to find everything done.
            ending.link(lambda _: self.greenlet.kill(block=False))

    def _end(self, reason: str) -> gevent.Greenlet | None:
        if self.state == STATE_STOPPED:
            return None
        shaping, self.shape_greenlet = self.shape_greenlet, None
        if shaping is not None and shaping is not gevent.getcurrent():
            shaping.kill()
        return self._conductor.stop(reason)

    # A shape

    def start_shape(self) -> None:
        """Let the environment's shape decide on the load, asking it once a second; its answer None ends the run."""
        if self.shape_greenlet is not None:
            logger.info("There is an ongoing shape test running. Editing is disabled")
            return
        shape = self.environment.shape_class
        assert shape is not None
        logger.info("Shape test starting.")
        self.state = STATE_INIT
        shape.reset_time()
        self.shape_greenlet = self.greenlet.spawn(self._shape)

    def _shape(self) -> None:
        shape = self.environment.shape_class
        assert shape is not None
        due = time.monotonic()
        try:
            while self.state in (STATE_INIT, STATE_SPAWNING, STATE_RUNNING):
                tick = shape.tick()
                if tick is None:
                    break
                if tick != self.shape_last_tick:
                    users, spawn_rate, *rest = tick
                    logger.info("Shape test updating to %d users at %.2f spawn rate", users, spawn_rate)
                    self.start(users, spawn_rate, user_classes=rest[0] if rest else None)
                    self.shape_last_tick = tick
                due += _TICK_S
                gevent.sleep(max(0.0, due - time.monotonic()))
        except Exception:
            # A load that nobody shapes any more would go on for ever.
            self._unhandled()
        logger.info("Shape test stopping")
        landmarks.shaped()
        self.shape_last_tick = None
        self._end(f"the shape {type(shape).__name__} has come to its end")
        if getattr(self.environment.parsed_options, "headless", False):
            self.greenlet.kill(block=False)

    # Messages

    def register_message(self, msg_type: str, listener: Callable[..., Any], concurrent: bool = False) -> None:
        """Have `listener(environment=…, msg=…)` called for messages of this type; Exception if another one is."""
        if msg_type in self.custom_messages:
            raise Exception(f"Tried to register listener method for {msg_type}, but it already had a listener!")
        self.custom_messages[msg_type] = (listener, concurrent)

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send `data`, made of plain values, to the other side; TypeError if it can't be sent."""
        self._conductor.say(msg_type, data, "" if client_id is None else _generator_of(client_id))

    def deliver(self, kind: str, data: Any, node_id: str) -> None:
        """Give a message that came in to its listener."""
        if kind not in self.custom_messages:
            logger.warning("Unknown message type received: %s", kind)
            return
        listener, concurrent = self.custom_messages[kind]
        message = Message(kind, data, node_id)
        if concurrent:
            self.greenlet.spawn(self._hear, listener, message)
        else:
            self._hear(listener, message)

    def _hear(self, listener: Callable[..., Any], message: Message) -> None:
        try:
            listener(environment=self.environment, msg=message)
        except Exception:
            logger.error("Uncaught exception in handler for %s\n%s", message.type, traceback.format_exc())

    # What it notes

    def log_exception(self, node_id: str, msg: str, formatted_tb: str, count: int = 1) -> None:
        """Count an exception of the scenario's code."""
        row = self.exceptions.setdefault(
            hash(formatted_tb), {"count": 0, "msg": msg, "traceback": formatted_tb, "nodes": set()}
        )
        row["count"] += count
        row["nodes"].add(node_id)

    def cpu_log_warning(self) -> bool:
        """Say if the process used too much CPU during the test, and return whether."""
        if self.cpu_warning_emitted:
            logger.warning("CPU usage was too high at some point during the test!")
        return self.cpu_warning_emitted

    def _monitor(self) -> None:
        process = psutil.Process()
        process.cpu_percent()
        events = self.environment.events
        while True:
            gevent.sleep(CPU_MONITOR_INTERVAL)
            try:
                self.current_cpu_usage = process.cpu_percent()
                self.current_memory_usage = process.memory_info().rss
            except OSError:
                continue  # Without a descriptor left there is nothing to read; there may be one again.
            if self.current_cpu_usage > CPU_WARNING_THRESHOLD:
                events.cpu_warning.fire(environment=self.environment, cpu_usage=self.current_cpu_usage)
                if not self.cpu_warning_emitted:
                    self.cpu_warning_emitted = True
                    logger.warning("CPU usage above %g%%: use more --processes.", CPU_WARNING_THRESHOLD)
            events.usage_monitor.fire(
                environment=self.environment, cpu_usage=self.current_cpu_usage, memory_usage=self.current_memory_usage
            )

    def _unhandled(self) -> None:
        logger.error("Unhandled exception in greenlet\n%s", traceback.format_exc())
        UNHANDLED.seen = True


class LocalRunner(Runner):
    """The runner of a process that is alone; a script's own, of its environment, where no conductor is given."""

    def __init__(self, environment: Environment, conductor: Conductor | None = None) -> None:
        super().__init__(environment, conductor or OwnConductor(environment))
        if conductor is None:
            environment.events.request.recorder = environment.equipment.recorder.on_request
            environment.adopt(self)
        self.client_id = client_id_of("local")
        environment.events.user_error.add_listener(self._note_error)

    def _note_error(self, user_instance: Any, exception: BaseException, tb: Any) -> None:
        self.log_exception("local", str(exception), "".join(traceback.format_tb(tb)))

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Call the message's listener here: there is no other process."""
        self.deliver(msg_type, data, "local")


class DistributedRunner(Runner):
    """The runner of one of several processes."""


class WorkerRunner(DistributedRunner):
    """The runner of a process that carries users beside others."""

    def _note_spawned(self) -> None:
        """The lead says it."""

    def report(self) -> None:
        """Let the scenario add to a report for the lead, and send it."""
        data = {
            "stats": self.stats.serialize_stats(),
            "stats_total": self.stats.total.get_stripped_report(),
            "errors": self.stats.serialize_errors(),
            "user_classes_count": self.user_classes_count,
            "user_count": self.user_count,
        }
        self.environment.events.report_to_master.fire(client_id=self.client_id, data=data)
        self._conductor.say(REPORT, data, "")


class WorkerNode:
    """A process that carries users, as the lead sees it."""

    def __init__(self, id: str, state: str = STATE_INIT, heartbeat_liveness: int = HEARTBEAT_LIVENESS) -> None:
        self.id = id
        self.state = state
        self.heartbeat = heartbeat_liveness
        self.cpu_usage: float = 0
        self.memory_usage: int = 0
        self.cpu_warning_emitted = False
        self.user_classes_count: dict[str, int] = {}
        self.user_count = 0


class WorkerNodes(MutableMapping[str, WorkerNode]):
    """The processes that carry users, by client_id."""

    def __init__(self) -> None:
        self._nodes: dict[str, WorkerNode] = {}

    def get_by_state(self, state: str) -> list[WorkerNode]:
        """Those in one state."""
        return [node for node in self._nodes.values() if node.state == state]

    @property
    def all(self) -> list[WorkerNode]:
        """All of them."""
        return list(self._nodes.values())

    @property
    def ready(self) -> list[WorkerNode]:
        """Those that wait for the test."""
        return self.get_by_state(STATE_INIT)

    @property
    def spawning(self) -> list[WorkerNode]:
        """Those that start users."""
        return self.get_by_state(STATE_SPAWNING)

    @property
    def running(self) -> list[WorkerNode]:
        """Those whose users are there."""
        return self.get_by_state(STATE_RUNNING)

    @property
    def missing(self) -> list[WorkerNode]:
        """Those that are gone."""
        return self.get_by_state(STATE_MISSING)

    def __setitem__(self, key: str, node: WorkerNode) -> None:
        self._nodes[key] = node

    def __delitem__(self, key: str) -> None:
        del self._nodes[key]

    def __getitem__(self, key: str) -> WorkerNode:
        return self._nodes[key]

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._nodes))


class MasterRunner(DistributedRunner):
    """The lead's runner: its figures are those of all processes."""

    worker_index = -1

    def __init__(self, environment: Environment, conductor: Conductor) -> None:
        super().__init__(environment, conductor)
        self.client_id = client_id_of("lead")
        self.clients = WorkerNodes()
        self.spawn_rate = 0.0
        self.worker_indexes: dict[str, int] = {}
        self._users = 0
        self._users_by_class: dict[str, int] = {}

    @property
    def user_count(self) -> int:
        return self._users

    @property
    def user_classes_count(self) -> dict[str, int]:
        return {cls.__name__: 0 for cls in self.user_classes} | self._users_by_class

    @property
    def reported_user_classes_count(self) -> dict[str, int]:
        """How many users of each class are running in all processes."""
        return self.user_classes_count

    @property
    def worker_count(self) -> int:  # type: ignore[override]
        """How many processes carry users."""
        return len(self.clients) - len(self.clients.missing)

    def get_worker_index(self, client_id: str) -> int:
        """The number of a process, counted from 0."""
        return self.worker_indexes.setdefault(client_id, len(self.worker_indexes))

    def spawned(self, users_by_class: Mapping[str, int]) -> None:
        self._users, self._users_by_class = sum(users_by_class.values()), dict(users_by_class)
        super().spawned(users_by_class)

    def start(
        self,
        user_count: int,
        spawn_rate: float,
        wait: bool = False,
        user_classes: Sequence[type[User]] | None = None,
    ) -> None:
        self.spawn_rate = spawn_rate
        super().start(user_count, spawn_rate, wait, user_classes)

    def joined(self, generator: str) -> None:
        """A process that carries users is ready."""
        client_id = client_id_of(generator)
        self.worker_indexes[client_id] = int(generator) - 1
        self.environment.events.worker_connect.fire(client_id=client_id)
        self.clients[client_id] = WorkerNode(client_id)

    def left(self, generator: str) -> None:
        """A process that carried users is gone."""
        if node := self.clients.get(client_id_of(generator)):
            node.state = STATE_MISSING
            node.user_count = 0

    def merged(self, interval: Interval) -> None:
        """One second of all processes."""
        self._users, self._users_by_class = interval.users, dict(interval.users_by_class)
        for exception in interval.exceptions:
            kind, _, text = exception.message.partition(": ")
            self.log_exception("workers", text or kind, exception.traceback, exception.occurrences)
        for generator, health in interval.health.items():
            if (node := self.clients.get(client_id_of(generator))) is None:
                continue
            node.user_count, node.cpu_usage = health.users, health.cpu
            node.memory_usage = int(health.memory_mb * 1e6)
            if node.state in (STATE_INIT, STATE_SPAWNING) and self.state in (STATE_SPAWNING, STATE_RUNNING):
                node.state = self.state
            self.environment.events.heartbeat_sent.fire(client_id=node.id, timestamp=time.time())


locust_runner: Runner | None = None
"""The process's runner, where files for Locust before 1.0 look for it."""

RUNNERS: dict[str, type[Runner]] = {"single": LocalRunner, "generator": WorkerRunner, "lead": MasterRunner}
"""By the role of the process."""

_FORMER: dict[str, type[Any]] = {
    "LocustRunner": Runner,
    "LocalLocustRunner": LocalRunner,
    "DistributedLocustRunner": DistributedRunner,
    "MasterLocustRunner": MasterRunner,
    "SlaveLocustRunner": WorkerRunner,
    "WorkerLocustRunner": WorkerRunner,
    "SlaveNode": WorkerNode,
}


def __getattr__(name: str) -> Any:
    if name in _FORMER:
        warn_once(name, f"it is called {_FORMER[name].__name__}")
        return _FORMER[name]
    raise AttributeError(f"module 'locust.runners' has no attribute {name!r}")


def _in_words(counts: Mapping[str, int]) -> str:
    import json

    return f"{json.dumps(counts)} ({sum(counts.values())} total users)"


__all__ = [
    "CONNECT_RETRY_COUNT",
    "CONNECT_TIMEOUT",
    "CPU_MONITOR_INTERVAL",
    "CPU_WARNING_THRESHOLD",
    "FALLBACK_INTERVAL",
    "HEARTBEAT_DEAD_INTERNAL",
    "HEARTBEAT_INTERVAL",
    "HEARTBEAT_LIVENESS",
    "MASTER_HEARTBEAT_TIMEOUT",
    "STATE_CLEANUP",
    "STATE_INIT",
    "STATE_MISSING",
    "STATE_RUNNING",
    "STATE_SPAWNING",
    "STATE_STOPPED",
    "STATE_STOPPING",
    "WORKER_LOG_REPORT_INTERVAL",
    "WORKER_REPORT_INTERVAL",
    "DistributedRunner",
    "LocalRunner",
    "MasterRunner",
    "Message",
    "Runner",
    "WorkerNode",
    "WorkerNodes",
    "WorkerRunner",
]
