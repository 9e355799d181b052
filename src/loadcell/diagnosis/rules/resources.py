"""Memory and the network."""

from __future__ import annotations

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Finding, finding, seen
from loadcell.diagnosis.memory import Room, kept_of, room_of, worst
from loadcell.diagnosis.situation import Situation

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
    kept = [one for life in situation.memory if (one := kept_of(life)) is not None]
    found = worst(kept)
    if found is None or found.kind != "leak":
        return None
    high = situation.high
    per_minute = sum(one.per_minute_mb for one in kept if one.kind == "leak")
    room = room_of(
        available=high.most(names.HOST_MEMORY_AVAILABLE),
        used=high.most(names.MEMORY_USED),
        limit=high.most(names.MEMORY_LIMIT),
    )
    lasts = "" if room is None else lasting(room, per_minute)
    of_each = f"{found.bytes.low:,.0f} … {found.bytes.high:,.0f}"
    return finding(
        "memory_leak",
        f"Worker {found.pid} keeps {found.bytes.value:,.0f} bytes of each request (95 % interval {of_each}), and goes on to",
        [
            seen(names.WORKER_MEMORY, "run", found.bytes.value, "kept of a request", unit="B", of=found.pid),
            seen(names.WORKER_MEMORY, "run", min(found.ratio, 99.0), "times as steep in the second half as in the first"),
            seen(names.WORKER_MEMORY, "run", found.grown_mb, "more than at the beginning", unit="MB"),
            seen(names.WORKER_MEMORY, "run", per_minute, "more in a minute, all workers", unit="MB"),
            None
            if found.in_use is None
            else seen(names.P_MALLOC, "run", found.in_use.value, "more in use after a request: no fragmentation", unit="B"),
            None
            if found.blocks is None or found.blocks.low <= 0
            else seen(names.P_BLOCKS, "run", found.blocks.value, "small objects more after a request"),
        ],
        where=f"pid {found.pid}",
        advice="Look for what grows with each request: module-level dicts and lists, caches without a limit (lru_cache "
        "on methods), "
        f"listeners that are never taken away; tracemalloc or memray in a run of its own names the line.{lasts}",
        unseen=[
            f"Seen over {found.seconds:.0f} s: a cache that fills with a time constant of more than about "
            f"{2 * found.seconds:.0f} s looks the same; a longer run tells (--plan soak).",
            "Workers were replaced meanwhile: each was judged by itself." if len(kept) > situation.workers else "",
        ],
    )


def lasting(room: Room, per_minute_mb: float) -> str:
    """How long memory lasts, as a sentence; empty where nothing goes.

    >>> lasting(Room(6000.0, "the machine"), 10.0)
    ' At this load that is 10.0 MB a minute: the 6,000 MB that the machine has left last 10.0 h.'
    """
    seconds = room.lasts_s(per_minute_mb)
    if seconds is None:
        return ""
    return (
        f" At this load that is {per_minute_mb:.1f} MB a minute: the {room.left_mb:,.0f} MB that {room.of} has left last "
        f"{duration(seconds)}."
    )


def duration(seconds: float) -> str:
    """A time in words.

    >>> duration(90), duration(5400), duration(400_000)
    ('2 min', '1.5 h', '4.6 days')
    """
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


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
