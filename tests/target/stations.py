"""A service whose capacity is known: slots, each with a service time, and a queue before them."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NamedTuple

from tests.target.connection import Behaviour, Connection, Server
from tests.target.messages import Answer, Request
from tests.target.supervisor import die


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `/work` is told by its query. n: the requests that wait or are served, the newest included."""

    slots: int = 1
    ms: float = 20.0
    """The mean service time."""
    dist: str = "fixed"
    """`fixed` or `exponential`."""
    seed: int = 1
    collapse: float = 0.0
    """The service takes 1 + (n - beyond) / collapse times as long while n > beyond; 0: it never does."""
    beyond: int = 0
    """0: the slots."""
    reset: int = 0
    """A request that makes n larger than this has its connection reset; 0: none has. So with the next two."""
    crash: int = 0
    """… kills the process."""
    trip: int = 0
    """… makes the service slow: by `factor`, until no request has come for `heal` seconds; 0: for ever."""
    factor: float = 10.0
    heal: float = 0.0

    def __post_init__(self) -> None:
        if self.slots < 1 or self.ms <= 0 or self.dist not in ("fixed", "exponential"):
            raise ValueError("slots must be at least 1, ms above 0, dist fixed or exponential")


class Job(NamedTuple):
    """A request, and the answer that it gets when it was served."""

    connection: Connection
    came_ns: int
    data: bytes


class Station:
    """First come, first served. Whoever waits begins at the moment at which a slot was due to be free, however late this
    process notices: so what is delivered at saturation is slots / service time, exactly. Who has gone is not served.
    """

    def __init__(self, server: Server, settings: Settings) -> None:
        self.settings = settings
        self.present = 0
        self.served = 0
        self.slow = False
        self._call_at = server.timers.call_at
        self._free = settings.slots
        self._waiting: deque[Job] = deque()
        self._last_ns = 0
        """When the last request came or was served."""
        numbers = random.Random(settings.seed)
        self._mean_ns = settings.ms * 1e6
        self._time_ns: Callable[[], float] = lambda: self._mean_ns
        if settings.dist == "exponential":
            self._time_ns = lambda: numbers.expovariate(1 / self._mean_ns)

    def arrive(self, connection: Connection, came_ns: int, data: bytes) -> None:
        """A request came."""
        wanted = self.settings
        if self.slow and wanted.heal and not self.present and came_ns - self._last_ns >= wanted.heal * 1e9:
            self.slow = False
        if wanted.crash and self.present >= wanted.crash:
            die()
        if wanted.reset and self.present >= wanted.reset:
            connection.reset()
            return
        self.present += 1
        self._last_ns = came_ns
        if wanted.trip and self.present > wanted.trip:
            self.slow = True
        job = Job(connection, came_ns, data)
        if self._free:
            self._free -= 1
            self._start(job, came_ns)
        else:
            self._waiting.append(job)

    def _start(self, job: Job, at_ns: int) -> None:
        wanted = self.settings
        time_ns = self._time_ns()
        if self.slow:
            time_ns *= wanted.factor
        if wanted.collapse:
            time_ns *= 1 + max(0, self.present - (wanted.beyond or wanted.slots)) / wanted.collapse
        due_ns = at_ns + int(time_ns)
        self._call_at(due_ns, self._end, job, due_ns)

    def _end(self, job: Job, due_ns: int) -> None:
        self.present -= 1
        self.served += 1
        self._last_ns = due_ns
        job.connection.complete_late(job.data)
        while self._waiting:
            following = self._waiting.popleft()
            if not following.connection.lost:
                self._start(following, max(due_ns, following.came_ns))
                return
            self.present -= 1
        self._free += 1

    def document(self) -> dict[str, Any]:
        """How it stands."""
        return {"present": self.present, "waiting": len(self._waiting), "served": self.served, "slow": self.slow}


def work(request: Request, connection: Connection) -> Answer:
    """`/work?slots=4&ms=20`: a service that can do 200 requests a second.

    `dist=exponential&seed=1`: with service times that vary. `collapse`, `beyond`, `reset`, `crash`, `trip`, `factor` and
    `heal`: what becomes of it under too much load, see Settings. Requests with the same settings share the station;
    what else is in the query makes no difference.
    """
    server = connection.server
    settings = _settings(request.target)
    station = server.stations.get(settings)
    if station is None:
        station = server.stations[settings] = Station(server, settings)
    return Answer(station=station)


@cache
def _settings(target: str) -> Settings:
    from urllib.parse import parse_qsl, urlsplit

    query = dict(parse_qsl(urlsplit(target).query))
    kinds = {"int": int, "float": float, "str": str}
    return Settings(
        **{
            field.name: kinds[str(getattr(field.type, "__name__", field.type))](query[field.name])
            for field in fields(Settings)
            if field.name in query
        }
    )


BEHAVIOURS: dict[str, Behaviour] = {"work": work}
