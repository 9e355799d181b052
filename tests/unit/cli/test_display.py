"""What the terminal shows."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
from rich.console import Console

from loadcell.cli.display import Lines, users_text
from loadcell.cli.live import LivePicture
from loadcell.cli.session import Session
from loadcell.cli.speech import write_line
from loadcell.config import RunConfig
from loadcell.controller.progress import Progress
from loadcell.controller.totals import RunTotals
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, Event, Interval, Log


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
        self,
        number: int,
        entries: int = 1,
        failures: int = 0,
        state: Literal["running", "spawning"] = "running",
        target: int = 0,
    ) -> Progress:
        new = interval(number, entries, failures)
        self.totals.add(new)
        return Progress(state, number + 1.0, 7, target, new, self.totals)


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


class Deaf(io.StringIO):
    """A stream that takes nothing any more."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_stream_that_takes_nothing_stops_nobody() -> None:
    write_line(Deaf(), "lost")


def test_characters_that_a_stream_lacks_are_written_as_escapes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    write_line(stream, "grüße → you")
    assert raw.getvalue() == "grüße \\u2192 you\n".encode("latin-1")


def test_a_log_file_that_can_not_be_written_ends_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    config = RunConfig(logfile=Path("log.txt"))
    session = Session(config, Lines(config), Deaf())
    for text in ("one", "two"):
        session.log("1", Log("INFO", "shop", text, 0.0))
    told = capsys.readouterr().err
    assert told.count("--logfile 'log.txt' can't be written: No space left on device") == 1
    assert "INFO/shop: one" in told
    assert "INFO/shop: two" in told


def test_what_a_service_sent_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    live, text, seen = picture(100, 24, RunConfig(host="http://anna:secret@shop"))
    progress = Feed().second(0, failures=3)
    progress.totals.errors["\x1b]0;evil\x07\n\x9b2J"] = 5
    seen.print(live.picture(progress))
    live.close()
    assert not set("\x1b\x07\x9b") & set(text.getvalue())
    assert "evil" in text.getvalue()
    assert "http://anna:***@shop" in text.getvalue()
    session = Session(RunConfig(), Lines(RunConfig()), None)
    session.event(Event("lost", "evil\x1b[2J\nerror: forged", level="error"))
    session.log("1", Log("ERROR", "shop", "evil\x1b[2J", 0.0))
    session.output("1", "stderr", "\x1b[31mthe user's own colour")
    told = capsys.readouterr().err
    assert told.count("\x1b") == 1
    assert "\x1b[31mthe user's own colour" in told
    assert "error: evil�[2J error: forged\n" in told


def test_a_terminal_that_controls_another_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_ours(fd: int) -> int:
        raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")

    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True, fileno=lambda: 0))
    monkeypatch.setattr("os.tcgetpgrp", not_ours)
    live, _, _ = picture(80, 24, RunConfig())
    live.close()


def test_users_who_are_there_are_held_against_those_who_should_be() -> None:
    feed = Feed()
    said = [users_text(feed.second(second, target=target), 10) for second, target in enumerate((0, 20, 7, 5))]
    assert said == [("7 of 10", "users"), ("7 of 20", "users"), ("7", "users"), ("7 → 5", "users")]
