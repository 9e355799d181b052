"""What a request's time went into, in a real service: each path spends 100 ms in one known way."""

import time

import pytest

from .servers import ServiceUnderProbe

THREE_IN_TURN = {
    "db_wait": pytest.approx(300, abs=150),
    "db_exec": pytest.approx(300, abs=100),
    "pool_hold": pytest.approx(300, abs=150),
}
"""One connection, 100 ms each: they wait 0, 100 and 200 ms."""
CALLS_IN_TURN = {"http": pytest.approx(600, abs=250), "http_wait": pytest.approx(300, abs=200)}
"""The same of calls to another service, which take the wait as a part of them."""


def test_waiting_elsewhere_is_the_rest(service: ServiceUnderProbe) -> None:
    spent = service.spent("/wait")
    assert spent["rest"] == pytest.approx(spent["time"])
    assert spent["time"] >= 100


def test_threads_and_the_wait_for_one(service: ServiceUnderProbe) -> None:
    # 2 tokens: two wait 100 ms, two 200 ms, and each of the six keeps its thread for what it does
    service.spent("/thread", times=6, thread_wait=pytest.approx(600, abs=250), thread=pytest.approx(1200, abs=300))
    threads = service.document()["threads"]
    assert threads["now"] == {"total": 2, "borrowed": 0, "waiting": 0}
    assert threads["waits"] >= 3  # four, and one fewer if a request is sent late


def test_the_wait_for_a_thread_of_an_executor(service: ServiceUnderProbe) -> None:
    service.spent("/executor", times=6, thread_wait=pytest.approx(600, abs=250))  # 2 threads: two wait 100 ms, two 200 ms
    service.spent("/executor", thread_wait=pytest.approx(0, abs=50))


def test_sqlalchemy_pool_and_statements(service: ServiceUnderProbe) -> None:
    service.get("/sqlalchemy?seconds=0")  # makes the connection
    # One connection: they wait 0, 100, 200 and 300 ms.
    waited, held = pytest.approx(600, abs=250), pytest.approx(400, abs=150)
    spent = service.spent(
        "/sqlalchemy", times=4, db_wait=waited, db_exec=pytest.approx(400, abs=100), pool_wait=waited, pool_hold=held
    )
    assert spent["statements"] == 4
    assert spent["rest"] < spent["time"] / 4
    (pool,) = [pool for pool in service.document()["pools"] if pool["library"] == "sqlalchemy" and pool["gets"] >= 5]
    assert pool["now"] == {"waiting": 0, "size": 1, "max": 1, "checked_out": 0}


def test_making_a_connection_is_not_waiting(service: ServiceUnderProbe) -> None:
    pools = [pool for pool in service.document()["pools"] if pool["library"] == "sqlalchemy"]
    assert sum(pool["connects"] for pool in pools) >= 1
    assert sum(pool["connect_ns"] for pool in pools) > 0
    assert service.document()["ledger"]["db_connect_ns"] > 0


def test_statements_are_told_without_their_values(service: ServiceUnderProbe) -> None:
    service.get("/sqlalchemy?seconds=0.123")
    statements = {row["statement"]: row for row in service.document()["statements"] if row["library"] == "sqlalchemy"}
    assert "SELECT pg_sleep(?), ?" in statements
    assert statements["SELECT pg_sleep(?), ?"]["longest_ns"] >= 123e6
    assert not any("secret" in statement for statement in statements)


def test_a_statement_that_fails_counts(service: ServiceUnderProbe) -> None:
    before = service.document()["requests"]["statements"]
    service.get("/sqlalchemy-fails")
    document = service.document()
    assert document["requests"]["statements"] == before + 1
    assert "SELECT ?/?, pg_sleep(?)" in {row["statement"] for row in document["statements"]}


def test_sqlalchemy_in_threads(service: ServiceUnderProbe) -> None:
    service.get("/sqlalchemy-sync?seconds=0")
    spent = service.spent("/sqlalchemy-sync", times=2, db_wait=pytest.approx(100, abs=80))
    assert spent["db_exec"] >= 200
    assert spent["statements"] == 2  # and not again by psycopg


def test_asyncpg(service: ServiceUnderProbe) -> None:
    service.get("/asyncpg?seconds=0")
    spent = service.spent("/asyncpg", times=3, **THREE_IN_TURN)
    assert spent["statements"] == 3
    (pool,) = [pool for pool in service.document()["pools"] if pool["library"] == "asyncpg"]
    assert pool["now"] == {"waiting": 0, "size": None, "max": 1, "checked_out": 0}


def test_psycopg_pool(service: ServiceUnderProbe) -> None:
    service.get("/psycopg?seconds=0")
    spent = service.spent("/psycopg", times=3, **THREE_IN_TURN)
    assert spent["statements"] == 3
    (pool,) = [pool for pool in service.document()["pools"] if pool["library"] == "psycopg_pool"]
    assert pool["now"] == {"waiting": 0, "size": 1, "max": 1, "checked_out": 0}


def test_httpx_and_its_pool(service: ServiceUnderProbe) -> None:
    service.get("/httpx?seconds=0")
    spent = service.spent("/httpx", times=3, **CALLS_IN_TURN)
    assert spent["rest"] < spent["time"] / 4


def test_httpx_in_threads(service: ServiceUnderProbe) -> None:
    assert service.spent("/httpx-sync", http_wait=pytest.approx(0, abs=80))["http"] >= 100


def test_a_call_that_fails_counts_for_its_host(service: ServiceUnderProbe) -> None:
    service.get("/httpx-fails")
    (host,) = [row for row in service.document()["http"] if row["host"] == "127.0.0.1:1"]
    assert (host["library"], host["calls"], host["errors"]) == ("httpx", 1, 1)


def test_requests_and_urllib_in_threads(service: ServiceUnderProbe) -> None:
    before = service.document()["requests"]["finished"]
    service.spent("/requests", http=pytest.approx(150, abs=50))
    service.spent("/urllib", http=pytest.approx(150, abs=50))
    called = service.document()["requests"]["finished"] - before
    service.get("/urllib-fails")
    hosts = {row["host"]: row for row in service.document()["http"] if row["library"] == "http.client"}
    assert (hosts["127.0.0.1:1"]["calls"], hosts["127.0.0.1:1"]["errors"]) == (1, 1)
    (answering,) = [row for host, row in hosts.items() if host != "127.0.0.1:1"]
    assert (answering["calls"], answering["errors"]) == (called, 0)


def test_calls_at_the_same_time_count_once(service: ServiceUnderProbe) -> None:
    spent = service.spent("/httpx-together")
    assert 100 <= spent["http"] <= spent["time"]


def test_aiohttp_and_its_pool(service: ServiceUnderProbe) -> None:
    service.get("/aiohttp?seconds=0")
    before = service.document()["requests"]["finished"] - 1
    service.spent("/aiohttp", times=3, **CALLS_IN_TURN)
    document = service.document()
    (host,) = [row for row in document["http"] if row["library"] == "aiohttp"]
    assert host["calls"] == document["requests"]["finished"] - before


def test_the_time_before_the_handler(service: ServiceUnderProbe) -> None:
    before = service.document()["requests"]
    service.get("/", times=16, **{"X-Request-Start": f"t={time.monotonic_ns() - 500_000_000}"})
    service.get("/", times=16, **{"X-Request-Start": "t=nonsense"})
    after = service.document()["requests"]
    asked = after["before"] - before["before"]
    assert 16 - 7 <= asked <= 16  # one in 8 until one is found that says it
    assert 500 <= (after["before_ns"] - before["before_ns"]) / 1e6 / asked < 5000


def test_statuses_and_what_was_raised(service: ServiceUnderProbe) -> None:
    before = service.document()["requests"]
    service.get("/refuses")
    service.get("/fails")
    after = service.document()["requests"]
    assert after["statuses"]["4xx"] - before["statuses"].get("4xx", 0) == 1
    assert after["statuses"]["5xx"] - before["statuses"].get("5xx", 0) == 1
    assert after["raised"] - before["raised"] == 1
    assert after["now"] == {"in_flight": 0}


def test_what_follows_the_answer_is_not_the_requests(service: ServiceUnderProbe) -> None:
    service.spent("/later", time=pytest.approx(0, abs=250))


def test_everything_was_seen(service: ServiceUnderProbe) -> None:
    assert service.document()["unseen"] == []
