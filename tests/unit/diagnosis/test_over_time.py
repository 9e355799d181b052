"""What changes while the load does not: read from run files."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadcell.diagnosis import over_time
from loadcell.diagnosis.over_time import trend_of
from loadcell.report.over_time import found, lines
from tests.synthetic import watched_run


def test_a_short_load_says_nothing_over_time(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=50.0, seconds=50) as reader:
        assert over_time(reader) is None
        assert lines(found(reader)) == []


def test_response_times_that_rise_at_a_constant_load_are_told_in_percent_a_minute(tmp_path: Path) -> None:
    # From 100 ms, 0.1 ms more each second: 6 % a minute.
    with watched_run(tmp_path / "rising", loop_cpu=50.0, seconds=200, slower_us=100) as reader:
        seen = over_time(reader)
        words = lines(found(reader))
    assert seen is not None
    assert seen.p95 is not None
    assert seen.p95.kind == "rising"
    assert seen.p95.low <= 6.0 * 100 / seen.p95.from_ms <= seen.p95.high + 0.2
    assert words[0].value == "rise"
    assert words[0].grows
    with watched_run(tmp_path / "steady", loop_cpu=50.0, seconds=200) as reader:
        seen = over_time(reader)
    assert seen is not None
    assert seen.p95 is not None
    assert seen.p95.kind == "steady"


def test_a_change_that_is_certain_but_small_is_none() -> None:
    grows = trend_of([(minute, 10.0 + 0.02 * minute) for minute in range(24)])
    assert grows is not None
    assert (grows.kind, grows.low > 0) == ("steady", True)


def test_memory_that_is_kept_is_told_with_what_is_left(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=50.0, seconds=90, kept_mb=0.1) as reader:
        seen = over_time(reader)
        words = {line.label: line for line in lines(found(reader))}
    assert seen is not None
    assert seen.memory is not None
    assert seen.memory.kind == "leak"
    assert seen.memory.per_minute_mb == pytest.approx(6.0, rel=0.03)
    assert "1,000 bytes a request" in words["Memory"].text


def test_each_life_of_a_worker_that_was_replaced_is_judged_by_itself(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=50.0, seconds=150, kept_mb=0.1, replaced_s=75) as reader:
        seen = over_time(reader)
    assert seen is not None
    assert seen.memory is not None
    # Over both, memory would fall.
    assert [(one.pid, one.kind, round(one.bytes.value, -1)) for one in seen.memory.workers] == [
        ("7", "leak", 1000.0),
        ("8", "leak", 1000.0),
    ]


def test_it_can_be_judged_as_if_the_run_had_ended_earlier(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=50.0, seconds=150) as reader:
        assert over_time(reader, 40.0) is None
        early = over_time(reader, 70.0)
    assert early is not None
    assert early.last_s == 70
