"""Curves of throughput: parameters that are known are found again, and what was not measured is not told."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import pytest

from loadcell.diagnosis.least_squares import minimised
from loadcell.diagnosis.scaling import LoadPoint, Scaling, cap_at, scaling_of, usl_at
from loadcell.report import scaling as words

LOADS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


def fitted(curve: Callable[[float], float], loads: Sequence[float] = LOADS, noise: float = 0.03, seed: int = 5) -> Scaling:
    rng = random.Random(seed)
    found = scaling_of([LoadPoint(n, curve(n) * math.exp(rng.gauss(0, noise)), n) for n in loads])
    assert found is not None
    return found


@pytest.mark.parametrize("pool", [3, 40])
def test_the_knee_is_the_size_of_the_pool(pool: int) -> None:
    found = fitted(lambda n: min(80 * n, 80.0 * pool))
    assert found.better == "cap"
    assert found.cap.knee_known
    assert found.cap.knee.value == pytest.approx(pool, rel=0.05)
    assert found.cap.knee.low <= pool <= found.cap.knee.high
    assert found.cap.ceiling.value == pytest.approx(80 * pool, rel=0.03)


def test_contention_and_coherency_are_found_again() -> None:
    found = fitted(lambda n: usl_at((100, 0.05, 0.0005), n))
    usl = found.usl
    assert found.better == "usl"
    assert usl.coherency_known
    for known, true in ((usl.rate, 100), (usl.contention, 0.05), (usl.coherency, 0.0005)):
        assert known.value == pytest.approx(true, rel=0.15)
        assert known.low < known.value < known.high
    assert usl.peak_n == pytest.approx(math.sqrt(0.95 / 0.0005), rel=0.1)


def test_without_a_load_beyond_the_peak_kappa_is_not_determined() -> None:
    found = fitted(lambda n: usl_at((100, 0.2, 0.00002), n), loads=(1, 2, 3, 4, 6, 8, 12))
    assert not found.usl.coherency_known
    assert found.usl.peak_n is None
    document = words.msgspec.to_builtins(found)
    assert "κ not determined" in words.law(document)


def test_nothing_is_told_far_beyond_what_was_measured() -> None:
    found = fitted(lambda n: min(10.0 * n, 400.0), loads=(1, 2, 4, 6, 8, 12), noise=0.005)
    assert not found.cap.knee_known
    assert found.at(18) == pytest.approx(180, rel=0.1)
    with pytest.raises(ValueError, match="beyond"):
        found.at(19)
    assert "no end was reached" in words.sentence(words.msgspec.to_builtins(found), [])


def test_fewer_than_six_loads_make_no_curve() -> None:
    assert scaling_of([LoadPoint(n, 10.0 * n) for n in (1, 2, 4, 8, 16)]) is None
    # The same load twice is one.
    assert scaling_of([LoadPoint(n, 10.0) for n in (1, 2, 4, 8, 16, 16.1)]) is None
    assert scaling_of([]) is None


def test_one_wild_load_hardly_counts() -> None:
    points = [LoadPoint(n, min(80.0 * n, 240.0)) for n in LOADS]
    points[9] = LoadPoint(32, 90.0)
    found = scaling_of(points)
    assert found is not None
    assert found.cap.knee.value == pytest.approx(3, rel=0.05)


def test_six_loads_of_exact_figures_do_not_upset_it() -> None:
    found = fitted(lambda n: min(80.0 * n, 240.0), loads=(1, 2, 5, 10, 20, 50), noise=0.0)
    assert found.cap.knee.value == pytest.approx(3, rel=0.02)


def test_the_pool_is_named_by_what_was_found_and_not_where_the_loop_is_full() -> None:
    document = words.msgspec.to_builtins(fitted(lambda n: min(80.0 * n, 240.0)))
    assert "a database pool of 3?" in words.sentence(document, [{"code": "db_pool_exhausted"}])
    assert ": a pool of 3?" in words.sentence(document, [])
    assert "pool" not in words.sentence(document, [{"code": "cpu_bound"}])


def test_the_cap_is_smooth_and_stays_below_its_line_and_its_ceiling() -> None:
    for n in (0.1, 1, 3, 30, 3000):
        assert cap_at((80, 240, 5), n) < min(80 * n, 240) * (1 + 1e-12)
    assert cap_at((80, 240, 40), 1e9) == pytest.approx(240)


def test_a_minimum_is_found_from_far_off() -> None:
    found, cost = minimised(lambda at: [at[0] - 3, 10 * (at[1] + at[0] ** 2 - 8)], [5.0, -9.0], scale=1.0)
    assert found == pytest.approx([3, -1], abs=1e-3)
    assert cost < 1e-6
