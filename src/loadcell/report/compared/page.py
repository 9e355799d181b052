"""A comparison as one HTML file, and as a part of the web page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from loadcell.compare import Comparison
from loadcell.diagnosis import Finding
from loadcell.report.compared import charts, words
from loadcell.report.frame import Theme, page, plain
from loadcell.report.markup import cell, chart, section, table
from loadcell.report.output import write_text
from loadcell.store import RunReader

_HEADINGS = ("Entry", "Figure", "Before", "After", "Effect", "Interval", "Verdict", "")


def write_html(comparison: Comparison, before: Sequence[RunReader], after: Sequence[RunReader], path: Path) -> None:
    """Write the page. UsageError if `path` can't be written."""
    write_text(render(comparison, before, after), path)


def render(
    comparison: Comparison,
    before: Sequence[RunReader],
    after: Sequence[RunReader],
    *,
    theme: Theme | None = None,
    is_embedded: bool = False,
) -> str:
    """The whole page, as `frame.page` makes it."""
    figures: dict[str, Any] = {name: plain(figure) for name, figure in charts.curves(before, after).items()}
    figures["shares"] = plain(charts.distribution(comparison, before, after))
    effects = charts.effects(comparison)
    if effects is not None:
        figures["effects"] = plain(effects)
    first, second = comparison.before.runs[0], comparison.after.runs[0]
    return page(
        title=f"{first} and {second} – Loadcell comparison",
        heading="Before and after",
        facts="<br>".join(f"{escape(label)}: {escape(text)}" for label, text in words.sides(comparison)),
        badges="",
        body=_body(comparison, figures),
        footer=escape(words.intervals_said(comparison)),
        figures=figures,
        theme=theme,
        is_embedded=is_embedded,
    )


def _body(comparison: Comparison, figures: Mapping[str, Any]) -> Iterator[str]:
    found = words.headline(comparison)
    yield (
        f'<section class="card judgement"><p class="verdict {found.kind}"><strong>{found.mark} {found.word}</strong> '
        f"{escape(found.sentence)}</p></section>"
    )
    notes = [*(f"Differs: {clause}" for clause in comparison.environment), *comparison.remarks]
    if notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in notes)
        yield f'<div class="notice" role="note"><ul>{items}</ul></div>'
    yield _bottleneck(comparison)
    if "effects" in figures:
        height = figures["effects"]["layout"]["height"]
        left = len([row for row in comparison.judged if row.effect is not None and row.unit != "%"]) - charts.MOST_EFFECTS
        more = f" {left} more effects are in the table only." if left > 0 else ""
        note = f'<p class="unseen">Shaded: differences below {100 * comparison.floor:g} %, which do not count.{more}</p>'
        yield section("What differs, and how surely", chart("effects", linked=False, height=height) + note)
    yield _figures(comparison)
    cards = [f'<div class="card">{chart(place, linked=place != "shares")}</div>' for place in figures if place != "effects"]
    yield f'<div class="charts wide">{"".join(cards)}</div>'


def _bottleneck(comparison: Comparison) -> str:
    shift = comparison.bottleneck
    word, sentence = words.bottleneck(shift)
    columns = [_finding("Before", shift.before, shift.others_before), _finding("After", shift.after, shift.others_after)]
    heading = f"<p><strong>{escape(word)}</strong>: {escape(sentence)}.</p>"
    if shift.before is shift.after is None:
        return section("The bottleneck", heading)
    return section("The bottleneck", heading + f'<div class="beside"><div>{columns[0]}</div><div>{columns[1]}</div></div>')


def _finding(label: str, found: Finding | None, others: Sequence[str]) -> str:
    if found is None:
        return f'<article class="cause"><h3>{label}: none seen</h3></article>'
    where = f"<dt>Where</dt><dd><code>{escape(found.where)}</code></dd>" if found.where else ""
    also = f"<dt>Also seen</dt><dd>{escape(', '.join(others))}</dd>" if others else ""
    sure = f"{found.confidence} confidence · {found.code}"
    return (
        f'<article class="cause"><h3>{label}: {escape(found.summary)}</h3><dl>{where}<dt>What to do</dt>'
        f"<dd>{escape(found.advice)}</dd><dt>How sure</dt><dd>{escape(sure)}</dd>{also}</dl></article>"
    )


def _figures(comparison: Comparison) -> str:
    rows = []
    for row in comparison.judged:
        shown = words.cells(row)
        rows.append(
            [
                cell(shown.entry, "words name"),
                cell(shown.figure, "words"),
                cell(shown.before),
                cell(shown.after),
                cell(shown.effect, shown.kind if row.verdict in ("improved", "regressed") else ""),
                cell(shown.interval),
                cell(shown.verdict, f"words {shown.kind}"),
                cell(shown.remark, "words long"),
            ]
        )
    return section("Figures", table(_HEADINGS, rows, words={0, 1, 6, 7}))
