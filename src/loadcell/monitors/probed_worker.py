"""One worker as its probe sees it: differences between documents, as readings and facts; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from loadcell.monitors.growing_rows import Figures, GrowingRows
from loadcell.monitors.probe_document import Document, Garbage, Loop, Pool, Requests
from loadcell.monitors.reading import Fact, Reading, Sight, Unseen
from loadcell.text import one_line

_OVER_S = 10.0
"""Rows of tables are judged by what they have grown by in this time."""
_LISTED = 100
"""So many rows the probe lists of a table at most."""
_SHOWN = 3
"""So many statements and hosts are named."""
_LEAST_SHARE = 10.0
"""% of the time for a line, of the looks for what is awaited. With less it is not named."""
_LEAST_MS = 10.0
"""ms/s for a statement and a host."""
_FEWEST_LOOKS = 10
_IN_A_THREAD = " run_sync_in_worker_thread"
"""Where a request waits for what it has given to a thread (anyio)."""
_PER_REQUEST = {
    "request_thread_wait": "thread_wait_ns",
    "request_pool_wait": "db_wait_ns",
    "request_db_connect": "db_connect_ns",
    "request_db": "db_exec_ns",
    "request_http_wait": "http_wait_ns",
    "request_http": "http_ns",
    "request_rest": "rest_ns",
    "request_in_threads": "thread_ns",
}
_REMEDY = "docs/probe.md says what the probe sees, and where."

Rows = dict[str, Figures]


class ProbedWorker:
    """Takes the documents of one worker in, in turn."""

    def __init__(self, since: float | None = None) -> None:
        """`since`: a moment (s, monotonic) at which the worker was not there yet, if any is known."""
        self._since = since
        self._last: Document | None = None
        self._pool_names: dict[int, str] = {}
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._last = None
        self._pool_names.clear()
        self._lines, self._awaits, self._statements, self._hosts = (GrowingRows(_OVER_S, _LISTED) for _ in range(4))
        # What lines and awaits are a share of, as a table of one row.
        self._sampled, self._looks = GrowingRows(_OVER_S, _LISTED), GrowingRows(_OVER_S, _LISTED)

    def sights(self, document: Document) -> Iterator[Sight]:
        """What a document shows, beside the one before; the first one of a worker has only what is of the moment."""
        before = self._last
        if before is not None and before.started != document.started:
            self._begin_anew()
            before = None
        self._last = document
        self._take_tables(document)
        yield from _gauges(document)
        yield from self._pools(before, document)
        for line in document.unseen:
            yield Unseen(f"in the service, {one_line(line)}", _REMEDY)
        if before is not None and document.monotonic_ns > before.monotonic_ns:
            yield from _rates(before, document)
            yield from self._named(str(document.pid))
        elif before is None and self._since is not None and document.requests is not None:
            yield from _finished(document.requests.finished, document.monotonic_ns - self._since * 1e9, document.pid)
        self._since = None

    def ended(self, finished: int, now: float) -> Iterator[Sight]:
        """What a worker that is no more has done since its last document, by the requests it had finished in all."""
        if self._last is not None and self._last.requests is not None:
            grown = finished - self._last.requests.finished
            yield from _finished(grown, now * 1e9 - self._last.monotonic_ns, self._last.pid)

    def _take_tables(self, document: Document) -> None:
        at = document.monotonic_ns / 1e9
        if document.lines is not None and document.loop is not None:
            lines = ((_place(row.where, row.function, row.inside), (row.busy_ns, row.cpu_ns)) for row in document.lines)
            self._lines.add(_rows(lines), at)
            self._sampled.add({"": (document.loop.sampled_ns,)}, at)
        if document.awaits is not None:
            # Of a request that a thread works for, the thread's line is there too, and tells more.
            places = [row for row in document.awaits.places if not row.inside.endswith(_IN_A_THREAD)]
            twice = sum(row.looks for row in document.awaits.places) - sum(row.looks for row in places)
            self._awaits.add(_rows((_place(row.where, row.function, row.inside), (row.looks,)) for row in places), at)
            self._looks.add({"": (document.awaits.looks - twice,)}, at)
        if document.statements is not None:
            statements = ((one_line(row.statement), (row.time_ns, row.count)) for row in document.statements)
            self._statements.add(_rows(statements), at)
        if document.http is not None:
            hosts = ((one_line(row.host), (row.time_ns, row.calls, row.errors)) for row in document.http)
            self._hosts.add(_rows(hosts), at)

    def _pools(self, before: Document | None, document: Document) -> Iterator[Reading]:
        earlier = {pool.id: pool for pool in (before.pools or [] if before else [])}
        for pool in document.pools or []:
            of = f"{document.pid} {self._pool_name(pool)}"
            now = pool.now
            yield from _known(of, pool_size=now.size, pool_max=now.max, pool_checked_out=now.checked_out)
            yield Reading("pool_waiting", now.waiting, of)
            last = earlier.get(pool.id)
            if last is not None and pool.gets > last.gets:
                yield Reading("pool_wait", (pool.wait_ns - last.wait_ns) / 1e6 / (pool.gets - last.gets), of)
            if last is not None and pool.releases > last.releases:
                yield Reading("pool_hold", (pool.hold_ns - last.hold_ns) / 1e6 / (pool.releases - last.releases), of)

    def _pool_name(self, pool: Pool) -> str:
        """The library, and a number where a worker has several of it."""
        if pool.id not in self._pool_names:
            library = one_line(pool.library)
            number = 1 + sum(name.split(" ")[0] == library for name in self._pool_names.values())
            self._pool_names[pool.id] = library if number == 1 else f"{library} {number}"
        return self._pool_names[pool.id]

    def _named(self, pid: str) -> Iterator[Sight]:
        sampled = _total(self._sampled)
        yield from self._line(pid, "blocking", sampled, lambda row: row[0] - row[1])
        yield from self._line(pid, "computing", sampled, lambda row: row[1])
        looks = _total(self._looks)
        for place, (found,) in self._awaits.most(1, lambda row: row[0]):
            if looks >= _FEWEST_LOOKS and 100 * found >= _LEAST_SHARE * looks:
                yield Fact("awaited_line", place, pid)
                yield Reading("awaited_line", 100 * found / looks, f"{pid} {place}")
        yield from _spent(self._statements, pid, "statement")
        yield from _spent(self._hosts, pid, "host")
        for host, (_, _, errors) in self._hosts.most(_SHOWN, lambda row: row[2]):
            yield Reading("host_errors", errors / self._hosts.seconds, f"{pid} {host}")

    def _line(self, pid: str, kind: str, sampled: int, weight: Callable[[Figures], int]) -> Iterator[Sight]:
        for place, row in self._lines.most(1, weight):
            if 100 * weight(row) >= _LEAST_SHARE * sampled > 0:
                yield Fact(f"{kind}_line", place, pid)
                yield Reading(f"{kind}_line", 100 * weight(row) / sampled, f"{pid} {place}")


def _finished(requests: int, elapsed_ns: float, pid: int) -> Iterator[Reading]:
    if elapsed_ns > 0:
        yield Reading("requests_finished", requests * 1e9 / elapsed_ns, str(pid))


def _gauges(document: Document) -> Iterator[Reading]:
    of = str(document.pid)
    if document.requests is not None:
        yield Reading("requests_in_flight", document.requests.now.in_flight, of)
    if document.threads is not None:
        limiter = document.threads.now
        yield from _known(
            of, threads_total=limiter.total, threads_borrowed=limiter.borrowed, threads_waiting=limiter.waiting
        )
    if document.memory is not None:
        in_use = document.memory.now
        yield Reading("memory_blocks", in_use.blocks, of)
        if in_use.malloc_bytes is not None:
            yield Reading("memory_malloc", in_use.malloc_bytes / 1e6, of)


def _rates(before: Document, after: Document) -> Iterator[Reading]:
    of = str(after.pid)
    elapsed_ns = after.monotonic_ns - before.monotonic_ns
    # Seconds that have been completed since the document before: each maximum is taken once, when it is final.
    completed = range(before.monotonic_ns // 1_000_000_000, after.monotonic_ns // 1_000_000_000)
    if before.loop is not None and after.loop is not None:
        yield from _loop(before.loop, after.loop, elapsed_ns, completed, of)
    if before.requests is not None and after.requests is not None:
        yield from _requests(before, after, before.requests, after.requests, elapsed_ns, of)
    if before.gc is not None and after.gc is not None:
        yield from _garbage(before.gc, after.gc, elapsed_ns, completed, of)


def _loop(before: Loop, after: Loop, elapsed_ns: int, completed: range, of: str) -> Iterator[Reading]:
    if after.kind is None:  # no loop that the probe can look at
        return
    yield Reading("loop_thread_cpu", 100 * (after.cpu_ns - before.cpu_ns) / elapsed_ns, of)
    if after.sampled_ns > before.sampled_ns:
        yield Reading("loop_busy", 100 * (after.busy_ns - before.busy_ns) / (after.sampled_ns - before.sampled_ns), of)
    if after.beats > before.beats:
        yield Reading("loop_lag_mean", (after.lag_ns - before.lag_ns) / 1e6 / (after.beats - before.beats), of)
    if completed:
        # While the loop is blocked no beat comes, and only how late it is already can be told.
        yield Reading("loop_lag", max(_longest(after.now.longest_lag_ns, completed), after.now.late_ns) / 1e6, of)
        yield Reading("loop_stretch", _longest(after.now.longest_stretch_ns, completed) / 1e6, of)


def _requests(
    before: Document, after: Document, earlier: Requests, later: Requests, elapsed_ns: int, of: str
) -> Iterator[Reading]:
    finished = later.finished - earlier.finished
    yield Reading("requests_finished", finished * 1e9 / elapsed_ns, of)
    yield Reading("requests_raised", (later.raised - earlier.raised) * 1e9 / elapsed_ns, of)
    failed = later.statuses.get("5xx", 0) - earlier.statuses.get("5xx", 0)
    yield Reading("requests_5xx", failed * 1e9 / elapsed_ns, of)
    if later.before > earlier.before:
        yield Reading("request_before", (later.before_ns - earlier.before_ns) / 1e6 / (later.before - earlier.before), of)
    if finished <= 0:
        return
    yield Reading("request_time", (later.time_ns - earlier.time_ns) / 1e6 / finished, of)
    yield Reading("request_statements", (later.statements - earlier.statements) / finished, of)
    if before.ledger is not None and after.ledger is not None:
        for signal, field in _PER_REQUEST.items():
            grown: int = getattr(after.ledger, field) - getattr(before.ledger, field)
            yield Reading(signal, grown / 1e6 / finished, of)


def _garbage(before: Garbage, after: Garbage, elapsed_ns: int, completed: range, of: str) -> Iterator[Reading]:
    yield Reading("gc_time", 100 * (after.time_ns - before.time_ns) / elapsed_ns, of)
    if before.collections and after.collections:
        yield Reading("gc_full", (after.collections[-1] - before.collections[-1]) * 1e9 / elapsed_ns, of)
    if completed:
        yield Reading("gc_longest", _longest(after.now.longest_ns, completed) / 1e6, of)


def _spent(rows: GrowingRows, pid: str, kind: str) -> Iterator[Sight]:
    """The rows that most time went into: how much, and how long one of them took."""
    for name, figures in rows.most(_SHOWN, lambda row: row[0]):
        time_ns, count = figures[:2]
        if time_ns / 1e6 < _LEAST_MS * rows.seconds or count <= 0:
            continue
        of = f"{pid} {name}"
        yield Fact(f"slow_{kind}", name, pid)
        yield Reading(f"{kind}_time", time_ns / 1e6 / rows.seconds, of)
        yield Reading(f"{kind}_mean", time_ns / 1e6 / count, of)


def _longest(pairs: Iterable[tuple[int, int]], seconds: range) -> int:
    """The largest of [second, ns] pairs in some seconds; 0 where none has any."""
    return max((longest for second, longest in pairs if second in seconds), default=0)


def _known(of: str, **values: int | None) -> Iterator[Reading]:
    return (Reading(signal, value, of) for signal, value in values.items() if value is not None)


def _rows(pairs: Iterable[tuple[str, Figures]]) -> Mapping[str, Figures]:
    """Rows by name; those that are called the same are added up."""
    found: Rows = {}
    for name, figures in pairs:
        found[name] = tuple(map(sum, zip(found[name], figures, strict=True))) if name in found else figures
    return found


def _total(rows: GrowingRows) -> int:
    return sum(figures[0] for _, figures in rows.most(1, lambda row: row[0]))


def _place(where: str, function: str, inside: str) -> str:
    """A line, and what runs in it if that is not the line's own function."""
    own = f"{where.rpartition(':')[0]} {function}"
    return one_line(f"{where} {function}" if inside == own else f"{where} {function}, in {inside}")
