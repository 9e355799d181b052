"""The result document: the keys programs rely on, and figures that agree with each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from loadcell import report
from loadcell.errors import UsageError
from loadcell.messages import EntryCounts, ErrorCount, Health, Interval
from loadcell.report.document import generator, stages
from loadcell.store import RunFacts, RunReader, RunWriter, StoredHealth

TOP = [
    "schema",
    "run",
    "environment",
    "verdict",
    "reasons",
    "objectives",
    "total",
    "entries",
    "errors",
    "exceptions",
    "stages",
    "capacity",
    "breaking_point",
    "recovery",
    "findings",
    "diagnosis",
    "server",
    "generator",
]
ENTRY = [
    "method",
    "name",
    "requests",
    "failures",
    "interrupted",
    "left_out",
    "error_rate",
    "rps",
    "ok_rps",
    "avg_ms",
    "min_ms",
    "max_ms",
    "p50_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "p999_ms",
    "bytes",
    "from_intended",
]


def test_the_document_has_every_key_of_schema_1(shop: RunReader) -> None:
    found = report.document(shop)
    assert set(TOP) <= set(found)
    assert found["schema"] == 1
    assert {"id", "name", "started", "duration_s", "scenario", "host", "plan", "model", "generators", "nodes"} <= set(
        found["run"]
    )
    for entry in (found["total"], *found["entries"]):
        assert set(ENTRY) <= set(entry)
    assert {"valid", "cpu_max", "lag_p99_ms", "late_p99_ms", "dropped"} <= set(found["generator"])
    json.dumps(found, allow_nan=False)


def test_the_figures_agree(shop: RunReader) -> None:
    found = report.document(shop)
    total = found["total"]
    assert total["requests"] == sum(entry["requests"] for entry in found["entries"])
    assert total["requests"] == sum(stage["requests"] for stage in found["stages"])
    assert total["failures"] == sum(error["occurrences"] for error in found["errors"]) > 0
    assert total["rps"] == pytest.approx(total["requests"] / found["run"]["duration_s"])
    assert total["ok_rps"] == pytest.approx((total["requests"] - total["failures"]) / found["run"]["duration_s"])
    for entry in (total, *found["entries"]):
        order = [entry[key] for key in ("min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms", "max_ms")]
        assert order == sorted(order)


def test_a_plain_run_has_a_ramp_and_then_its_load(shop: RunReader) -> None:
    ramp, load = report.document(shop)["stages"]
    assert (ramp["phase"], ramp["start_s"], ramp["duration_s"], ramp["users"]) == ("ramp", 0, 20, 100)
    assert (load["phase"], load["start_s"], load["duration_s"], load["users"]) == ("load", 20, 100, 100)


@pytest.mark.parametrize(("stop_s", "load_s"), [(9.9, 8.0), (9.4, 7.0), (7.0, 5.0)])
def test_a_stop_is_part_of_the_load_unless_it_takes_long(
    make_run: Callable[..., Path], tmp_path: Path, stop_s: float, load_s: float
) -> None:
    with RunReader.open(make_run(tmp_path, seconds=10, rps=10, ramp_s=2, stop_s=stop_s)) as reader:
        _, load = stages(reader, 10.0)
        assert load["duration_s"] == load_s
        assert load["requests"] == reader.total(2, 2 + int(load_s)).requests


def test_a_run_that_never_reached_its_users_is_all_ramp(make_run: Callable[..., Path], tmp_path: Path) -> None:
    with RunReader.open(make_run(tmp_path, seconds=5, rps=10, ramp_s=30)) as reader:
        assert [stage["phase"] for stage in stages(reader, 5.0)] == ["ramp"]


def test_a_run_without_a_request_has_a_document_too(tmp_path: Path) -> None:
    writer = RunWriter.create(tmp_path, RunFacts(id="empty", started=1.0, scenario="x.py"))
    writer.finish(1, ["Nothing was sent."])
    with RunReader.open(writer.path) as reader:
        found = report.document(reader)
        assert (found["total"]["requests"], found["total"]["p99_ms"], found["stages"]) == (0, None, [])
        report.write_html(reader, tmp_path / "empty.html")
        report.write_csv(reader, str(tmp_path / "empty"), True)
        assert report.locust_json(reader) == []


def test_a_generator_without_time_to_spare_makes_the_run_invalid() -> None:
    def rows(cpu: float, lag_ms: float, name: str = "1") -> list[StoredHealth]:
        return [StoredHealth(second, name, cpu, lag_ms, 50.0, 0) for second in range(20)]

    assert generator(rows(60, 5))["valid"]
    busy = generator(rows(97, 5))
    assert not busy["valid"]
    assert "--processes" in busy["reasons"][0]
    slow = generator(rows(60, 150))
    assert not slow["valid"]
    for found in (busy, slow):
        assert "later than" in found["reasons"][0], "the load suffers"
        assert "response times" not in found["reasons"][0], "they end when the answer reached the machine"
    assert generator(rows(60, 150, "lead") + rows(60, 5))["valid"]
    assert generator([*rows(60, 5), StoredHealth(20, "1", 99.0, 5.0, 50.0, 0)])["valid"], "one second is no bottleneck"
    assert generator(rows(97, 5)[:10] + rows(60, 5)[10:], first=10)["valid"], "the ramp may cost more than the load"
    assert not generator(rows(60, 5), exhausted=["No ports left."])["valid"]


@pytest.mark.parametrize("all_there", [False, True])
def test_a_ramp_only_counts_where_no_load_follows(tmp_path: Path, all_there: bool) -> None:
    writer = RunWriter.create(tmp_path, RunFacts(id="ramp", started=1.0, scenario="x.py"))
    for second in range(8):
        health = {"1": Health(cpu=99.0 if second < 6 else 40.0)}
        writer.interval(Interval(second, second, second + 1, 1, {}, [], health=health))
    if all_there:
        writer.event(5.95, "spawning_complete", "all users started")
    writer.finish(0, [])
    with RunReader.open(writer.path) as reader:
        assert report.document(reader)["generator"]["valid"] is all_there


def test_a_run_that_ran_out_of_descriptors_says_so(tmp_path: Path) -> None:
    writer = RunWriter.create(tmp_path, RunFacts(id="out", started=1.0, scenario="x.py"))
    errors = [ErrorCount("GET", "/", "OSError(24, 'Too many open files')", 2, 0.0, 1.0)]
    writer.interval(Interval(0, 0, 1, 1, {}, [EntryCounts("GET", "/", requests=3, failures=2, untimed=3)], errors))
    writer.finish(1, [])
    with RunReader.open(writer.path) as reader:
        found = report.document(reader)["generator"]
    assert not found["valid"]
    assert "2 requests failed" in found["reasons"][0]


def test_json_files_are_written_or_refused_in_one_sentence(shop: RunReader, tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.json"
    report.write_json(shop, path)
    assert json.loads(path.read_text())["run"]["id"] == shop.facts.id
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        report.write_json(shop, tmp_path / "file" / "result.json")


def test_the_locust_list_has_locusts_keys(shop: RunReader) -> None:
    entries = report.locust_json(shop)
    keys = [
        "name",
        "method",
        "last_request_timestamp",
        "start_time",
        "num_requests",
        "num_none_requests",
        "num_failures",
        "total_response_time",
        "max_response_time",
        "min_response_time",
        "total_content_length",
        "response_times",
        "num_reqs_per_sec",
        "num_fail_per_sec",
    ]
    assert len(entries) == 5
    for entry in entries:
        assert list(entry) == keys
        assert entry["num_requests"] == sum(entry["num_reqs_per_sec"].values()) == sum(entry["response_times"].values())
        assert entry["num_failures"] == sum(entry["num_fail_per_sec"].values())
