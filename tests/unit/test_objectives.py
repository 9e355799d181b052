"""The grammar of objectives: what is understood, and what is said about what is not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.objectives import Objective, ObjectiveError, contradictions, parse_objective, split_objectives, wrong_way_round


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p95 < 300ms", ("p95", "<", 300.0)),
        ("P99.90<=1.5s", ("p99.9", "<=", 1500.0)),
        ("p50 < 250µs", ("p50", "<", 0.25)),
        ("p50 < 250\u03bcs", ("p50", "<", 0.25)),
        ("p50 < 250us", ("p50", "<", 0.25)),
        ("avg < 100ms", ("avg", "<", 100.0)),
        ("error_rate < 1%", ("error_rate", "<", 0.01)),
        ("error_rate < 57%", ("error_rate", "<", 0.57)),
        ("error_rate <= 0.005", ("error_rate", "<=", 0.005)),
        ("error_rate <= 0", ("error_rate", "<=", 0.0)),
        ("rps >= 500", ("rps", ">=", 500.0)),
        ("ok_rps > 500/s", ("ok_rps", ">", 500.0)),
        ("recovery < 30s", ("recovery", "<", 30.0)),
        ("recovery < 1m", ("recovery", "<", 60.0)),
        ("server.cpu < 85%", ("server.cpu", "<", 85.0)),
        ("server.loop_lag < 1s", ("server.loop_lag", "<", 1000.0)),
        ("server.db_connections <= 20", ("server.db_connections", "<=", 20.0)),
        ("server.loop_lag < 50ms", ("server.loop_lag", "<", 50.0)),
        ("server.gc < 10%", ("server.gc", "<", 10.0)),
        ("server.db_statements < 500/s", ("server.db_statements", "<", 500.0)),
        ("server.my_gauge < 3furlongs", ("server.my_gauge", "<", 3.0)),
    ],
)
def test_metrics_and_units(text: str, expected: tuple[str, str, float]) -> None:
    found = parse_objective(text)
    assert (found.metric, found.comparison, found.limit) == expected
    assert (found.entry, found.at_users, found.at_rate, found.window_s) == (None, None, None, None)


def test_all_parts_together() -> None:
    found = parse_objective("p99 of 'GET /items/[id]' < 800ms at 200 users for 30s")
    assert (found.percent, found.method, found.name) == (99.0, "GET", "/items/[id]")
    assert (found.at_users, found.window_s) == (200.0, 30.0)
    assert found.subject == "p99 of 'GET /items/[id]' at 200 users for 30s"
    assert found.demand == "< 800ms"
    assert parse_objective("p95 < 300ms for 5m at 500/s").text == "p95 < 300ms at 500/s for 300s"


@pytest.mark.parametrize("entry", ["'/items/[id]'", '"/items/[id]"', "/items/[id]"])
def test_a_name_alone_is_about_all_methods(entry: str) -> None:
    found = parse_objective(f"p95 of {entry} < 1s")
    assert (found.method, found.name) == (None, "/items/[id]")
    assert found.is_about("GET", "/items/[id]")
    assert found.is_about("POST", "/items/[id]")
    assert not found.is_about("GET", "/items")


def test_an_entry_is_found_by_its_whole_name_too() -> None:
    for method, name in (("GET", "/x"), ("", "GET /x")):
        assert parse_objective("p95 of 'GET /x' < 1s").is_about(method, name)
    assert not parse_objective("p95 of 'GET /x' < 1s").is_about("POST", "/x")
    assert parse_objective("p95 of 'grpc Say' < 1s").is_about("grpc", "Say")
    assert parse_objective("p95 of GET /x<1s").is_about("GET", "/x")
    assert parse_objective("p95 of 'it''s' < 1s").is_about("GET", "it's")


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("", 1, "expected a metric: p50 … p99.99"),
        ("p95", 4, "expected <, <=, > or >= and a limit: p95 < …"),
        ("p95 = 300ms", 5, "expected <, <=, > or >="),
        ("p95 < 300", 7, "p95 needs a unit: write for example 300ms"),
        ("p95 < fast", 7, "expected a limit, for example 300ms"),
        ("p95 < 300 parsecs", 11, "'parsecs' is no unit of p95"),
        ("p95 < 300ms or so", 13, "expected 'at' (a load), 'for' (a window) or the end"),
        ("p999 < 1s", 1, "did you mean p99.9?"),
        ("p100 < 1s", 1, "did you mean max?"),
        ("p95 of < 1s", 8, "expected an entry in quotes"),
        ("p95 of 'GET /x < 1s", 8, "this quote is never closed"),
        ("p95 of ' ' < 1s", 8, "expected the name of an entry"),
        ("p95 of 'x' 1s", 12, "expected <, <=, > or >= after the entry"),
        ("median < 1s", 1, "expected a metric"),
        ("error_rate < 5", 14, "write 5%"),
        ("p95 < 0ms", 7, "nothing is less than 0"),
        ("rps >= 500ms", 11, "'ms' is no unit of rps: write for example 500 or 500/s"),
        ("rps >= 1,000", 9, "expected 'at'"),
        ("p95 < 1s at 200", 16, "expected 'users', or '/s'"),
        ("p95 < 1s at 1.5 users", 13, "whole numbers"),
        ("p95 < 1s at 0 users", 13, "a load above 0"),
        ("p95 < 1s at 5 users at 6 users", 21, "'at' is there twice"),
        ("p95 < 1s for 30", 16, "expected a unit: s, m or h"),
        ("p95 < 1s for 500ms", 17, "expected a unit"),
        ("p95 < 1s for 1.5s", 14, "whole seconds"),
        ("recovery of /x < 1s", 10, "recovery is of the whole service"),
        ("recovery < 30s at 5 users", 16, "recovery is measured once"),
        ("server < 5", 1, "server.cpu"),
        ("p95 < 1e999s", 7, "too large"),
    ],
)
def test_mistakes_point_at_their_column(text: str, column: int, expected: str) -> None:
    with pytest.raises(ObjectiveError) as caught:
        parse_objective(text)
    first, line, caret = str(caught.value).split("\n")
    assert first.startswith(f"at column {column}: ")
    assert expected in first
    assert line == f"    {text}"
    assert caret.index("^") == 4 + column - 1


def test_the_caret_stays_in_its_line() -> None:
    with pytest.raises(ObjectiveError) as caught:
        parse_objective("p95\t<\n300")
    assert str(caught.value).count("\n") == 2


TIMES = ["p50", "p95", "p99.99", "avg", "min", "max"]
NAMES = st.text(min_size=1).filter(lambda text: text.strip())


@st.composite
def texts(draw: st.DrawFn) -> str:
    metric = draw(
        st.sampled_from(
            [*TIMES, "error_rate", "rps", "ok_rps", "recovery", "server.cpu", "server.db_statements", "server.some_gauge"]
        )
    )
    number = draw(st.floats(min_value=1e-9, max_value=1e9, allow_subnormal=False))
    unit = {"error_rate": "", "rps": "", "ok_rps": "/s", "recovery": "s"}.get(metric, "")
    if metric in TIMES:
        unit = draw(st.sampled_from(["µs", "ms", "s"]))
    if metric == "error_rate":
        number, unit = draw(st.sampled_from([(number / 1e9, ""), (number / 1e7, "%")]))
    text = f"{metric}"
    if metric != "recovery" and not metric.startswith("server.") and draw(st.booleans()):
        name = draw(NAMES).replace("'", "''")
        text += f" of '{draw(st.sampled_from(['', 'GET ', 'POST ']))}{name}'"
    text += f" {draw(st.sampled_from(['<', '<=', '>', '>=']))} {number!r}{unit}"
    if metric != "recovery":
        text += draw(st.sampled_from(["", " at 1 user", " at 200 users", " at 0.5/s"]))
        text += draw(st.sampled_from(["", " for 30s", " for 2m"]))
    return text


@given(texts())
def test_the_normalised_text_says_the_same(text: str) -> None:
    found = parse_objective(text)
    assert parse_objective(found.text) == found


def column_of(text: str) -> int:
    """The column of its first mistake; 1 without one."""
    try:
        parse_objective(text)
    except ObjectiveError as error:
        return error.column
    return 1


@given(st.text())
def test_any_text_is_an_objective_or_a_mistake_within_it(text: str) -> None:
    assert 1 <= column_of(text) <= len(text) + 1


@given(texts(), st.floats(min_value=0, max_value=1e9))
def test_a_measured_value_is_shown_on_its_side_of_the_limit(text: str, measured: float) -> None:
    objective = parse_objective(text)
    shown = objective.shown(measured)
    assert shown


def test_measured_values_have_a_unit_and_three_digits() -> None:
    def shown(text: str, measured: float) -> str:
        return parse_objective(text).shown(measured)

    assert shown("p95 < 300ms", 812.44) == "812 ms"
    assert shown("p95 < 300ms", 300.02) == "300.02 ms"
    assert shown("p95 < 300ms", 8.1249) == "8.12 ms"
    assert shown("p95 < 300ms", 12_345) == "12.3 s"
    assert shown("p95 < 300ms", math.inf) == "time-out"
    assert shown("error_rate < 1%", 0.0123) == "1.23 %"
    assert shown("error_rate < 1%", 0) == "0 %"
    assert shown("rps >= 500", 1234.4) == "1234/s"
    assert shown("server.cpu < 85%", 91.25) == "91.2 %"
    assert shown("server.db_connections < 9", 9) == "9"
    assert shown("server.db_statements < 9/s", 9) == "9/s"


def test_lists_of_objectives() -> None:
    assert split_objectives("p95 < 1s, rps >= 5") == ["p95 < 1s", "rps >= 5"]
    assert split_objectives("[\"p95 of 'a, b' < 1s\", 'rps >= 5']") == ["p95 of 'a, b' < 1s", "rps >= 5"]
    assert split_objectives("p95 of 'a, b' < 1s\n rps >= 5") == ["p95 of 'a, b' < 1s", "rps >= 5"]
    assert split_objectives(" , ") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("p95 < 100ms", "p95 >= 200ms"),
        ("rps >= 500", "rps < 400"),
        ("rps >= 500", "ok_rps < 500"),
        ("p95 < 100ms", "p50 > 100ms"),
        ("max < 100ms", "avg > 200ms"),
        ("p95 of /x < 100ms for 10s", "p95 of /x >= 100ms"),
        ("error_rate < 1%", "error_rate > 2%"),
    ],
)
def test_contradictions_are_found_in_either_order(one: str, other: str) -> None:
    both = [parse_objective(one), parse_objective(other)]
    for pair in (both, both[::-1]):
        (sentence,) = contradictions(pair)
        assert all(f"'{objective.text}'" in sentence for objective in pair)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("p95 < 200ms", "p95 >= 100ms"),
        ("p95 <= 100ms", "p95 >= 100ms"),
        ("p50 < 100ms", "p95 > 200ms"),
        ("avg < 100ms", "p99 > 200ms"),
        ("p95 of /x < 100ms", "p95 of /y >= 200ms"),
        ("p95 < 100ms at 10 users", "p95 > 200ms at 100 users"),
        ("p95 < 100ms", "rps >= 500"),
        ("p95 < 100ms", "p95 < 200ms"),
    ],
)
def test_what_can_be_met_together_is_no_contradiction(one: str, other: str) -> None:
    assert contradictions([parse_objective(one), parse_objective(other)]) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [("p95 > 300ms", "<"), ("avg >= 1s", "<="), ("error_rate > 1%", "<"), ("rps < 500", ">"), ("ok_rps <= 5", ">=")],
)
def test_an_objective_the_wrong_way_round_is_asked_about(text: str, meant: str) -> None:
    (told,) = wrong_way_round([parse_objective(text)])
    assert f"'{text}'" in told
    assert told.endswith(f": is {meant} meant?")


@pytest.mark.parametrize(
    "texts",
    [
        ["p95 < 300ms"],
        ["rps >= 500"],
        ["min > 1ms"],
        ["server.cpu > 5%"],
        ["rps >= 90", "rps <= 110"],
        ["p50 > 5ms", "p50 < 9ms"],
    ],
)
def test_an_objective_that_may_be_meant_is_not(texts: list[str]) -> None:
    assert wrong_way_round([parse_objective(text) for text in texts]) == []


def test_an_objective_holds_on_its_side() -> None:
    def holds(comparison: str, measured: float) -> bool:
        return parse_objective(f"rps {comparison} 5").holds(measured)

    assert [holds(comparison, 5) for comparison in ("<", "<=", ">", ">=")] == [False, True, False, True]
    assert [holds(comparison, 4) for comparison in ("<", "<=", ">", ">=")] == [True, True, False, False]
    assert isinstance(parse_objective("rps > 5"), Objective)
