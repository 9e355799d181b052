"""The run file: what was committed stands, whoever dies; totals are exact; nothing is lost without saying so."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from loadcell.errors import RunFileError, RunNotFound
from loadcell.histogram import Histogram
from loadcell.messages import (
    MAX_ENTRIES,
    MAX_ERRORS,
    MAX_TEXT,
    OTHER_ERRORS,
    OTHER_NAMES,
    EntryCounts,
    ErrorCount,
    ExceptionCount,
    Health,
    Interval,
)
from loadcell.objectives import Result
from loadcell.store import (
    RollingLatency,
    RunFacts,
    RunReader,
    RunWriter,
    StoredReading,
    StoredSight,
    StoredStage,
    find_run,
    list_runs,
    new_run_id,
    schema,
)


def facts(run_id: str = "20261122-174501-seed", started: float = 1_700_000_000.0) -> RunFacts:
    return RunFacts(id=run_id, started=started, scenario="seed.py", host="http://127.0.0.1:1")


def counts(name: str, *latencies_us: int, failed_us: tuple[int, ...] = (), method: str = "GET") -> EntryCounts:
    ok, failed = Histogram(), Histogram()
    for us in latencies_us:
        ok.record(us)
    for us in failed_us:
        failed.record(us)
    both = [*latencies_us, *failed_us]
    return EntryCounts(
        method, name, len(both), len(failed_us), received=10 * len(both), total_us=sum(both),
        min_us=min(both, default=0), max_us=max(both, default=0), ok=ok.to_bytes(), failed=failed.to_bytes(),
    )  # fmt: skip


def interval(second: int, *entries: EntryCounts, users: int = 1, errors: tuple[ErrorCount, ...] = ()) -> Interval:
    return Interval(second, second, second + 1.0, users, {"User": users}, list(entries), list(errors))


def test_a_reader_gives_back_what_was_written(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    first = interval(0, counts("/a", 1000, 3000, failed_us=(9000,)), counts("/b", 500), users=3)
    first.errors.append(ErrorCount("GET", "/a", "boom", 1, 0.2, 0.2))
    first.exceptions.append(ExceptionCount("KeyError", "File x", 2))
    first.health["1"] = Health(cpu=40.0, lag_ms=1.5, memory_mb=70.0, late_starts=1)
    run.interval(first)
    run.event(0.5, "spawning_complete", "All users spawned.", data={"users": 3})
    run.commit()
    run.finish(1, ["Requests failed."], ended_s=1.0)

    with RunReader.open(run.path) as reader:
        a, b = reader.entries()
        assert (a.name, a.requests, a.failures, a.received, a.min_us, a.max_us) == ("/a", 3, 1, 30, 1000, 9000)
        assert a.avg_us == 13_000 / 3
        assert a.latency.percentile(50) == pytest.approx(3000, rel=1e-3)
        assert b.requests == 1
        assert reader.total().requests == 4
        assert (reader.state, reader.exit_code, reader.reasons) == ("finished", 1, ["Requests failed."])
        assert reader.duration_s == 1.0
        assert reader.errors()[0].error == "boom"
        assert reader.exceptions()[0].occurrences == 2
        assert reader.events()[0].data == {"users": 3}
        assert reader.health()[0].cpu == 40.0
        assert reader.facts.host == "http://127.0.0.1:1"


def test_stages_and_results_are_kept(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    later = StoredStage(phase="search", rate=120.5, start_s=10.0, end_s=15.0, passed=False, data={"trial": 1})
    first = StoredStage(phase="baseline", users=1, start_s=0.0, end_s=10.0)
    run.stage(later)
    run.stage(first)
    run.result("capacity", {"users": 30})
    run.commit()
    run.result("capacity", {"users": 40})
    run.finish(0, [])
    with RunReader.open(run.path) as reader:
        assert reader.stages() == [first, later]
        assert reader.result("capacity") == {"users": 40}
        assert reader.result("recovery") is None


def test_several_intervals_of_one_second_add_up(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    run.interval(interval(0, counts("/a", 1000), users=2))
    run.interval(interval(1, counts("/a", 1000), users=5))
    run.commit()
    run.interval(interval(0, counts("/a", 4000, failed_us=(8000,)), users=3))
    run.finish(0, [])

    with RunReader.open(run.path) as reader:
        first, second = reader.timeline()
        assert (first.requests, first.failures, first.users) == (3, 1, 5)
        assert (second.requests, second.users) == (1, 5)
        assert first.p99_ms == pytest.approx(8.0, rel=1e-3)
        assert reader.entries()[0].requests == 4
        assert reader.total(1).requests == 1


def test_requests_without_a_response_time_do_not_count_as_fast_ones(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    run.interval(interval(0, EntryCounts("GET", "/a", requests=2, untimed=2), counts("/a", 700)))
    run.finish(0, [])
    with RunReader.open(run.path) as reader:
        (entry,) = reader.entries()
        assert (entry.requests, entry.min_us, entry.avg_us) == (3, 700, 700)


def test_the_timeline_has_gaps_where_nothing_was_measured_and_looks_back_over_its_window(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    for second, entries in ((0, [counts("/a", 1000)]), (1, []), (2, [counts("/a", 5000)]), (4, [counts("/a", 9000)])):
        run.interval(interval(second, *entries))
    run.finish(0, [])
    with RunReader.open(run.path) as reader:
        narrow = reader.timeline(window_s=1)
        assert [point.p50_ms and round(point.p50_ms) for point in narrow] == [1, None, 5, None, 9]
        assert narrow[3].users is None
        wide = reader.timeline(window_s=2)
        assert [point.p99_ms and round(point.p99_ms) for point in wide] == [1, 1, 5, 5, 9]
        few = reader.timeline(window_s=1, max_points=2)
        assert [(point.start_s, point.requests) for point in few] == [(0, 2), (3, 1)]
        assert [point.requests for point in reader.entry_timeline("GET", "/a")] == [1, 0, 1, 0, 1]
        assert sum(point.requests for point in reader.entry_timeline("GET", "/none")) == 0


def test_a_rolling_window_answers_as_a_histogram_does() -> None:
    rolling, kept = RollingLatency(), Histogram()
    for n in range(40):
        piece = Histogram()
        for k in range(50):
            piece.record((n * 7919 + k * k * 104_729) % 3_000_000)
        rolling.add(piece)
        if n < 30:
            rolling.remove(piece)
        else:
            kept.merge(piece)
    for percent in (0, 1, 50, 95, 99.9, 100):
        exact = kept.percentile(percent)
        assert exact is not None
        assert rolling.percentile_ms(percent) == exact / 1000


def test_every_field_of_the_counts_is_stored() -> None:
    stored = {"method", "name", "min_us", "max_us", "ok", "failed", "intended", *schema.SUMMED}
    assert stored == set(EntryCounts.__struct_fields__)


def test_a_running_run_is_read_while_it_is_written(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    run.interval(interval(0, counts("/a", 1000)))
    run.commit()
    with RunReader.open(run.path) as early:
        run.interval(interval(1, counts("/a", 1000)))
        run.commit()
        with RunReader.open(run.path) as late:
            assert (late.state, late.total().requests) == ("running", 2)
        assert early.total().requests == 1, "a reader stays at the moment it was opened"
        run.finish(0, [])
    with RunReader.open(run.path) as reader:
        assert (reader.state, reader.total().requests) == ("finished", 2)


_WRITE_AND_WAIT = """
import sys, time
from pathlib import Path
from loadcell.messages import EntryCounts, Interval
from loadcell.store import RunFacts, RunWriter
run = RunWriter.create(Path(sys.argv[1]), RunFacts(id="killed", started=1.0, scenario="x.py"))
for second in range(3):
    run.interval(Interval(second, second, second + 1, 1, {}, [EntryCounts("GET", "/", requests=5)]))
    run.commit()
run.interval(Interval(3, 3, 4, 1, {}, [EntryCounts("GET", "/", requests=5)]))
print("written", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("companions", [True, False], ids=["shared memory left", "shared memory gone"])
def test_what_was_committed_survives_the_death_of_the_writer(tmp_path: Path, companions: bool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITE_AND_WAIT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        with RunReader.open(tmp_path / "killed.loadcell") as reader:
            assert reader.state == "running"
        os.kill(process.pid, signal.SIGKILL)
    if not companions:
        (tmp_path / "killed.loadcell-shm").unlink(missing_ok=True)
    with RunReader.open(tmp_path / "killed.loadcell") as reader:
        assert (reader.state, reader.exit_code, reader.duration_s) == ("crashed", None, 3.0)
        assert reader.total().requests == 15
        assert "killed" in reader.reasons[0]


def test_a_finished_run_is_one_file_that_can_be_copied_and_read_where_nobody_may_write(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path / "runs", facts())
    run.interval(interval(0, counts("/a", 1000)))
    run.finish(0, [])
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [run.path.name]
    copy = tmp_path / "copy.loadcell"
    shutil.copy(run.path, copy)
    copy.chmod(0o400)
    with RunReader.open(copy) as reader:
        assert (reader.state, reader.total().requests) == ("finished", 1)


def test_a_full_disk_is_told_and_the_rows_go_with_the_next_commit(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    pages = run._connection.execute("PRAGMA page_count").fetchone()[0]
    run._connection.execute(f"PRAGMA max_page_count={pages}")
    for second in range(200):
        run.interval(interval(second, counts(f"/{second}", *range(1000, 1300))))
    with pytest.raises(RunFileError, match="disk is full"):
        run.commit()
    run._connection.execute("PRAGMA max_page_count=100000")
    run.finish(0, [])
    with RunReader.open(run.path) as reader:
        assert reader.total().requests == 200 * 300


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(RunFileError, match="can't be written") as caught:
        RunWriter.create(tmp_path / "runs", facts())
    assert "--runs-dir" in caught.value.hint


def test_files_that_are_no_run_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="There is no run file"):
        RunReader.open(tmp_path / "none.loadcell")
    (tmp_path / "text.loadcell").write_text("hello " * 1000)
    with pytest.raises(RunFileError, match="is no run file"):
        RunReader.open(tmp_path / "text.loadcell")
    connection = sqlite3.connect(tmp_path / "other.loadcell")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(RunFileError, match="is no run file"):
        RunReader.open(tmp_path / "other.loadcell")


@pytest.mark.parametrize(("version", "told"), [(99, "newer Loadcell"), (1, "older Loadcell")])
def test_another_format_is_refused(tmp_path: Path, version: int, told: str) -> None:
    run = RunWriter.create(tmp_path, facts())
    run.finish(0, [])
    connection = sqlite3.connect(run.path)
    connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    with pytest.raises(RunFileError, match=told):
        RunReader.open(run.path)


def test_what_monitors_say_is_read_back(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    readings = [
        StoredReading(1.0, "host", "host_cpu", 40.5, "%"),
        StoredReading(2.0, "processes", "worker_cpu", 71.0, "%", "4711"),
    ]
    sight = StoredSight(1.0, "PostgreSQL", "unseen", "statements", "create the extension")
    run.readings(readings)
    run.signals(0, {"cpu": 20.0, "memory": 50.0})
    run.signals(1, {"cpu": 30.0})
    run.sight(sight)
    run.finish(0, [])
    with RunReader.open(run.path) as reader:
        assert reader.readings() == readings
        assert reader.readings("worker_cpu") == readings[1:]
        assert reader.signals() == {0: {"cpu": 20.0, "memory": 50.0}, 1: {"cpu": 30.0}}
        assert reader.sights() == [sight]


def test_a_damaged_file_is_told_as_damaged(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    for second in range(300):
        run.interval(interval(second, counts("/a", *range(1000, 1100))))
    run.finish(0, [])
    data = bytearray(run.path.read_bytes())
    data[16384:] = os.urandom(len(data) - 16384)
    run.path.write_bytes(data)
    with RunReader.open(run.path) as reader, pytest.raises(RunFileError, match="damaged"):
        reader.total()
    run.path.write_bytes(data[:3000])
    with pytest.raises(RunFileError):
        RunReader.open(run.path)


def test_distinct_errors_are_bounded_and_none_is_lost(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    for n in range(MAX_ERRORS + 50):
        run.interval(interval(n, errors=(ErrorCount("GET", "/a", f"error {n} " + "x" * 5000, 2, n, n),)))
    run.finish(1, [])
    with RunReader.open(run.path) as reader:
        errors = reader.errors()
        assert len(errors) == MAX_ERRORS + 1
        assert (errors[0].error, errors[0].occurrences) == ("(other errors)", 100)
        assert max(len(error.error) for error in errors) == MAX_TEXT
        assert [event.kind for event in reader.events()] == ["too_many_failures"]


def test_distinct_names_are_bounded_and_none_is_lost(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    run.interval(interval(0, *(counts(f"/{n}", 1000) for n in range(MAX_ENTRIES + 30))))
    run.finish(0, [])
    with RunReader.open(run.path) as reader:
        assert len(reader.entries()) == MAX_ENTRIES + 1
        assert next(entry for entry in reader.entries() if entry.name == "(other names)").requests == 30
        assert len(reader.events()) == 1


def test_errors_of_names_that_are_counted_together_are_bounded_as_well(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    for n in range(MAX_ERRORS + 50):
        run.interval(interval(n, errors=(ErrorCount("GET", OTHER_NAMES, f"error {n}", 1, n, n),)))
    run.finish(1, [])
    with RunReader.open(run.path) as reader:
        assert len(reader.errors()) == MAX_ERRORS + 1
        assert sum(error.occurrences for error in reader.errors()) == MAX_ERRORS + 50


def test_what_the_generators_counted_together_is_told_as_well(tmp_path: Path) -> None:
    run = RunWriter.create(tmp_path, facts())
    rest = (
        ErrorCount("", "", OTHER_ERRORS, 3, 0, 1),
        ErrorCount("GET", "/a", "known", 1, 0, 1),
    )
    for second in range(2):
        run.interval(interval(second, counts(OTHER_NAMES, 1000), counts("/a", 1000), errors=rest))
    run.finish(1, [])
    with RunReader.open(run.path) as reader:
        assert sorted(event.kind for event in reader.events()) == ["too_many_entries", "too_many_failures"]
        assert {entry.name: entry.requests for entry in reader.entries()} == {OTHER_NAMES: 2, "/a": 2}


def test_a_run_gets_an_id_of_its_own(tmp_path: Path) -> None:
    run_id = new_run_id(tmp_path, 1_700_000_000.0, "load/my shop.py")
    assert run_id.endswith("-my-shop")
    first, second = (RunWriter.create(tmp_path, facts(run_id)) for _ in range(2))
    assert first.facts.id != second.facts.id
    assert new_run_id(tmp_path, 1_700_000_000.0, "load/my shop.py") not in (first.facts.id, second.facts.id)
    for run in (first, second):
        run.finish(0, [])
        with RunReader.open(run.path) as reader:
            assert reader.facts.id == run.path.stem


def test_runs_are_listed_newest_first_and_found_by_what_the_user_types(tmp_path: Path) -> None:
    for number, name in enumerate(("a-1", "a-2", "b-1")):
        run = RunWriter.create(tmp_path, facts(name, started=1000.0 + number))
        run.interval(interval(0, counts("/", 1000)))
        run.finish(0, [])
    (tmp_path / "x-broken.loadcell").write_text("nothing of ours")
    os.utime(tmp_path / "x-broken.loadcell", (1, 1))
    runs = list_runs(tmp_path)
    assert [run.id for run in runs] == ["b-1", "a-2", "a-1", "x-broken"]
    assert (runs[0].requests, runs[0].state) == (1, "finished")
    assert "no run file" in runs[3].problem
    assert find_run(tmp_path, "last").stem == "b-1"
    assert find_run(tmp_path, "b").stem == "b-1"
    assert find_run(tmp_path, "a-2").stem == "a-2"
    assert find_run(tmp_path, str(tmp_path / "a-1.loadcell")).stem == "a-1"
    for reference, words in (("a", "beginning of 2 runs"), ("zzz", "no run"), ("", "no run")):
        with pytest.raises(RunNotFound, match=words):
            find_run(tmp_path, reference)
    assert list_runs(tmp_path / "none") == []
    with pytest.raises(RunNotFound, match="There is no run"):
        find_run(tmp_path / "none", "last")


def test_facts_keep_everything(tmp_path: Path) -> None:
    known = msgspec.structs.replace(facts(), environment={"generator": {"cores": 4}, "target": {}}, run_time_s=3.5)
    run = RunWriter.create(tmp_path, known)
    run.finish(0, [])
    with RunReader.open(run.path) as reader:
        assert reader.facts == known


def test_the_verdict_and_how_objectives_were_kept_come_back(tmp_path: Path) -> None:
    results = [
        Result(text="p95 < 300ms", stage="load", measured=12.5, passed=True),
        Result(text="recovery < 30s", stage="", reason="there was no stress to recover from"),
    ]
    writer = RunWriter.create(tmp_path, RunFacts(id="judged", started=1.0, scenario="x.py"))
    with RunReader.open(writer.path) as reader:
        assert reader.objectives == []
    writer.finish(0, [], "pass", objectives=results)
    with RunReader.open(writer.path) as reader:
        assert (reader.verdict, reader.objectives) == ("pass", results)
