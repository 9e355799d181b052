"""The answer of a sweep as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from loadcell.report.frame import page, plain
from loadcell.report.markup import cell, chart, section, table
from loadcell.report.output import write_text
from loadcell.report.swept import charts, words
from loadcell.sweep import Sweep


def write_html(sweep: Sweep, path: Path) -> None:
    """Write the page. UsageError if `path` can't be written."""
    write_text(render(sweep), path)


def render(sweep: Sweep) -> str:
    """The whole page, as `frame.page` makes it."""
    figures: dict[str, Any] = {}
    for number, axis in enumerate(sweep.axes):
        figures[f"capacity-{number}"] = plain(charts.capacity(sweep, axis.name))
        if axis.curve is not None:
            figures[f"curve-{number}"] = plain(charts.curve(axis.name, axis.curve))
    trials = sum(len(one.trials) for one in sweep.cells)
    return page(
        title="Loadcell sweep",
        heading=f"{' × '.join(escape(axis.name) for axis in sweep.axes)}",
        facts=escape(f"{len(sweep.cells)} settings, {trials} trials · held to {', '.join(sweep.objectives)}"),
        badges="",
        body=_body(sweep, figures),
        footer=escape("Capacities are means of all trials of a setting, with the interval that holds 95 %."),
        figures=figures,
    )


def _body(sweep: Sweep, figures: Mapping[str, Any]) -> Iterator[str]:
    kind = "good" if sweep.recommended is not None else "bad"
    yield f'<section class="card judgement"><p class="verdict {kind}">{escape(words.headline(sweep))}</p></section>'
    if sweep.remarks:
        items = "".join(f"<li>{escape(remark)}</li>" for remark in sweep.remarks)
        yield f'<div class="notice" role="note"><ul>{items}</ul></div>'
    pairs = "".join(f"<dt>{escape(line.label)}</dt><dd>{escape(line.text)}</dd>" for line in words.lines(sweep))
    yield section("Why", f"<dl>{pairs}</dl>")
    cards = "".join(f'<div class="card">{chart(place, linked=False)}</div>' for place in figures)
    yield f'<div class="charts wide">{cards}</div>'
    yield _settings(sweep)


def _settings(sweep: Sweep) -> str:
    rows = []
    for number, row in enumerate(words.rows(sweep)):
        kind = "good" if number == sweep.recommended else ""
        figures = [cell(text, kind) for text in (*row.setting, row.capacity, row.rps, row.memory)]
        rows.append([*figures, cell(row.limit, "words long"), cell(row.mark, f"words {kind}")])
    headings = [*(escape(axis.name) for axis in sweep.axes), *words.HEADINGS]
    return section("Settings", table(headings, rows, words={len(headings) - 2, len(headings) - 1}))
