"""From a run file to findings: real files, written by the store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from loadcell.diagnosis import diagnose, seen_from
from loadcell.diagnosis.gathering import level, situations, windows
from loadcell.store import RunReader
from tests.synthetic import synthetic_run, watched_run


def test_the_loads_are_those_of_their_own_seconds(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=96.0) as reader:
        ((whole, halves),) = list(situations(reader, windows(reader)))
    assert whole.low is not None
    assert whole.low.of("loop_cpu") == {"7": 9.6}
    assert whole.high.of("loop_cpu") == {"7": 96.0}
    assert whole.high.client.rps == 100.0
    assert whole.high.client.concurrency == 10.0
    assert whole.slowed is not None
    assert 9 < whole.slowed < 11
    assert [half.high.client.seconds for half in halves] == [8.0, 9.0]


def test_a_full_loop_is_the_cause(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=96.0) as reader:
        found = diagnose(reader)
        scope = seen_from(reader)
    assert [one.code for one in found] == ["too_few_workers", "cpu_bound"]
    assert scope.sources == ("client", "outside")
    assert scope.reduced
    assert "loadcell_probe" in scope.unseen[0]
    assert "20 users" in scope.compared


def test_generators_elsewhere_take_nothing_from_the_cores_of_the_service(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=96.0) as reader:
        window = windows(reader).highs[-1]
        here = level(reader, window, "high")
    assert here.generators_cpu == here.generator_cpu
    with closing(sqlite3.connect(reader.path)) as file, file:
        agents = '{"agents": {"web1:8900": {"same_machine": false}}}'
        file.execute("INSERT INTO run VALUES ('result.target_agents', ?)", (agents,))
    with RunReader.open(reader.path) as reader:
        there = level(reader, window, "high")
    assert there.generators_cpu == 0
    assert there.generator_cpu == here.generator_cpu, "they may still be full themselves"


def test_a_free_loop_is_no_cause(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=60.0) as reader:
        assert diagnose(reader) == []


def test_a_run_that_nobody_watched_has_no_cause_and_says_so(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=0.0, watched=False) as reader:
        assert diagnose(reader) == []
        assert any("Nobody watched" in text for text in seen_from(reader).unseen)


def test_failed_requests_are_seen_by_the_client_alone(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=0.0, watched=False, failed=5) as reader:
        (found,) = diagnose(reader)
    assert (found.code, found.confidence, found.where) == ("errors", "low", "GET /a")


def test_memory_is_held_against_the_requests_of_the_same_seconds(tmp_path: Path) -> None:
    with watched_run(tmp_path / "90", loop_cpu=50.0, seconds=90, kept_mb=0.1) as reader:
        (found,) = diagnose(reader)
    # 0.1 MB a second at 100 requests a second.
    assert (found.code, found.evidence[0].value) == ("memory_leak", 1000.0)
    with watched_run(tmp_path / "50", loop_cpu=50.0, seconds=50, kept_mb=0.1) as reader:
        assert diagnose(reader) == []


def test_nothing_is_raised_of_runs_that_are_empty_or_short(tmp_path: Path) -> None:
    for seconds in (0, 1, 3):
        with watched_run(tmp_path / str(seconds), loop_cpu=99.0, seconds=seconds) as reader:
            assert diagnose(reader) == []
            assert seen_from(reader).unseen
    with RunReader.open(synthetic_run(tmp_path / "shop")) as reader:
        assert diagnose(reader) is not None
