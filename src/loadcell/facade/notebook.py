"""A result as a small table in a notebook; names are text in it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from loadcell.report import verdict
from loadcell.report.terminal import milliseconds, rate, share
from loadcell.store import RunReader

MOST_ENTRIES = 10
MOST_REASONS = 5


def table(reader: RunReader, result: dict[str, Any]) -> str:
    """The verdict and its reasons, the objectives, and the entries with the most requests."""
    run = result["run"]
    found = verdict.headline(reader.verdict, reader.objectives)
    told = f"{found.mark} {found.word}: {found.sentence}" if found else f"Exit code {reader.exit_code}"
    host = f" against {run['host']}" if run["host"] else ""
    about = [f"{run['id']}{host}: {run['plan']}", *reader.reasons[:MOST_REASONS]]
    parts = [f"<p><b>{escape(told)}</b><br>{'<br>'.join(map(escape, about))}</p>"]
    if objectives := verdict.rows(reader.objectives):
        rows = [[row.subject, row.stage, row.demand, row.measured, row.marked] for row in objectives]
        parts.append(_table(("Objective", "Stage", "Limit", "Measured", "Result"), rows))
    busiest = sorted(result["entries"], key=lambda entry: -int(entry["requests"]))
    headings = ("Entry", "Requests", "Failures", "req/s", "p50 ms", "p95 ms", "p99 ms")
    parts.append(_table(headings, [_figures(entry) for entry in (*busiest[:MOST_ENTRIES], result["total"])]))
    if (left := len(busiest) - MOST_ENTRIES) > 0:
        parts.append(f"<p>… and {left} more {'entry' if left == 1 else 'entries'}.</p>")
    return "".join(parts)


def _figures(entry: dict[str, Any]) -> list[str]:
    times = [milliseconds(entry[name]) for name in ("p50_ms", "p95_ms", "p99_ms")]
    failures = share(entry["failures"], entry["requests"])
    return [f"{entry['method']} {entry['name']}".strip(), f"{entry['requests']:,}", failures, rate(entry["rps"]), *times]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in headings)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
