"""What requests wait for within the service, beside the database: threads, other services, locks."""

from __future__ import annotations

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Evidence, Finding, finding
from loadcell.diagnosis.rules import views
from loadcell.diagnosis.situation import Level, Situation

THREAD_WAIT = 0.3
IN_USE = 0.9
"""Of the threads: with fewer taken nobody waits for one."""
POOL_WAIT = 0.2
"""With so much waiting for the pool, threads are only what queues for it."""
TOKENS = 40
"""Threads for sync endpoints that anyio has, in each worker."""
OTHER_THREADS = 24
"""Threads that a worker may have besides."""
HTTP_WAIT = 0.3
HTTP = 0.5
HTTP_MS = 50.0
"""A call that does not get slower under load is worth a word from here on."""
UNEXPLAINED = 0.6
LOOP_FREE = 88.0
IN_SERVICE = 0.5
AWAITED = 50.0
SLOWER = 1.5
FLAT = 1.1


def thread_pool_exhausted(situation: Situation) -> Finding | None:
    """Sync endpoints wait for one of the threads that run them."""
    high = situation.high
    wait = high.share(names.P_THREAD_WAIT)
    if wait is None:
        return _threads_outside(situation)
    if wait < THREAD_WAIT or (high.share(names.P_POOL_WAIT) or 0.0) >= POOL_WAIT or _line_of_a_lock(high):
        return None
    total = high.most(names.P_THREADS_TOTAL) or TOKENS
    line = views.place(high, names.P_AWAITED)
    # With tokens left it is not sync endpoints that wait, but what is given to an executor.
    elsewhere = (high.most(names.P_THREADS_BORROWED) or 0.0) < IN_USE * total
    return finding(
        "thread_pool_exhausted",
        "Requests wait for a thread of an executor (asyncio.to_thread, run_in_executor), which has few"
        if elsewhere
        else f"Requests wait for one of the {total:.0f} threads that run sync endpoints",
        [
            high.evidence(names.P_THREAD_WAIT, 100 * wait, "of a request's time waits for a thread", "%"),
            high.evidence(names.P_THREADS_BORROWED, high.most(names.P_THREADS_BORROWED), "threads in use"),
            high.evidence(names.P_THREADS_WAITING, high.total(names.P_THREADS_WAITING), "calls wait for one"),
            high.evidence(names.WORKER_THREADS, high.most(names.WORKER_THREADS), "threads of a worker"),
            situation.slower(),
        ],
        where=views.line_of(line[0]) if line else "",
        advice=_LARGER_EXECUTOR if elsewhere else _MORE_THREADS,
    )


_LARGER_EXECUTOR = (
    "Use an async client, whose wait holds no thread; or give asyncio a larger executor at startup: "
    "loop.set_default_executor(ThreadPoolExecutor(max_workers=64)); by itself it has 4 threads more than there are cores. "
    "Throughput is threads ÷ time in a thread, and grows with them as long as the threads wait and don't compute."
)


_MORE_THREADS = (
    "Make the endpoint async def with an async client, where its wait holds no thread; or raise the limit at startup: "
    "anyio.to_thread.current_default_thread_limiter().total_tokens = 200; or start more workers, each has its own 40. "
    "Throughput "
    "is threads ÷ time in a thread, and grows with them as long as the threads wait and don't compute."
)


def _threads_outside(situation: Situation) -> Finding | None:
    """As many threads as the limiter lets there be, more requests under way than that, and nothing else at its limit."""
    high = situation.high
    threads, peaks = high.of(names.WORKER_THREADS), high.peaks.get(names.WORKER_THREADS, {})
    full = [pid for pid, count in threads.items() if TOKENS <= count <= peaks[pid] <= TOKENS + OTHER_THREADS]
    if not full or len(full) < len(threads) or any(peaks[pid] - threads[pid] > 1 for pid in full):
        return None
    crowd = high.client.concurrency
    if crowd < FLAT * TOKENS * len(full) or (situation.slowed is not None and situation.slowed < SLOWER):
        return None
    held = 1000 * TOKENS * len(full) / high.client.rps if high.client.rps else 0.0
    return finding(
        "thread_pool_exhausted",
        f"{crowd:.0f} requests are under way, and the workers have their {TOKENS} threads for sync endpoints and no more",
        [
            high.evidence(names.WORKER_THREADS, max(threads.values()), "threads of a worker, and they stay as many"),
            high.evidence("concurrency", crowd, "requests under way"),
            situation.slower(),
        ],
        where=f"pid {full[0]}",
        advice=f"{_MORE_THREADS} Now a thread is held {held:.0f} ms for each request.",
        unseen=[views.NEEDS_PROBE.format("how long requests wait for a thread, and at which line threads wait")],
    )


def client_pool_exhausted(situation: Situation) -> Finding | None:
    """Calls of other services wait for a connection of the client's pool."""
    high = situation.high
    wait = high.share(names.P_HTTP_WAIT)
    if wait is None or wait < HTTP_WAIT:
        return None
    host = views.place(high, names.P_HOST_TIME)
    return finding(
        "client_pool_exhausted",
        f"Calls of {host[0] if host else 'another service'} wait for a connection of the HTTP client's pool",
        [
            high.evidence(names.P_HTTP_WAIT, 100 * wait, "of a request's time waits for an HTTP connection", "%"),
            high.evidence(names.P_HTTP, 100 * (high.share(names.P_HTTP) or 0.0), "of it is calls in all", "%"),
            high.evidence(names.P_HOST_TIME, host[1], f"time spent in calls of {host[0]}", "ms/s", host[0])
            if host
            else None,
            situation.slower(),
        ],
        where=host[0] if host else "",
        advice="Use one client for the whole service instead of one for each request, and raise its limit "
        "(httpx.Limits(max_connections=…), aiohttp.TCPConnector(limit=…)) to the calls that are under way at a time. The "
        "wait "
        "goes away as long as the other service keeps up.",
    )


def slow_downstream(situation: Situation) -> Finding | None:
    """Another service takes most of the time."""
    high, low = situation.high, situation.low
    share, wait = high.share(names.P_HTTP), high.share(names.P_HTTP_WAIT) or 0.0
    call = high.per_request(names.P_HTTP)
    if share is None or call is None or share < HTTP or wait >= HTTP_WAIT:
        return None
    before = low.per_request(names.P_HTTP) if low else None
    slower = bool(before) and call >= SLOWER * (before or call)
    if not slower and call < HTTP_MS:
        return None
    host = views.place(high, names.P_HOST_TIME)
    name = host[0] if host else "another service"
    means = views.place(high, names.P_HOST_MEAN)
    how = f"and gets slower under load: {before:.0f} ms before" if slower else "at a low load as well" if before else ""
    return finding(
        "slow_downstream",
        f"Requests wait for {name}: {call:.0f} ms each {how}".strip(),
        [
            high.evidence(names.P_HTTP, 100 * share, "of a request's time is calls of other services", "%"),
            high.evidence(names.P_HOST_MEAN, means[1], f"a call of {means[0]}", "ms", means[0]) if means else None,
            low.evidence(names.P_HTTP, before, "calls in a request at the low load", "ms") if low else None,
            _loop_is_free(situation),
            situation.slower(),
        ],
        where=name if host else "",
        advice=f"Ask {name} for less (cache what repeats, several things in one call, independent calls at the same time "
        "with "
        "asyncio.gather), give calls a time limit, or make it faster: its share of the time is what can be won."
        + (" It does not carry this load: that is where to look next." if slower else ""),
    )


def application_lock(situation: Situation) -> Finding | None:
    """Requests wait for a lock or semaphore of the service's own."""
    high = situation.high
    rest, threads = high.share(names.P_REST), high.share(names.P_THREAD_WAIT) or 0.0
    line = _line_of_a_lock(high)
    loop = views.busiest(high)
    # Who waits for a thread waits for what keeps the threads.
    if rest is None or rest < UNEXPLAINED * (1 - threads) or threads >= 1 or line is None:
        return None
    in_service = high.total(names.P_IN_FLIGHT)
    if loop is not None and loop.cpu >= LOOP_FREE:
        return None
    if in_service is not None and in_service <= IN_SERVICE * high.client.concurrency:
        return None
    return finding(
        "application_lock",
        f"Requests wait for a lock of the service: {line[0]}",
        [
            high.evidence(names.P_AWAITED, line[1], f"of the requests wait at {line[0]}", "%", line[0]),
            high.evidence(names.P_REST, 100 * rest, "of a request's time is in no library that is known", "%"),
            _loop_is_free(situation),
            situation.slower(),
        ],
        where=views.line_of(line[0]),
        advice="Hold the lock only around what must not happen at the same time, not around an await of something else; "
        "lock by key "
        "instead of for all; or let the database do it. Throughput is 1 / the time it is held.",
    )


def _line_of_a_lock(level: Level) -> tuple[str, float] | None:
    """The line at which most requests wait, where it is a lock that they wait for."""
    line = views.place(level, names.P_AWAITED)
    return line if line and line[1] >= AWAITED and is_lock(line[0]) else None


def is_lock(place: str) -> bool:
    """Whether what waits at “file:line function, in file function” is a lock.

    >>> is_lock("app.py:51 order, in asyncio/locks.py acquire"), is_lock("app.py:9 order, in asyncio/tasks.py sleep")
    (True, False)
    >>> is_lock("app.py:51 order, in app.py __enter__")
    True
    """
    return any(part in place.partition(", in ")[2] for part in _LOCKS)


_LOCKS = ("locks.py", "Lock", "Semaphore", "Condition", "acquire", "threading.py wait", "__enter__")


def _loop_is_free(situation: Situation) -> Evidence | None:
    loop = views.busiest(situation.high)
    if loop is None or loop.load >= LOOP_FREE:
        return None
    return situation.high.evidence(names.LOOP_CPU, loop.cpu, "CPU of the busiest loop: it is free", "%", loop.pid)
