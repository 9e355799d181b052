from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loadcell.scenario.mix import ChangingMix, UserMix

weights = st.lists(st.integers(min_value=0, max_value=40), min_size=1, max_size=7).filter(any)


def mix_of(*shares: float) -> UserMix:
    return UserMix([(str(index), share, 0) for index, share in enumerate(shares)])


def first(mix: UserMix, count: int) -> str:
    return "".join(mix.class_of(n) or "-" for n in range(count))


@given(weights)
@example([10, 12, 3])
def test_every_prefix_is_within_one_user_of_each_share(shares):
    mix, total, seen = mix_of(*shares), sum(shares), Counter()
    # The least bound that can be kept for every choice of so many shares.
    bound = 1 - Fraction(1, max(1, 2 * sum(map(bool, shares)) - 2))
    for n in range(2 * total):
        seen[mix.class_of(n)] += 1
        for index, share in enumerate(shares):
            assert abs(seen[str(index)] - Fraction(share * (n + 1), total)) <= bound


@given(weights, st.integers(min_value=1, max_value=3))
def test_every_full_cycle_is_exact(shares, cycles):
    mix, total = mix_of(*shares), sum(shares)
    seen = Counter(mix.class_of(n) for n in range(cycles * total))
    assert seen == {str(index): cycles * share for index, share in enumerate(shares) if share}


@given(weights, st.lists(st.integers(min_value=0, max_value=300), min_size=1, max_size=20))
def test_the_answer_depends_on_the_user_only(shares, users):
    asked_in_any_order = mix_of(*shares)
    asked_in_order = mix_of(*shares)
    expected = [asked_in_order.class_of(n) for n in range(301)]
    assert [asked_in_any_order.class_of(n) for n in users] == [expected[n] for n in users]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=5))
def test_fixed_users_come_first_and_exactly(classes):
    fixed = sum(count for _, count in classes)
    weighted = {str(index) for index, (weight, count) in enumerate(classes) if weight and not count}
    if not fixed and not weighted:
        return
    mix = UserMix([(str(index), weight, count) for index, (weight, count) in enumerate(classes)])
    assert [mix.class_of(n) for n in range(fixed)] == [
        str(index) for index, (_, count) in enumerate(classes) for _ in range(count)
    ]
    rest = {mix.class_of(n) for n in range(fixed, fixed + 50)}
    assert rest == (weighted or {None})


def test_a_rare_class_starts_in_the_middle_of_its_period():
    assert first(UserMix([("a", 5, 0), ("b", 1, 0)]), 12) == "aaabaaaaabaa"


def test_equal_weights_take_turns_in_class_order():
    assert first(mix_of(1, 1, 1), 6) == "012012"


def test_many_small_classes_do_not_wait_for_a_large_one():
    mix = mix_of(100, *[1] * 100)
    assert Counter(mix.class_of(n) for n in range(50))["0"] == pytest.approx(25, abs=1)


def test_fractions_are_taken_as_they_are_written():
    seen = Counter(first(mix_of(0.1, 0.2, 0.7), 10_000))
    assert seen == {"0": 1000, "1": 2000, "2": 7000}


def test_a_class_without_weight_and_fixed_count_never_starts():
    assert first(UserMix([("a", 0, 0), ("b", 1, 0), ("c", -1, 0)]), 5) == "bbbbb"


def test_the_weight_of_a_fixed_class_has_no_meaning():
    assert first(UserMix([("a", 100, 1), ("b", 1, 0), ("c", 1, 2)]), 6) == "accbbb"


def test_nothing_is_left_when_all_fixed_users_are_there():
    assert first(UserMix([("a", 1, 2), ("b", 1, 1)]), 5) == "aab--"


@pytest.mark.parametrize("classes", [[], [("a", 0, 0)], [("a", 0, 0), ("b", 0.0, 0)]])
def test_no_class_to_start_is_an_error(classes):
    with pytest.raises(ValueError, match="weight > 0"):
        UserMix(classes)


def test_a_changed_mix_counts_the_fixed_users_that_are_there() -> None:
    mix = ChangingMix([("Sql", 1, 1)])
    assert [mix.class_of(n) for n in range(3)] == ["Sql", None, None]
    mix.change([("Api", 1, 0), ("Sql", 1, 1)], first=1)
    assert [mix.class_of(n) for n in range(4)] == ["Sql", "Api", "Api", "Api"]
    mix.change([("Sql", 1, 3), ("Api", 1, 0)], first=2)
    assert [mix.class_of(n) for n in range(6)] == ["Sql", "Api", "Sql", "Sql", "Api", "Api"]
    mix.change([("Sql", 1, 1)], first=2)
    assert [mix.class_of(n) for n in range(4)] == ["Sql", "Api", None, None]
