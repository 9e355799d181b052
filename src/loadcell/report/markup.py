"""The pieces that the pages of reports are made of: escaped HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def chart(place: str, *, linked: bool = True, height: int | None = None) -> str:
    """The place of a figure, `height` px high; `linked`: zooming it zooms the others over the same time."""
    style = f' style="height:{height}px"' if height else ""
    return f'<div class="chart" id="chart-{place}" data-figure="{place}"{" data-linked" if linked else ""}{style}></div>'


def section(title: str, content: str) -> str:
    """A card with a heading; `content` is HTML."""
    return f'<section class="card"><h2>{title}</h2>{content}</section>'


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, words: set[int]) -> str:
    """A table; the columns `words`, counted from 0, hold words."""
    head = "".join(f'<th scope="col"{" class=words" if i in words else ""}>{text}</th>' for i, text in enumerate(headings))
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def cell(words: str, kind: str = "", value: float | None = None) -> str:
    """A cell of a table; `value` is what it is sorted by."""
    attributes = f' class="{kind}"' if kind else ""
    if value is not None:
        attributes += f' data-value="{value}"'
    return f"<td{attributes}>{escape(words)}</td>"
