from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loadcell.nodes.clock_offset import Exchange, best

ways = st.floats(0.0001, 2.0)


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(ways, ways), min_size=1, max_size=9))
def test_the_difference_is_known_as_well_as_it_says(ahead: float, exchanges: list[tuple[float, float]]) -> None:
    asked, found = 1000.0, []
    for there, back in exchanges:
        found.append(Exchange(asked, asked + there + ahead, asked + there + back))
        asked += there + back
    exchange = best(found)
    assert abs(exchange.ahead_s - ahead) <= exchange.within_s + 1e-6
    assert exchange.within_s == min(one.within_s for one in found)
