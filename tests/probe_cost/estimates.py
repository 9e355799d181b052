"""Medians and slopes with their 95 % intervals."""

from collections.abc import Sequence

import numpy as np

RESAMPLES = 4000
NORMAL_975 = 1.96

Stretch = Sequence[float]  # figures that add up


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


def slope(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Return the slope of Theil and Sen, and its interval by the ranks of Kendall's test."""
    first, second = np.triu_indices(len(x), 1)
    xs, ys = np.asarray(x), np.asarray(y)
    apart = xs[second] != xs[first]
    slopes = np.sort((ys[second] - ys[first])[apart] / (xs[second] - xs[first])[apart])
    count = len(x)
    spread = NORMAL_975 * np.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = int((len(slopes) - spread) // 2)
    high = int((len(slopes) + spread) // 2) + 1
    return float(np.median(slopes)), float(slopes[max(0, low)]), float(slopes[min(len(slopes) - 1, high)])
