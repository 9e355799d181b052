"""What the terminal shows."""

from __future__ import annotations

import io
from typing import Literal

import pytest
from rich.console import Console

from loadcell.cli.display import Lines
from loadcell.cli.live import LivePicture
from loadcell.config import RunConfig
from loadcell.controller.progress import Progress
from loadcell.controller.totals import RunTotals
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, Interval


def interval(second: int, entries: int = 1, failures: int = 0) -> Interval:
    histogram = Histogram()
    for _ in range(10):
        histogram.record(5000)
    counts = [
        EntryCounts("GET", f"/items/{n}", requests=10 + n, failures=failures, max_us=5000, ok=histogram.to_bytes())
        for n in range(entries)
    ]
    errors = [ErrorCount("GET", "/items/0", "500 Server Error [x]", failures, second, second)] if failures else []
    return Interval(second, second, second + 1, 7, {}, counts, errors)


class Feed:
    """Progress as a run hands it out."""

    def __init__(self) -> None:
        self.totals = RunTotals()

    def second(
        self, number: int, entries: int = 1, failures: int = 0, state: Literal["running", "spawning"] = "running"
    ) -> Progress:
        new = interval(number, entries, failures)
        self.totals.add(new)
        return Progress(state, number + 1.0, 7, 7, new, self.totals)


def picture(width: int, height: int, config: RunConfig) -> tuple[LivePicture, io.StringIO, Console]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    seen = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    assert isinstance(seen.file, io.StringIO)
    return LivePicture(config, console), seen.file, seen


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("height", [10, 24])
@pytest.mark.parametrize("failures", [0, 3])
def test_the_picture_fits_the_terminal(width: int, height: int, failures: int) -> None:
    live, text, seen = picture(width, height, RunConfig(host="http://localhost:8000", users=20, run_time_s=60))
    seen.print(live.picture(Feed().second(0, entries=200, failures=failures)))
    live.close()
    lines = text.getvalue().splitlines()
    assert len(lines) < height
    assert max(map(len, lines)) <= width
    assert any(line.startswith(" all ") and "21,900" in line for line in lines)


def test_the_picture_shows_the_busiest_entries_and_counts_the_others() -> None:
    live, text, seen = picture(100, 14, RunConfig(host="http://localhost:8000", users=20))
    progress = Feed().second(0, entries=50)
    live.show(progress)
    seen.print(live.picture(progress))
    live.close()
    shown = text.getvalue()
    assert "GET /items/49" in shown
    assert "GET /items/0 " not in shown
    assert f"and {50 - shown.count('GET /items/')} more" in shown
    assert "7 of 20 users" in shown


def test_errors_are_shown_as_they_are() -> None:
    live, text, seen = picture(100, 24, RunConfig())
    seen.print(live.picture(Feed().second(0, failures=3)))
    live.close()
    assert "3 × 500 Server Error [x]" in text.getvalue()
    assert "30.00% failed" in text.getvalue()


def test_lines_that_are_said_stay_unmangled() -> None:
    console = Console(file=io.StringIO(), width=40, force_terminal=True, color_system=None)
    live = LivePicture(RunConfig(), console)
    line = "[red] is no markup: " + "x" * 100
    live.say(line)
    live.close()
    assert isinstance(console.file, io.StringIO)
    assert line in console.file.getvalue()


def test_lines_come_every_two_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    lines, feed = Lines(RunConfig(users=10)), Feed()
    for number in range(5):
        lines.show(feed.second(number))
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split()[0] for line in err.splitlines()] == ["2s", "4s"]
    assert "7 of 10 users" in err
    assert "20 requests" in err
    assert "10.0/s  0 failed (0.00%)  p50 5.0  p95 5.0  p99 5.0 ms" in err


def test_only_a_summary_means_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    lines, feed = Lines(RunConfig(), quiet=True), Feed()
    for number in range(5):
        lines.show(feed.second(number))
    lines.say("a log line")
    assert capsys.readouterr() == ("", "a log line\n")


def test_what_the_scenario_prints_leaves_stdout_to_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    Lines(RunConfig()).output("printed")
    assert capsys.readouterr() == ("printed\n", "")
    Lines(RunConfig(json="")).output("printed")
    assert capsys.readouterr() == ("", "printed\n")
