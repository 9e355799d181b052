"""Memory and the network."""

from __future__ import annotations

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Finding, finding, seen
from loadcell.diagnosis.growth import Growth, growth_of
from loadcell.diagnosis.situation import MemoryPoint, Situation

BYTES_PER_REQUEST = 32.0
STEADY = 0.85
AVAILABLE = 0.1
USED = 0.9
PRESSURE = 5.0
LINK = 90.0


def memory_bound(situation: Situation) -> Finding | None:
    """Memory runs out."""
    high = situation.high
    kills = max(high.peak(names.HOST_OOM_KILLS) or 0.0, high.peak(names.GROUP_OOM_KILLS) or 0.0)
    pressure = high.most(names.PSI_MEMORY)
    available, whole = high.most(names.HOST_MEMORY_AVAILABLE), high.most(names.HOST_MEMORY)
    used, limit = high.most(names.MEMORY_USED), high.most(names.MEMORY_LIMIT)
    scarce = bool(available is not None and whole and available < AVAILABLE * whole)
    at_limit = bool(used is not None and limit and used > USED * limit)
    # Caches fill whatever memory there is: only with tasks that wait for memory is a full one short.
    if not kills and not ((scarce or at_limit) and pressure is not None and pressure > PRESSURE):
        return None
    return finding(
        "memory_bound",
        "Memory runs out: " + ("processes are killed for it" if kills else "tasks wait until some is freed"),
        [
            high.evidence(names.HOST_OOM_KILLS, kills, "processes killed for want of memory", "1/s") if kills else None,
            high.evidence(names.PSI_MEMORY, pressure, "of the time some task waits for memory", "%"),
            high.evidence(names.HOST_MEMORY_AVAILABLE, available, "available on the machine", "MB") if scarce else None,
            high.evidence(names.MEMORY_USED, used, f"used of the {limit or 0:,.0f} MB allowed", "MB") if at_limit else None,
            high.evidence(names.WORKER_MEMORY, high.total(names.WORKER_MEMORY), "memory of the workers", "MB"),
            situation.slower(),
        ],
        where="the host" if scarce or not at_limit else "the control group",
        advice="Start fewer workers, load what they share before they fork (gunicorn --preload), stream large answers "
        "instead of "
        "building them, or give more memory.",
    )


def memory_leak(situation: Situation) -> Finding | None:
    """Memory grows with each request, and goes on growing."""
    found: list[tuple[str, Growth, tuple[MemoryPoint, ...]]] = []
    for pid, points in situation.memory.items():
        growth = growth_of([(point.requests, 1e6 * point.memory_mb) for point in points])
        if growth is not None and _is_leak(growth, len(situation.memory)):
            found.append((pid, growth, points))
    if not found:
        return None
    pid, growth, points = max(found, key=lambda one: one[1].slope.value)
    # A worker serves its share of the requests that were counted.
    bytes_each = growth.slope.value * max(1, len(situation.memory))
    per_minute = growth.slope.value * situation.high.client.rps * 60 / 1e6
    room = situation.high.most(names.HOST_MEMORY_AVAILABLE)
    lasts = (
        f" At this load {room / per_minute / 60:.1f} h are left until the memory is full." if room and per_minute > 0 else ""
    )
    return finding(
        "memory_leak",
        f"Worker {pid} keeps about {bytes_each:,.0f} bytes of each request, and goes on to",
        [
            seen(names.WORKER_MEMORY, "run", bytes_each, "bytes kept of a request", unit="B", of=pid),
            seen(names.WORKER_MEMORY, "run", min(growth.ratio, 99.0), "times as steep in the second half as in the first"),
            seen(
                names.WORKER_MEMORY,
                "run",
                points[-1].memory_mb - points[0].memory_mb,
                "more than at the beginning",
                unit="MB",
            ),
        ],
        where=f"pid {pid}",
        advice="Look for what grows with each request: module-level dicts and lists, caches without a limit (lru_cache "
        "on methods), "
        f"listeners that are never taken away; tracemalloc or memray in a run of its own names the line.{lasts}",
        unseen=[f"Seen over {situation.memory_s:.0f} s: a cache that fills very slowly looks the same; a longer run tells."],
    )


def _is_leak(growth: Growth, workers: int) -> bool:
    steady = growth.ratio >= STEADY and growth.later.low > 0
    return growth.slope.low > 0 and growth.slope.value * max(1, workers) >= BYTES_PER_REQUEST and steady


def network_bound(situation: Situation) -> Finding | None:
    """A link carries what it can."""
    high = situation.high
    for signal, way in ((names.NET_OUT, "sent"), (names.NET_IN, "received")):
        for link, speed in high.of(names.NET_SPEED).items():
            rate = high.of(signal).get(link, 0.0)
            if speed > 0 and 100 * rate >= LINK * speed:
                per_request = 1000 * rate / high.client.rps if high.client.rps else 0.0
                return finding(
                    "network_bound",
                    f"The link {link} is full: {rate:.0f} of {speed:.0f} MB/s {way}",
                    [
                        high.evidence(signal, rate, way, "MB/s", link),
                        high.evidence(names.NET_SPEED, speed, "what the link carries", "MB/s", link),
                        situation.slower(),
                    ],
                    where=link,
                    advice=f"Send less ({per_request:.0f} kB a request now): compress (GZipMiddleware), page through "
                    "long lists, leave "
                    "fields out, serve files from elsewhere; or take a faster link. Half the bytes are twice the requests.",
                )
    return None
