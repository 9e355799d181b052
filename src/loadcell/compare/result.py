"""What a comparison says: the document that the terminal, the page and programs read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from loadcell.compare.causes import Shift
from loadcell.compare.verdicts import Verdict


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one entry on both sides."""

    method: str
    name: str
    figure: str
    unit: str
    before: float | None
    after: float | None
    """Of several runs, the median. Times in ms, shares 0 … 1."""
    effect: float | None = None
    """The difference: of a share in points (0.01 is one percentage point), else as a share of `before`."""
    low: float | None = None
    high: float | None = None
    """The interval of the effect; None where it has no end on that side."""
    verdict: Verdict = "inconclusive"
    runs_needed: int | None = None
    """How many runs of each side would settle what is inconclusive; None where a hundred would not, or none is needed."""
    why: str = ""
    """Why nothing can be said, in a clause."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two: its runs, and what was compared of them."""

    runs: tuple[str, ...]
    scenario: str
    host: str | None
    load: str = ""
    """In words; empty where only capacities were compared."""
    seconds: int = 0
    """How many seconds of each run were compared, at the least."""
    spans: tuple[tuple[int, int], ...] = ()
    """Of each run: from which second to which; empty where only capacities were compared."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the service between the two."""

    schema: int = 1
    verdict: Verdict
    before: Side
    after: Side
    unit: str
    """What counts as one value: `batches` of a run, or `runs`."""
    confidence: float
    """Of all intervals together."""
    floor: float
    """The least difference that matters, as a share."""
    capacity: Row | None
    rows: tuple[Row, ...]
    """Of all requests together first, then by entry, the one with the most requests first."""
    bottleneck: Shift
    environment: tuple[str, ...]
    """What differs in what both were made on, a clause each."""
    remarks: tuple[str, ...]
    """What must be known to read this, in sentences."""

    @property
    def judged(self) -> list[Row]:
        """Everything that has a verdict, the capacity first."""
        return [*([self.capacity] if self.capacity else []), *self.rows]


def overall(declared: Sequence[Row], entries: Sequence[Row]) -> Verdict:
    """One verdict for all.

    Equivalent takes that of every figure of the whole service, also of those that could not be told; an entry can regress or
    improve, but that it is not known of one leaves the whole as it is. Where only entries were asked for, they are all.
    """
    found = {
        *(row.verdict for row in declared or entries),
        *(row.verdict for row in entries if row.verdict in ("regressed", "improved")),
    }
    order: tuple[Verdict, ...] = ("regressed", "improved", "inconclusive", "equivalent")
    return next((verdict for verdict in order if verdict in found), "inconclusive")
