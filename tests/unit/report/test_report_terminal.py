"""The summary people read in the terminal, and in the log of a CI job."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from loadcell import report
from loadcell.messages import EntryCounts, ErrorCount, ExceptionCount, Interval
from loadcell.report.grid import cut_middle
from loadcell.report.terminal import milliseconds, share
from loadcell.store import RunFacts, RunReader, RunWriter


def printed(reader: RunReader, width: int, *, terminal: bool) -> str:
    out = io.StringIO()
    report.print_summary(reader, Console(file=out, width=width, force_terminal=terminal, color_system=None))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_tables_fit_the_terminal_and_cut_no_figure(shop: RunReader, width: int) -> None:
    text = printed(shop, width, terminal=True)
    assert max(len(line) for line in text.splitlines()) <= width
    total = report.document(shop)["total"]
    for figure in (str(total["requests"]), milliseconds(total["p99_ms"]), milliseconds(total["max_ms"])):
        assert figure in text
    assert "req/s" in text
    assert "…" in text or width == 200


def test_the_plain_form_has_neither_frames_nor_escapes_and_whole_lines(shop: RunReader) -> None:
    text = printed(shop, 40, terminal=False)
    assert "\x1b" not in text
    assert not set("─│━┃┌└") & set(text)
    line = next(line for line in text.splitlines() if "Aggregated" in line)
    assert str(report.document(shop)["total"]["requests"]) in line
    assert "503 Server Error: Service Unavailable" in text
    assert "Generator 2 was killed" in text


def test_names_are_text_for_rich_too(shop_run: Path) -> None:
    with RunReader.open(shop_run) as reader:
        text = printed(reader, 200, terminal=True)
    assert "[category]" in text


def test_long_names_keep_both_ends() -> None:
    assert cut_middle("/api/v1/orders/{id}/items", 15) == "/api/v1…}/items"
    assert cut_middle("short", 15) == "short"
    assert cut_middle("two\nlines", 15) == "two lines"


def test_a_few_failures_are_never_shown_as_none() -> None:
    assert share(1, 1_000_000) == "1 (<0.1%)"
    assert share(0, 10) == "0"
    assert share(5, 10) == "5 (50.0%)"


@pytest.mark.parametrize("terminal", [False, True])
def test_what_a_service_sent_does_not_steer_the_terminal(tmp_path: Path, terminal: bool) -> None:
    writer = RunWriter.create(tmp_path, RunFacts(id="evil", started=1.0, scenario="x.py", host="http://\x1b[2J"))
    evil = "\x1b]0;title\x07 and \x9b2J"
    errors = [ErrorCount("GET", "/", evil, 1, 0.0, 0.0)]
    exceptions = [ExceptionCount(evil, f'File "{evil}"', 1)]
    writer.interval(Interval(0, 0, 1, 1, {}, [EntryCounts("GET", evil, requests=1, failures=1)], errors, exceptions))
    writer.event(0.5, "said", evil, "warning")
    writer.finish(1, [evil])
    with RunReader.open(writer.path) as reader:
        text = printed(reader, 200, terminal=terminal)
    assert "title" in text
    assert not {"\x07", "\x9b"} & set(text)
    assert "\x1b]" not in text
    assert "\x1b[2J" not in text
