"""Counters that grow, begin anew, and leap."""

from __future__ import annotations

from loadcell.monitors.rates import LongRates, Rates


def test_a_rate_is_over_the_time_since_the_last_look() -> None:
    rates = Rates()
    looks = [(0.0, 100.0), (2.0, 110.0), (3.0, 110.0), (4.0, 5.0), (5.0, 6.0)]
    assert [rates.per_second("a", total, now) for now, total in looks] == [None, 5.0, 0.0, None, 1.0]
    assert rates.per_second("b", 1.0, 5.0) is None


def test_leaps_are_evened_out() -> None:
    rates = LongRates(10.0, 5.0)
    found = [rates.per_second("a", 100 * (second // 4), float(second)) for second in range(21)]
    assert found[:5] == [None] * 5, "too short to say"
    assert found[5] == 20.0
    assert found[20] == 30.0
    assert rates.per_second("a", 0, 21.0) is None, "begun anew"
