"""Four verdicts, read off an interval; pure.

Regressed or improved: the interval excludes "no difference", and the difference is at least the floor. Equivalent: the whole
interval lies within the floor, so a difference that matters is excluded (two one-sided tests: Schuirmann 1987). Else
inconclusive: it is not known yet.
"""

from __future__ import annotations

from typing import Literal

from loadcell.compare.estimate import Difference

Verdict = Literal["improved", "regressed", "equivalent", "inconclusive"]


def verdict(found: Difference, floor: float, *, more_is_worse: bool) -> Verdict:
    """What a difference amounts to; `floor` is the least that matters, on the same scale."""
    if -floor < found.low and found.high < floor:
        return "equivalent"
    if abs(found.value) < floor or found.low <= 0 <= found.high:
        return "inconclusive"
    return "regressed" if (found.value > 0) == more_is_worse else "improved"
