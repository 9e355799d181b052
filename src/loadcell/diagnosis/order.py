"""The rules in their order: the first finding is the cause, later ones what else was seen; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loadcell.diagnosis.finding import Finding
from loadcell.diagnosis.rules import cpu, database, loop, resources, service, views, waits
from loadcell.diagnosis.situation import Situation

Rule = Callable[[Situation], Finding | None]


@dataclass(frozen=True, slots=True)
class Step:
    """A rule's place."""

    rule: Rule
    lasting: bool = True
    """Whether it must hold in both halves of the load as well; what happens once need not."""


FRONT = (
    Step(service.errors, lasting=False),
    Step(service.generator_saturated),
    Step(service.fd_limit, lasting=False),
    Step(service.accept_queue_overflow, lasting=False),
)
LOOP = (
    Step(loop.disk_bound),
    Step(loop.blocked_event_loop),
)
COMPUTING = (
    Step(cpu.cpu_throttled),
    Step(cpu.too_many_workers),
    Step(cpu.noisy_neighbour),
    Step(database.too_many_queries),
    Step(database.slow_queries_on_its_cores),
    Step(cpu.cpu_bound_threads),
    Step(cpu.gc_pauses, lasting=False),
    Step(cpu.worker_imbalance),
    Step(cpu.cpu_bound),
    Step(cpu.too_few_workers),
)
WAITS = (
    Step(waits.thread_pool_exhausted),
    Step(database.lock_contention),
    Step(database.slow_queries),
    Step(database.db_pool_held),
    Step(database.db_pool_exhausted),
    Step(database.slower_database),
    Step(waits.client_pool_exhausted),
    Step(waits.slow_downstream),
    Step(waits.application_lock),
    Step(database.too_many_queries_outside),
)
"""Judged only where the loop is free: a full one makes every pool look exhausted."""
RESOURCES = (
    Step(resources.network_bound),
    Step(resources.memory_bound, lasting=False),
    Step(service.worker_restarts, lasting=False),
    Step(resources.memory_leak, lasting=False),
)
_ONE_OF = (
    ("slow_queries", "db_pool_held", "db_pool_exhausted"),
    ("slow_queries", "cpu_bound"),
    ("slow_queries", "too_few_workers"),
    ("lock_contention", "slow_queries", "db_pool_held", "db_pool_exhausted"),
    ("disk_bound", "blocked_event_loop"),
    ("cpu_throttled", "too_many_workers", "noisy_neighbour"),
    ("client_pool_exhausted", "slow_downstream"),
)
"""Of each, one that holds explains those after it."""


def judge(situation: Situation, halves: Sequence[Situation] = ()) -> list[Finding]:
    """What the rules find, the cause first. `halves` are the high load's, each beside the same low load."""

    def found(steps: Sequence[Step]) -> list[Finding]:
        return [one for step in steps if (one := _holds(step, situation, halves)) is not None]

    front = found(FRONT)
    stuck = found(LOOP)
    computing = [] if stuck else _by_free_cores(found(COMPUTING), situation)
    taken = bool(stuck) or views.is_loop_taken(situation)
    waits = [] if taken else found(WAITS)
    within = [*stuck, *computing, *waits]
    full = any(one.code in ("cpu_bound", "too_few_workers") for one in computing)
    if not cpu.is_much_garbage(situation) and (full or (waits and not cpu.is_tail_long(situation))):
        # What all requests wait for comes before what few of them meet.
        within.sort(key=lambda one: one.code == "gc_pauses")
    return _explained(_placed(front, within, found(RESOURCES), situation))


def _holds(step: Step, situation: Situation, halves: Sequence[Situation]) -> Finding | None:
    found = step.rule(situation)
    if found is not None and step.lasting and not all(step.rule(half) is not None for half in halves):
        return None
    return found


def _by_free_cores(found: list[Finding], situation: Situation) -> list[Finding]:
    """Too few workers comes before the computing itself where the machine has time left for more."""
    if not cpu.cores_are_free(situation):
        return found
    few = [one for one in found if one.code == "too_few_workers"]
    place = next((i for i, one in enumerate(found) if one.code == "cpu_bound"), len(found))
    rest = [one for one in found if one.code != "too_few_workers"]
    return [*rest[:place], *few, *rest[place:]]


def _placed(front: list[Finding], within: list[Finding], resources: list[Finding], situation: Situation) -> list[Finding]:
    """Symptoms behind what brings them about: a queue that overflows before a full loop, requests that get no answer."""
    # Memory that runs out stops the loop at each page that must be read again; a worker that goes away takes requests along.
    short = [one for one in resources if one.code == "memory_bound"]
    later = [one for one in resources if one not in short]
    ended = bool(short) or any(one.code == "worker_restarts" for one in later)
    # Without descriptors nothing can be opened: neither connections nor what requests need.
    no_files = any(one.code == "fd_limit" for one in front) and not service.failed_before(situation)
    symptoms = []
    for one in front:
        if one.code == "accept_queue_overflow":
            symptom = bool(within or short)
        else:
            silent = not service.are_answers(situation) and bool(within or ended or len(front) > 1)
            symptom = one.code == "errors" and (silent or no_files)
        if symptom:
            symptoms.append(one)
    first = [one for one in front if one not in symptoms]
    return [*first, *short, *within, *later, *symptoms]


def _explained(found: list[Finding]) -> list[Finding]:
    """Without what another finding explains, and each code once."""
    kept: list[Finding] = []
    for one in found:
        codes = {other.code for other in kept}
        if one.code in codes or any(one.code in group and codes & set(group[: group.index(one.code)]) for group in _ONE_OF):
            continue
        kept.append(one)
    return kept
