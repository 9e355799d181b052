"""What limited the service before and after, and what became of it; pure but for the diagnosis of each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from loadcell.diagnosis import Finding, diagnose
from loadcell.store import RunReader

Change = Literal["eliminated", "moved", "unchanged", "appeared", "none"]


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """The bottleneck of both sides."""

    change: Change
    """`eliminated`: none is seen any more · `moved`: another one is the first · `appeared`: there was none before."""
    before: Finding | None = None
    """The first finding, which is the cause."""
    after: Finding | None = None
    others_before: tuple[str, ...] = ()
    """The codes of what else was seen."""
    others_after: tuple[str, ...] = ()


def shift(before: Sequence[RunReader], after: Sequence[RunReader]) -> Shift:
    """What became of the bottleneck. Of several runs of a side, the cause that most of them have counts."""
    one, other = _of_most(before), _of_most(after)
    first, second = (one[0] if one else None), (other[0] if other else None)
    return Shift(
        change=_change(first, second),
        before=first,
        after=second,
        others_before=tuple(found.code for found in one[1:]),
        others_after=tuple(found.code for found in other[1:]),
    )


def _change(before: Finding | None, after: Finding | None) -> Change:
    if before is None:
        return "none" if after is None else "appeared"
    if after is None:
        return "eliminated"
    return "unchanged" if before.code == after.code else "moved"


def _of_most(side: Sequence[RunReader]) -> list[Finding]:
    found = [diagnose(reader) for reader in side]
    causes = [findings[0].code if findings else "" for findings in found]
    (most, _), *_ = Counter(causes).most_common(1)
    return found[causes.index(most)]
