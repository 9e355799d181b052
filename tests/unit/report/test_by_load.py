"""What several loads show together: a request's parts, where throughput stops, and the charts beside the findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadcell.report import cause_charts
from loadcell.report.document import document
from loadcell.report.html import render
from loadcell.store import RunReader
from tests.synthetic import stepped_run, watched_run


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunReader]:
    with stepped_run(tmp_path_factory.mktemp("stepped")) as reader:
        yield reader


@pytest.fixture(scope="module")
def result(stepped: RunReader) -> dict[str, Any]:
    return document(stepped)


def test_the_document_tells_which_part_grows_and_where_throughput_stops(result: dict[str, Any]) -> None:
    steps = result["waterfall"]["steps"]
    assert [step["users"] for step in steps] == [1, 2, 4, 8, 16, 32, 64]
    assert steps[-1]["total_ms"] == pytest.approx(1000 * 64 / 300, rel=0.01)
    assert sum(steps[-1]["parts"].values()) == pytest.approx(steps[-1]["total_ms"])
    assert result["waterfall"]["grew"]["part"] == "pool_wait"
    assert result["scaling"]["better"] == "cap"
    assert result["scaling"]["cap"]["knee"]["value"] == pytest.approx(3, rel=0.05)
    assert [point["load"] for point in result["scaling"]["points"]] == [1, 2, 4, 8, 16, 32, 64]


def test_the_bars_are_a_requests_time_and_parts_without_any_are_left_out(result: dict[str, Any]) -> None:
    figure = cause_charts.waterfall(result["waterfall"])
    assert [trace.name for trace in figure.data] == ["before the handler", "pool wait", "database", "the rest"]
    assert figure.layout.barmode == "stack"
    assert figure.layout.yaxis.title.text == "Time per request (ms)"
    assert len({trace.marker.color for trace in figure.data}) == len(figure.data)
    assert figure.data[0].x[0] == "1 user"


def test_the_curve_goes_through_the_points_and_no_further(result: dict[str, Any]) -> None:
    figure = cause_charts.scaling(result["scaling"], [{"code": "db_pool_exhausted"}])
    measured, curve = figure.data
    assert max(curve.x) == pytest.approx(max(measured.x), rel=0.001)
    assert max(curve.y) == pytest.approx(300, rel=0.02)
    assert "a database pool of 3?" in [note.text for note in figure.layout.annotations]


def test_the_page_shows_them_and_says_it_in_words(stepped: RunReader) -> None:
    page = render(stepped)
    for place in ("waterfall", "scaling"):
        assert f'data-figure="{place}"' in page
    assert "growth is waiting for a database connection" in page
    assert "Throughput stops at 300/s" in page


def test_a_run_of_one_load_without_a_probe_shows_neither(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=50.0) as reader:
        result = document(reader)
        page = render(reader)
    assert result["waterfall"] is None
    assert result["scaling"] is None
    assert 'data-figure="waterfall"' not in page


def test_beside_a_finding_is_the_chart_of_its_signal_and_the_seconds_it_was_judged_by(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=99.0) as reader:
        page = render(reader)
        figure = cause_charts.cause(reader, "cpu_bound", (3, 20))
        leak = cause_charts.cause(reader, "memory_leak", (3, 20))
        assert cause_charts.cause(reader, "db_pool_exhausted", (3, 20)) is None
    assert figure is not None
    assert max(figure.data[0].y) == 99.0
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"] == [(3, 20)]
    # The loop's chart stands beside the first of the findings that it shows, not beside each.
    assert page.count('data-figure="cause-') == 1
    assert leak is not None
    assert leak.layout.yaxis.title.text == "Memory (MB)"
    assert [shape for shape in leak.layout.shapes if shape.type == "rect"] == []


def test_every_code_of_the_docs_has_a_chart_or_needs_none() -> None:
    rules = [line for line in Path("docs/diagnosis.md").read_text().splitlines() if line.startswith("| `")]
    codes = {line.split("`")[1] for line in rules if line.count("|") == 5}
    assert len(codes) == 27
    assert codes - set(cause_charts.CHARTS) == {"errors", "generator_saturated"}  # which have charts on the page already
