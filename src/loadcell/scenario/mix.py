"""Which class each user of a population belongs to: the same answer in every process."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction


class UserMix:
    """Shares users out over classes: first the fixed ones in class order, then the others by weight.

    Of the first n weighted users, each class has its share of n to within less than one user, whatever n is, and after
    every full cycle exactly its share: Tijdeman's solution of the chairman assignment problem, which for two classes is
    Webster's method. ValueError if no class would ever get a user.
    """

    def __init__(self, classes: Sequence[tuple[str, float, int]]) -> None:
        """`classes` holds names, weights (0 and below: none) and fixed counts (above 0: the weight has no meaning)."""
        self._fixed = [(name, count) for name, _, count in classes if count > 0]
        self._fixed_total = sum(count for _, count in self._fixed)
        weighted = [(name, weight) for name, weight, count in classes if count <= 0 and weight > 0]
        if not self._fixed and not weighted:
            raise ValueError("There are no users with weight > 0 or fixed_count > 0.")
        self._names = [name for name, _ in weighted]
        self._weights = _whole([weight for _, weight in weighted])
        self._cycle = sum(self._weights)
        self._counts = [0] * len(weighted)
        self._sequence = array("H")

    def class_of(self, n: int) -> str | None:
        """The class of user `n`, counted from 0; None if there are only fixed classes and they are complete."""
        if n < self._fixed_total:
            return self._fixed_class_of(n)
        if not self._names:
            return None
        place = (n - self._fixed_total) % self._cycle
        while len(self._sequence) <= place:
            self._extend()
        return self._names[self._sequence[place]]

    def _fixed_class_of(self, n: int) -> str | None:
        for name, count in self._fixed:
            if n < count:
                return name
            n -= count
        return None

    def _extend(self) -> None:
        """Give the next user to the class whose next one is due first, among those far enough behind their share."""
        total, counts = self._cycle, self._counts
        n = len(self._sequence) + 1
        slack = max(1, 2 * len(counts) - 2)
        chosen = -1
        chosen_due, chosen_weight = 0, 1
        for index, weight in enumerate(self._weights):
            if (n * weight - counts[index] * total) * slack < total:
                continue
            # The user is due after due / weight users, in common units; compared without dividing, so exactly.
            due = slack * (counts[index] + 1) - 1
            if chosen < 0 or due * chosen_weight < chosen_due * weight:
                chosen, chosen_due, chosen_weight = index, due, weight
        counts[chosen] += 1
        self._sequence.append(chosen)


class ChangingMix:
    """A mix that may become another from some user on: those before keep their classes."""

    def __init__(self, classes: Sequence[tuple[str, float, int]]) -> None:
        """`classes` as those of a UserMix. ValueError if none of them would ever get a user."""
        self._mixes: list[tuple[int, UserMix | None]] = [(0, UserMix(classes))]

    def change(self, classes: Sequence[tuple[str, float, int]], first: int) -> None:
        """From user `first` on go by these classes; users of a fixed class that are there already count for it."""
        present = Counter(self.class_of(n) for n in range(first))
        missing = [(name, 0.0 if fixed > 0 else weight, max(0, fixed - present[name])) for name, weight, fixed in classes]
        try:
            mix: UserMix | None = UserMix(missing)
        except ValueError:
            mix = None  # The fixed classes are complete, and there are no others.
        self._mixes = [(begin, kept) for begin, kept in self._mixes if begin < first] + [(first, mix)]

    def class_of(self, n: int) -> str | None:
        """The class of user `n`, counted from 0; None if the classes need no further user."""
        begin, mix = next((begin, mix) for begin, mix in reversed(self._mixes) if begin <= n)
        return None if mix is None else mix.class_of(n - begin)


def _whole(weights: list[float]) -> list[int]:
    """The same ratios in the smallest whole numbers; 0.1 is a tenth, not the binary fraction nearest to it."""
    fractions = [Fraction(str(float(weight))) for weight in weights]
    if not fractions:
        return []
    scale = math.lcm(*(fraction.denominator for fraction in fractions))
    scaled = [int(fraction * scale) for fraction in fractions]
    divisor = math.gcd(*scaled)
    return [weight // divisor for weight in scaled]
