"""The processes of the service under test: who they are, what each uses and waits for, what their control groups allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loadcell.monitors.cgroups import Group, cores_of, cpu_limit, group_of, memory_limit, memory_used, oom_kills, throttling
from loadcell.monitors.loop_states import IDLE, UNSEEN, LoopStates
from loadcell.monitors.members import Members
from loadcell.monitors.rates import Rates
from loadcell.monitors.reading import Reading, Sight, Unseen
from loadcell.monitors.sampler import Sampler
from loadcell.monitors.stacks import Stacks

_SAMPLES_S = 0.02
_BUSY = 50.0
"""% of the samples in which a main thread was not idle: then it is worth knowing at which line it is."""
_NO_FUNCTIONS = Unseen("what the main threads wait for (wchan)", "Run loadcell as root on the service's host.")


class Processes:
    """The workers of a service one by one, and the rest of its processes."""

    source = "processes"

    def __init__(self, *, port: int | None = None, pid: int | None = None, stacks: Stacks | None = None) -> None:
        """`pid` is needed where the service listens in another network namespace, or its descriptors can't be seen.

        `stacks` looks at the lines of busy workers, for services that have no probe.
        """
        if port is None and pid is None:
            raise ValueError("a port or a pid is needed")
        self._members = Members(port, pid)
        self._states = LoopStates()
        self._stacks = stacks
        self._sampler: Sampler | None = None
        self._rates = Rates()

    def open(self) -> None:
        self._members.open()
        self._rates = Rates()
        self._states = LoopStates()
        self._states.watch(self._members.workers)
        self._sampler = Sampler(self._states.sample, _SAMPLES_S, "loop states")
        self._sampler.start()
        if self._stacks is not None:
            self._stacks.open()

    def close(self) -> None:
        if self._sampler is not None:
            self._sampler.stop()
            self._sampler = None
        if self._stacks is not None:
            self._stacks.close()
        self._states.close()

    def read(self, now: float) -> Iterable[Sight]:
        if self._sampler is not None:
            self._sampler.check()
        changes = self._members.update(now)
        workers = self._members.workers
        if changes:
            self._states.watch(workers)
        yield from changes
        yield Reading("workers", len(workers))
        for worker in workers.values():
            if (stat := worker.stat()) is not None:
                yield from worker.read(stat, now)
        for helper in self._members.helpers.values():
            if (stat := helper.stat()) is not None:
                yield from helper.read_usage("helper", stat, now)
        yield from self._doings()
        yield from self._allowances(now)

    def _doings(self) -> Iterator[Sight]:
        busy = set()
        for pid, shares in self._states.take().items():
            if 100 - shares[IDLE] - shares[UNSEEN] >= _BUSY:
                busy.add(pid)
            for signal, share in sorted(shares.items()):
                yield Reading(signal, share, str(pid))
            if shares[UNSEEN] > 50 and not shares[IDLE]:
                yield _NO_FUNCTIONS
        if self._stacks is not None:
            yield from self._stacks.take(busy)

    def _allowances(self, now: float) -> Iterator[Reading]:
        groups = {pid: group_of(pid) for pid in self._members.workers}
        if cores := [found for pid, group in groups.items() if (found := cores_of(pid, group)) is not None]:
            yield Reading("service_cores", max(cores))
        for group in {found.name: found for found in groups.values()}.values():
            yield from self._group(group, now)

    def _group(self, group: Group, now: float) -> Iterator[Reading]:
        if (cores := cpu_limit(group)) is not None:
            yield Reading("cpu_limit", cores, group.name)
        for folder, counted in throttling(group).items():
            of = str(folder)
            periods = self._rates.per_second((of, "periods"), counted.periods, now)
            throttled = self._rates.per_second((of, "throttled"), counted.throttled, now)
            held = self._rates.per_second((of, "held"), counted.held_ms, now)
            if periods and throttled is not None:
                yield Reading("cpu_throttled", 100 * throttled / periods, of)
            if held is not None:
                yield Reading("cpu_throttled_time", held, of)
        if (limit := memory_limit(group)) is not None:
            yield Reading("memory_limit", limit / 1e6, group.name)
            if (used := memory_used(group)) is not None:
                yield Reading("memory_used", used / 1e6, group.name)
        if (kills := oom_kills(group)) is not None:
            rate = self._rates.per_second((group.name, "oom kills"), kills, now)
            if rate is not None:
                yield Reading("group_oom_kills", rate, group.name)
