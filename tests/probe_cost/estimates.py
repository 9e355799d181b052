"""Medians and slopes with their 95 % intervals."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 4000
NORMAL_975 = 1.96

FloatArray = NDArray[np.float64]
Stretch = Sequence[float]  # figures that add up
Slope = tuple[float, float, float]  # with its 95 % interval


def blocks(pairs: Sequence[tuple[Stretch, Stretch]], size: int) -> list[tuple[list[float], list[float]]]:
    """Add up the pairs of each full block of so many: what is rare but dear is in few of the pairs, and in each block."""
    return [
        tuple([sum(figures) for figures in zip(*side, strict=True)] for side in zip(*pairs[at : at + size], strict=True))  # type: ignore[misc]
        for at in range(0, len(pairs) - size + 1, size)
    ]


def median(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median, and its interval by bootstrap."""
    sample = np.asarray(values)
    resampled = np.median(np.random.default_rng(1).choice(sample, (RESAMPLES, len(sample))), axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(np.median(sample)), float(low), float(high)


def slope(x: Sequence[float], y: Sequence[float]) -> Slope:
    """Return the slope of Theil and Sen, and its interval by the ranks of Kendall's test.

    Samples that follow one another are alike, which makes for fewer than they seem: the test's variance is that of Hamed and
    Rao, "A modified Mann-Kendall trend test for autocorrelated data", Journal of Hydrology 204 (1998).
    """
    first, second = np.triu_indices(len(x), 1)
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    apart = xs[second] != xs[first]
    slopes = np.sort((ys[second] - ys[first])[apart] / (xs[second] - xs[first])[apart])
    count = len(x)
    value = float(np.median(slopes))
    more = _alike(ys - value * xs)
    spread = NORMAL_975 * np.sqrt(more * count * (count - 1) * (2 * count + 5) / 18)
    low = int((len(slopes) - spread) // 2)
    high = int((len(slopes) + spread) // 2) + 1
    return value, float(slopes[max(0, low)]), float(slopes[min(len(slopes) - 1, high)])


def difference(one: Slope, other: Slope) -> Slope:
    """Return by how much one slope is more than another that was measured by itself."""
    value = one[0] - other[0]
    return (
        value,
        value - float(np.hypot(one[0] - one[1], other[2] - other[0])),
        value + float(np.hypot(one[2] - one[0], other[0] - other[1])),
    )


def _alike(rest: FloatArray) -> float:
    """By how much the variance of the test is greater than with independent samples; `rest` is what the slope leaves."""
    count = len(rest)
    ranks = np.argsort(np.argsort(rest)).astype(float)
    ranks -= ranks.mean()
    power = float(ranks @ ranks)
    if not power:
        return 1.0
    lags = np.arange(1, count)
    found = np.array([ranks[:-lag] @ ranks[lag:] for lag in lags]) / power
    found[np.abs(found) < NORMAL_975 / np.sqrt(count)] = 0  # no more than chance
    left = (count - lags) * (count - lags - 1.0) * (count - lags - 2.0)
    return max(1.0, 1 + 2 * float(left @ found) / (count * (count - 1) * (count - 2)))
