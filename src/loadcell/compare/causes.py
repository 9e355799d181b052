"""What limited the service before and after, and what became of it; pure but for the diagnosis of each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from loadcell.compare.stretch import SAME
from loadcell.diagnosis import Finding, examine, windows
from loadcell.store import RunReader

Change = Literal["eliminated", "moved", "unchanged", "appeared", "none", "unknown"]


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """The bottleneck of both sides."""

    change: Change
    """`eliminated`: none is seen any more · `moved`: another one is the first · `appeared`: there was none before ·
    `unknown`: there is one on one side only, and the other was not loaded as high, or not watched as well."""
    why: str = ""
    """Of what is unknown, the reason in a clause."""
    before: Finding | None = None
    """The first finding, which is the cause."""
    after: Finding | None = None
    others_before: tuple[str, ...] = ()
    """The codes of what else was seen."""
    others_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the diagnosis of one run saw."""

    findings: list[Finding]
    sources: frozenset[str]
    load: float
    """The highest that was judged."""
    has_capacity: bool

    @property
    def cause(self) -> Finding | None:
        return self.findings[0] if self.findings else None


def shift(before: Sequence[RunReader], after: Sequence[RunReader]) -> Shift:
    """What became of the bottleneck. Of several runs of a side, the cause that most of them have counts."""
    one, other = _of_most(before), _of_most(after)
    change, why = _change(one, other)
    return Shift(
        change=change,
        why=why,
        before=one.cause,
        after=other.cause,
        others_before=tuple(found.code for found in one.findings[1:]),
        others_after=tuple(found.code for found in other.findings[1:]),
    )


def _change(before: _Seen, after: _Seen) -> tuple[Change, str]:
    if before.cause is None and after.cause is None:
        return "none", ""
    if before.cause is not None and after.cause is not None:
        return ("unchanged" if before.cause.code == after.cause.code else "moved"), ""
    there, gone = (before, after) if after.cause is None else (after, before)
    side = "after" if after.cause is None else "before"
    # An assessment goes above what the service carries, wherever that is.
    if not gone.has_capacity and gone.load < there.load * (1 - SAME):
        return "unknown", f"{side}, the service was not loaded as high"
    if missing := there.sources - gone.sources:
        return "unknown", f"{side}, nobody saw what is seen by {' and '.join(sorted(missing))}"
    return ("eliminated" if after.cause is None else "appeared"), ""


def _of_most(side: Sequence[RunReader]) -> _Seen:
    seen = [_seen(reader) for reader in side]
    causes = [one.cause.code if one.cause else "" for one in seen]
    (most, _), *_ = Counter(causes).most_common(1)
    return seen[causes.index(most)]


def _seen(reader: RunReader) -> _Seen:
    findings, scope = examine(reader)
    load = max((window.load for window in windows(reader).highs), default=0.0)
    return _Seen(findings, frozenset(scope.sources), load, reader.capacity is not None)
