"""Each rule: when it speaks, when it is just not sure enough, and that it says what a developer needs."""

from __future__ import annotations

import math
from typing import Any

import pytest

from loadcell.diagnosis.finding import Finding
from loadcell.diagnosis.memory import Life, MemoryPoint
from loadcell.diagnosis.order import judge
from loadcell.diagnosis.situation import Failure
from tests.unit.diagnosis.conftest import Make

FULL = {"loop_cpu": {"7": 95.0}, "worker_cpu": {"7": 96.0}, "loop_idle": {"7": 1.0}}
IN_DB = {"request_rest": {"7": 10.0}}
POOL = {
    **IN_DB,
    "request_pool_wait": {"7": 80.0},
    "request_db": {"7": 10.0},
    "request_statements": {"7": 1.0},
    "pool_waiting": {"7 sqlalchemy": 29.0},
    "pool_checked_out": {"7 sqlalchemy": 3.0},
    "pool_max": {"7 sqlalchemy": 3.0},
}
DATABASE = {"db_connections_own": 3.0, "db_active": 2.5, "db_in_transaction": 0.3, "db_lock_waits": 0.0, "db_cpu": 10.0}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # code, what makes it speak, and what of that is changed to just below its threshold
    ("errors", {"client": {"failures": 11}}, {"client": {"failures": 10}}),
    (
        "generator_saturated",
        {"client": {"generator_cpu": 95.0}, "loop_cpu": {"7": 60.0}},
        {"client": {"generator_cpu": 89.0}},
    ),
    (
        "generator_saturated",
        {
            "probe": True,
            "client": {"generator_cpu": 95.0},
            "requests_in_flight": {"7": 1.0},
            "request_time": {"7": 5.0},
            "request_rest": {"7": 5.0},
        },
        {"requests_in_flight": {"7": 9.0}},
    ),
    ("fd_limit", {"peaks": {"worker_fds": {"7": 62.0}, "worker_fds_limit": {"7": 64.0}}},
     {"peaks": {"worker_fds": {"7": 60.0}, "worker_fds_limit": {"7": 64.0}}}),
    ("accept_queue_overflow", {"accept_limit": {"8000": 16.0}, "peaks": {"accept_queue": {"8000": 15.0}}},
     {"peaks": {"accept_queue": {"8000": 14.0}}}),
    ("accept_queue_overflow",
     {"accept_overflows": 3.0, "accept_limit": {"8000": 16.0}, "peaks": {"accept_queue": {"8000": 9.0}}},
     {"accept_overflows": 0.0}),
    ("disk_bound", {"loop_on_disk": {"7": 30.0}, "loop_idle": {"7": 10.0}}, {"loop_on_disk": {"7": 9.0}}),
    ("disk_bound", {"probe": True, "loop_busy": {"7": 95.0}, "loop_cpu": {"7": 75.0}, "psi_io": 20.0}, {"psi_io": 9.0}),
    ("blocked_event_loop", {"loop_in_sleep": {"7": 41.0}}, {"loop_in_sleep": {"7": 39.0}}),
    ("blocked_event_loop", {"loop_in_futex": {"7": 90.0}, "sockets_unread": {"8000": 5.0}},
     {"sockets_unread": {"8000": 0.5}}),
    ("blocked_event_loop", {"probe": True, "loop_busy": {"7": 80.0}}, {"loop_busy": {"7": 76.0}}),
    ("cpu_throttled", {"cpu_throttled": {"/kube": 11.0}}, {"cpu_throttled": {"/kube": 10.0}}),
    (
        "too_many_workers",
        {"workers": 8.0, "worker_cpu": {"7": 40.0, "8": 40.0}, "loop_cpu": {"7": 40.0, "8": 40.0},
         "worker_wait": {"7": 40.0, "8": 40.0}, "psi_cpu": 60.0},
        {"worker_wait": {"7": 40.0, "8": 28.0}},
    ),
    ("noisy_neighbour", {"loop_cpu": {"7": 30.0}, "loop_wait": {"7": 60.0}, "host_cpu": 99.0}, {"loop_wait": {"7": 34.0}}),
    ("cpu_bound_threads", {"worker_cpu": {"7": 95.0}, "loop_cpu": {"7": 12.0}}, {"worker_cpu": {"7": 84.0}}),
    ("gc_pauses", {"probe": True, "gc_time": {"7": 10.0}}, {"gc_time": {"7": 9.9}}),
    ("gc_pauses", {"probe": True, "gc_time": {"7": 2.0}, "gc_longest": {"7": 100.0}, "client": {"p99": 501.0}},
     {"client": {"p99": 499.0}}),
    ("too_few_workers", FULL, {"loop_cpu": {"7": 82.0}, "worker_cpu": {"7": 83.0}}),
    ("cpu_bound", FULL | {"host_cpu": 81.0}, {"loop_cpu": {"7": 82.0}, "worker_cpu": {"7": 83.0}}),
    ("worker_imbalance",
     {"workers": 4.0, "loop_cpu": {"7": 85.0, "8": 5.0, "9": 5.0, "10": 5.0},
      "worker_cpu": {"7": 85.0, "8": 5.0, "9": 5.0, "10": 5.0}},
     {"loop_cpu": {"7": 79.0, "8": 5.0, "9": 5.0, "10": 5.0}}),
    ("thread_pool_exhausted", {"probe": True, "request_thread_wait": {"7": 31.0}}, {"request_thread_wait": {"7": 29.0}}),
    ("thread_pool_exhausted", {"worker_threads": {"7": 44.0}, "client": {"requests": 4500}},
     {"worker_threads": {"7": 39.0}}),
    ("lock_contention", DATABASE | {"db_active": 10.0, "db_lock_waits": 4.1}, {"db_lock_waits": 3.9}),
    ("slow_queries", DATABASE | {"db_cpu": 121.0}, {"db_cpu": 119.0}),
    ("slow_queries", DATABASE | {"db_scanned_rows": {"orders": 5_100_000.0}},
     {"db_scanned_rows": {"orders": 4_900_000.0}}),
    ("slow_queries",
     {"probe": True, **IN_DB, "request_db": {"7": 60.0}, "request_statements": {"7": 1.0},
      "low": {"request_db": {"7": 20.0}, "request_statements": {"7": 1.0}}},
     {"low": {"request_db": {"7": 31.0}, "request_statements": {"7": 1.0}}}),
    # A connection is kept for 30 ms.
    ("db_pool_held",
     {"probe": True, **POOL, **DATABASE, "request_db": {"7": 7.4}, "db_active": 0.1, "db_in_transaction": 2.9},
     {"request_db": {"7": 7.6}}),
    ("db_pool_held",
     {"probe": True, **POOL, **DATABASE, "request_db": {"7": 9.9}, "db_active": 0.5, "db_in_transaction": 2.5},
     {"db_active": 0.45, "db_in_transaction": 2.55}),
    ("db_pool_held",
     {"probe": True, **POOL, **DATABASE, "request_db": {"7": 12.0}, "db_active": 1.2, "db_in_transaction": 1.8},
     {"db_active": 1.21, "db_in_transaction": 1.79}),
    ("db_pool_exhausted", {"probe": True, **POOL}, {"request_pool_wait": {"7": 29.0}}),
    ("db_pool_exhausted",
     {"probe": True, **POOL, "pool_checked_out": {"7 sqlalchemy": 1.9}},
     {"pool_checked_out": {"7 sqlalchemy": 1.7}}),
    # Of several pools it is the one that is waited for.
    ("db_pool_exhausted",
     {"probe": True, **POOL, "pool_max": {"7 sqlalchemy": 3.0, "7 other": 50.0}},
     {"pool_max": {"7 sqlalchemy": 50.0, "7 other": 3.0}}),
    ("db_pool_exhausted", DATABASE, {"db_active": 2.0}),
    ("too_many_queries",
     {"probe": True, **IN_DB, "request_db": {"7": 60.0}, "request_statements": {"7": 10.0}},
     {"request_statements": {"7": 9.0}}),
    ("too_many_queries", {"db_statements": 1200.0}, {"db_statements": 1190.0}),
    ("client_pool_exhausted", {"probe": True, "request_http": {"7": 95.0}, "request_http_wait": {"7": 31.0}},
     {"request_http_wait": {"7": 29.0}, "request_http": {"7": 45.0}}),
    ("slow_downstream", {"probe": True, "request_http": {"7": 51.0}}, {"request_http": {"7": 49.0}}),
    ("application_lock",
     {"probe": True, "awaited_line": {"7 app.py:51 order, in asyncio/locks.py acquire": 90.0}},
     {"awaited_line": {"7 app.py:51 order, in asyncio/locks.py acquire": 49.0}}),
    ("network_bound", {"net_out": {"eth0": 113.0}, "net_speed": {"eth0": 125.0}}, {"net_out": {"eth0": 112.0}}),
    ("memory_bound", {"host_memory": 1000.0, "host_memory_available": 99.0, "psi_memory": 6.0}, {"psi_memory": 5.0}),
    ("memory_bound", {"peaks": {"host_oom_kills": 1.0}}, {"peaks": {"host_oom_kills": 0.0}}),
    ("worker_restarts", {"more": {"restarts": ("8",)}}, {"more": {"restarts": ()}}),
]  # fmt: skip
IDS = [f"{code}-{'probe' if 'probe' in fires else 'outside'}-{n}" for n, (code, fires, _) in enumerate(CASES)]


def found(make: Make, **changes: Any) -> dict[str, Finding]:
    return {one.code: one for one in judge(make(**changes))}


@pytest.mark.parametrize(("code", "fires", "below"), CASES, ids=IDS)
def test_a_rule_speaks_above_its_threshold_and_not_below(
    make: Make, code: str, fires: dict[str, Any], below: dict[str, Any]
) -> None:
    one = found(make, **fires)[code]
    assert one.summary
    assert one.advice
    assert one.evidence
    assert all(piece.words and piece.source for piece in one.evidence)
    assert code not in found(make, **(fires | below))


@pytest.mark.parametrize("probe", [False, True])
@pytest.mark.parametrize("low", [{}, None])
def test_of_a_healthy_service_nothing_is_said(make: Make, probe: bool, low: dict[str, Any] | None) -> None:
    assert found(make, probe=probe, low=low) == {}
    seventy = {"loop_cpu": {"7": 72.0}, "worker_cpu": {"7": 75.0}, "loop_idle": {"7": 25.0}, "host_cpu": 60.0}
    assert found(make, probe=probe, low=low, **seventy) == {}


@pytest.mark.parametrize("probe", [False, True])
def test_beyond_its_capacity_a_healthy_service_is_only_out_of_computing_time(make: Make, probe: bool) -> None:
    full = FULL | (POOL | {"request_statements": {"7": 2.0}} if probe else DATABASE)
    waits = {"worker_threads": {"7": 44.0}, "sockets_unread": {"8000": 15.0}}
    assert list(found(make, probe=probe, **full, **waits)) == ["too_few_workers", "cpu_bound"]
    all_workers = {"workers": 4.0, "service_cores": 4.0}
    cpu = dict.fromkeys("789a", 95.0)
    assert list(found(make, **all_workers, loop_cpu=cpu, worker_cpu=cpu, host_cpu=99.0)) == ["cpu_bound"]


def test_the_code_that_computes_is_named_first_where_the_machine_is_full(make: Make) -> None:
    assert list(found(make, **FULL, host_cpu=85.0)) == ["cpu_bound", "too_few_workers"]


def test_a_loop_that_waits_for_cores_a_little_is_full_and_one_that_waits_long_is_not(make: Make) -> None:
    assert "too_few_workers" in found(make, loop_cpu={"7": 80.0}, worker_cpu={"7": 82.0}, loop_wait={"7": 14.0})
    starved = {"loop_cpu": {"7": 24.0}, "worker_cpu": {"7": 25.0}, "loop_wait": {"7": 62.0}, "host_cpu": 99.0}
    assert list(found(make, **starved)) == ["noisy_neighbour"]
    nearly = {"loop_cpu": {"7": 55.0}, "worker_cpu": {"7": 56.0}, "loop_wait": {"7": 42.0}, "host_cpu": 99.0}
    assert list(found(make, **nearly)) == ["noisy_neighbour", "cpu_bound", "too_few_workers"]


def test_a_loop_that_waits_for_cores_while_nothing_queues_is_not_full(make: Make) -> None:
    waits = {"loop_cpu": {"7": 65.0}, "worker_cpu": {"7": 65.0}, "loop_wait": {"7": 30.0}}
    assert found(make, **waits, client={"p50": 27.0}) == {}
    assert "cpu_bound" in found(make, **waits, client={"p50": 27.0}, sockets_unread={"8000": 3.0})


def test_where_the_cores_are_not_known_only_a_full_loop_counts(make: Make) -> None:
    eight = dict.fromkeys("12345678", 40.0)
    unknown = {"service_cores": {}, "host_cores": {}, "host_cpu": {}, "workers": 8.0}
    assert found(make, low=None, **unknown, loop_cpu=eight, worker_cpu=eight) == {}


def test_a_neighbour_that_slows_nothing_down_is_not_worth_a_word(make: Make) -> None:
    beside = {"loop_cpu": {"7": 45.0}, "worker_cpu": {"7": 46.0}, "loop_wait": {"7": 40.0}, "host_cpu": 99.0}
    assert list(found(make, **beside)) == ["noisy_neighbour"]
    assert found(make, **beside, client={"p50": 30.0}) == {}


def test_a_core_that_the_generator_takes_is_no_neighbour(make: Make) -> None:
    starved = {"loop_cpu": {"7": 30.0}, "worker_cpu": {"7": 31.0}, "loop_wait": {"7": 55.0}, "host_cpu": 99.0}
    assert "noisy_neighbour" not in found(make, **starved, client={"generator_cpu": 300.0})


def test_a_generator_at_its_limit_is_what_there_is_to_say_of_a_service_that_answers_as_ever(make: Make) -> None:
    # Response times end when an answer reaches this machine: a late generator does not make them longer.
    late = {"generator_cpu": 99.0, "mean": 27.0, "p50": 26.0, "requests": 2500}
    inside = {"request_time": {"7": 26.0}, "request_rest": {"7": 26.0}, "requests_in_flight": {"7": 6.0}}
    assert list(found(make, probe=True, client=late, **inside)) == ["generator_saturated"]
    slower = {"request_time": {"7": 60.0}, "request_rest": {"7": 60.0}}
    assert found(make, probe=True, client=late | {"mean": 61.0, "p50": 60.0}, **(inside | slower)) == {}


def test_a_quota_of_less_than_a_core_is_no_matter_of_too_many_workers(make: Make) -> None:
    held = {"service_cores": 0.4, "worker_cpu": {"7": 40.0}, "loop_cpu": {"7": 40.0}, "worker_wait": {"7": 59.0}}
    throttled = {**held, "loop_wait": {"7": 59.0}, "psi_cpu": 60.0, "cpu_throttled": {"/kube": 99.0}}
    assert list(found(make, **throttled)) == ["cpu_throttled", "cpu_bound"]
    two = {"loop_cpu": {"7": 40.0, "8": 40.0}, "worker_cpu": {"7": 40.0, "8": 40.0}, "loop_wait": {"7": 59.0, "8": 59.0}}
    waits = {"worker_wait": {"7": 59.0, "8": 59.0}, "workers": 2.0, "service_cores": 0.8}
    assert "too_many_workers" not in found(make, **(throttled | two | waits))


def test_threads_that_let_the_interpreters_lock_go_are_short_of_cores_and_not_of_the_lock(make: Make) -> None:
    turns = {"worker_cpu": {"7": 101.0}, "loop_cpu": {"7": 8.0}, "service_cores": 2.0}
    at = {"awaited_line": {"7 app.py:30 login, in hashlib.py pbkdf2": 90.0}}
    one = found(make, probe=True, **turns, **at)
    assert list(one) == ["cpu_bound_threads"]
    assert one["cpu_bound_threads"].where == "app.py:30"
    assert found(make, **turns)["cpu_bound_threads"].where == "pid 7"
    beside = turns | {"worker_cpu": {"7": 175.0}}
    assert list(found(make, **beside)) == ["cpu_bound"]
    assert found(make, probe=True, **beside, **at)["cpu_bound"].where == "app.py:30"
    # The generator has the other core: they want more than they get.
    wanting = turns | {"worker_wait": {"7": 900.0}, "host_cpu": 99.0}
    assert list(found(make, **wanting)) == ["cpu_bound"]
    assert found(make, **(turns | {"worker_cpu": {"7": 130.0}, "service_cores": 4.0})) == {}


def test_threads_that_take_turns_on_a_full_machine_want_the_lock_and_the_core(make: Make) -> None:
    busy = {"worker_cpu": {"7": 72.0}, "loop_cpu": {"7": 10.0}, "loop_wait": {"7": 20.0}, "host_cpu": 99.0}
    assert list(found(make, **busy, worker_wait={"7": 70.0})) == ["cpu_bound_threads"]
    assert found(make, **busy, worker_wait={"7": 30.0}) == {}
    assert found(make, **busy, worker_wait={"7": 70.0}, client={"p50": 30.0}) == {}


def test_a_database_that_takes_the_cores_is_no_neighbour(make: Make) -> None:
    starved = {"loop_cpu": {"7": 20.0}, "worker_cpu": {"7": 21.0}, "loop_wait": {"7": 65.0}, "host_cpu": 99.0}
    assert list(found(make, **starved, **(DATABASE | {"db_cpu": 240.0}))) == ["slow_queries"]


def test_a_loop_without_a_core_is_not_full_by_itself_where_its_database_has_them(make: Make) -> None:
    starved = {"loop_cpu": {"7": 52.0}, "worker_cpu": {"7": 53.0}, "loop_wait": {"7": 47.0}, "host_cpu": 92.0}
    scans = {"db_scanned_rows": {"order_lines": 26_000_000.0}, "client": {"p50": 2700.0}, "sockets_unread": {"8000": 4.0}}
    assert list(found(make, **starved, **scans, **(DATABASE | {"db_cpu": 300.0}))) == ["slow_queries"]
    light = DATABASE | {"db_cpu": 50.0, "host_cpu": 30.0}
    assert list(found(make, **(starved | scans | light))) == ["too_few_workers", "cpu_bound"]


def test_of_a_lock_the_statement_that_waits_is_named_and_the_holder_where_it_is_not_known(make: Make) -> None:
    waits = {"db_active": 10.0, "db_lock_waits": 9.0, "db_blocked_by": {"COMMIT;": 0.9}}
    assert found(make, **(DATABASE | waits))["lock_contention"].where == "COMMIT;"
    known = found(make, **(DATABASE | waits), db_statement_time={"UPDATE stock": 900.0})["lock_contention"]
    assert known.where == "UPDATE stock"
    assert any("COMMIT;" in piece.words for piece in known.evidence)


def test_errors_of_the_service_come_first_and_silence_after_its_cause(make: Make) -> None:
    broken = {"failures": (Failure(error="HTTPError('500 Server Error')", occurrences=90, entry="GET /a"),)}
    silent = {"failures": (Failure(error="ReadTimeout('no answer within 5 s')", occurrences=90, entry="GET /a"),)}
    client = {"failures": 90}
    assert list(found(make, **FULL, client=client, more=broken)) == ["errors", "too_few_workers", "cpu_bound"]
    assert found(make, **FULL, client=client, more=broken)["errors"].where == "GET /a"
    assert list(found(make, **FULL, client=client, more=silent)) == ["too_few_workers", "cpu_bound", "errors"]


def test_errors_of_a_service_that_can_open_nothing_come_after_its_limit(make: Make) -> None:
    broken = {"failures": (Failure(error="HTTPError('500 Server Error')", occurrences=90, entry="GET /a"),)}
    full = {"client": {"failures": 90}, "peaks": {"worker_fds": {"7": 64.0}, "worker_fds_limit": {"7": 64.0}}}
    assert list(found(make, **full, more=broken)) == ["fd_limit", "errors"]
    assert list(found(make, **full, more=broken, low_client={"failures": 9})) == ["errors", "fd_limit"]


def test_requests_that_a_dying_worker_took_along_come_after_its_end(make: Make) -> None:
    silent = (Failure(error="RemoteDisconnected('closed without an answer')", occurrences=30, entry="GET /a"),)
    broken = (Failure(error="HTTPError('500 Server Error')", occurrences=30, entry="GET /a"),)
    gone: dict[str, Any] = {"restarts": ("8",)}
    client = {"failures": 30}
    assert list(found(make, client=client, more=gone | {"failures": silent})) == ["worker_restarts", "errors"]
    assert list(found(make, client=client, more=gone | {"failures": broken})) == ["errors", "worker_restarts"]


def test_a_disk_that_is_waited_for_because_memory_is_short_is_no_cause(make: Make) -> None:
    short = {"memory_used": {"/kube": 299.0}, "memory_limit": {"/kube": 300.0}, "psi_memory": 40.0}
    thrashing = {"loop_on_disk": {"7": 60.0}, "loop_idle": {"7": 5.0}}
    assert list(found(make, **short, **thrashing)) == ["memory_bound", "disk_bound"]


def test_an_overflow_is_a_symptom_of_a_blocked_loop_and_else_the_cause(make: Make) -> None:
    overflow = {"accept_limit": {"8000": 16.0}, "peaks": {"accept_queue": {"8000": 17.0}}}
    blocked = found(make, loop_in_sleep={"7": 95.0}, **overflow)
    assert list(blocked) == ["blocked_event_loop", "accept_queue_overflow"]
    assert "symptom" in blocked["accept_queue_overflow"].advice
    assert "--backlog" in found(make, **overflow)["accept_queue_overflow"].advice


def test_a_server_whose_main_thread_runs_no_loop_is_not_blocked(make: Make) -> None:
    elsewhere = {"loop_cpu": {"7": 0.0}, "loop_idle": {"7": 0.0}, "loop_in_futex": {"7": 100.0}}
    assert found(make, **elsewhere, sockets_unread={"8000": 4.0}) == {}


def test_the_probe_says_free_and_the_kernel_waiting_then_it_is_free(make: Make) -> None:
    assert found(make, probe=True, loop_in_network={"7": 60.0}, loop_busy={"7": 36.0}) == {}


def test_a_slow_database_behind_a_small_pool_is_a_slow_database(make: Make) -> None:
    small = {"probe": True, **POOL, **DATABASE, "db_cpu": 190.0, "db_statement_time": {"SELECT 1 FROM a": 900.0}}
    slow = found(make, **small)
    assert list(slow) == ["slow_queries"]
    assert slow["slow_queries"].where == "SELECT 1 FROM a"


def test_collections_come_after_what_most_requests_wait_for_unless_they_stretch_the_tail(make: Make) -> None:
    waits = {"probe": True, "client": {"p50": 100.0, "p99": 200.0}, "gc_time": {"7": 12.0}} | POOL
    assert [one.code for one in judge(make(**waits))] == ["db_pool_exhausted", "gc_pauses"]
    waits["client"] = {"p50": 10.0, "p99": 200.0}
    assert [one.code for one in judge(make(**waits))] == ["gc_pauses", "db_pool_exhausted"]


def test_a_database_far_away_behind_a_small_pool_is_a_small_pool(make: Make) -> None:
    far = {"probe": True, **POOL, **DATABASE, "db_active": 0.03, "db_in_transaction": 2.9, "request_db": {"7": 18.0}}
    assert list(found(make, **far)) == ["db_pool_exhausted"]


def test_what_waits_for_an_executor_with_a_connection_keeps_it(make: Make) -> None:
    keeps = {"probe": True, **POOL, **DATABASE, "db_active": 0.2, "db_in_transaction": 2.8, "request_db": {"7": 2.0}}
    keeps |= {"request_pool_wait": {"7": 60.0}, "request_thread_wait": {"7": 29.0}, "request_rest": {"7": 9.0}}
    assert list(found(make, **keeps)) == ["db_pool_held"]


def test_figures_are_of_the_pool_that_is_waited_for(make: Make) -> None:
    pools = {"pool_max": {"7 main": 20.0, "7 audit": 2.0}, "pool_waiting": {"7 main": 0.0, "7 audit": 10.0}}
    pools["pool_checked_out"] = {"7 main": 12.0, "7 audit": 2.0}
    exhausted = found(make, probe=True, **(POOL | pools))["db_pool_exhausted"]
    assert "(2 connections)" in exhausted.summary
    assert "16 connections for a worker" in exhausted.advice


def test_a_queue_that_makes_collections_long_is_not_their_fault(make: Make) -> None:
    queue = {"probe": True, "gc_time": {"7": 36.0}, "requests_in_flight": {"7": 2400.0}} | FULL
    before = {"gc_time": {"7": 0.179}, "requests_finished": {"7": 1.0}}
    assert [one.code for one in judge(make(**queue, low=before))] == ["too_few_workers", "cpu_bound", "gc_pauses"]
    own = {"gc_time": {"7": 0.181}, "requests_finished": {"7": 1.0}}
    assert [one.code for one in judge(make(**queue, low=own))] == ["gc_pauses", "too_few_workers", "cpu_bound"]
    assert [one.code for one in judge(make(**queue, low=None))] == ["gc_pauses", "too_few_workers", "cpu_bound"]
    still = {**queue, "requests_finished": {"7": 0.0}}
    assert [one.code for one in judge(make(**still, low=own))] == ["too_few_workers", "cpu_bound", "gc_pauses"]
    for in_flight, first in ((19.0, "gc_pauses"), (20.0, "too_few_workers")):
        queue["requests_in_flight"] = {"7": in_flight}
        assert judge(make(**queue, low=before))[0].code == first


def test_of_a_full_loop_only_much_garbage_is_the_cause(make: Make) -> None:
    full = {"probe": True, "gc_time": {"7": 19.0}} | FULL
    assert [one.code for one in judge(make(**full))] == ["too_few_workers", "cpu_bound", "gc_pauses"]
    full["gc_time"] = {"7": 20.0}
    assert [one.code for one in judge(make(**full))] == ["gc_pauses", "too_few_workers", "cpu_bound"]


def test_work_that_waits_for_an_executor_is_not_said_to_wait_for_sync_endpoints(make: Make) -> None:
    waits = {"request_thread_wait": {"7": 70.0}, "request_rest": {"7": 30.0}, "threads_total": {"7": 40.0}}
    executor = found(make, probe=True, **waits, threads_borrowed={"7": 0.0})["thread_pool_exhausted"]
    assert "executor" in executor.summary
    assert "set_default_executor" in executor.advice
    endpoints = found(make, probe=True, **waits, threads_borrowed={"7": 40.0})["thread_pool_exhausted"]
    assert "40 threads" in endpoints.summary


def test_threads_that_all_wait_for_a_lock_are_not_what_is_short(make: Make) -> None:
    behind = {"request_thread_wait": {"7": 70.0}, "request_rest": {"7": 30.0}, "requests_in_flight": {"7": 90.0}}
    lock = {"awaited_line": {"7 app.py:51 order, in app.py __enter__": 70.0}}
    assert list(found(make, probe=True, **behind, **lock)) == ["application_lock"]
    asleep = {"awaited_line": {"7 app.py:51 order": 70.0}}
    assert list(found(make, probe=True, **behind, **asleep)) == ["thread_pool_exhausted"]
    pool = {"request_thread_wait": {"7": 58.0}, "request_pool_wait": {"7": 38.0}, "request_rest": {"7": 4.0}}
    waits = {"awaited_line": {"7 app.py:51 order, in threading.py wait": 90.0}, "requests_in_flight": {"7": 90.0}}
    assert list(found(make, probe=True, **pool, **waits)) == ["db_pool_exhausted"]


def test_threads_that_queue_for_the_pool_are_not_what_is_short(make: Make) -> None:
    behind = {**POOL, "request_thread_wait": {"7": 50.0}, "request_pool_wait": {"7": 38.0}}
    assert list(found(make, probe=True, **behind)) == ["db_pool_exhausted"]


def test_a_service_that_stands_still_is_judged_by_who_waits_where(make: Make) -> None:
    nothing = {
        "requests_finished": {"7": 0.0},
        "request_time": {},
        "requests_in_flight": {"7": 120.0},
        "client": {"requests": 0},
    }
    threads = {"threads_total": {"7": 40.0}, "threads_borrowed": {"7": 40.0}, "threads_waiting": {"7": 80.0}}
    pool = {"pool_max": {"7 main": 15.0}, "pool_checked_out": {"7 main": 15.0}, "pool_waiting": {"7 main": 40.0}}
    locked = found(make, probe=True, **nothing, **threads, **pool)
    assert list(locked) == ["db_pool_exhausted"]
    assert "No request ends" in locked["db_pool_exhausted"].summary
    idle = {"db_connections_own": 15.0, "db_in_transaction": 15.0}
    assert list(found(make, probe=True, **nothing, **threads, **pool, **idle)) == ["db_pool_exhausted"]
    threads["threads_waiting"] = {"7": 0.0}
    few = found(make, probe=True, **nothing, **threads, **pool)
    assert "No request ends" in few["db_pool_exhausted"].summary
    free = found(make, probe=True, **nothing, **(threads | {"threads_borrowed": {"7": 12.0}}), **pool)
    assert "not for the database" in free["db_pool_exhausted"].summary
    sync = found(make, probe=True, **nothing, **(threads | {"threads_waiting": {"7": 80.0}}))
    assert list(sync) == ["thread_pool_exhausted"]


def test_a_slow_downstream_says_whether_it_is_the_load(make: Make) -> None:
    calls = {"request_http": {"7": 95.0}, "host_time": {"7 http://stock:80": 900.0}, "request_rest": {"7": 5.0}}
    by_itself = found(make, probe=True, low={"request_http": {"7": 94.0}}, **calls)["slow_downstream"]
    under_load = found(make, probe=True, low={"request_http": {"7": 30.0}}, **calls)["slow_downstream"]
    assert by_itself.where == "http://stock:80"
    assert "at a low load as well" in by_itself.summary
    assert "gets slower under load" in under_load.summary


def test_lines_are_named_where_a_probe_saw_them(make: Make) -> None:
    blocked = found(
        make, probe=True, loop_busy={"7": 98.0}, blocking_line={"7 app.py:54 lookup": 60.0, "7 app.py:9 other": 12.0}
    )
    assert blocked["blocked_event_loop"].where == "app.py:54"
    assert "app.py:54 lookup" in blocked["blocked_event_loop"].summary
    assert blocked["blocked_event_loop"].unseen == ()
    computing = found(make, probe=True, **FULL, computing_line={"7 app.py:47 crunch": 88.0})["cpu_bound"]
    assert computing.where == "app.py:47"
    spread = found(make, probe=True, **FULL, computing_line={"7 app.py:47 crunch": 20.0})["cpu_bound"]
    assert spread.where == "pid 7"
    assert "No line stands out" in spread.unseen[0]


def test_lines_are_named_by_py_spy_where_there_is_no_probe(make: Make) -> None:
    computing = found(make, **FULL, stack_computing={"7 app.py:47 crunch": 88.0})["cpu_bound"]
    assert computing.where == "app.py:47"
    assert computing.unseen == ()
    assert "outside" in {evidence.source for evidence in computing.evidence if evidence.signal == "stack_computing"}
    blocked = found(make, loop_in_sleep={"7": 90.0}, loop_idle={"7": 5.0}, stack_blocking={"7 app.py:54 lookup": 95.0})
    assert blocked["blocked_event_loop"].where == "app.py:54"


def test_without_a_probe_it_is_said_how_to_see_more(make: Make) -> None:
    for fires in ({"loop_in_sleep": {"7": 95.0}}, {"worker_threads": {"7": 44.0}, "client": {"requests": 4500}}, DATABASE):
        assert any("loadcell_probe" in text for one in found(make, **fires).values() for text in one.unseen)


def test_confidence_counts_the_sources_that_agree(make: Make) -> None:
    alone = {"low": None}
    assert found(make, loop_in_sleep={"7": 95.0}, **alone)["blocked_event_loop"].confidence == "low"
    assert found(make, loop_in_sleep={"7": 95.0})["blocked_event_loop"].confidence == "medium"
    both = found(make, probe=True, loop_in_sleep={"7": 60.0}, loop_busy={"7": 98.0})
    assert both["blocked_event_loop"].confidence == "high"


def test_what_does_not_last_is_not_said(make: Make) -> None:
    whole, calm = make(**FULL), make()
    assert judge(whole, [whole, whole])
    assert judge(whole, [whole, calm]) == []


def test_n_plus_one_is_told_before_the_computing_it_costs(make: Make) -> None:
    many = {**IN_DB, "request_db": {"7": 60.0}, "request_statements": {"7": 51.0}}
    assert list(found(make, probe=True, **FULL, **many)) == ["too_many_queries", "too_few_workers", "cpu_bound"]


def memory(bytes_per_request: float, *, plateau: int | None = None) -> dict[str, Any]:
    """A worker's memory over 120 s of 100 requests/s, growing until `plateau` requests."""
    points = tuple(
        MemoryPoint(n, 50 + bytes_per_request * min(n, plateau or n) / 1e6 + 0.002 * (n % 7)) for n in range(0, 12_000, 100)
    )
    return {"memory": (Life(pid="7", points=points, seconds=120.0),)}


def test_memory_that_goes_on_growing_is_a_leak_and_a_cache_that_fills_is_none(make: Make) -> None:
    leak = found(make, more=memory(4100.0))["memory_leak"]
    assert "4,1" in leak.summary
    assert leak.unseen
    assert found(make, more=memory(0.0)) == {}
    assert found(make, more=memory(20.0)) == {}
    assert found(make, more=memory(4100.0, plateau=6000)) == {}
    filling = tuple(MemoryPoint(n, 50 + 100 * (1 - math.exp(-n / 8000))) for n in range(0, 12_000, 100))
    assert found(make, more={"memory": (Life(pid="7", points=filling, seconds=120.0),)}) == {}
