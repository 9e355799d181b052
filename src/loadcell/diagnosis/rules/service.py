"""What comes before the service's own work: errors, the generator, descriptors, the accept queue, workers that go away."""

from __future__ import annotations

import re

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Finding, finding, seen
from loadcell.diagnosis.rules import views
from loadcell.diagnosis.situation import SLOWER, Situation

ERRORS = 0.01
"""Share of failed requests."""
FEWEST = 3
GENERATOR_CPU = 90.0
"""% of a core of the busiest generator."""
GENERATOR_LOOP = 75.0
"""With a loop busier than this the service has work enough."""
IN_SERVICE = 0.6
"""Of the requests under way by the client, those that the service knows of."""
DESCRIPTORS = 0.95
QUEUE = 0.9
LONG = 0.5
_UNANSWERED = re.compile(
    r"time-?d? ?out|refused|reset|broken pipe|aborted|closed|unreachable|Connect|RemoteDisconnected", re.I
)
_ANSWERED = re.compile(r"HTTPError|\b[45]\d\d\b")


def errors(situation: Situation) -> Finding | None:
    """Requests fail: all else is then said of failing requests."""
    client = situation.high.client
    if client.error_rate <= ERRORS or client.failures < FEWEST:
        return None
    first = situation.failures[0] if situation.failures else None
    before = situation.low.client.error_rate if situation.low else None
    raised = situation.high.total(names.P_RAISED)
    evidence = [
        seen("error_rate", "high", 100 * client.error_rate, "of the requests fail", unit="%"),
        None if before is None else seen("error_rate", "low", 100 * before, "at the low load", unit="%"),
        situation.high.evidence(names.P_RAISED, raised or None, "requests end with an exception in the service", "1/s"),
    ]
    which = f": {first.error}" if first else ""
    always = failed_before(situation)
    advice = (
        f"Make {_entry(situation)}answer at a low load first: it fails there too, so this is no matter of load."
        if always
        else f"Look for what {_entry(situation)}says at this load in the service's log, and repair that first: what it "
        "costs to "
        "fail (tracebacks, retries) hides the limit behind it. Then measure again; other findings are of failing requests."
    )
    return finding(
        "errors",
        f"{client.error_rate:.1%} of the requests fail at {situation.high.load}{which}",
        evidence,
        where=first.entry if first else "",
        advice=advice,
        unseen=[] if situation.probed else ["Which line raises is in the service's log, not here."],
    )


def failed_before(situation: Situation) -> bool:
    """Whether requests fail at the low load already."""
    return situation.low is not None and situation.low.client.error_rate > ERRORS


def are_answers(situation: Situation) -> bool:
    """Whether most failures are answers of the service, not silence or broken connections, which overload brings about."""
    answers = sum(one.occurrences for one in situation.failures if not _is_silence(one.error))
    return 2 * answers >= sum(one.occurrences for one in situation.failures)


def _is_silence(error: str) -> bool:
    return not _ANSWERED.search(error) and bool(_UNANSWERED.search(error))


def _entry(situation: Situation) -> str:
    entry = situation.failures[0].entry if situation.failures else ""
    return f"{entry} " if entry else "the service "


def generator_saturated(situation: Situation) -> Finding | None:
    """The load generator, not the service, is at its limit."""
    high = situation.high
    loop = views.busiest(high)
    if high.generator_cpu is None or high.generator_cpu < GENERATOR_CPU or loop is None or loop.cpu >= GENERATOR_LOOP:
        return None
    inside, in_service = high.per_request(names.P_TIME), high.total(names.P_IN_FLIGHT)
    if not _answers_as_ever(situation) and _is_waited_for(situation, inside, in_service):
        return None
    return finding(
        "generator_saturated",
        f"The load generator is at its limit ({high.generator_cpu:.0f} % of a core), the service is not",
        [
            seen(
                "generator_cpu",
                "high",
                high.generator_cpu,
                "CPU of the busiest generator, of a core",
                unit="%",
                source="client",
            ),
            seen("slowed", "high", situation.slowed or 0.0, "times the low load's median response time")
            if _answers_as_ever(situation)
            else None,
            high.evidence(names.LOOP_CPU, loop.cpu, "CPU of the busiest event loop", "%", loop.pid),
            high.evidence(names.P_IN_FLIGHT, in_service, "requests under way in the service"),
        ],
        advice="Generate the load with more processes (--processes -1) or on another machine. Until then nothing is "
        "known of the "
        "service beyond this load.",
        unseen=[] if inside is not None else [views.NEEDS_PROBE.format("how long requests are in the service")],
    )


def _answers_as_ever(situation: Situation) -> bool:
    """Whether the service takes no longer than at the low load: then more could have been asked of it."""
    return situation.slowed is not None and situation.slowed < SLOWER


def _is_waited_for(situation: Situation, inside: float | None, in_service: float | None) -> bool:
    """Whether the service has what is under way: the requests are in it, or lie before it."""
    high = situation.high
    if inside is None or in_service is None or high.client.mean is None:
        return views.waiting(high, situation) or views.unread(high) >= 1
    return in_service >= IN_SERVICE * high.client.concurrency or high.client.mean - inside <= 0.5 * inside


def fd_limit(situation: Situation) -> Finding | None:
    """A worker has almost all descriptors open that it may."""
    limits = situation.high.peaks.get(names.WORKER_FDS_LIMIT, {})
    used = situation.high.peaks.get(names.WORKER_FDS, {})
    shares = {pid: count / limits[pid] for pid, count in used.items() if limits.get(pid)}
    pid = max(shares, key=lambda one: shares[one], default=None)
    if pid is None or shares[pid] < DESCRIPTORS:
        return None
    failing = situation.high.client.error_rate > 0
    return finding(
        "fd_limit",
        f"Worker {pid} has {used[pid]:.0f} of {limits[pid]:.0f} descriptors open: it can't take further connections",
        [
            seen(names.WORKER_FDS, "high", used[pid], "open descriptors", of=pid),
            seen(names.WORKER_FDS_LIMIT, "high", limits[pid], "that may be open", of=pid),
            seen("error_rate", "high", 100 * situation.high.client.error_rate, "of the requests fail", unit="%")
            if failing
            else None,
        ],
        where=f"pid {pid}",
        advice="Start the service with a higher limit (ulimit -n 65536; LimitNOFILE= in systemd), and look for "
        "connections or "
        "files that are never closed if it fills again. Connections beyond the limit are accepted then, instead of refused.",
    )


def accept_queue_overflow(situation: Situation) -> Finding | None:
    """Connections find no place in the queue in front of accept()."""
    high = situation.high
    limits = high.of(names.ACCEPT_LIMIT)
    queues = high.peaks.get(names.ACCEPT_QUEUE, {})
    full = {port: queue for port, queue in queues.items() if limits.get(port) and queue >= QUEUE * limits[port]}
    overflows = high.total(names.ACCEPT_OVERFLOWS) or 0.0
    # Overflows are counted for the whole machine: they are ours only if our queue was long too.
    long = any(queue >= 1 and queue >= LONG * limits.get(port, 0.0) for port, queue in queues.items())
    if not full and not (overflows > 0 and long):
        return None
    port = max(full or queues, key=lambda one: queues[one])
    busy = views.is_loop_taken(situation)
    limit = limits.get(port)
    advice = (
        "It is a symptom: the event loop does not get round to accept(). Mend what keeps it busy first; a longer queue "
        "would "
        "only make more connections wait."
        if busy
        else f"Raise the backlog (uvicorn --backlog 2048, and net.core.somaxconn; it is {limit or 0:.0f} now), or keep "
        "connections "
        "alive so that fewer are opened: bursts are then taken in instead of waiting 1, 3 or 7 s for another try."
    )
    return finding(
        "accept_queue_overflow",
        f"The queue of connections that wait for accept() runs full (port {port})",
        [
            high.evidence(names.ACCEPT_QUEUE, queues[port], "connections waited at the most", "", port),
            high.evidence(names.ACCEPT_LIMIT, limit, "may wait", "", port),
            high.evidence(names.ACCEPT_OVERFLOWS, overflows or None, "connections found no place", "1/s"),
            seen("error_rate", "high", 100 * high.client.error_rate, "of the requests fail", unit="%")
            if high.client.error_rate > ERRORS
            else None,
        ],
        where=f"port {port}",
        advice=advice,
    )


def worker_restarts(situation: Situation) -> Finding | None:
    """Workers went away while the load was on."""
    if not situation.restarts:
        return None
    gone = len(situation.restarts)
    kills = (situation.high.peak(names.GROUP_OOM_KILLS) or 0) + (situation.high.peak(names.HOST_OOM_KILLS) or 0)
    failing = situation.high.client.failures > 0
    return finding(
        "worker_restarts",
        f"{gone} {'worker' if gone == 1 else 'workers'} went away under load",
        [
            seen(names.WORKER_GONE, "run", gone, "workers ended", of=", ".join(situation.restarts[:5])),
            seen(names.HOST_OOM_KILLS, "high", kills, "kills because memory ran out", unit="1/s") if kills else None,
            seen("error_rate", "high", 100 * situation.high.client.error_rate, "of the requests fail", unit="%")
            if failing
            else None,
        ],
        where=f"pid {situation.restarts[0]}",
        advice="Look in the service's log why they ended: a crash, a limit of requests per worker "
        "(--limit-max-requests), memory, "
        "or a supervisor that took a blocked worker for dead (uvicorn --timeout-worker-healthcheck). Each one takes its "
        "requests along.",
        unseen=["Why they ended is not seen from here."],
    )
