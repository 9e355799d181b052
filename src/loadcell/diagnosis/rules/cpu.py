"""Computing time runs out: limits, other programs, too many workers, the GIL, garbage collection, the work itself."""

from __future__ import annotations

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Evidence, Finding, finding, seen
from loadcell.diagnosis.rules import views
from loadcell.diagnosis.situation import Level, Situation

THROTTLED = 10.0
ACTIVE = 10.0
"""% of a core that a worker uses to count as active."""
PSI_CPU = 50.0
WANTED = 80.0
"""% of the time that a loop computes or would like to."""
OTHERS = 0.25
"""Share of the machine's cores that other programs take."""
STEAL = 10.0
GC_TIME = 10.0
GC_MUCH = 20.0
GC_QUEUED = 20.0
"""Requests in the service; from here on they are a queue."""
GC_GROWN = 2.0
"""Times the garbage of a request at the low load. Requests that queue are looked through by every collection, and what
they hold lives long enough to call for full ones; a service whose garbage is its own has the same for each request."""
GC_SOME = 2.0
"""With less of the time, one long pause is an accident."""
GC_PAUSE_MS = 100.0
GC_TAIL = 5.0
HOST_FREE = 80.0
COSTLY = 0.3
"""Of what a loop computes, the part of a line that is worth naming."""
UNEVEN = 2.0
UNEVEN_OF_TWO = 1.5
"""The busiest of two is at most twice as busy as the mean of both."""


def cpu_throttled(situation: Situation) -> Finding | None:
    """The quota of a control group (a container's CPU limit) holds the service back."""
    high = situation.high
    first = high.first(names.CPU_THROTTLED)
    if first is None or first[1] <= THROTTLED:
        return None
    limit = high.most(names.CPU_LIMIT)
    cpu = high.total(names.WORKER_CPU)
    return finding(
        "cpu_throttled",
        f"The CPU limit of the service's control group holds it back in {first[1]:.0f} % of the periods",
        [
            high.evidence(names.CPU_THROTTLED, first[1], "of the periods throttled", "%", first[0]),
            high.evidence(names.CPU_LIMIT, limit, "cores allowed"),
            high.evidence(names.WORKER_CPU, cpu, "CPU of the workers, of one core", "%"),
            situation.slower(),
        ],
        where=first[0],
        advice="Raise the limit (resources.limits.cpu, docker --cpus, CPUQuota=) or take it away and keep the request; "
        "or need less "
        "CPU per request. Throughput grows with the limit until the cores are full.",
    )


def too_many_workers(situation: Situation) -> Finding | None:
    """More workers than cores, and they wait for each other's."""
    high = situation.high
    active = [loop for loop in views.loops(high) if loop.process > ACTIVE]
    if situation.workers <= max(1.0, situation.cores) or not active:
        return None
    waits = high.of(names.WORKER_WAIT) or high.of(names.LOOP_WAIT)
    wait = sum(waits.get(loop.pid, 0.0) for loop in active) / len(active)
    psi = high.most(names.PSI_CPU)
    if wait <= views.STARVED or (psi is not None and psi <= PSI_CPU):
        return None
    memory = high.total(names.WORKER_MEMORY)
    return finding(
        "too_many_workers",
        f"{situation.workers} workers share {situation.cores:g} cores, and each waits {wait:.0f} % of the time for one",
        [
            high.evidence(names.WORKERS, situation.workers, "worker" if situation.workers == 1 else "workers"),
            high.evidence(names.SERVICE_CORES, situation.cores, "cores"),
            high.evidence(names.LOOP_WAIT, wait, "of the time a worker waits for a core", "%"),
            high.evidence(names.PSI_CPU, psi, "of the time some task waits for a core", "%"),
            high.evidence(names.WORKER_MEMORY, memory, "memory of the workers", "MB"),
            situation.slower(),
        ],
        where=f"{situation.workers} workers",
        advice=f"Start {situation.cores:g} workers, one per core: the same throughput or more, shorter waits, and the "
        "memory of "
        f"{situation.workers - situation.cores:g} workers back.",
    )


def noisy_neighbour(situation: Situation) -> Finding | None:
    """Other programs, or other guests of the same hardware, take the cores that the service wants."""
    high = situation.high
    loop = views.busiest(high)
    cores = high.most(names.HOST_CORES) or situation.cores
    if loop is None or loop.wait <= views.STARVED or loop.cpu + loop.wait < WANTED or situation.workers > situation.cores:
        return None
    others, steal = others_cpu(situation), high.most(names.HOST_STEAL) or 0.0
    # A database that takes the cores, or the generator, is not a neighbour but part of the load.
    ours = max(high.most(names.DB_CPU) or 0.0, high.generators_cpu)
    taken = others is not None and others >= 100 * OTHERS * cores and others > ours
    # A service that keeps up all the same has room left.
    if (not taken and steal < STEAL) or not views.is_queued(situation):
        return None
    return finding(
        "noisy_neighbour",
        f"The service waits {loop.wait:.0f} % of the time for a core that others use",
        [
            high.evidence(names.LOOP_WAIT, loop.wait, "of the time ready and without a core", "%", loop.pid),
            high.evidence(names.LOOP_CPU, loop.cpu, "CPU of the loop", "%", loop.pid),
            high.evidence(names.HOST_CPU, others, "CPU of other programs, of one core", "%") if taken else None,
            high.evidence(names.HOST_STEAL, steal, "CPU that the hypervisor gave to others", "%")
            if steal >= STEAL
            else None,
            situation.slower(),
        ],
        where="the host",
        advice="Move the other programs away, or give the service cores of its own (cpuset, a dedicated machine), and "
        "measure again: "
        "figures taken beside a neighbour say little about the service.",
        unseen=["Which programs they are is not seen: top on that machine shows it."] if taken else [],
    )


def others_cpu(situation: Situation) -> float | None:
    """CPU (% of a core) of the machine that neither the service, its database nor the generators on it use."""
    high = situation.high
    host = high.most(names.HOST_CPU)
    if host is None:
        return None
    cores = high.most(names.HOST_CORES) or situation.cores
    own = sum(high.total(signal) or 0.0 for signal in (names.WORKER_CPU, names.HELPER_CPU, names.DB_CPU))
    return max(0.0, host * cores - own - high.generators_cpu)


def cpu_bound_threads(situation: Situation) -> Finding | None:
    """Threads compute, and only one of them at a time: the GIL."""
    high = situation.high
    found = [one for one in views.loops(high) if views.takes_turns(situation, one)]
    if not found:
        return None
    loop = max(found, key=lambda one: one.threads)
    futex = high.of(names.LOOP_IN_FUTEX).get(loop.pid)
    line = _line_of_threads(high, loop.pid)
    return finding(
        "cpu_bound_threads",
        f"Threads of worker {loop.pid} compute {loop.threads:.0f} % of a core, and Python lets one of them at a time",
        [
            high.evidence(names.WORKER_CPU, loop.process, "CPU of the worker, of one core", "%", loop.pid),
            high.evidence(names.LOOP_CPU, loop.cpu, "of it the event loop's thread", "%", loop.pid),
            high.evidence(names.LOOP_IN_FUTEX, futex, "of the samples the loop waits for a lock, the GIL", "%", loop.pid)
            if futex and futex >= 20
            else None,
            high.evidence(names.P_LAG, high.peak(names.P_LAG), "the event loop late at the most", "ms"),
            high.evidence(names.P_AWAITED, line[1], f"of the threads and requests are at {line[0]}", "%", line[0])
            if line
            else None,
            situation.slower(),
        ],
        where=views.line_of(line[0]) if line else f"pid {loop.pid}",
        advice=f"Start more workers (there are {situation.workers} on {situation.cores:g} cores), or give the computing "
        "to processes "
        "(ProcessPoolExecutor): threads don't make it faster. Or make it cheaper, which counts in full.",
        unseen=[]
        if line
        else ["Which function computes in the threads is not seen: py-spy record -d 10 --pid " + loop.pid + " shows it."],
    )


def _line_of_threads(level: Level, pid: str) -> tuple[str, float] | None:
    """The line at which most of a worker's threads were found."""
    line = views.place(level, names.P_AWAITED, pid)
    return line if line and line[1] >= 100 * COSTLY else None


def gc_pauses(situation: Situation) -> Finding | None:
    """Garbage collections stop everything."""
    high = situation.high
    time = high.first(names.P_GC_TIME)
    if time is None:
        return None
    longest = high.peak(names.P_GC_LONGEST) or 0.0
    client = high.client
    tail = is_tail_long(situation)
    if time[1] < GC_TIME and not (longest >= GC_PAUSE_MS and tail and time[1] >= GC_SOME):
        return None
    return finding(
        "gc_pauses",
        f"Garbage collections stop the service {time[1]:.0f} % of the time, {longest:.0f} ms at the longest",
        [
            high.evidence(names.P_GC_TIME, time[1], "of the time", "%", time[0]),
            high.evidence(names.P_GC_LONGEST, longest, "the longest", "ms"),
            high.evidence(names.P_GC_FULL, high.total(names.P_GC_FULL), "full collections", "1/s"),
            seen("p99", "high", client.p99 or 0.0, "p99 of the response times", unit="ms") if tail else None,
        ],
        where=f"pid {time[0]}",
        advice="After the start call gc.collect(); gc.freeze(), and raise the thresholds: gc.set_threshold(50_000, 20, "
        "50). That has "
        "brought 10 to 50 % more throughput and a p99 of a third to a half in services whose time went there; garbage in "
        "cycles lives longer for it.",
    )


def is_much_garbage(situation: Situation) -> bool:
    """Whether collections take so much that a full loop is theirs, and it is not the queue of requests that makes them
    long."""
    time = situation.high.first(names.P_GC_TIME)
    return time is not None and time[1] >= GC_MUCH and not _is_garbage_of_the_queue(situation)


def _is_garbage_of_the_queue(situation: Situation) -> bool:
    high, low = situation.high, situation.low
    if low is None or (high.total(names.P_IN_FLIGHT) or 0.0) < GC_QUEUED:
        return False
    before, now = (_garbage_of_a_request(level) for level in (low, high))
    return high.stands_still or (now is not None and before is not None and now >= GC_GROWN * before)


def _garbage_of_a_request(level: Level) -> float | None:
    """What collections take of a core for each request a second, in %; None where nothing was seen or no request ended."""
    time, finished = level.total(names.P_GC_TIME), level.total(names.P_FINISHED)
    return time / finished if time is not None and finished else None


def is_tail_long(situation: Situation) -> bool:
    """Whether a few requests take far longer than most, as those do that meet a collection."""
    client = situation.high.client
    return client.p99 is not None and bool(client.p50) and client.p99 > GC_TAIL * (client.p50 or 1.0)


def too_few_workers(situation: Situation) -> Finding | None:
    """Every worker's loop is full, and there are cores left that they don't use."""
    if not _cpu_is_the_limit(situation) or situation.workers >= situation.cores or not _all_full(situation):
        return None
    high = situation.high
    host = high.most(names.HOST_CPU)
    more = int(situation.cores)
    return finding(
        "too_few_workers",
        f"Every event loop is full, and {_workers(situation.workers)} can't use more of the {situation.cores:g} cores",
        [
            *_loop_evidence(situation),
            high.evidence(names.WORKERS, situation.workers, "worker" if situation.workers == 1 else "workers"),
            high.evidence(names.SERVICE_CORES, situation.cores, "cores"),
            high.evidence(names.HOST_CPU, host, "of the machine's CPU in use", "%"),
        ],
        where=_workers(situation.workers),
        advice=f"Start {more} workers (uvicorn --workers {more}): up to {situation.cores / situation.workers:.1f} times "
        "as many "
        f"requests/s, as far as nothing else uses the cores. {_cost(situation)}",
        unseen=_unseen(situation),
    )


def cpu_bound(situation: Situation) -> Finding | None:
    """The service computes all the time."""
    if not _cpu_is_the_limit(situation):
        return None
    high = situation.high
    line = _costly_line(situation)
    beside = [one.pid for one in views.loops(high) if views.is_side_by_side(high, one)]
    if line is None and beside and (threads := _line_of_threads(high, beside[0])):
        line = (*threads, names.P_AWAITED)
    cpu = high.total(names.WORKER_CPU) or 0.0
    host = high.most(names.HOST_CPU)
    where = views.line_of(line[0]) if line else _busiest_pid(situation)
    summary = "The service is out of computing time" + (f", above all at {line[0]}" if line else "")
    shared = high.generators_cpu >= 20 and host is not None and host >= HOST_FREE and situation.workers >= situation.cores
    return finding(
        "cpu_bound",
        summary,
        [
            *_loop_evidence(situation),
            high.evidence(names.WORKER_CPU, cpu, "CPU of the workers, of one core", "%"),
            high.evidence(line[2], line[1], _at_line(line), "%", line[0]) if line else None,
            high.evidence(names.HOST_CPU, host, "of the machine's CPU in use", "%"),
        ],
        where=where,
        advice=f"{_cost(situation)} Make {line[0] if line else 'the costliest endpoint'} cheaper (profile it, cache, "
        "serialise less), "
        "or add cores and a worker for each: half the CPU per request is twice the throughput."
        + (
            " The load generator computes on the same cores; from another machine the service carries more."
            if shared
            else ""
        ),
        unseen=_unseen(situation),
    )


def worker_imbalance(situation: Situation) -> Finding | None:
    """One worker has far more to do than the others."""
    high = situation.high
    cpu = [loop.cpu for loop in views.loops(high)]
    if len(cpu) < 2:
        return None
    mean = sum(cpu) / len(cpu)
    in_flight = list(high.of(names.P_IN_FLIGHT).values())
    # Only where the busiest one is at its limit do the others' free hands matter.
    if cpu[0] < WANTED or mean <= 0 or cpu[0] / mean <= (UNEVEN_OF_TWO if len(cpu) == 2 else UNEVEN):
        return None
    busiest = views.loops(high)[0]
    mean_in_flight = sum(in_flight) / len(in_flight) if in_flight else 0.0
    uneven = mean_in_flight > 0 and max(in_flight) / mean_in_flight > UNEVEN
    return finding(
        "worker_imbalance",
        f"Worker {busiest.pid} is busy {busiest.cpu:.0f} % of the time, the {len(cpu)} workers on average {mean:.0f} %",
        [
            high.evidence(names.LOOP_CPU, busiest.cpu, "CPU of the busiest loop", "%", busiest.pid),
            high.evidence(names.LOOP_CPU, mean, "CPU of a loop on average", "%"),
            high.evidence(names.P_IN_FLIGHT, max(in_flight), "requests under way in one worker") if uneven else None,
            situation.slower(),
        ],
        where=f"pid {busiest.pid}",
        advice="Connections that are kept alive stay with the worker that accepted them: use more connections than "
        "workers by far, "
        "close them now and then (--limit-max-requests, keep-alive time-out), or put a proxy in front that spreads "
        "requests. The idle workers' time is then used too.",
    )


def _at_line(line: tuple[str, float, str]) -> str:
    at, _, signal = line
    return f"of the threads and requests are at {at}" if signal == names.P_AWAITED else f"of the loop's time computes {at}"


def _cpu_is_the_limit(situation: Situation) -> bool:
    high = situation.high
    if not situation.watched or views.blocked(high) is not None:
        return False
    return views.is_saturated(situation) and not any(views.takes_turns(situation, one) for one in views.loops(high))


def _all_full(situation: Situation) -> bool:
    loops = views.loops(situation.high)
    if any(views.is_side_by_side(situation.high, loop) for loop in loops):
        return False  # one worker's threads can use all cores
    return bool(loops) and all(views.is_full(situation, loop) or loop.process >= 100 * views.CORES_FULL for loop in loops)


def cores_are_free(situation: Situation) -> bool:
    """Whether the machine has computing time left that further workers could use."""
    host = situation.high.most(names.HOST_CPU)
    return host is not None and host < HOST_FREE


def _loop_evidence(situation: Situation) -> list[Evidence | None]:
    high = situation.high
    loop = views.busiest(high)
    if loop is None:
        return []
    unread = views.unread(high)
    return [
        high.evidence(names.LOOP_CPU, loop.cpu, "CPU of the busiest event loop", "%", loop.pid),
        high.evidence(names.LOOP_WAIT, loop.wait, "of the time it waits for a core", "%", loop.pid)
        if loop.wait >= 1
        else None,
        high.evidence(names.P_LOOP_CPU, high.most(names.P_LOOP_CPU), "CPU of its thread, by its own clock", "%"),
        high.evidence(names.SOCKETS_UNREAD, unread, "requests not read yet") if unread >= 1 else None,
        situation.slower(),
    ]


def _cost(situation: Situation) -> str:
    cpu, rps = situation.high.total(names.WORKER_CPU), situation.high.client.rps
    if not cpu or not rps:
        return ""
    milliseconds = 10 * cpu / rps
    return f"At this load a request costs {milliseconds:.2g} ms of CPU: {1000 / milliseconds:.0f} requests/s fill a core."


def _costly_line(situation: Situation) -> tuple[str, float, str] | None:
    """The line that takes much of what the loops compute."""
    high = situation.high
    line = views.code_line(high, names.P_COMPUTING)
    loops = [loop.cpu for loop in views.loops(high)]
    return line if line and loops and line[1] >= COSTLY * sum(loops) / len(loops) else None


def _busiest_pid(situation: Situation) -> str:
    loop = views.busiest(situation.high)
    return f"pid {loop.pid}" if loop else ""


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


def _unseen(situation: Situation) -> list[str]:
    if _costly_line(situation):
        return []
    pid = _busiest_pid(situation).removeprefix("pid ") or "PID"
    if situation.probed:
        return [f"No line stands out, as with many short pieces of work: py-spy record -d 10 --pid {pid} shows the whole."]
    return [
        "Which code computes is not seen: the probe shows it (docs/probe.md), or pip install 'loadcell[pyspy]' from "
        f"outside. py-spy record -d 10 --pid {pid} shows the whole."
    ]
