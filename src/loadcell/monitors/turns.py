"""Whether the pages of a service with several workers are of one process each, and which one it is changes; pure."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

from loadcell.monitors.exposition import Page

_REMEMBERED = 20
_FALLS = 3


class Turns:
    """The pages seen so far.

    A restart also makes counters fall, but what was before it does not come back. So it takes a process that comes back to
    convict; where pages don't say of which process they are, a fall to values that continue those of an earlier page.
    """

    def __init__(self) -> None:
        self._processes: list[float] = []
        self._pages: deque[Page] = deque(maxlen=_REMEMBERED)
        self._returns = 0

    def taken(self, page: Page) -> bool:
        """Whether, with this page, it is certain that processes take turns."""
        started = page.started
        if started is not None:
            came_back = started in self._processes[:-1]
            if started not in self._processes[-1:]:
                self._processes.append(started)
            return came_back
        if self._pages and fell(self._pages[-1], page):
            self._returns += any(not fell(earlier, page) for earlier in self._pages)
        self._pages.append(page)
        return self._returns >= _FALLS


def fell(before: Page, after: Page) -> bool:
    """Whether counters of a page are lower on a later one, or gone: then they are not of the same process's life."""
    return any(after.counters.get(series, 0.0) < value for series, value in before.counters.items() if value)


def differ(pages: list[Page]) -> bool:
    """Whether pages that were fetched one right after the other are of several processes."""
    if len({page.started for page in pages}) > 1:
        return True
    return any(fell(before, after) for before, after in pairwise(pages))
