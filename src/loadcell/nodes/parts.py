"""Who takes over the users of a lost generator; pure."""

from __future__ import annotations

from collections.abc import Sequence

from loadcell.plan import Part


def share_out(lost: Part, survivors: Sequence[str]) -> list[tuple[str, Part]]:
    """The lost users split evenly over the survivors: (generator, its part).

    >>> share_out(Part(1, 2), ["2", "3"])
    [('2', Part(index=1, count=4)), ('3', Part(index=3, count=4))]
    """
    return list(zip(survivors, lost.split(len(survivors)), strict=True))
