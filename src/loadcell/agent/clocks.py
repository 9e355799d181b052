"""How two clocks stand to each other, from questions and answers; pure."""

from __future__ import annotations

from dataclasses import dataclass

_DRIFT = 1e-4
"""How much two clocks may part: quartz is within 5e-5 of the truth, each."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question and its answer, which was given at some moment in between: the middle is at most half the way wrong."""

    at: float
    """When, on our clock."""
    offset: float
    """What the other clock shows more than ours, in s."""
    error: float
    """By how much that may be wrong: half the round trip."""

    @classmethod
    def of(cls, asked: float, answered: float, other: float) -> Comparison:
        """From our clock at both ends and the other one in between.

        >>> Comparison.of(100.0, 100.5, 900.25)
        Comparison(at=100.5, offset=800.0, error=0.25)
        """
        return cls(answered, other - (asked + answered) / 2, (answered - asked) / 2)

    def error_at(self, now: float) -> float:
        """By how much it may be wrong later: clocks part."""
        return self.error + _DRIFT * abs(now - self.at)


class Offset:
    """The best that is known of another clock: the comparison with the smallest error, for as long as it is that."""

    def __init__(self) -> None:
        self._best: Comparison | None = None

    def add(self, comparison: Comparison) -> None:
        """Take another comparison in."""
        if self._best is None or comparison.error <= self._best.error_at(comparison.at):
            self._best = comparison

    def here(self, at: float) -> float:
        """A moment of the other clock on ours."""
        return at - self._known.offset

    def there(self, at: float) -> float:
        """A moment of our clock on the other one."""
        return at + self._known.offset

    def error(self, now: float) -> float:
        """By how much these may be wrong, in s."""
        return self._known.error_at(now)

    @property
    def _known(self) -> Comparison:
        assert self._best is not None, "the clocks have not been compared"
        return self._best


def on_grid(at: float, origin: float, within: float = 0.25) -> float | None:
    """The full second after `origin` that `at` is meant to be, if it is that near to one; None if it is not.

    >>> on_grid(103.98, 100.0), on_grid(103.5, 100.0)
    (104.0, None)
    """
    second = round(at - origin)
    return origin + second if abs(at - origin - second) <= within else None
