"""A PostgreSQL server: what its connections do and wait for, what takes the time. One connection, which only reads."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, LiteralString

from loadcell.errors import MonitorError
from loadcell.monitors.backends import Activity, Backends
from loadcell.monitors.rates import LongRates, Rates
from loadcell.monitors.reading import Fact, Reading, Sight, Unseen
from loadcell.monitors.sampler import Sampler
from loadcell.monitors.server_cpu import cpu_s, postmaster_of
from loadcell.monitors.statements import Executed, Share, Statements, normalised
from loadcell.text import one_line

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

_SAMPLES_S = 0.2
_LONG_S, _SHORT_S = 10.0, 5.0
_TABLES_S, _SIZE_S = 5.0, 60.0
_MOST_STATEMENTS = 5
_MOST_TABLES = 5
_MOST_BLOCKERS = 3
_LIMITS = "-c statement_timeout=2000 -c lock_timeout=500 -c default_transaction_read_only=on"
_STATISTICS_ROLE = "GRANT pg_monitor TO the role of the DSN."

# Each says who it is, so that it can be told from the service's own statements.
_ABOUT: LiteralString = """
select /* loadcell */ current_database(), current_user, current_setting('server_version'), pg_backend_pid(),
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0),
  pg_has_role(current_user, 'pg_read_all_stats', 'usage'),
  (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'),
  (select string_to_array(extversion, '.')::int[] >= '{1,8}' from pg_extension where extname = 'pg_stat_statements')"""
_ACTIVITY: LiteralString = """
select /* loadcell */ coalesce(state, ''), coalesce(wait_event_type, ''), coalesce(wait_event, ''), count(*)::int,
  coalesce(max(extract(epoch from clock_timestamp() - query_start)) filter (where state = 'active'), 0)::float8,
  coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8
from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid() and datname = current_database()
group by 1, 2, 3"""
_USED: LiteralString = """
select /* loadcell */ count(*)::int - 1 from pg_stat_activity where backend_type = 'client backend'"""
_BLOCKERS: LiteralString = """
select /* loadcell */ k.query, max(extract(epoch from clock_timestamp() - b.query_start))::float8
from pg_stat_activity b cross join lateral unnest(pg_blocking_pids(b.pid)) x(pid) join pg_stat_activity k on k.pid = x.pid
where b.wait_event_type = 'Lock' and b.datname = current_database()
group by 1 order by 2 desc limit 20"""
_DATABASE: LiteralString = """
select /* loadcell */ xact_commit + xact_rollback, xact_rollback, deadlocks, tup_returned,
  tup_inserted + tup_updated + tup_deleted, temp_bytes::float8 / 1e6, blks_hit, blks_read
from pg_stat_database where datname = current_database()"""
_RATES = ("db_transactions", "db_rollbacks", "db_deadlocks", "db_rows_read", "db_rows_written", "db_temporary")
_TABLES: LiteralString = """
select /* loadcell */ quote_ident(schemaname) || '.' || quote_ident(relname), seq_tup_read, n_live_tup
from pg_stat_user_tables where seq_tup_read > 0"""
_SIZE: LiteralString = "select /* loadcell */ pg_database_size(current_database())::float8 / 1e6"
_COUNTERS: LiteralString = """
select /* loadcell */ queryid, sum(calls)::bigint, sum({time})::float8 from {schema}.pg_stat_statements(false)
where dbid = (select oid from pg_database where datname = current_database()) and queryid is not null
group by 1"""
_TEXTS: LiteralString = """
select /* loadcell */ queryid, min(query) from {schema}.pg_stat_statements where queryid = any(%s) group by 1"""
_OWN: LiteralString = """
select /* loadcell */ queryid from {schema}.pg_stat_statements where query like '%%/* loadcell */%%'"""
_LEARNING = 8
"""How many looks it takes until PostgreSQL has met all of these statements."""
_FORM = "Check the DSN given with --postgres: postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
_PRELOAD = "it has to be started with shared_preload_libraries = 'pg_stat_statements'."
_TIME_TAKERS = "which statements take the time"


class Postgres:
    """One database of one server. The role needs no more than pg_monitor."""

    source = "postgres"

    def __init__(self, dsn: str) -> None:
        """`dsn` is a URL or a list of `name=value`, as libpq takes it; what it leaves out comes from PG… variables."""
        self._dsn = dsn
        self._connection: Connection[Any] | None = None
        self._sampler: Sampler | None = None
        self._lock = threading.Lock()
        self._begin()

    def open(self) -> None:
        self._begin()
        with _told("PostgreSQL can't be read"):
            self._connection = _connect(self._dsn)
            (row,) = self._ask(_ABOUT)
        self._database, self._role, version, backend, self._most, self._sees_all, self._schema, modern = row
        self._time = "total_exec_time" if modern else "total_time"
        self._version = Fact("db_version", f"PostgreSQL {version}", self._database)
        self._postmaster = postmaster_of(backend)
        self._sampler = Sampler(self._sample, _SAMPLES_S, "postgres")
        self._sampler.start()

    def close(self) -> None:
        if self._sampler is not None:
            self._sampler.stop()
            self._sampler = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def read(self, now: float) -> Iterable[Sight]:
        with _told("PostgreSQL can't be read any more"):
            if self._sampler is not None:
                self._sampler.check()
            return list(self._read(now))

    def _begin(self) -> None:
        self._activity = Activity()
        self._rates, self._long_rates = Rates(), LongRates(_LONG_S, _SHORT_S)
        self._statements = Statements()
        self._texts: dict[int, str] = {}
        self._own: set[int] = set()
        self._looks = 0
        self._next_tables = self._next_size = self._looked_at = 0.0
        self._database = ""

    def _read(self, now: float) -> Iterator[Sight]:
        yield self._version
        if not self._sees_all:
            yield Unseen(f"what other roles' connections do, with the rights of {self._role}", _STATISTICS_ROLE)
        (used,) = self._ask(_USED)[0]
        yield Reading("db_connections", used, self._database)
        yield Reading("db_connections_max", self._most, self._database)
        yield from self._doings()
        yield from self._database_rates(now)
        if now >= self._next_tables:
            self._next_tables = now + _TABLES_S
            yield from self._scans(now)
        yield from self._top_statements(now)
        if now >= self._next_size:
            self._next_size = now + _SIZE_S
            yield from self._size()
        if self._postmaster is not None and (spent := cpu_s(self._postmaster)) is not None:
            yield from self._rate("db_cpu", 100 * spent, now)

    def _sample(self) -> None:
        sample = [Backends(*row) for row in self._ask(_ACTIVITY)]
        with self._lock:
            self._activity.add(sample)

    def _doings(self) -> Iterator[Reading]:
        with self._lock:
            activity, self._activity = self._activity, Activity()
        yield from activity.readings(self._database)
        if activity.waited_for_locks:
            waited: dict[str, float] = {}
            for text, seconds in self._ask(_BLOCKERS):
                statement = normalised(text)
                waited[statement] = max(seconds, waited.get(statement, 0.0))
            for statement in list(waited)[:_MOST_BLOCKERS]:
                yield Reading("db_blocked_by", waited[statement], statement)

    def _database_rates(self, now: float) -> Iterator[Reading]:
        *totals, hit, read = self._ask(_DATABASE)[0]
        for signal, total in zip(_RATES, totals, strict=True):
            if (rate := self._long_rates.per_second(signal, total, now)) is not None:
                yield Reading(signal, rate, self._database)
        hits, reads = self._long_rates.per_second("hit", hit, now), self._long_rates.per_second("read", read, now)
        if hits is not None and reads is not None and hits + reads > 0:
            yield Reading("db_cache_hit", 100 * hits / (hits + reads), self._database)

    def _scans(self, now: float) -> Iterator[Reading]:
        tables = self._ask(_TABLES)
        rates = {name: self._long_rates.per_second(("scanned", name), read, now) or 0.0 for name, read, _ in tables}
        rows = {name: live for name, _, live in tables}
        for name in sorted(rates, key=lambda each: -rates[each])[:_MOST_TABLES]:
            if rates[name]:
                yield Reading("db_scanned_rows", rates[name], name)
                yield Reading("db_table_rows", rows[name], name)

    def _top_statements(self, now: float) -> Iterator[Sight]:
        if self._schema is None:
            yield Unseen(
                _TIME_TAKERS,
                f"CREATE EXTENSION pg_stat_statements in {self._database}; {_PRELOAD}",
            )
            return
        from psycopg.errors import InsufficientPrivilege, ObjectNotInPrerequisiteState

        try:
            shares = self._executed()
        except ObjectNotInPrerequisiteState:
            yield Unseen(_TIME_TAKERS, _PRELOAD)
            return
        except InsufficientPrivilege:
            yield Unseen(_TIME_TAKERS, _STATISTICS_ROLE)
            return
        since, self._looked_at = now - self._looked_at, now
        if shares is not None and since > 0:
            yield Reading("db_statements", sum(share.calls for share in shares) / since, self._database)
            yield from self._statement_readings(shares[:_MOST_STATEMENTS], since)

    def _executed(self) -> list[Share] | None:
        """What was executed since the last look, less what this monitor has asked."""
        if self._looks < _LEARNING:
            self._looks += 1
            self._own = {row[0] for row in self._ask(self._about_statements(_OWN))}
        rows = self._ask(self._about_statements(_COUNTERS))
        return self._statements.update({row[0]: Executed(*row[1:]) for row in rows if row[0] not in self._own})

    def _statement_readings(self, shares: list[Share], since: float) -> Iterator[Reading]:
        if new := {share.queryid for share in shares} - set(self._texts):
            # PostgreSQL keeps all texts in one file, so they are asked for only when there are new ones.
            found = dict(self._ask(self._about_statements(_TEXTS), [list(new)]))
            self._texts |= {queryid: normalised(found.get(queryid) or "(unknown)") for queryid in new}
        for share in shares:
            text = self._texts[share.queryid]
            yield Reading("db_statement_time", share.ms / since, text)
            yield Reading("db_statement_calls", share.calls / since, text)
            if share.calls:
                yield Reading("db_statement_mean", share.ms / share.calls, text)

    def _about_statements(self, query: LiteralString) -> Composed:
        from psycopg.sql import SQL, Identifier

        assert self._schema is not None
        return SQL(query).format(schema=Identifier(self._schema), time=Identifier(self._time))

    def _size(self) -> Iterator[Reading]:
        from psycopg.errors import InsufficientPrivilege, QueryCanceled

        # Of a huge database it takes too long; then it isn't worth it.
        with contextlib.suppress(QueryCanceled, InsufficientPrivilege):
            yield Reading("db_size", self._ask(_SIZE)[0][0], self._database)

    def _rate(self, signal: str, total: float, now: float) -> Iterator[Reading]:
        if (rate := self._rates.per_second(signal, total, now)) is not None:
            yield Reading(signal, rate, self._database)

    def _ask(self, query: LiteralString | Composed, values: list[Any] | None = None) -> list[Any]:
        if self._connection is None:
            raise MonitorError("PostgreSQL can't be read: the connection is closed")
        # Prepared statements would outlive the question; a connection pool between here and there may not have them.
        return self._connection.execute(query, values, prepare=False).fetchall()


def _connect(dsn: str) -> Connection[Any]:
    """A connection that only reads and gives up soon. MonitorError."""
    try:
        import psycopg
    except ImportError as error:
        raise MonitorError(
            "PostgreSQL can't be read: psycopg is not installed", "Install it: pip install 'loadcell[postgres]'"
        ) from error
    settings: dict[str, Any] = {"connect_timeout": 3, "application_name": "loadcell", "tcp_user_timeout": 5000}
    try:
        settings |= psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        # Its text may hold parts of a password.
        raise MonitorError("PostgreSQL can't be read: its DSN is not understood", _FORM) from error
    settings["options"] = f"{settings.get('options', '')} {_LIMITS}".strip()
    return psycopg.connect(**settings, autocommit=True)


def place_of(dsn: str) -> str:
    """Which database of which server a DSN is about, to be shown; nothing else of it, and nothing where it doesn't say.

    >>> place_of("postgresql://anna:secret@db1:5433/shop")
    ' shop on db1:5433'
    """
    try:
        from psycopg.conninfo import conninfo_to_dict

        found = conninfo_to_dict(dsn)
    except Exception:  # It is not installed, or the DSN is none: its monitor says so.
        return ""
    host, port, database = (str(found.get(name) or "") for name in ("host", "port", "dbname"))
    server = f" on {host}{f':{port}' if port else ''}" if host else ""
    return f" {one_line(database + server)}" if database else f" {one_line(server)}" if server else ""


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Errors of the client as one sentence."""
    try:
        yield
    except MonitorError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith("psycopg"):
            raise
        # The rest of a message is advice, or the same of the next address.
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        raise MonitorError(f"{what}: {said}", _hint(said)) from error


def _hint(said: str) -> str:
    if "unsupported startup parameter" in said:
        return "That is PgBouncer: name PostgreSQL itself, with --postgres."
    return _FORM
