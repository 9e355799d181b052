"""A run as Markdown, for the summary of a job: what it ended with, why, and the entries that carried most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loadcell.config import duration_text
from loadcell.report import assessment, causes, verdict
from loadcell.report.document import document
from loadcell.report.grid import cut_middle
from loadcell.report.markdown import escaped, table
from loadcell.report.terminal import milliseconds, rate, share
from loadcell.store import RunReader, StoredException

_MARKS = {"good": "🟢", "bad": "🔴", "warn": "🟡"}
MOST_ENTRIES = 10
MOST_ERRORS = 5
MOST_OBJECTIVES = 100
MOST_REASONS = 20
_LONGEST = 200
"""Characters that are shown of an error."""


def job_summary(reader: RunReader) -> str:
    """Verdict, objectives, capacity, cause, the entries with the most requests, the most frequent errors."""
    result = document(reader)
    lines = [f"### {_heading(reader)}", ""]
    lines += [f"- **{label}**: {escaped(text)}" for label, text in _facts(reader, result)]
    lines += _objectives(verdict.rows(reader.objectives))
    lines += _entries(result)
    lines += _errors(result["errors"])
    lines += _exceptions(reader.exceptions())
    return "\n".join(lines) + "\n"


def _heading(reader: RunReader) -> str:
    found = verdict.headline(reader.verdict, reader.objectives)
    if found is not None:
        return f"{_MARKS[found.kind]} {found.word}: {escaped(found.sentence)}"
    if reader.exit_code == 0:
        return f"{_MARKS['good']} Load test: nothing failed"
    return f"{_MARKS['bad']} Load test: exit code {reader.exit_code}"


def _facts(reader: RunReader, result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    run, total = result["run"], result["total"]
    host = f" against {run['host']}" if run["host"] else ""
    yield "Run", f"{run['id']}{host}: {run['plan']}; took {duration_text(round(run['duration_s']))}"
    failed = share(total["failures"], total["requests"])
    times = ", ".join(f"{name} {milliseconds(total[f'{name}_ms'])} ms" for name in ("p50", "p95", "p99"))
    yield "Requests", f"{total['requests']:,}, failed {failed}, {rate(total['rps'])}/s; {times}"
    for line in assessment.lines(result):
        yield line.label, f"{line.value} {line.detail}"
    for cause in causes.causes(result["findings"][:1]):
        where = f", {cause.where}" if cause.where else ""
        yield "Cause", f"{cause.summary} ({cause.code}, {cause.confidence}{where}). {cause.advice}"
    if reader.verdict != "invalid":
        for reason in result["generator"]["reasons"]:
            yield "Warning", reason
    for reason in reader.reasons[:MOST_REASONS]:
        yield "Reason", reason
    if (left := len(reader.reasons) - MOST_REASONS) > 0:
        yield "Reasons", f"… and {left} more."


def _objectives(rows: list[verdict.Row]) -> list[str]:
    """Where there are too many, those that were kept are left out first."""
    if not rows:
        return []
    shown = rows if len(rows) <= MOST_OBJECTIVES else sorted(rows, key=lambda row: row.kind == "good")[:MOST_OBJECTIVES]
    cells = [[row.subject, row.stage, row.demand, row.measured, f"{_MARKS[row.kind]} {row.result}"] for row in shown]
    lines = ["", *table(["Objective", "Stage"], ["Limit", "Measured"], cells, ["Result"])]
    return lines if len(shown) == len(rows) else [*lines, "", f"… and {len(rows) - len(shown)} more."]


def _entries(result: dict[str, Any]) -> list[str]:
    busiest = sorted(result["entries"], key=lambda entry: -int(entry["requests"]))
    rows = []
    for entry in (*busiest[:MOST_ENTRIES], result["total"]):
        times = [milliseconds(entry[name]) for name in ("p50_ms", "p95_ms", "p99_ms")]
        failed = share(entry["failures"], entry["requests"])
        name = f"{entry['method']} {entry['name']}".strip()
        rows.append([name, f"{entry['requests']:,}", failed, rate(entry["rps"]), *times])
    lines = ["", *table(["Entry"], ["Requests", "Failed", "req/s", "p50 ms", "p95 ms", "p99 ms"], rows)]
    if (left := len(busiest) - MOST_ENTRIES) > 0:
        lines += ["", f"… and {left} more {'entry' if left == 1 else 'entries'}."]
    return lines


def _errors(errors: list[dict[str, Any]]) -> list[str]:
    if not errors:
        return []
    rows = [
        [f"{error['method']} {error['name']}".strip(), cut_middle(error["error"], _LONGEST), f"{error['occurrences']:,}"]
        for error in errors[:MOST_ERRORS]
    ]
    return ["", *table(["Entry", "Error"], ["Count"], rows)]


def _exceptions(exceptions: list[StoredException]) -> list[str]:
    if not exceptions:
        return []
    rows = [[cut_middle(one.message, _LONGEST), f"{one.occurrences:,}"] for one in exceptions[:MOST_ERRORS]]
    return ["", *table(["Exception in the scenario"], ["Count"], rows)]
