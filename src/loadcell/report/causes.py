"""The diagnosis in words, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from loadcell.diagnosis import examine
from loadcell.report.service import amount
from loadcell.store import RunReader

STAGES = {"low": "at the low load", "high": "", "run": "over the run"}
NONE = "no bottleneck seen up to this load"
UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Piece:
    """One figure of the evidence."""

    value: str
    words: str
    about: str
    """Which worker, statement … and which load, if it is not the high one."""
    source: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding in words."""

    label: str
    summary: str
    code: str
    confidence: str
    where: str
    advice: str
    evidence: tuple[Piece, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary."""

    label: str
    text: str
    style: str = ""


def examined(reader: RunReader) -> dict[str, Any]:
    """`findings` and `diagnosis` of the document."""
    findings, scope = examine(reader)
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({"findings": findings, "diagnosis": scope}))
    return found


def causes(findings: list[dict[str, Any]]) -> Iterator[Cause]:
    """`findings` of the document, the first of which is the cause."""
    for number, found in enumerate(findings):
        yield Cause(
            label="Also seen" if number else "Cause",
            summary=found["summary"],
            code=found["code"],
            confidence=f"{found['confidence']} confidence",
            where=found["where"],
            advice=found["advice"],
            evidence=tuple(_piece(one) for one in found["evidence"]),
            unseen=tuple(found["unseen"]),
        )


def lines(result: Mapping[str, Any]) -> Iterator[Line]:
    """The whole diagnosis as lines."""
    for cause in causes(result["findings"]):
        yield Line(cause.label, f"{cause.summary} ({cause.code}, {cause.confidence})", "bold")
        if cause.where:
            yield Line("  where", cause.where)
        yield Line("  what to do", cause.advice)
        for piece in cause.evidence:
            yield Line("  evidence", f"{piece.value} {piece.words}" + (f" ({piece.about})" if piece.about else ""))
        for text in cause.unseen:
            yield Line("  not seen", text)
    nothing = conclusion(result)
    if nothing and nothing[0] != UNKNOWN:
        yield Line("Cause", f"{nothing[0]}: {nothing[1]}")
    for text in remarks(result):
        yield Line("  not seen", text)


def conclusion(result: Mapping[str, Any]) -> tuple[str, str] | None:
    """What there is to say where nothing was found: in short, and why; None where there is nothing to say."""
    scope = result["diagnosis"]
    if result["findings"] or not scope["compared"]:
        return None
    if scope["sources"] == ["client"]:
        return UNKNOWN, scope["unseen"][0]
    return NONE, f"compared: {scope['compared']}"


def note(result: Mapping[str, Any]) -> str:
    """A sentence for the end of the summary where nobody could tell; else empty."""
    nothing = conclusion(result)
    return f"Why it carries no more is {UNKNOWN}. {nothing[1]}" if nothing and nothing[0] == UNKNOWN else ""


def remarks(result: Mapping[str, Any]) -> list[str]:
    """What the diagnosis as a whole did not see."""
    scope = result["diagnosis"]
    shown = bool(scope["compared"]) and (bool(result["findings"]) or scope["sources"] != ["client"])
    return list(scope["unseen"]) if shown else []


def _piece(one: Mapping[str, Any]) -> Piece:
    about = [one["of"] if one["of"] not in one["words"] else "", STAGES.get(one["stage"], one["stage"])]
    return Piece(
        value=amount(one["value"], one["unit"]),
        words=one["words"],
        about=", ".join(part for part in about if part),
        source=one["source"],
    )
