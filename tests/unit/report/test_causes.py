"""The diagnosis in the document, in the terminal and on the page: of a full loop, of a free one, of one nobody watched."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from loadcell import report
from loadcell.report.html import render
from loadcell.store import RunReader
from tests.synthetic import HOSTILE, watched_run


def printed(reader: RunReader, width: int = 100, *, terminal: bool = True) -> str:
    out = io.StringIO()
    report.print_summary(reader, Console(file=out, width=width, force_terminal=terminal, color_system=None))
    return out.getvalue()


def test_the_document_has_the_findings_and_what_they_rest_on(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=96.0) as reader:
        result = report.document(reader)
    first = result["findings"][0]
    assert first["code"] == "too_few_workers"
    assert set(first) == {"code", "confidence", "summary", "evidence", "where", "advice", "unseen"}
    assert {"signal", "stage", "value"} <= set(first["evidence"][0])
    assert result["diagnosis"]["reduced"] is True
    assert result["diagnosis"]["sources"] == ["client", "outside"]


def test_the_summary_names_cause_place_advice_and_evidence_within_the_width(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=96.0) as reader:
        text, plain = printed(reader, 80), printed(reader, terminal=False)
    assert text.index("Cause") < text.index("what to do") < text.index("evidence") < text.index("Also seen")
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "--workers 4" in text
    assert "medium confidence" in plain
    assert "96 % CPU of the busiest event loop (7)" in plain
    assert "loadcell_probe" in plain


def test_nothing_found_is_said_with_the_load_it_is_true_of(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=50.0) as reader:
        text, page = printed(reader, terminal=False), render(reader)
    assert "no bottleneck seen up to this load: compared: 20 users" in text
    assert "no bottleneck seen up to this load" in page


def test_a_run_that_nobody_watched_says_so_in_one_line(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=50.0, watched=False) as reader:
        text = printed(reader, terminal=False)
        assert report.document(reader)["findings"] == []
    assert text.count("Nobody watched the service") == 1


def test_the_page_has_the_evidence_as_a_table_and_names_are_text_in_it(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=96.0, failed=5, name=HOSTILE) as reader:
        page = render(reader)
    assert "Why it carries no more" in page
    assert "CPU of the busiest event loop" in page
    assert "Also seen" in page
    assert HOSTILE not in page
