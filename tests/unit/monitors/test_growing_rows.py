"""Tables of which only the heaviest rows are seen."""

from __future__ import annotations

from loadcell.monitors.growing_rows import Figures, GrowingRows


def weight(row: Figures) -> int:
    return row[0]


def test_what_has_grown_most_comes_first_however_heavy_it_was() -> None:
    rows = GrowingRows(10, listed=100)
    rows.add({"old": (900, 9), "new": (5, 1)}, 1.0)
    assert rows.most(3, weight) == []
    rows.add({"old": (901, 10), "new": (25, 3), "third": (10, 1), "idle": (0, 0)}, 2.0)
    assert rows.most(2, weight) == [("new", (20, 2)), ("third", (10, 1))]
    assert rows.most(3, weight)[2] == ("old", (1, 1))


def test_growth_is_over_the_last_seconds() -> None:
    rows = GrowingRows(10, listed=100)
    for second in range(30):
        rows.add({"first": (100 * min(second, 10),), "second": (10 * second,)}, float(second))
    assert rows.seconds == 10
    assert rows.most(2, weight) == [("second", (100,))]


def test_a_row_that_begins_anew_has_grown_by_what_it_is() -> None:
    rows = GrowingRows(10, listed=100)
    rows.add({"a": (500, 5)}, 1.0)
    rows.add({"a": (30, 1)}, 2.0)
    assert rows.most(1, weight) == [("a", (30, 1))]


def test_a_row_that_may_have_been_too_light_to_be_listed_is_no_news() -> None:
    rows = GrowingRows(10, listed=2)
    rows.add({"a": (500,), "b": (400,)}, 1.0)
    rows.add({"a": (501,), "c": (402,)}, 2.0)
    assert rows.most(2, weight) == [("a", (1,))]
    rows.add({"a": (501,), "c": (409,)}, 3.0)
    assert rows.most(1, weight) == [("c", (7,))]
