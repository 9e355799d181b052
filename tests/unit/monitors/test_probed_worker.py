"""Documents of a probe, two in turn, and what they show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loadcell.monitors.catalogue import CATALOGUE
from loadcell.monitors.probe_document import AnotherVersion, Document, parse
from loadcell.monitors.probed_worker import ProbedWorker
from loadcell.monitors.reading import Fact, Reading, Sight, Unseen

MS = 1_000_000
S = 1000 * MS
SLEEP = {"where": "app.py:42", "function": "load", "in": "client.py wait"}
LOOP_OVER = {"where": "app.py:7", "function": "crunch", "in": "app.py crunch"}


def fields(at_s: float = 100.0, **changed: Any) -> dict[str, Any]:
    """A document of a worker at rest."""
    ledger = ("thread", "thread_wait", "db_wait", "db_connect", "db_exec", "http_wait", "http", "rest")
    whole: dict[str, Any] = {
        "probe": 1,
        "pid": 7,
        "thread_id": 7,
        "started": 1.5,
        "monotonic_ns": int(at_s * S),
        "python": "3.13.1",
        "requests": {
            "finished": 0,
            "time_ns": 0,
            "raised": 0,
            "statuses": {},
            "before": 0,
            "before_ns": 0,
            "statements": 0,
            "now": {"in_flight": 0},
        },
        "ledger": {f"{kind}_ns": 0 for kind in ledger},
        "loop": {
            "kind": "uvloop",
            "cpu_ns": 0,
            "sampled_ns": 0,
            "busy_ns": 0,
            "beats": 0,
            "lag_ns": 0,
            "now": {"late_ns": 0, "longest_lag_ns": [], "longest_stretch_ns": []},
        },
        "process": {"cpu_ns": 0},
        "lines": [],
        "awaits": {"looks": 0, "places": []},
        "threads": {
            "runs": 0,
            "time_ns": 0,
            "waits": 0,
            "wait_ns": 0,
            "now": {"total": None, "borrowed": None, "waiting": None},
        },
        "pools": [],
        "statements": [],
        "http": [],
        "gc": {"collections": [0, 0, 0], "time_ns": 0, "now": {"longest_ns": []}},
        "memory": {"now": {"blocks": 1000, "malloc_bytes": None}},
        "unseen": [],
    }
    for path, value in changed.items():
        *parts, last = path.split("__")
        place = whole
        for part in parts:
            place = place[part]
        place[last] = value
    return whole


def document(at_s: float = 100.0, **changed: Any) -> Document:
    return parse(json.dumps(fields(at_s, **changed)).encode())


def seen(*documents: Document) -> list[Sight]:
    """What the last one shows."""
    worker = ProbedWorker()
    found: list[Sight] = []
    for each in documents:
        found = list(worker.sights(each))
    assert {each.signal for each in found if isinstance(each, Reading)} <= set(CATALOGUE)
    return found


def values(found: list[Sight], of: str = "7") -> dict[str, float]:
    return {each.signal: each.value for each in found if isinstance(each, Reading) and each.of == of}


def facts(found: list[Sight]) -> set[tuple[str, str]]:
    return {(each.name, each.text) for each in found if isinstance(each, Fact)}


def test_the_ledger_is_shown_per_request_of_the_time_in_between() -> None:
    before = document(100, requests__finished=10, requests__time_ns=5 * S, ledger__db_wait_ns=2 * S, requests__statements=10)
    after = document(
        102,
        requests__finished=30,
        requests__time_ns=7 * S,
        requests__raised=2,
        requests__statuses={"2xx": 26, "5xx": 4},
        requests__before=10,
        requests__before_ns=500 * MS,
        requests__statements=60,
        requests__now={"in_flight": 3},
        ledger__db_wait_ns=3 * S,
        ledger__db_connect_ns=100 * MS,
        ledger__db_exec_ns=200 * MS,
        ledger__http_ns=300 * MS,
        ledger__http_wait_ns=100 * MS,
        ledger__thread_wait_ns=40 * MS,
        ledger__thread_ns=60 * MS,
        ledger__rest_ns=360 * MS,
    )
    found = values(seen(before, after))
    expected = {
        "requests_in_flight": 3,
        "requests_finished": 10,
        "requests_raised": 1,
        "requests_5xx": 2,
        "request_before": 50,
        "request_time": 100,
        "request_statements": 2.5,
        "request_pool_wait": 50,
        "request_db_connect": 5,
        "request_db": 10,
        "request_http": 15,
        "request_http_wait": 5,
        "request_thread_wait": 2,
        "request_in_threads": 3,
        "request_rest": 18,
    }
    assert found.items() >= expected.items()


def test_without_a_request_nothing_is_said_per_request() -> None:
    found = values(seen(document(100), document(101)))
    assert found["requests_finished"] == 0
    assert not {"request_time", "request_before", "request_pool_wait", "request_statements"} & set(found)


def test_the_first_document_has_only_what_is_of_the_moment() -> None:
    first = document(100, requests__finished=10, memory__now={"blocks": 5, "malloc_bytes": 2_500_000})
    assert values(seen(first)) == {"requests_in_flight": 0, "memory_blocks": 5, "memory_malloc": 2.5}


def test_a_worker_of_the_same_number_that_was_started_later_begins_anew() -> None:
    found = values(seen(document(100, requests__finished=1000), document(101, started=2.5, requests__finished=3)))
    assert "requests_finished" not in found


def test_the_loop_between_two_documents() -> None:
    lag = [[98, 70 * MS], [100, 30 * MS], [101, 20 * MS], [102, 90 * MS]]
    before = document(100.5, loop__now={"late_ns": 0, "longest_lag_ns": lag[:2], "longest_stretch_ns": []})
    after = document(
        102.5,
        loop__cpu_ns=500 * MS,
        loop__sampled_ns=2 * S,
        loop__busy_ns=S,
        loop__beats=50,
        loop__lag_ns=250 * MS,
        loop__now={"late_ns": 1000, "longest_lag_ns": lag, "longest_stretch_ns": [[101, 25 * MS]]},
    )
    found = values(seen(before, after))
    assert (found["loop_thread_cpu"], found["loop_busy"], found["loop_lag_mean"]) == (25, 50, 5)
    assert found["loop_lag"] == 30, "of the seconds that are complete, and each once"
    assert found["loop_stretch"] == 25


def test_a_loop_that_has_not_come_round_is_as_late_as_it_is_now() -> None:
    later = document(102, loop__now={"late_ns": 1900 * MS, "longest_lag_ns": [[100, MS]], "longest_stretch_ns": []})
    assert values(seen(document(101), later))["loop_lag"] == 1900


def test_a_loop_that_the_probe_cannot_look_at_has_no_readings() -> None:
    later = document(102, loop__kind=None, loop__now={"late_ns": 10**15, "longest_lag_ns": [], "longest_stretch_ns": []})
    assert not [signal for signal in values(seen(document(101, loop__kind=None), later)) if signal.startswith("loop")]


def test_the_line_that_blocks_and_the_line_that_computes() -> None:
    after = document(
        101,
        loop__sampled_ns=S,
        lines=[
            {**SLEEP, "busy_ns": 600 * MS, "cpu_ns": 30 * MS, "looks": 100, "longest_ns": 0},
            {**LOOP_OVER, "busy_ns": 300 * MS, "cpu_ns": 300 * MS, "looks": 10, "longest_ns": 0},
        ],
    )
    found = seen(document(100), after)
    assert facts(found) == {
        ("blocking_line", "app.py:42 load, in client.py wait"),
        ("computing_line", "app.py:7 crunch"),
    }
    assert values(found, "7 app.py:42 load, in client.py wait") == {"blocking_line": 57}
    assert values(found, "7 app.py:7 crunch") == {"computing_line": 30}


def test_a_line_that_is_seldom_found_is_not_named() -> None:
    row = {**SLEEP, "busy_ns": 90 * MS, "cpu_ns": 0, "looks": 9, "longest_ns": 0}
    assert facts(seen(document(100), document(101, loop__sampled_ns=S, lines=[row]))) == set()


def test_what_requests_wait_for() -> None:
    place = {"kind": "await", "where": "app.py:51", "function": "ep", "in": "asyncio/locks.py acquire", "looks": 30}
    found = seen(document(100), document(101, awaits={"looks": 40, "places": [place]}))
    assert facts(found) == {("awaited_line", "app.py:51 ep, in asyncio/locks.py acquire")}
    assert values(found, "7 app.py:51 ep, in asyncio/locks.py acquire") == {"awaited_line": 75}


def test_of_a_request_in_a_thread_the_line_of_the_thread_counts() -> None:
    inside = "anyio/_backends/_asyncio.py run_sync_in_worker_thread"
    waits = {"kind": "await", "where": "anyio/x.py:1", "function": "run", "in": inside, "looks": 50}
    works = {"kind": "thread", "where": "app.py:9", "function": "ep", "in": "threading.py wait", "looks": 50}
    found = seen(document(100), document(101, awaits={"looks": 100, "places": [waits, works]}))
    assert values(found, "7 app.py:9 ep, in threading.py wait") == {"awaited_line": 100}


def test_a_pool_is_known_by_its_library_and_a_number() -> None:
    def pool(number: int, **changed: Any) -> dict[str, Any]:
        return {
            "library": "sqlalchemy",
            "id": number,
            "gets": 0,
            "wait_ns": 0,
            "connects": 0,
            "connect_ns": 0,
            "releases": 0,
            "hold_ns": 0,
            "now": {"waiting": 4, "size": 5, "max": 15, "checked_out": 3},
            **changed,
        }

    found = seen(
        document(100, pools=[pool(70)]),
        document(
            101,
            pools=[
                pool(80, now={"waiting": 0, "size": None, "max": None, "checked_out": None}),
                pool(70, gets=10, wait_ns=200 * MS, releases=5, hold_ns=50 * MS),
            ],
        ),
    )
    assert values(found, "7 sqlalchemy") == {
        "pool_waiting": 4,
        "pool_size": 5,
        "pool_max": 15,
        "pool_checked_out": 3,
        "pool_wait": 20,
        "pool_hold": 10,
    }
    assert values(found, "7 sqlalchemy 2") == {"pool_waiting": 0}


def test_statements_and_hosts_that_time_goes_into() -> None:
    slow = {"library": "asyncpg", "statement": "SELECT ?", "time_ns": 400 * MS, "count": 8, "longest_ns": 0}
    quick = {"library": "asyncpg", "statement": "SELECT 1", "time_ns": 5 * MS, "count": 8, "longest_ns": 0}
    host = {"library": "httpx", "host": "mail:25", "time_ns": 100 * MS, "calls": 4, "wait_ns": 0, "errors": 2}
    found = seen(document(100), document(102, statements=[slow, quick], http=[host]))
    assert facts(found) == {("slow_statement", "SELECT ?"), ("slow_host", "mail:25")}
    assert values(found, "7 SELECT ?") == {"statement_time": 200, "statement_mean": 50}
    assert values(found, "7 mail:25") == {"host_time": 50, "host_mean": 25, "host_errors": 1}


def test_garbage_collections() -> None:
    after = document(102, gc={"collections": [9, 3, 4], "time_ns": 100 * MS, "now": {"longest_ns": [[101, 42 * MS]]}})
    found = values(seen(document(100), after))
    assert (found["gc_time"], found["gc_longest"], found["gc_full"]) == (5, 42, 2)


def test_what_the_probe_cannot_see_is_told_and_the_rest_is_read() -> None:
    parts = fields(101, unseen=["pools: KeyError: 'x'"])
    del parts["pools"], parts["gc"], parts["loop"]
    found = seen(document(100), parse(json.dumps(parts).encode()))
    assert [each.what for each in found if isinstance(each, Unseen)] == ["in the service, pools: KeyError: 'x'"]
    assert "requests_finished" in values(found)


def test_another_version_and_what_is_no_document() -> None:
    with pytest.raises(AnotherVersion, match="2"):
        parse(b'{"probe": 2, "nothing": "else"}')
    for content in (b"", b"nothing", b"[]", b'{"probe": 1}', b"\xff\xfe"):
        with pytest.raises(ValueError, match="no document of a probe"):
            parse(content)


def test_requests_of_a_worker_that_came_and_of_one_that_went_are_all_counted() -> None:
    worker = ProbedWorker(since=98.0)
    first = list(worker.sights(document(at_s=100.0, requests__finished=50)))
    assert Reading("requests_finished", 25.0, "7") in first
    last = list(worker.ended(finished=110, now=100.5))
    assert last == [Reading("requests_finished", 120.0, "7")]
    unknown = ProbedWorker().sights(document(requests__finished=50))
    assert "requests_finished" not in {sight.signal for sight in unknown if isinstance(sight, Reading)}
