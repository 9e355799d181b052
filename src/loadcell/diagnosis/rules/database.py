"""The database, and the way to it. Whether it is healthy is asked before how large its pool is."""

from __future__ import annotations

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Evidence, Finding, finding
from loadcell.diagnosis.rules import views
from loadcell.diagnosis.situation import Level, Situation

QUERIES = 10.0
"""Statements that a request executes."""
QUERIES_OUTSIDE = 12.0
"""The same where the database counts them: those that begin and end a transaction are among them."""
SHARE = 0.4
"""Of a request's time that goes to the database."""
WAIT = 0.3
"""Of a request's time that it waits for a connection."""
LOCKED = 0.4
DATABASE_CPU = 0.3
"""Of the machine's cores."""
TAKEN = 20.0
"""% of the time that a loop waits for a core which the database has."""
ROWS = 50_000.0
"""Rows that scans of whole tables read for a request."""
HELD = 0.6
ON_THE_WAY = 0.25
"""Of the time that connections are kept, what statements take as the service sees them, …"""
ON_THE_WAY_TIMES = 2.0
"""… and so many times what they take in the database: its sessions are then idle while answers are on their way."""
EXECUTING = 0.5
SLOWER_QUERY = 2.0
ALL_IN_USE = 0.9
SPARE = 0.6
"""Of a pool's connections; with fewer in use on average, who waits came in a burst, behind a loop that stood still."""


def too_many_queries(situation: Situation) -> Finding | None:
    """A request executes many statements, each of them fast (N+1)."""
    high = situation.high
    queries, share = high.per_request(names.P_STATEMENTS), high.share(names.P_DB)
    if queries is None or share is None or queries < QUERIES or database_share(high) < SHARE:
        return None
    return _many(situation, queries, share)


def too_many_queries_outside(situation: Situation) -> Finding | None:
    """The same without a probe, from the database's own count."""
    executed, rps = situation.high.most(names.DB_STATEMENTS), situation.high.client.rps
    if situation.probed or executed is None or not rps or executed / rps < QUERIES_OUTSIDE:
        return None
    return _many(situation, executed / rps, None)


def _many(situation: Situation, queries: float, share: float | None) -> Finding:
    high = situation.high
    statement = _statement(high)
    executed = high.most(names.DB_STATEMENTS)
    counted = executed is not None and executed / max(high.client.rps, 0.01) >= QUERIES
    return finding(
        "too_many_queries",
        f"A request executes {queries:.0f} statements" + (f", most of the time {_short(statement[0])}" if statement else ""),
        [
            high.evidence(names.P_STATEMENTS, queries if share is not None else None, "statements in a request"),
            high.evidence(names.P_DB, None if share is None else 100 * share, "of a request's time executes them", "%"),
            high.evidence(names.DB_STATEMENTS, executed, "statements, as the database counts", "1/s") if counted else None,
            situation.slower(),
        ],
        where=statement[0] if statement else "",
        advice="Fetch in one statement what is fetched row by row: a join, WHERE id = ANY(…), selectinload() in "
        "SQLAlchemy. Of "
        f"{queries:.0f} round trips one or two remain, and their time falls in that proportion.",
        unseen=views.unknown(*_needs(situation, statement)),
    )


def lock_contention(situation: Situation) -> Finding | None:
    """Transactions wait for each other's rows."""
    high = situation.high
    waiting, active = high.most(names.DB_LOCK_WAITS), high.most(names.DB_ACTIVE)
    if waiting is None or waiting < 1 or waiting < LOCKED * (active or 0.0):
        return None
    holder = high.first(names.DB_BLOCKED_BY)
    # Most of the time goes into the statement that waits; the one that holds the lock may be past its own by now.
    busiest = _statement(high)
    statement = busiest[0] if busiest else holder[0] if holder else ""
    share = high.share(names.P_DB, names.P_POOL_WAIT)
    return finding(
        "lock_contention",
        f"{waiting:.1f} of {active or waiting:.1f} active database sessions wait for a lock of another transaction"
        + (f": {_short(statement)}" if statement else ""),
        [
            high.evidence(names.DB_LOCK_WAITS, waiting, "sessions wait for a lock"),
            high.evidence(names.DB_ACTIVE, active, "sessions are active"),
            high.evidence(
                names.DB_BLOCKED_BY,
                holder[1],
                f"the longest wait, for a transaction that was at {_short(holder[0])}",
                "s",
                holder[0],
            )
            if holder
            else None,
            high.evidence(names.P_DB, 100 * share, "of a request's time is for the database", "%") if share else None,
            situation.slower(),
        ],
        where=statement,
        advice="Make the transaction shorter (change the contended row last and commit at once), don't keep it open over "
        "other "
        "waits, spread counters over several rows, or take SKIP LOCKED for queues. Throughput is 1 / the time a lock is "
        "held: half that time is twice the throughput.",
        unseen=views.unknown(None if share else views.NEEDS_PROBE.format("how much of a request's time that is")),
    )


def slow_queries(situation: Situation) -> Finding | None:
    """The database works hard for each request: a missing index, or a statement that does too much."""
    high = situation.high
    cores = high.most(names.HOST_CORES) or situation.cores
    cpu = high.most(names.DB_CPU)
    table = high.first(names.DB_SCANNED_ROWS)
    rows = table[1] / high.client.rps if table and high.client.rps else 0.0
    hard = cpu is not None and cpu >= 100 * DATABASE_CPU * cores and _strained(situation)
    if rows <= ROWS and not hard:
        return None
    if situation.probed and database_share(high) < SHARE:
        return None
    statement = _statement(high)
    scan = f"{table[0]}: {rows:,.0f} rows for each request" if table and rows > ROWS else ""
    share = high.share(names.P_DB, names.P_POOL_WAIT)
    remedy = (
        f"Make an index on the columns of {table[0]} that the statement filters by: it then reads only the rows it needs, "
        "and takes less time in that proportion."
        if table and scan
        else "See in EXPLAIN (ANALYZE, BUFFERS) what the statement reads and sorts without need, and spare it that."
    )
    return finding(
        "slow_queries",
        "The database is what takes long" + (f": scans of the whole table {scan}" if scan else ", by its CPU"),
        [
            high.evidence(names.DB_CPU, cpu, "CPU of the database server, of one core", "%"),
            high.evidence(names.DB_SCANNED_ROWS, table[1], f"rows read by scans of all of {table[0]}", "1/s", table[0])
            if table and scan
            else None,
            _slower_statement(situation),
            high.evidence(names.P_DB, 100 * share, "of a request's time is for the database", "%") if share else None,
            situation.slower(),
        ],
        where=statement[0] if statement else table[0] if table else "",
        advice=f"{remedy} A larger pool would not help: it would only make more statements share the same cores.",
        unseen=views.unknown(*_needs(situation, statement)),
    )


def slow_queries_on_its_cores(situation: Situation) -> Finding | None:
    """The database works so hard that it takes the cores which the service, on the same machine, computes on."""
    high = situation.high
    loop = views.busiest(high)
    if loop is None or loop.wait < TAKEN or (high.most(names.DB_CPU) or 0.0) < (high.total(names.WORKER_CPU) or 0.0):
        return None
    return slow_queries(situation)


def slower_database(situation: Situation) -> Finding | None:
    """Statements take much longer than at the low load, and nothing else explains it."""
    high, low = situation.high, situation.low
    share = high.share(names.P_DB)
    if share is None or share < EXECUTING or low is None or _waits_for_a_pool(situation):
        return None
    before, now = query_ms(low), query_ms(high)
    if not before or now is None or now <= SLOWER_QUERY * before:
        return None
    statement = _statement(high)
    return finding(
        "slow_queries",
        f"A statement takes {now:.1f} ms at this load, and {before:.1f} ms at the low one",
        [
            high.evidence(names.P_DB, 100 * share, "of a request's time executes statements", "%"),
            high.evidence(names.P_STATEMENT_MEAN, now, "a statement takes", "ms"),
            low.evidence(names.P_STATEMENT_MEAN, before, "at the low load", "ms"),
            high.evidence(names.DB_ACTIVE, high.most(names.DB_ACTIVE), "database sessions at work"),
            situation.slower(),
        ],
        where=statement[0] if statement else "",
        advice="The database is at its limit: see which of CPU, disk and locks it is (pg_stat_activity, EXPLAIN "
        "(ANALYZE, BUFFERS)), "
        "and let fewer connections work at the same time rather than more.",
        unseen=views.unknown(*_needs(situation, statement)),
    )


def _waits_for_a_pool(situation: Situation) -> bool:
    """Whether requests wait for a connection because all are in use, which explains long times first."""
    high = situation.high
    return (high.share(names.P_POOL_WAIT) or 0.0) >= WAIT and not _has_spare_connections(high)


def _has_spare_connections(level: Level) -> bool:
    """Whether the pool that most wait for is far from used up on average."""
    size, in_use = _of_pool(level, names.P_POOL_MAX), _of_pool(level, names.P_POOL_CHECKED_OUT)
    return size is not None and in_use is not None and in_use < SPARE * size


def _of_pool(level: Level, signal: str) -> float | None:
    """A figure of the pool that most wait for; the highest of all where nobody waits."""
    waiting = level.of(names.P_POOL_WAITING)
    pool = max(waiting, key=lambda one: waiting[one], default="")
    return level.of(signal).get(pool) if waiting.get(pool) else level.most(signal)


def db_pool_held(situation: Situation) -> Finding | None:
    """Connections are kept while something else is waited for."""
    high = situation.high
    held = _held(high)
    wait = high.share(names.P_POOL_WAIT)
    if wait is not None and not _waits_for_a_pool(situation):
        return None
    if held is None or held < HELD or _are_answers_on_their_way(high, held) or _threads_wait_for_each_other(high):
        return None
    if wait is None and not _full_from_outside(situation):
        return None
    line = views.place(high, names.P_AWAITED)
    return finding(
        "db_pool_held",
        f"Database connections are held while nothing is asked of them: {held:.0%} are idle in a transaction",
        [
            *_pool_evidence(situation),
            high.evidence(names.DB_IN_TRANSACTION, high.most(names.DB_IN_TRANSACTION), "connections in a transaction, idle"),
            high.evidence(names.DB_CONNECTIONS, high.most(names.DB_CONNECTIONS), "connections to the database"),
            situation.slower(),
        ],
        where=views.line_of(line[0]) if line else "",
        advice="Don't await other services or slow work between the first statement and the commit: fetch, end the "
        "session, then "
        "call (or call first). The pool then serves as many requests as its statements need, without being larger.",
        unseen=views.unknown(
            None if wait is not None else views.NEEDS_PROBE.format("how long requests wait for a connection"),
            None if line else views.NEEDS_PROBE.format("at which line requests wait") if wait is None else None,
            views.NEEDS_PROBE.format("whether answers of a database far away are on their way meanwhile")
            if wait is None
            else None,
        ),
    )


def db_pool_exhausted(situation: Situation) -> Finding | None:
    """The pool is smaller than what the database could serve."""
    high = situation.high
    wait = high.share(names.P_POOL_WAIT)
    if wait is None:
        if not _full_from_outside(situation) or (_held(high) or 0.0) >= HELD:
            return None
    elif not _waits_for_a_pool(situation):
        return None
    size = _of_pool(high, names.P_POOL_MAX) or _of_pool(high, names.P_POOL_CHECKED_OUT) or high.most(names.DB_CONNECTIONS)
    needed = _needed(high)
    line = views.place(high, names.P_AWAITED)
    locked = _threads_wait_for_each_other(high)
    return finding(
        "db_pool_exhausted",
        f"No request ends: every thread waits for a connection of the database pool ({size or 0:.0f} connections), "
        "and whoever has one waits for a thread"
        if locked
        else f"Requests wait for a connection of the database pool ({size or 0:.0f} connections), not for the database",
        [
            *_pool_evidence(situation),
            high.evidence(names.DB_ACTIVE, high.most(names.DB_ACTIVE), "database sessions at work, and it could do more"),
            high.evidence(names.DB_CPU, high.most(names.DB_CPU), "CPU of the database server, of one core", "%"),
            high.evidence(names.P_THREADS_WAITING, high.total(names.P_THREADS_WAITING), "requests wait for a thread")
            if locked
            else None,
            situation.slower(),
        ],
        where=views.line_of(line[0]) if line else _pool_name(high),
        advice="Give the pool as many connections as there are threads (SQLAlchemy pool_size + max_overflow ≥ 40), or let "
        "the endpoint open its session itself instead of a dependency: a thread that waits then keeps nobody from giving "
        "back what it has. Until then the service stands still at such a load until waiting for connections times out."
        if locked
        else "Make the pool larger (SQLAlchemy pool_size, max_overflow; asyncpg max_size)"
        + (f": {needed:.0f} connections for a worker would serve what is asked now" if needed else "")
        + ". Throughput grows with it until the database or the loop is full; workers × pool must stay below its "
        "max_connections.",
        unseen=views.unknown(
            None if high.most(names.DB_ACTIVE) is not None else views.NEEDS_DATABASE,
            None if wait is not None else views.NEEDS_PROBE.format("how long requests wait for a connection"),
        ),
    )


def database_share(level: Level) -> float:
    """Of a request's time what goes to the database; with the wait for a thread where that is a wait for the pool."""
    wait = level.share(names.P_POOL_WAIT) or 0.0
    threads = (level.share(names.P_THREAD_WAIT) or 0.0) if wait >= 0.2 else 0.0
    return wait + threads + (level.share(names.P_DB, names.P_DB_CONNECT) or 0.0)


def query_ms(level: Level) -> float | None:
    """How long a statement takes, on average."""
    time, queries = level.per_request(names.P_DB), level.per_request(names.P_STATEMENTS)
    return time / queries if time is not None and queries and queries >= 0.1 else None


def _strained(situation: Situation) -> bool:
    """Whether requests take clearly longer than at the low load; yes where there is nothing to compare with."""
    return situation.slowed is None or situation.slowed >= SLOWER_QUERY


def _full_from_outside(situation: Situation) -> bool:
    """Whether all connections are in use while requests take longer and the loop is free: a pool at its end."""
    high, low = situation.high, situation.low
    connections, slowed = high.most(names.DB_CONNECTIONS), situation.slowed
    used = (high.most(names.DB_ACTIVE) or 0.0) + (high.most(names.DB_IN_TRANSACTION) or 0.0)
    if connections is None or connections < 1 or used < ALL_IN_USE * connections:
        return False
    crowd = high.client.concurrency >= 1.5 * connections
    return crowd and (slowed is None or slowed >= SLOWER_QUERY or low is None)


def _held(level: Level) -> float | None:
    idle, active = level.most(names.DB_IN_TRANSACTION), level.most(names.DB_ACTIVE)
    if idle is None or active is None or idle + active < 0.5:
        return None
    return idle / (idle + active)


def _are_answers_on_their_way(level: Level, held: float) -> bool:
    """Whether sessions are idle in a transaction (`held` of them, 0 … 1) because the database is far away or the loop is
    slow to read its answers, and not because something else is done meanwhile. Only a probe can tell."""
    in_use, finished, statements = (
        level.total(names.P_POOL_CHECKED_OUT), level.total(names.P_FINISHED), level.per_request(names.P_DB)
    )  # fmt: skip
    if not in_use or not finished or statements is None:
        return False
    kept = 1000 * in_use / finished  # ms for each request, by Little's law
    return statements >= max(ON_THE_WAY, ON_THE_WAY_TIMES * (1 - held)) * kept


def _threads_wait_for_each_other(level: Level) -> bool:
    """Whether all threads wait for connections whose holders wait for a thread: a dependency takes one, and the endpoint
    needs another thread."""
    total, borrowed = level.total(names.P_THREADS_TOTAL), level.total(names.P_THREADS_BORROWED)
    waiting = level.total(names.P_POOL_WAITING)
    full = total is not None and borrowed is not None and borrowed >= 0.95 * total
    return level.stands_still and full and waiting is not None and total is not None and waiting >= 0.9 * total


def _pool_evidence(situation: Situation) -> list[Evidence | None]:
    high = situation.high
    wait = high.share(names.P_POOL_WAIT)
    return [
        high.evidence(
            names.P_POOL_WAIT, None if wait is None else 100 * wait, "of a request's time waits for a connection", "%"
        ),
        high.evidence(names.P_POOL_WAITING, high.total(names.P_POOL_WAITING), "wait at a time"),
        high.evidence(names.P_POOL_CHECKED_OUT, high.total(names.P_POOL_CHECKED_OUT), "connections in use"),
        high.evidence(names.P_POOL_MAX, high.total(names.P_POOL_MAX), "connections there may be"),
        high.evidence(names.P_POOL_HOLD, high.most(names.P_POOL_HOLD), "a connection is kept", "ms"),
    ]


def _needed(level: Level) -> float | None:
    """Connections of a worker that would be in use if nobody waited, with a third more."""
    in_use, waiting = _of_pool(level, names.P_POOL_CHECKED_OUT), level.most(names.P_POOL_WAITING)
    return None if in_use is None or waiting is None else 1.33 * (in_use + waiting)


def _pool_name(level: Level) -> str:
    pool = views.place(level, names.P_POOL_WAITING)
    return f"{pool[0]} pool" if pool else ""


def _statement(level: Level) -> tuple[str, float] | None:
    """The statement that most time goes into, by the probe or by the database."""
    return views.first_of(views.place(level, names.P_STATEMENT_TIME), level.first(names.DB_STATEMENT_TIME))


def _slower_statement(situation: Situation) -> Evidence | None:
    high = situation.high
    now = query_ms(high)
    if now is not None:
        return high.evidence(names.P_STATEMENT_MEAN, now, "a statement takes", "ms")
    first = high.first(names.DB_STATEMENT_TIME)
    mean = high.of(names.DB_STATEMENT_MEAN).get(first[0]) if first else None
    return high.evidence(names.DB_STATEMENT_MEAN, mean, "the statement takes", "ms", first[0] if first else "")


def _needs(situation: Situation, statement: tuple[str, float] | None) -> list[str | None]:
    database = situation.high.most(names.DB_ACTIVE) is not None
    return [
        None if database else views.NEEDS_DATABASE,
        None
        if statement
        else "Which statement it is can't be seen: CREATE EXTENSION pg_stat_statements, or the probe (docs/probe.md).",
    ]


def _short(statement: str) -> str:
    return statement if len(statement) <= 100 else f"{statement[:99]}…"
