"""What the probe says of the event loop: which line blocks it, what requests wait for, that it answers meanwhile."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .servers import Document, ServiceUnderProbe, uvicorn, wait_for


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def service(request: pytest.FixtureRequest, directory: Path) -> Iterator[ServiceUnderProbe]:
    with uvicorn("tests.probe.service:app", directory / request.param, {}, "--loop", request.param) as service:
        assert service.document()["loop"]["kind"] == request.param
        yield service


def line_of(text: str) -> int:
    lines = (Path(__file__).parent / "service.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == text)


def test_the_blocking_line_is_named(service: ServiceUnderProbe) -> None:
    service.get("/block?seconds=0.3", times=3)
    document = service.document()
    line = {row["where"]: row for row in document["lines"]}[f"tests/probe/service.py:{line_of('time.sleep(seconds)')}"]
    assert line["function"] == "slow_call"
    assert line["in"] == "tests/probe/service.py slow_call"
    assert line["busy_ns"] > 700e6
    assert line["cpu_ns"] < line["busy_ns"] / 2
    assert 150e6 < line["longest_ns"] < 500e6  # of one request, though they followed each other at once
    assert max(lag for _, lag in document["loop"]["now"]["longest_lag_ns"]) > 200e6
    assert max(stretch for _, stretch in document["loop"]["now"]["longest_stretch_ns"]) > 150e6


def test_a_computing_line_has_its_cpu_time(service: ServiceUnderProbe) -> None:
    before = service.document()
    service.get("/compute?seconds=0.5")
    after = service.document()
    assert after["loop"]["cpu_ns"] - before["loop"]["cpu_ns"] > 400e6
    assert after["loop"]["busy_ns"] - before["loop"]["busy_ns"] > 400e6
    computing = [row for row in after["lines"] if row["function"] == "compute"]
    assert sum(row["cpu_ns"] for row in computing) > 200e6


def test_c_code_that_holds_the_interpreters_lock(service: ServiceUnderProbe) -> None:
    def longest() -> float:
        """The watchdog was kept out, and says for how long; not where other programs took the core meanwhile."""
        service.get("/hold")
        lines = service.document()["lines"]
        return max((row["longest_ns"] / 1e6 for row in lines if row["function"] == "hold"), default=0.0)

    assert wait_for(lambda: longest() > 50)


def test_an_idle_loop_is_not_busy(service: ServiceUnderProbe) -> None:
    before = service.document()["loop"]

    def sampled() -> Document | None:
        loop: Document = service.document()["loop"]
        return loop if loop["sampled_ns"] - before["sampled_ns"] > 1e9 else None

    after = wait_for(sampled)
    assert after["busy_ns"] - before["busy_ns"] < (after["sampled_ns"] - before["sampled_ns"]) / 2
    assert after["beats"] > before["beats"]


def test_it_answers_while_the_loop_is_blocked(service: ServiceUnderProbe) -> None:
    blocked = threading.Thread(target=service.get, args=("/block?seconds=2",))
    blocked.start()
    document = wait_for(lambda: late(service.document()))
    assert document["requests"]["now"] == {"in_flight": 1}
    assert blocked.is_alive()
    blocked.join()


def late(document: Document) -> Document | None:
    return document if document["loop"]["now"]["late_ns"] > 300e6 else None


def test_what_requests_wait_for(service: ServiceUnderProbe) -> None:
    waiting = threading.Thread(target=service.get, args=("/wait?seconds=2", 3))
    waiting.start()
    where = f"tests/probe/service.py:{line_of('await asyncio.sleep(seconds)')}"

    def found() -> Document | None:
        return next((row for row in service.document()["awaits"]["places"] if row["where"] == where), None)

    place = wait_for(found)
    assert (place["kind"], place["function"], place["in"]) == ("await", "wait", "asyncio/tasks.py sleep")
    waiting.join()


def test_what_threads_are_at(service: ServiceUnderProbe) -> None:
    waiting = threading.Thread(target=service.get, args=("/thread?seconds=1.5", 2))
    waiting.start()
    place = wait_for(lambda: next((row for row in service.document()["awaits"]["places"] if row["kind"] == "thread"), None))
    assert place["function"] == "thread"
    waiting.join()


def test_what_waits_for_a_thread_is_told_by_the_lines_of_the_threads(service: ServiceUnderProbe) -> None:
    waiting = threading.Thread(target=service.get, args=("/thread?seconds=1", 6))  # 2 tokens
    waiting.start()
    wait_for(lambda: service.document()["threads"]["now"]["waiting"] >= 2)
    waiting.join()
    assert not any("acquire_on_behalf_of" in str(row) or "locks.py" in row["where"] for row in awaited(service))


def awaited(service: ServiceUnderProbe) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = service.document()["awaits"]["places"]
    return rows


def test_threads_that_wait_for_a_lock(service: ServiceUnderProbe) -> None:
    waiting = threading.Thread(target=service.get, args=("/locked?seconds=1", 3))
    waiting.start()

    def found() -> bool:
        rows = [row for row in service.document()["awaits"]["places"] if row["function"] == "locked"]
        return any(row["in"].endswith(" __enter__") for row in rows)

    wait_for(found)
    waiting.join()


def test_only_requests_are_looked_at(service: ServiceUnderProbe) -> None:
    functions = {row["function"] for row in service.document()["awaits"]["places"]}
    assert functions <= {
        "wait",
        "thread",
        "locked",
        "run_sync_in_worker_thread",
        "acquire_on_behalf_of",
        "run_endpoint_function",
    }


def test_garbage_collections_and_memory(service: ServiceUnderProbe) -> None:
    document = service.document()
    assert document["gc"]["time_ns"] >= 0
    assert len(document["gc"]["collections"]) == 3
    assert document["memory"]["now"]["blocks"] > 10_000
    assert document["memory"]["now"]["malloc_bytes"] > 1_000_000
    assert document["process"]["cpu_ns"] >= document["loop"]["cpu_ns"] > 0


def test_readers_do_not_disturb_each_other(service: ServiceUnderProbe) -> None:
    service.get("/block?seconds=0.1")
    now = time.monotonic()
    first, second = service.document(), service.document()
    assert time.monotonic() - now < 20
    assert second["requests"] == first["requests"]
    assert set(map(tuple, first["loop"]["now"]["longest_lag_ns"][:-1])) - set(
        map(tuple, second["loop"]["now"]["longest_lag_ns"])
    ) <= {tuple(first["loop"]["now"]["longest_lag_ns"][0])}
