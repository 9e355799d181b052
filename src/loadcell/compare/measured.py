"""What one run has measured at one load, in parts of about the same length; the only module here that reads its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from loadcell.compare.estimate import BATCHES, PARTS, Estimate, of_batches
from loadcell.compare.figures import Figure
from loadcell.compare.rest import rests
from loadcell.diagnosis import Window
from loadcell.store import TOTAL_NAME, EntryTotals, RunReader, merged

Key = tuple[str, str]
"""Method and name of an entry."""
TOTAL: Key = ("", TOTAL_NAME)
SHORTEST_S = PARTS
"""Of less than a second to each part nothing can be told."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run at one load."""

    window: Window
    whole: Mapping[Key, EntryTotals]
    parts: Mapping[Key, Sequence[EntryTotals]]
    """PARTS for each entry; empty where the load was held for too short."""
    lengths_s: Sequence[int]
    """Of the parts, in whole seconds: they differ by one at the most."""

    def value(self, key: Key, figure: Figure) -> float | None:
        """The figure over the whole window; None where there is nothing to tell."""
        totals = self.whole.get(key)
        return None if totals is None else figure.of(totals, self.window.seconds)

    def requests(self, key: Key) -> int:
        """How many requests an entry had."""
        totals = self.whole.get(key)
        return 0 if totals is None else totals.requests

    def estimates(self, key: Key, figures: Sequence[Figure]) -> list[Estimate | None]:
        """Each figure with its standard error, on its scale; None where the window is too short for one."""
        if key not in self.parts:
            return [None] * len(figures)
        parts = self.parts[key]
        size = PARTS // BATCHES
        starts = range(0, PARTS, size)
        batches = [merged(parts[at : at + size], *key) for at in starts]
        left_out_s = [*(sum(self.lengths_s[at : at + size]) for at in starts), *self.lengths_s]
        whole, seconds = self.whole[key], self.window.seconds
        without = rests(whole, [*batches, *parts])
        found: list[Estimate | None] = []
        for figure in figures:
            value = figure.scaled(figure.of(whole, seconds))
            less = [figure.scaled(figure.of(one, seconds - gone)) for one, gone in zip(without, left_out_s, strict=True)]
            known = [one for one in less if one is not None]
            if value is None or len(known) < len(less):
                found.append(None)
                continue
            estimate = of_batches(value, known[:BATCHES], known[BATCHES:])
            found.append(_as_sure_as_its_requests(estimate, whole.requests) if figure.is_share else estimate)
        return found


def measured(reader: RunReader, window: Window) -> Measured:
    """What a run has measured in these seconds."""
    whole = _by_key(reader.entries(window.first, window.last))
    parts: dict[Key, list[EntryTotals]] = {}
    borders = [window.first + round(number * window.seconds / PARTS) for number in range(PARTS + 1)]
    if window.seconds >= SHORTEST_S:
        slices = [_by_key(reader.entries(first, last)) for first, last in pairwise(borders)]
        parts = {key: [one.get(key) or EntryTotals(method=key[0], name=key[1]) for one in slices] for key in whole}
    return Measured(window, whole, parts, [last - first for first, last in pairwise(borders)])


def asked_often(reader: RunReader) -> set[Key]:
    """What was asked for more often than there were users; all that was, in the open model."""
    users = max(reader.users().values(), default=0) if reader.facts.model == "closed" else 0
    return {(one.method, one.name) for one in reader.entries(0) if one.requests > users}


def _by_key(entries: Sequence[EntryTotals]) -> dict[Key, EntryTotals]:
    return {**{(one.method, one.name): one for one in entries}, TOTAL: merged(entries, *TOTAL)}


def by_requests(share: float, requests: int) -> float:
    """The variance of a share of failures, were requests independent (Agresti and Coull 1998).

    It is the least there is: batches, or runs, that had no failure at all agree on more than they know.
    """
    near = (share * requests + 2) / (requests + 4)
    return near * (1 - near) / (requests + 4)


def _as_sure_as_its_requests(found: Estimate, requests: int) -> Estimate:
    least = by_requests(found.value, requests)
    return found if found.variance >= least else Estimate(found.value, least, float(requests))
