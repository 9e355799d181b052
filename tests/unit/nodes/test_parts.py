from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loadcell.nodes.parts import share_out
from loadcell.plan import Part


@given(st.integers(0, 5), st.integers(1, 6), st.integers(1, 4), st.integers(0, 100))
def test_every_lost_user_goes_to_exactly_one_survivor(index: int, more: int, survivors: int, users: int) -> None:
    lost = Part(index, index + more)
    shared = share_out(lost, [str(number) for number in range(survivors)])
    assert len({name for name, _ in shared}) == survivors
    heirs = sorted(n for _, part in shared for n in range(users) if n % part.count == part.index)
    assert heirs == [n for n in range(users) if n % lost.count == lost.index]
