"""What several rules look at: the busiest event loop, whether it is blocked, lines in the code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from loadcell.diagnosis import names
from loadcell.diagnosis.situation import SLOWER, Level, Situation

T = TypeVar("T")

NEEDS_PROBE = (
    "From outside it can't be seen {}: put app = loadcell_probe.install(app) at the end of the service's module and "
    "start it "
    "with LOADCELL_PROBE_DIR (docs/probe.md)."
)
NEEDS_LINE = (
    "Without a probe it can't be seen {}: put app = loadcell_probe.install(app) at the end of the service's module and "
    "start it with LOADCELL_PROBE_DIR (docs/probe.md); or pip install 'loadcell[pyspy]', which names the line from outside."
)
NEEDS_DATABASE = "What the database does is not seen: give --postgres DSN."

FULL = 93.0
"""% of the time in which a full event loop computes, or waits for a core."""
BY_ITSELF = 85.0
STARVED_CPU = 30.0
CORES_FULL = 0.85
STARVED = 35.0
"""% of the time that a loop waits for a core: above, it is the machine and not the loop that is full."""
BUSY = 50.0
BLOCKED = 40.0
THREADS = 50.0
"""% of a core that other threads than the loop's take."""
IDLE = 1.0
PROCESS_FULL = 90.0
LOOP_FREE = 50.0
SIDE_BY_SIDE = 120.0
"""% of a core that threads get only if they compute at the same time, or want if they are ready at the same time."""
_WAITS = (names.LOOP_IN_SLEEP, names.LOOP_IN_NETWORK, names.LOOP_ON_DISK)
_UNSURE = (names.LOOP_IN_POLL, names.LOOP_IN_FUTEX)
"""What is also where threads wait that run no event loop."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One worker and its event loop, in % of a core or of the time."""

    pid: str
    cpu: float
    wait: float
    """Ready, and waiting for a core."""
    process: float
    """CPU of the whole worker."""

    @property
    def threads(self) -> float:
        """CPU of its other threads."""
        return self.process - self.cpu

    @property
    def load(self) -> float:
        """How full the loop is: a short wait for a core is part of being busy, a long one is not its own."""
        return self.cpu + (self.wait if self.wait < STARVED else 0.0)


def loops(level: Level) -> list[Loop]:
    """The workers' loops, the busiest first; empty where the service's processes were not read."""
    wait, process = level.of(names.LOOP_WAIT), level.of(names.WORKER_CPU)
    found = [Loop(pid, cpu, wait.get(pid, 0.0), process.get(pid, cpu)) for pid, cpu in level.of(names.LOOP_CPU).items()]
    return sorted(found, key=lambda loop: -loop.cpu)


def busiest(level: Level) -> Loop | None:
    """The busiest loop."""
    return next(iter(loops(level)), None)


@dataclass(frozen=True, slots=True)
class Blocked:
    """How much of the time a loop does nothing and is not free, as two sources see it; None: not seen."""

    pid: str
    inside: float | None
    outside: float | None
    outside_signal: str = ""


def blocked(level: Level) -> Blocked | None:
    """The loop that is blocked most, if any is for long enough; a thread that computes next to it may hold the GIL."""
    found = []
    for loop in loops(level):
        if loop.threads >= THREADS:
            continue
        inside, (signal, outside) = _inside(level, loop), _outside(level, loop)
        seen_inside = inside is not None and inside >= BLOCKED
        # The probe is nearer: where it says that the loop is free, it is.
        seen_outside = outside >= BLOCKED and (inside is None or inside >= BLOCKED / 2)
        if seen_inside or seen_outside:
            found.append(Blocked(loop.pid, inside if seen_inside else None, outside if seen_outside else None, signal))
    return max(found, key=lambda one: max(one.inside or 0, one.outside or 0), default=None)


def _inside(level: Level, loop: Loop) -> float | None:
    busy = level.of(names.P_BUSY).get(loop.pid)
    if busy is None:
        return None
    cpu = max(loop.cpu, level.of(names.P_LOOP_CPU).get(loop.pid, 0.0))
    return busy - cpu - loop.wait if busy >= BUSY else 0.0


def _outside(level: Level, loop: Loop) -> tuple[str, float]:
    """Which wait there is most of, and how much of all that are not for events. A main thread that never computes, or
    never waits for events, is that of a server whose loop is elsewhere."""
    shares = {signal: level.of(signal).get(loop.pid, 0.0) for signal in (*_WAITS, *_UNSURE)}
    sure = sum(shares[signal] for signal in _WAITS)
    unsure = sum(shares[signal] for signal in _UNSURE)
    events = level.peaks.get(names.LOOP_IDLE, {}).get(loop.pid, 0.0)
    if loop.cpu < 0.1 or (sure < BLOCKED and (unread(level) < 1 or events < IDLE)):
        unsure = 0.0
    most = max(shares, key=lambda signal: shares[signal])
    return most, sure + unsure


def is_side_by_side(level: Level, loop: Loop) -> bool:
    """Whether threads of a worker compute at the same time: in code that has let the interpreter's lock (GIL) go.

    Threads that take turns wait in a lock; those that don't are ready, and wait for cores.
    """
    wait = level.of(names.WORKER_WAIT).get(loop.pid, 0.0) - loop.wait
    return loop.threads >= THREADS and (loop.process > SIDE_BY_SIDE or wait > SIDE_BY_SIDE)


def takes_turns(situation: Situation, loop: Loop) -> bool:
    """Whether threads of a worker compute all the time, and only one of them at a time.

    The one that has the interpreter's lock may wait for a core with it: then all would compute more if there were one.
    """
    high = situation.high
    if loop.cpu >= LOOP_FREE or loop.threads < THREADS or is_side_by_side(high, loop):
        return False
    waits = max(high.of(names.WORKER_WAIT).get(loop.pid, 0.0) - loop.wait, 0.0)
    return loop.process >= 100 * CORES_FULL or (loop.process + waits >= PROCESS_FULL and is_queued(situation))


def is_full(situation: Situation, loop: Loop) -> bool:
    """Whether a loop has no time left: it computes all the time, or would if it got a core.

    Waiting for a core alone does not make it full: then requests must queue for it as well.
    """
    starved = loop.wait >= STARVED and loop.cpu >= STARVED_CPU and loop.cpu + loop.wait >= FULL
    return (loop.load >= FULL or starved) and (loop.cpu >= BY_ITSELF or is_queued(situation))


def is_queued(situation: Situation) -> bool:
    """Whether requests wait in front of the service: they lie unread, or take longer than at the low load."""
    return unread(situation.high) >= 1 or (situation.slowed or 0.0) >= SLOWER


def is_saturated(situation: Situation) -> bool:
    """Whether the service has no computing time left: the busiest loop is full, or its cores are.

    Threads that compute side by side can use all cores; they also lack time where they wait for cores, and not the loop.
    """
    high = situation.high
    cpu = high.total(names.WORKER_CPU) or 0.0
    beside = any(is_side_by_side(high, loop) for loop in loops(high))
    cores = situation.cores if beside else min(situation.workers, situation.cores)
    starved = beside and (high.total(names.WORKER_WAIT) or 0.0) > SIDE_BY_SIDE and is_queued(situation)
    return any(is_full(situation, loop) for loop in loops(high)) or cpu >= 100 * CORES_FULL * cores or starved


def is_loop_taken(situation: Situation) -> bool:
    """Whether the loop is what requests wait for: then waits further in say nothing about what they are for."""
    return blocked(situation.high) is not None or is_saturated(situation)


def waiting(level: Level, situation: Situation) -> bool:
    """Whether the loops mostly wait for events while requests take longer than at the low load."""
    slowed = situation.slowed
    loop = busiest(level)
    return loop is not None and loop.load < BUSY and (slowed is None or slowed > 2)


def unread(level: Level) -> float:
    """Requests that lie in sockets and that nobody has read yet, a mean."""
    return level.total(names.SOCKETS_UNREAD) or 0.0


def place(level: Level, signal: str, pid: str = "") -> tuple[str, float] | None:
    """The line, statement or host of a signal that is about “pid something”, and its value: the one with the most.

    Of one worker where `pid` is given and has some; workers with the same one are added up for their mean.
    """
    found = _by_name(level.of(signal), pid) or _by_name(level.of(signal), "")
    return max(found.items(), key=lambda item: item[1]) if found else None


_FROM_OUTSIDE = {names.P_BLOCKING: names.STACK_BLOCKING, names.P_COMPUTING: names.STACK_COMPUTING}


def code_line(level: Level, signal: str, pid: str = "") -> tuple[str, float, str] | None:
    """The line that the probe named for one of its signals, else py-spy; its share in % and whose signal it is."""
    for named in (signal, _FROM_OUTSIDE[signal]):
        if (found := place(level, named, pid)) is not None:
            return *found, named
    return None


def _by_name(values: Mapping[str, float], pid: str) -> dict[str, float]:
    sums: dict[str, list[float]] = {}
    for of, value in values.items():
        worker, _, name = of.partition(" ")
        if name and pid in ("", worker):
            sums.setdefault(name, []).append(value)
    return {name: sum(found) / len(found) for name, found in sums.items()}


def first_of(*candidates: T | None) -> T | None:
    """The first that is known."""
    return next((one for one in candidates if one is not None), None)


def line_of(name: str) -> str:
    """file:line of “file:line function, in something”."""
    return name.split(" ")[0]


def unknown(*needs: str | None) -> Iterable[str]:
    """Only what there is to say."""
    return [one for one in needs if one]
