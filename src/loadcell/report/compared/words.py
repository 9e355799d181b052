"""A comparison in words, for the terminal, the page and Markdown alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from loadcell.compare import Comparison, Row, Shift, Verdict
from loadcell.diagnosis import Finding
from loadcell.report.terminal import milliseconds, rate
from loadcell.report.verdict import Headline, Kind
from loadcell.store import TOTAL_NAME

MARKS: dict[Verdict, str] = {"improved": "✓", "regressed": "✗", "equivalent": "=", "inconclusive": "?"}
KINDS: dict[Verdict, Kind] = {"improved": "good", "regressed": "bad", "equivalent": "good", "inconclusive": "warn"}
_NOTHING_LEFT = -0.9
"""As an effect: the figure could be a tenth, or nothing."""
_MOST_NAMED = 3
"""So many figures are named in the headline."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row of the table."""

    entry: str
    figure: str
    before: str
    after: str
    effect: str
    interval: str
    verdict: str
    """With a mark that tells it apart without colour."""
    remark: str
    kind: Kind


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain dicts and lists, schema 1. It may grow; nothing in it is ever renamed.

    Times are in ms, shares 0 … 1, `effect` with `low` and `high` a share of `before`, or points of a share.
    """
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(comparison))
    return found


def headline(comparison: Comparison) -> Headline:
    """The whole comparison in one sentence."""
    verdict = comparison.verdict
    sentences = {
        "regressed": lambda: "; ".join(part for part in (_named(comparison, "regressed"), _also(comparison)) if part),
        "improved": lambda: _named(comparison, "improved"),
        "equivalent": lambda: f"no figure differs by {100 * comparison.floor:g} % or more",
        "inconclusive": lambda: _what_is_missing(comparison.judged),
    }
    return Headline(KINDS[verdict], MARKS[verdict], verdict.capitalize(), sentences[verdict]())


def cells(row: Row) -> Cells:
    """One figure of one entry."""
    remark = row.why
    if row.verdict == "inconclusive" and not row.why:
        remark = needed(row)
    return Cells(
        entry="all requests" if row.name == TOTAL_NAME and not row.method else f"{row.method} {row.name}".strip(),
        figure=figure_name(row.figure),
        before=value(row, row.before),
        after=value(row, row.after),
        effect=change(row, row.effect),
        interval=interval(row),
        verdict=f"{MARKS[row.verdict]} {row.verdict}",
        remark=remark,
        kind=KINDS[row.verdict],
    )


def figure_name(name: str) -> str:
    """What a figure is called in a table."""
    return {"error_rate": "failed", "ok_rps": "successes", "rps": "requests", "avg": "average"}.get(name, name)


def value(row: Row, found: float | None) -> str:
    """A value with its unit."""
    if found is None:
        return "–"
    match row.unit:
        case "%":
            return f"{100 * found:.2f} %"
        case "ms":
            return f"{milliseconds(found)} ms"
        case "users":
            return f"{found:,.0f} users"
    return f"{rate(found)}/s"


def change(row: Row, found: float | None) -> str:
    """An effect: of shares in percentage points."""
    if found is None:
        return "–"
    percent = 100 * found
    digits = 2 if row.unit == "%" else 0 if abs(percent) >= 99.5 else 1
    sign = "" if round(percent, digits) == 0 else "+" if percent > 0 else "−"
    return f"{sign}{abs(percent):,.{digits}f}{' points' if row.unit == '%' else ' %'}"


def interval(row: Row) -> str:
    """From where to where the effect lies."""
    if row.effect is None and row.low is None and row.high is None:
        return "–"
    if row.low is None:
        return "–" if row.high is None else f"at most {change(row, row.high)}"
    if row.high is None:
        return f"at least {change(row, row.low)}" if row.low > _NOTHING_LEFT else "too wide to tell"
    unit = " points" if row.unit == "%" else " %"
    return f"{change(row, row.low).removesuffix(unit)} … {change(row, row.high)}"


def needed(row: Row) -> str:
    """How many runs would settle it."""
    if row.runs_needed is None:
        return "too close to the least difference that matters: no number of runs worth making would settle it"
    return f"about {row.runs_needed} runs of each would settle it"


def bottleneck(shift: Shift) -> tuple[str, str]:
    """What became of the bottleneck: in a word, and in a sentence."""
    match shift.change:
        case "eliminated":
            return "Eliminated", f"{_found(shift.before)}; none is seen now up to this load"
        case "moved":
            return "Moved", f"from {_found(shift.before)} to {_found(shift.after)}"
        case "unchanged":
            return "Unchanged", _found(shift.after)
        case "unknown":
            seen, when = (shift.before, "before") if shift.after is None else (shift.after, "after")
            return "Not known", f"{when}, {_found(seen)}; {shift.why}"
        case "appeared":
            return "Appeared", f"{_found(shift.after)}; none was seen before"
    return "None seen", "neither before nor after, up to this load"


def intervals_said(comparison: Comparison) -> str:
    """How to read the intervals."""
    many = len([row for row in comparison.judged if not row.why])
    of = "batches of each run" if comparison.unit == "batches" else "whole runs"
    together = f"all {many} intervals hold together" if many > 1 else "the interval holds"
    floor = f"from {100 * comparison.floor:g} % on, of failed requests from {10 * comparison.floor:g} points"
    return f"Computed from {of}; {together} with {comparison.confidence:.0%}. A difference counts {floor}."


def sides(comparison: Comparison) -> list[tuple[str, str]]:
    """What was compared, a line for each side."""
    found = []
    for label, side in (("Before", comparison.before), ("After", comparison.after)):
        runs = side.runs[0] if len(side.runs) == 1 else f"{len(side.runs)} runs, {side.runs[0]} … {side.runs[-1]}"
        load = f", {side.load} for {side.seconds} s" if side.load else ""
        found.append((label, f"{runs}{load}"))
    return found


def _found(finding: Finding | None) -> str:
    return f"“{finding.summary.removesuffix('.')}” ({finding.code})" if finding else "nothing"


def _named(comparison: Comparison, verdict: Verdict) -> str:
    rows = sorted((row for row in comparison.judged if row.verdict == verdict), key=_declared_first)
    told = [_short(row) for row in rows[:_MOST_NAMED]]
    more = [f"and {len(rows) - _MOST_NAMED} more"] if len(rows) > _MOST_NAMED else []
    return ", ".join([*told, *more])


def _also(comparison: Comparison) -> str:
    improved = _named(comparison, "improved")
    return f"improved: {improved}" if improved else ""


def _declared_first(row: Row) -> tuple[bool, float]:
    return bool(row.method) or row.name != TOTAL_NAME, -abs(row.effect or 0.0)


def _short(row: Row) -> str:
    shown = cells(row)
    of = "" if shown.entry == "all requests" else f" of {shown.entry}"
    return f"{shown.figure}{of} {shown.effect} ({shown.interval})"


def _what_is_missing(rows: Sequence[Row]) -> str:
    """What is not known, and what would tell: of all requests, or else of the entries."""
    unknown = [row for row in rows if row.verdict == "inconclusive"]
    whole = [row for row in unknown if row.name == TOTAL_NAME and not row.method] or unknown
    told = []
    if countable := [row for row in whole if row.runs_needed is not None]:
        named = ", ".join(_short(row) for row in countable[:_MOST_NAMED])
        told.append(f"{named}: about {max(row.runs_needed or 0 for row in countable)} runs of each would tell")
    if close := [row for row in whole if row.runs_needed is None and not row.why]:
        told.append(f"{', '.join(_short(row) for row in close[:_MOST_NAMED])}: too close to call")
    whys: dict[str, list[str]] = {}
    for row in whole:
        if row.why:
            whys.setdefault(row.why, []).append(figure_name(row.figure))
    told += [f"{', '.join(names)}: {why}" for why, names in whys.items()]
    return "; ".join(told) or "nothing was compared"
