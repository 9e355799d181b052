"""Statements without users' data, and who takes the time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.monitors.statements import Executed, Share, Statements, normalised


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("select *\n  from items where id = 42", "select * from items where id = ?"),
        ("select $1::int, t1.c2 from t1", "select $1::int, t1.c2 from t1"),
        ("select 'O''Brien', 1.5e3, -7", "select ?, ?, -?"),
        ("select E'a\\'b', 'c\\', 'secret'", "select ?, ?, ?"),
        ("select $$secret$$, $x$it's$x$", "select ?, ?"),
        ('select "it\'s a name" from "T1"', 'select "it\'s a name" from "T1"'),
        ("alter role x password 'sec", "alter role x password ?"),
        ("select 1 /* traceparent='00-ab' */ -- user 'anna'\n from t", "select ? from t"),
        ("select a from t where id in ($1, $2, $3) and b in ($4)", "select a from t where id in (…) and b in ($4)"),
        ("insert into t values (1, 'a'), (2, 'b')", "insert into t values (…), …"),
    ],
)
def test_what_users_put_in_is_left_out(text: str, bare: str) -> None:
    assert normalised(text) == bare


def test_what_is_long_is_cut() -> None:
    assert len(normalised("select " + "column_name, " * 100)) == 300


@given(st.text(alphabet="ab' \\$\"-/*x", max_size=12))
def test_a_quoted_secret_never_shows(before: str) -> None:
    """Whatever the value before it holds, written as PostgreSQL wants it."""
    quoted = "'" + before.replace("'", "''") + "'"
    assert "hunter" not in normalised(f"select {quoted}, 'hunter' from t")


def test_those_that_took_most_since_the_first_look_come_first() -> None:
    statements = Statements()
    assert statements.update({1: Executed(100, 9000.0), 2: Executed(5, 10.0)}) is None
    assert statements.update({1: Executed(101, 9001.0), 2: Executed(9, 50.0), 3: Executed(1, 2.0)}) == [
        Share(2, 4, 40.0),
        Share(3, 1, 2.0),
        Share(1, 1, 1.0),
    ]
    assert statements.update({1: Executed(101, 9001.0), 2: Executed(9, 50.0)}) == [Share(2, 0, 0.0), Share(1, 0, 0.0)]


def test_a_statement_that_was_forgotten_and_met_again() -> None:
    statements = Statements()
    statements.update({1: Executed(100, 900.0)})
    statements.update({1: Executed(110, 990.0)})
    assert statements.update({1: Executed(3, 30.0)}) == [Share(1, 3, 30.0)]
