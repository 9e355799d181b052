"""Which interval means what."""

import pytest

from loadcell.compare.estimate import Difference
from loadcell.compare.verdicts import verdict


@pytest.mark.parametrize(
    ("value", "low", "high", "told"),
    [
        (0.10, 0.04, 0.16, "regressed"),
        (-0.10, -0.16, -0.04, "improved"),
        (0.01, -0.02, 0.04, "equivalent"),
        (0.03, 0.02, 0.04, "equivalent"),  # surely more, but too little to matter
        (0.04, 0.02, 0.06, "inconclusive"),  # surely more, perhaps enough to matter
        (0.10, -0.01, 0.21, "inconclusive"),
        (0.00, -0.20, 0.20, "inconclusive"),
    ],
)
def test_verdicts(value: float, low: float, high: float, told: str) -> None:
    assert verdict(Difference(value, low, high), 0.05, more_is_worse=True) == told


def test_more_of_what_is_wanted_is_better() -> None:
    assert verdict(Difference(0.10, 0.04, 0.16), 0.05, more_is_worse=False) == "improved"
    assert verdict(Difference(-0.10, -0.16, -0.04), 0.05, more_is_worse=False) == "regressed"
