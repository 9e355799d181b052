"""What the diagnosis says: a finding with its evidence, and where its sight ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from loadcell.diagnosis import names

Confidence = Literal["low", "medium", "high"]
"""How many sources that know nothing of each other agree: one, two, or three and more."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that speaks for a finding."""

    signal: str
    stage: str
    """`low`, `high`, or `run` for what is of the whole run."""
    value: float
    unit: str = ""
    of: str = ""
    """Which worker, statement, host … it is about."""
    words: str = ""
    """What the figure is, for people."""
    source: str = ""
    """client, outside, database, probe or generator."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Why the service carries no more than it does, or what else was seen."""

    code: str
    """One of the codes that docs/diagnosis.md lists."""
    confidence: Confidence
    summary: str
    """What is wrong, in a sentence."""
    evidence: tuple[Evidence, ...]
    where: str = ""
    """file:line, statement, host or pid; nothing where it can't be told."""
    advice: str = ""
    """What to do about it, and what that will bring."""
    unseen: tuple[str, ...] = ()
    """What could not be seen, and how it could be, a sentence each."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a diagnosis rests on."""

    sources: tuple[str, ...]
    """Those that had something to say, of: client, outside, database, probe."""
    reduced: bool
    """Whether the service was not seen from inside."""
    compared: str
    """Which loads were compared, in words; empty where nothing could be."""
    low_s: tuple[int, int] | None = None
    """The seconds of the low load: from … to."""
    high_s: tuple[int, int] | None = None
    """Those of the high load."""
    unseen: tuple[str, ...]
    """What was not seen, and how it could be, a sentence each."""


def seen(signal: str, stage: str, value: float, words: str, *, unit: str = "", of: str = "", source: str = "") -> Evidence:
    """A figure as evidence, its source told by the signal."""
    figure = round(value, 3) if abs(value) < 1000 else round(value, 1)
    source = source or names.source_of(signal)
    return Evidence(signal=signal, stage=stage, value=figure, unit=unit, of=of, words=words, source=source)


def finding(
    code: str,
    summary: str,
    evidence: Iterable[Evidence | None],
    *,
    advice: str,
    where: str = "",
    unseen: Iterable[str] = (),
) -> Finding:
    """A finding as sure as there are sources among its evidence; what was not there to be read is None."""
    known = tuple(one for one in evidence if one is not None)
    sources = len({one.source for one in known})
    confidence: Confidence = "low" if sources <= 1 else "medium" if sources == 2 else "high"
    return Finding(
        code=code,
        confidence=confidence,
        summary=summary,
        evidence=known,
        where=where,
        advice=advice,
        unseen=tuple(one for one in unseen if one),
    )
