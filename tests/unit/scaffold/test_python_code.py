"""Expressions, and the lines that they become."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.scaffold.python_code import LINE, Call, Code, Tuple, laid_out, one_line, quoted, template
from tests.unit.scaffold.conftest import check

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=20), inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_is_what_was_meant(value: Any) -> None:
    assert ast.literal_eval(one_line(value)) == value
    assert ast.literal_eval("\n".join(laid_out(value, 0))) == value


@given(st.text())
def test_text_stays_in_its_line(text: str) -> None:
    assert len(quoted(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "literal"),
    [("a", '"a"'), ('say "a"', "'say \"a\"'"), ("it's", '"it\'s"'), ("\\n\n", '"\\\\n\\n"'), ("\x00", '"\\x00"')],
)
def test_quotes(text: str, literal: str) -> None:
    assert quoted(text) == literal


@given(st.text())
def test_a_template_has_values_where_names_were_and_nothing_else(text: str) -> None:
    pattern = f"{text.replace('{', '').replace('}', '')}/{{item}}/{{other}}"
    code = template(pattern, {"item": "item_id"})
    assert isinstance(code, Code)
    assert eval(code.text, {"item_id": 7}) == pattern.replace("{item}", "7")


def test_long_calls_have_an_argument_in_each_line_and_stay_as_they_are() -> None:
    call = Call(
        "self.client.post",
        ["/orders"],
        {"json": {"lines": [{"item_id": 7, "quantity": 2, "note": "x" * 40}], "tags": []}, "files": Tuple(["a"])},
    )
    lines = laid_out(call, 4, "response = ")
    assert max(map(len, lines)) <= LINE
    check("def send(self):\n" + "\n".join(lines) + "\n    response.raise_for_status()\n")
