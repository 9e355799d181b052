"""Whether a diagnosis is what it must be; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loadcell.diagnosis import Finding
from tests.faults.cases import FULL, Case

SERVICES = Path(__file__).parent / "services"
ROOM = 0.7
"""Up to this part of its capacity nothing may be said of a sound service."""


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    findings: Sequence[Finding]
    downstream: str = ""
    """host:port of the other service."""
    rps: float = 0.0
    capacity: float | None = None
    """Requests/s, of a case with a share."""


def problems(case: Case, outcome: Outcome) -> list[str]:
    """What is not as it must be."""
    codes = [one.code for one in outcome.findings]
    if case.share is not None and case.share <= ROOM:
        return [f"found {', '.join(codes)}"] if codes else []
    if case.share is not None:
        return [f"found {code}" for code in codes if code not in FULL]
    if not codes:
        return ["found nothing"]
    if codes[0] != case.code:
        return [f"{codes[0]} came first"]
    found = outcome.findings[0].where
    if case.where == "downstream":
        return [] if outcome.downstream in found else [f"where: {found}"]
    return [] if is_named(case.where, found) else [f"where: {found}"]


def is_named(wanted: str, where: str) -> bool:
    """Whether a place is, or leads to, what must be named: a part of a statement, or of the line that file:line is."""
    return wanted in where or any(wanted in line for line in named(where))


def named(where: str) -> list[str]:
    """The line of a service that is meant by file:line."""
    file, _, number = where.partition(":")
    if not number.isdecimal() or not (SERVICES / file).is_file():
        return []
    return [(SERVICES / file).read_text().splitlines()[int(number) - 1]]
