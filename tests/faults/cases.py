"""The services of the laboratory, the load each is given, and what must be found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CORES = os.cpu_count() or 1
FULL = frozenset(("cpu_bound", "too_few_workers", "gc_pauses"))
"""All that may be said of a sound service under more load than it carries."""


@dataclass(frozen=True)
class Case:
    """A service, its load, and the truth."""

    code: str
    """What must be found first; `healthy`: see `share`."""
    variant: str
    app: str
    """In tests/faults/services, as --app has it."""
    size: Mapping[str, Any] = field(default_factory=dict)
    """What the service is told; `away_ms`: what is sent to the database, and by it, is so long on its way."""
    users: int = 16
    spawn_rate: float = 8
    seconds: int = 30
    workers: int = 1
    wait: str = "constant(0)"
    """The users' wait_time."""
    task: str = 'self.client.get("/")'
    where: str = ""
    """A part of the line, the statement or the host that must be named; `downstream`: the other service."""
    environment: Mapping[str, str] = field(default_factory=dict)
    schema: str = ""
    """SQL that is executed before; the service then has a database."""
    downstream: tuple[float, int] | None = None
    """Another service: how long it takes, in ms, and how many requests it works for at a time."""
    neighbours: int = 0
    """Programs beside the service that compute all the time."""
    quota: float | None = None
    """Cores that the service's control group allows."""
    memory_mb: int | None = None
    """Memory that the service's control group allows."""
    share: float | None = None
    """Of the capacity, which is measured before with `users`: so much load is given."""
    open_model: bool = False
    """With `share`: arrivals instead of users who come round every `pause_s`."""
    pause_s: float = 0.5
    assess: str = ""
    """With an objective: by `loadcell assess --quick`."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.code} {self.variant}"

    @property
    def load(self) -> str:
        """The load in words."""
        if self.assess:
            return f"assess --quick, {self.assess}"
        if self.share is not None:
            return f"{self.share:.0%} of capacity, {'arrivals' if self.open_model else 'users'}"
        return f"{self.users} users, {self.seconds} s"


def healthy(kind: str, app: str, share: float, **more: Any) -> Case:
    """A sound service under a part of what it carries, or more than that."""
    return Case("healthy", f"{kind} {share:.0%}", app, share=share, **more)


THINGS = (
    "CREATE TABLE things AS SELECT n AS id, n % 1000 AS owner, 'thing ' || n AS name FROM generate_series(1, {rows}) AS n;"
    "ALTER TABLE things ADD PRIMARY KEY (id); ANALYZE things"
)
COUNTERS = "CREATE TABLE counters AS SELECT 1 AS id, 0 AS value; ALTER TABLE counters ADD PRIMARY KEY (id)"
NOTHING = "SELECT 1"
BACKLOG = "UVICORN_BACKLOG"
NEW_CONNECTION = 'self.client.get("/", headers={"Connection": "close"})'
ON_THE_SECOND = "lambda self: 1 - time.time() % 1"
"""All users at the same moment."""
BUSY_USER = "self.client.get('/'); sum(range({numbers}))"

FAULTS = (
    # Computing time
    Case("cpu_bound", "a", "computing:endpoint()", {"ms": 5}, workers=CORES, users=16, where="thread_time()"),
    Case("cpu_bound", "b", "computing:endpoint()", {"ms": 15}, workers=CORES, users=40, where="thread_time()"),
    Case("too_few_workers", "a", "computing:endpoint()", {"ms": 5}, users=12),
    Case("too_few_workers", "b", "computing:endpoint()", {"ms": 20}, users=30),
    Case("too_many_workers", "a", "computing:endpoint()", {"ms": 5}, workers=4 * CORES, users=32),
    Case("too_many_workers", "b", "computing:endpoint()", {"ms": 12}, workers=3 * CORES, users=48),
    Case("cpu_bound_threads", "a", "computing:threads()", {"ms": 5}, users=16),
    Case("cpu_bound_threads", "b", "computing:threads()", {"ms": 20}, users=30),
    Case("gc_pauses", "a", "computing:garbage()", {"alive": 600_000, "cycles": 1000, "kept": 200}, users=8),
    Case("gc_pauses", "b", "computing:garbage()", {"alive": 1_500_000, "cycles": 400, "kept": 500}, users=20),
    Case("cpu_throttled", "a", "computing:endpoint()", {"ms": 5}, users=12, quota=0.4),
    Case("cpu_throttled", "b", "computing:endpoint()", {"ms": 3}, users=24, workers=2, quota=0.8),
    Case("noisy_neighbour", "a", "computing:endpoint()", {"ms": 5}, users=8, neighbours=2 * CORES),
    Case("noisy_neighbour", "b", "computing:endpoint()", {"ms": 15}, users=16, neighbours=3 * CORES),
    Case("worker_imbalance", "a", "computing:late_worker()", {"ms": 5, "late_s": 16}, users=12, workers=2),
    Case("worker_imbalance", "b", "computing:late_worker()", {"ms": 12, "late_s": 16}, users=20, workers=4),
    # The event loop
    Case("blocked_event_loop", "a", "stuck:sleeping()", {"ms": 20}, users=8, where="time.sleep("),
    Case("blocked_event_loop", "b", "stuck:fetching()", users=20, downstream=(60, 100), where="urlopen("),
    Case("disk_bound", "a", "stuck:syncing()", {"bytes": 4096}, users=12, where="os.fsync("),
    Case("disk_bound", "b", "stuck:syncing()", {"bytes": 200_000}, users=30, where="os.fsync("),
    # The database
    Case("db_pool_exhausted", "a", "stores:small_pool()", {"ms": 10, "pool": 3}, users=24, schema=NOTHING),
    Case("db_pool_exhausted", "b", "stores:small_asyncpg_pool()", {"ms": 40, "pool": 8}, users=50, schema=NOTHING),
    Case("db_pool_held", "a", "stores:held()", {"ms": 50, "pool": 3}, users=20, schema=NOTHING),
    Case("db_pool_held", "b", "stores:held()", {"ms": 200, "pool": 10}, users=50, schema=NOTHING),
    Case(
        "slow_queries", "a", "stores:unindexed()", {"pool": 10}, users=10, schema=THINGS.format(rows=200_000),
        where="FROM things WHERE owner",
    ),
    Case(
        "slow_queries", "b", "stores:unindexed()", {"pool": 3}, users=20, schema=THINGS.format(rows=800_000),
        where="FROM things WHERE owner",
    ),
    Case(
        "lock_contention", "a", "stores:contended()", {"ms": 5, "pool": 20}, users=20, schema=COUNTERS,
        where="UPDATE counters",
    ),
    Case(
        "lock_contention", "b", "stores:contended()", {"ms": 25, "pool": 40}, users=30, schema=COUNTERS,
        where="UPDATE counters",
    ),
    Case(
        "too_many_queries", "a", "stores:many_statements()", {"statements": 30, "pool": 10}, users=8,
        schema=THINGS.format(rows=10_000), where="FROM things WHERE id",
    ),
    Case(
        "too_many_queries", "b", "stores:many_statements()", {"statements": 100, "pool": 20}, users=16,
        schema=THINGS.format(rows=10_000), where="FROM things WHERE id",
    ),
    # Waits within the service
    Case("thread_pool_exhausted", "a", "waiting:threads()", {"ms": 200}, users=80, where="time.sleep("),
    Case("thread_pool_exhausted", "b", "waiting:threads()", {"ms": 50, "threads": 8}, users=24, where="time.sleep("),
    Case("slow_downstream", "a", "waiting:downstream()", users=20, downstream=(100, 1000), where="downstream"),
    Case("slow_downstream", "b", "waiting:downstream_by_aiohttp()", users=60, downstream=(20, 5), where="downstream"),
    Case(
        "client_pool_exhausted", "a", "waiting:downstream()", {"connections": 2}, users=12, downstream=(20, 1000),
        where="downstream",
    ),
    Case(
        "client_pool_exhausted", "b", "waiting:downstream_by_aiohttp()", {"connections": 5}, users=40,
        downstream=(50, 1000), where="downstream",
    ),
    Case("application_lock", "a", "waiting:locked()", {"ms": 10}, users=16, where="async with lock"),
    Case("application_lock", "b", "waiting:counted()", {"ms": 100, "places": 4}, users=40, where="async with places"),
    # Limits, ends, growth
    Case("errors", "a", "limited:failing()", {"ms": 5, "every": 1}, users=8, wait="constant(0.02)"),
    Case("errors", "b", "limited:failing()", {"ms": 20, "every": 20, "raises": True}, users=20),
    Case("fd_limit", "a", "limited:descriptors()", {"ms": 20, "files": 64}, users=96, spawn_rate=40),
    Case(
        "fd_limit", "b", "limited:descriptors()", {"ms": 10, "files": 200}, users=300, spawn_rate=100,
        environment={"UVICORN_LOOP": "asyncio"}, wait="constant(0.2)",
    ),
    Case(
        "accept_queue_overflow", "a", "sound:fast()", users=150, spawn_rate=150, wait=ON_THE_SECOND,
        task=NEW_CONNECTION, environment={BACKLOG: "8"},
    ),
    Case(
        "accept_queue_overflow", "b", "sound:fast()", users=400, spawn_rate=400, wait=ON_THE_SECOND,
        task=NEW_CONNECTION, environment={BACKLOG: "16"},
    ),
    Case("worker_restarts", "a", "limited:mortal()", {"ms": 10, "dies_after": 600}, users=10, workers=2,
         wait="constant(0.05)"),
    Case("worker_restarts", "b", "limited:mortal()", {"ms": 5}, users=20, workers=3, wait="constant(0.05)",
         environment={"UVICORN_LIMIT_MAX_REQUESTS": "1000"}),
    Case("memory_leak", "a", "limited:growing()", {"bytes": 4096}, users=30, wait="constant(0.2)", seconds=80),
    Case("memory_leak", "b", "limited:growing()", {"bytes": 500}, users=60, wait="constant(0.1)", seconds=80),
    Case("memory_bound", "a", "limited:growing()", {"bytes": 200_000}, users=10, wait="constant(0.05)", memory_mb=300),
    Case("memory_bound", "b", "limited:growing()", {"bytes": 50_000}, users=20, wait="constant(0.05)", memory_mb=200),
    Case("generator_saturated", "a", "sound:fast()", users=20, task=BUSY_USER.format(numbers=400_000)),
    Case("generator_saturated", "b", "sound:slow()", {"ms": 0.5, "wait_ms": 5}, users=60,
         task=BUSY_USER.format(numbers=150_000)),
)  # fmt: skip

SOUND = tuple(
    healthy(kind, app, share, **more)
    for kind, app, more in (
        ("fast", "sound:fast()", {"users": 32, "pause_s": 0.2}),
        ("slow by nature", "sound:slow()", {"size": {"ms": 2, "wait_ms": 400}, "users": 220, "pause_s": 1.0}),
        ("with a database", "stores:healthy()", {"size": {"pool": 20}, "users": 32, "schema": THINGS.format(rows=10_000)}),
        ("sync endpoint", "sound:threads()", {"size": {"ms": 5}, "users": 32}),
        ("streaming", "sound:streaming()", {"size": {"pieces": 10, "ms": 2}, "users": 100}),
        ("2 workers", "computing:endpoint()", {"size": {"ms": 3}, "users": 24, "workers": 2}),
    )
    for share in (0.5, 0.65, 1.25)
) + tuple(
    healthy(f"{kind}, arrivals", app, share, open_model=True, **more)
    for kind, app, more in (
        ("slow by nature", "sound:slow()", {"size": {"ms": 5, "wait_ms": 100}, "users": 100}),
        ("2 workers", "computing:endpoint()", {"size": {"ms": 8}, "users": 24, "workers": 2}),
    )
    for share in (0.6, 1.25)
)

LATER = THINGS.format(rows=10_000)
ON_ASYNCIO = {"UVICORN_LOOP": "asyncio"}
VARIED = (
    Case("blocked_event_loop", "in a middleware", "varied:middleware()", {"ms": 8}, users=10, where="time.sleep("),
    Case("blocked_event_loop", "requests in a dependency", "varied:dependency()", users=12, downstream=(15, 100),
         where="client.get("),
    Case("blocked_event_loop", "a sync database client", "varied:sync_database()", {"ms": 15}, users=16, schema=NOTHING,
         where="connection.execute("),
    Case("blocked_event_loop", "on asyncio", "stuck:sleeping()", {"ms": 5}, users=10, environment=ON_ASYNCIO,
         where="time.sleep("),
    Case("db_pool_exhausted", "sync endpoint", "varied:sync_pool()", {"ms": 20, "pool": 4}, users=30, schema=NOTHING),
    Case("db_pool_exhausted", "that threads wait for", "varied:sync_pool()", {"ms": 20, "pool": 15}, users=120,
         schema=NOTHING),
    Case("db_pool_exhausted", "psycopg", "varied:psycopg_small()", {"ms": 25, "pool": 4}, users=30, schema=NOTHING,
         environment=ON_ASYNCIO),
    Case("db_pool_exhausted", "of a far database", "stores:small_pool()", {"ms": 0, "pool": 4, "away_ms": 2}, users=40,
         schema=NOTHING),
    Case("db_pool_held", "of a far database", "stores:held()", {"ms": 50, "pool": 3, "away_ms": 2}, users=20,
         schema=NOTHING),
    Case("db_pool_held", "over a call", "varied:held_over_a_call()", {"pool": 5}, users=24, schema=LATER,
         downstream=(80, 100)),
    Case("slow_queries", "computing", "varied:sorting()", {"rows": 20_000, "pool": 10}, users=12, schema=NOTHING,
         where="generate_series"),
    Case("lock_contention", "for update", "varied:for_update()", {"ms": 10, "pool": 20}, users=16, schema=COUNTERS,
         where="FOR UPDATE"),
    Case("too_many_queries", "psycopg", "varied:psycopg_rows()", {"statements": 40, "pool": 10}, users=10, schema=LATER,
         where="FROM things WHERE id"),
    Case("cpu_bound", "hashing in threads", "varied:hashing()", {"rounds": 20_000}, users=20),
    Case("too_few_workers", "large JSON", "varied:large_json()", {"rows": 2000}, users=10),
    # What it validates it makes anew, and a third of its CPU time goes into collections, 5 full ones a second.
    Case("gc_pauses", "validated answers", "varied:validated()", {"rows": 1000}, users=10),
    Case("too_few_workers", "a pattern", "varied:pattern()", {"letters": 20}, users=8),
    Case("too_few_workers", "a client each time", "varied:client_each_time()", users=8, downstream=(5, 100)),
    Case("application_lock", "in threads", "varied:lock_in_threads()", {"ms": 10}, users=20, where="with lock"),
    Case("application_lock", "in all threads", "varied:lock_in_threads()", {"ms": 5}, users=70, where="with lock"),
    Case("slow_downstream", "requests in threads", "varied:requests_in_threads()", users=12, downstream=(150, 100),
         where="downstream"),
    Case("thread_pool_exhausted", "asyncio's threads", "varied:to_thread()", {"ms": 50}, users=30),
)  # fmt: skip
"""Faults as in FAULTS, in other clothes."""

ASSESSED = tuple(
    Case(one.code, f"{one.variant}, assessed", one.app, one.size, users=1000, workers=one.workers, where=one.where,
         schema=one.schema, downstream=one.downstream, assess=limit)
    for one, limit in (
        (next(case for case in FAULTS if case.name == name), limit)
        for name, limit in (
            ("too_few_workers a", "p95 < 100ms"),
            ("blocked_event_loop a", "p95 < 200ms"),
            ("thread_pool_exhausted b", "p95 < 200ms"),
            ("db_pool_exhausted a", "p95 < 100ms"),
            ("slow_queries a", "p95 < 500ms"),
            ("application_lock b", "p95 < 500ms"),
        )
    )
)  # fmt: skip

CASES = (*FAULTS, *VARIED, *SOUND, *ASSESSED)
