"""How far another machine's clock is ahead of this one's, from questions and answers; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Exchange(NamedTuple):
    """One question for the time: when it was asked and answered here, and what the other clock showed. In s."""

    asked: float
    showed: float
    answered: float

    @property
    def ahead_s(self) -> float:
        """How far the other clock is ahead, if question and answer took equally long."""
        return self.showed - (self.asked + self.answered) / 2

    @property
    def within_s(self) -> float:
        """How far that can be wrong at most: all of the way may have been the question's or the answer's."""
        return (self.answered - self.asked) / 2


def best(exchanges: Iterable[Exchange]) -> Exchange:
    """The exchange that took the shortest time, and so says most (Cristian, 1989). ValueError if there is none."""
    return min(exchanges, key=lambda exchange: exchange.within_s)
