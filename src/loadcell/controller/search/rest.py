"""A pause at an easy load after a trial that was too much, until the work that piled up is done.

Without it, what a bad trial left behind fails the next one.
"""

from __future__ import annotations

from loadcell.controller.search.trials import Measured, Trial

CALM = 0.75
"""A margin below this says that the service is itself again."""
LIKE_BEFORE = 1.2
"""And so does one that is so many times the least ever seen."""
MOST = 4
LOOK_S = 1.0
LONGEST_S = 15.0


class Rest:
    """Asks for short trials at `load`, first after `expected_s`, until one is calm."""

    def __init__(self, load: float, settle_s: float, expected_s: float, least_margin: float) -> None:
        self._load = load
        self._calm = max(CALM, min(1.0, LIKE_BEFORE * least_margin))
        self._settle_s = min(LONGEST_S, max(settle_s, expected_s))
        self._left = MOST

    def trial(self) -> Trial:
        """The next look."""
        return Trial(self._load, LOOK_S, self._settle_s, rest=True)

    def is_over(self, measured: Measured) -> bool:
        """Whether the look says so, or there were enough of them."""
        self._left -= 1
        self._settle_s = min(LONGEST_S, 1.5 * self._settle_s)
        return not self._left or measured.worst < self._calm
