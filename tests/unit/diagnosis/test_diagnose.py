"""From a run file to findings: real files, written by the store."""

from __future__ import annotations

from pathlib import Path

from loadcell.diagnosis import diagnose, seen_from
from loadcell.diagnosis.gathering import situations, windows
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, Health, Interval
from loadcell.store import RunFacts, RunReader, RunWriter, StoredReading
from tests.synthetic import synthetic_run


def written(folder: Path, *, loop_cpu: float, failed: int = 0, watched: bool = True, seconds: int = 20) -> RunReader:
    """A run of 2 users for 2 s and 20 from then on; the loop is as busy as said, and a tenth of that before."""
    writer = RunWriter.create(folder, RunFacts(id="20261126-120000-x", started=1.8e9, scenario="x.py"))
    for second in range(seconds):
        users = 2 if second < 2 else 20
        ok, bad = Histogram(), Histogram()
        for number in range(users * 5):
            (bad if number < failed else ok).record(10_000 if users == 2 else 100_000)
        total = users * 5 * (10_000 if users == 2 else 100_000)
        entry = EntryCounts("GET", "/a", users * 5, failed, received=1, total_us=total, min_us=1, max_us=200_000,
                            ok=ok.to_bytes(), failed=bad.to_bytes())  # fmt: skip
        errors = [ErrorCount("GET", "/a", "HTTPError('500 Server Error')", failed, second, second)] if failed else []
        health = {"1": Health(cpu=10.0, lag_ms=1.0, memory_mb=50.0)}
        writer.interval(Interval(second, second, second + 1.0, users, {"U": users}, [entry], errors, [], health))
        if watched:
            share = loop_cpu if users == 20 else loop_cpu / 10
            values = {"loop_cpu": share, "worker_cpu": share, "loop_wait": 1.0, "worker_threads": 5.0}
            writer.readings(
                [StoredReading(second + 1.0, "processes", name, value, "", "7") for name, value in values.items()]
            )
            ones = {"workers": 1.0, "service_cores": 4.0, "host_cores": 4.0, "host_cpu": 30.0}
            writer.readings([StoredReading(second + 1.0, "host", name, value) for name, value in ones.items()])
        writer.commit()
    writer.finish(0, [], "none", float(seconds))
    return RunReader.open(writer.path)


def test_the_loads_are_those_of_their_own_seconds(tmp_path: Path) -> None:
    with written(tmp_path, loop_cpu=96.0) as reader:
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
    with written(tmp_path, loop_cpu=96.0) as reader:
        found = diagnose(reader)
        scope = seen_from(reader)
    assert [one.code for one in found] == ["too_few_workers", "cpu_bound"]
    assert scope.sources == ("client", "outside")
    assert scope.reduced
    assert "loadcell_probe" in scope.unseen[0]
    assert "20 users" in scope.compared


def test_a_free_loop_is_no_cause(tmp_path: Path) -> None:
    with written(tmp_path, loop_cpu=60.0) as reader:
        assert diagnose(reader) == []


def test_a_run_that_nobody_watched_has_no_cause_and_says_so(tmp_path: Path) -> None:
    with written(tmp_path, loop_cpu=0.0, watched=False) as reader:
        assert diagnose(reader) == []
        assert any("Nobody watched" in text for text in seen_from(reader).unseen)


def test_failed_requests_are_seen_by_the_client_alone(tmp_path: Path) -> None:
    with written(tmp_path, loop_cpu=0.0, watched=False, failed=5) as reader:
        (found,) = diagnose(reader)
    assert (found.code, found.confidence, found.where) == ("errors", "low", "GET /a")


def test_nothing_is_raised_of_runs_that_are_empty_or_short(tmp_path: Path) -> None:
    for seconds in (0, 1, 3):
        with written(tmp_path / str(seconds), loop_cpu=99.0, seconds=seconds) as reader:
            assert diagnose(reader) == []
            assert seen_from(reader).unseen
    with RunReader.open(synthetic_run(tmp_path / "shop")) as reader:
        assert diagnose(reader) is not None
