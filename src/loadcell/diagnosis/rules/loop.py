"""The event loop does not get on: a call blocks it, or a disk."""

from __future__ import annotations

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Finding, finding
from loadcell.diagnosis.rules import views
from loadcell.diagnosis.situation import Situation

_LOOKS_LIKE = {
    names.LOOP_IN_SLEEP: "in a sleep",
    names.LOOP_IN_NETWORK: "in a blocking call on a socket",
    names.LOOP_IN_POLL: "in a blocking client",
    names.LOOP_IN_FUTEX: "waiting for a lock",
    names.LOOP_ON_DISK: "waiting for a disk",
}
DISK_BUSY = 85.0
DISK_CPU = 88.0
ON_DISK = 10.0


def disk_bound(situation: Situation) -> Finding | None:
    """The loop waits for a disk: files are read or written within async code."""
    high = situation.high
    loop = views.busiest(high)
    if loop is None or loop.cpu >= DISK_CPU:
        return None
    busy = high.of(names.P_BUSY).get(loop.pid)
    idle = high.of(names.LOOP_IDLE).get(loop.pid, 100.0)
    on_disk = high.of(names.LOOP_ON_DISK).get(loop.pid, 0.0)
    psi = high.most(names.PSI_IO) or 0.0
    taken = busy >= DISK_BUSY if busy is not None else idle <= 100 - DISK_BUSY
    if not taken or (on_disk < ON_DISK and not (busy is not None and psi >= ON_DISK)):
        return None
    if on_disk < ON_DISK and views.blocked(high) is not None:
        return None  # blocked, and by no disk of its own
    line = views.first_of(*(views.code_line(high, signal, loop.pid) for signal in (names.P_BLOCKING, names.P_COMPUTING)))
    return finding(
        "disk_bound",
        "The event loop waits for a disk"
        + (f": {line[0]}" if line else ": a file is read, written or synced within async code"),
        [
            high.evidence(names.LOOP_ON_DISK, on_disk or None, "of the samples wait for a disk", "%", loop.pid),
            high.evidence(names.P_BUSY, busy, "of the time the loop is in some callback", "%", loop.pid),
            high.evidence(names.LOOP_CPU, loop.cpu, "CPU of the loop", "%", loop.pid),
            high.evidence(names.PSI_IO, psi if psi >= ON_DISK else None, "of the time a task waits for a disk", "%"),
            situation.slower(),
        ],
        where=views.line_of(line[0]) if line else f"pid {loop.pid}",
        advice="Give file work to a thread (await asyncio.to_thread(…), anyio.open_file), sync or flush less often, or "
        "gather "
        "several writes into one. The loop then serves other requests meanwhile.",
        unseen=[] if line else [views.NEEDS_LINE.format("which line does it")],
    )


def blocked_event_loop(situation: Situation) -> Finding | None:
    """A blocking call in async code: the loop is neither free nor computing."""
    high = situation.high
    found = views.blocked(high)
    if found is None:
        return None
    loop = next(one for one in views.loops(high) if one.pid == found.pid)
    line = views.code_line(high, names.P_BLOCKING, found.pid)
    doing = _LOOKS_LIKE.get(found.outside_signal, "") if found.outside is not None else ""
    share = max(found.inside or 0.0, found.outside or 0.0)
    unread = views.unread(high)
    per_second = high.client.rps / max(1, situation.workers)
    return finding(
        "blocked_event_loop",
        f"A blocking call stops the event loop {share:.0f} % of the time"
        + (f": {line[0]}" if line else f", {doing}" if doing else ""),
        [
            high.evidence(
                names.P_BUSY, found.inside, "of the time busy without computing or waiting for a core", "%", found.pid
            ),
            high.evidence(found.outside_signal, found.outside, f"of the samples not free: {doing}", "%", found.pid)
            if doing
            else None,
            high.evidence(names.LOOP_CPU, loop.cpu, "CPU of the loop", "%", found.pid),
            high.evidence(line[2], line[1], f"of the time at {line[0]}", "%", line[0]) if line else None,
            high.evidence(names.P_STRETCH, high.peak(names.P_STRETCH), "the longest stop", "ms"),
            high.evidence(names.SOCKETS_UNREAD, unread, "requests not read yet") if unread >= 1 else None,
            situation.slower(),
        ],
        where=views.line_of(line[0]) if line else f"pid {found.pid}",
        advice="Replace the call by an async one (httpx.AsyncClient, asyncpg, asyncio.sleep), or make the endpoint a "
        "plain def, or "
        f"call it by await asyncio.to_thread(…). A worker is held to {per_second:.0f} requests/s by it now, one after the "
        f"other; then requests wait side by side, up to 40 at a time in threads.",
        unseen=[] if line else [views.NEEDS_LINE.format("which line blocks")],
    )
