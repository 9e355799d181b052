"""Patterns, and texts that match them."""

from __future__ import annotations

import random
import re
import string
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.scaffold import patterns
from loadcell.scaffold.python_code import one_line


def letters(count: int) -> str:
    return "".join(random.choices(string.ascii_uppercase, k=count))


def digits(count: int) -> str:
    return "".join(random.choices(string.digits, k=count))


NAMES: dict[str, Any] = {"uuid": uuid, "letters": letters, "digits": digits}


def made(pattern: str, least: int = 0) -> str:
    """A text for a pattern, as a scenario makes it."""
    parts = patterns.matching(pattern, lambda text: re.search(pattern, text) is not None and len(text) >= least, least)
    assert parts is not None
    return str(eval(one_line(patterns.expression(parts)), NAMES))


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{3}-\d{4}$", r"^\d{4}-\d{4}$", r"^[a-z0-9]+(?:-[a-z0-9]+)*$", r"^\+?[1-9]\d{6,14}$", r"^(cat|dog)s?$",
        r"^#[0-9a-fA-F]{6}$", r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", r"\d", r"^$", r"^[\w.-]+$", r"^.{5,10}$", r"^\S+ \S+$",
        r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$", r"^(0[1-9]|1[0-2])/\d{2}$", r"^[^\x00]*$", r"^\$\{x\}\"'$",
        r"^(?P<a>a)(b{2}){2}$",
        r"^[]a]+[-x]$",
    ],
)  # fmt: skip
def test_a_text_matches(pattern: str) -> None:
    assert all(re.search(pattern, made(pattern)) for _ in range(20))


def test_a_text_is_as_long_as_it_must_be() -> None:
    assert len(made(r"^[a-z]+$", 15)) >= 15
    assert len(made(r"a", 9)) >= 9


@pytest.mark.parametrize("pattern", [r"^(?=.*\d).{8}$", r"(a)\1", r"[a", r"(", r"a{x}", r"\p{L}", r"*", r"(?P<n", "a{²}"])
def test_what_is_not_understood_is_not_guessed(pattern: str) -> None:
    assert patterns.matching(pattern, lambda text: True) is None


ATOMS = st.sampled_from(["a", r"\d", "[A-Z]", "[a-f0-9]", r"\w", "[^x]", r"\.", "(?:ab|c)", "-"])
COUNTS = st.sampled_from(["", "?", "*", "+", "{3}", "{1,4}", "{2,}"])


@given(st.lists(st.tuples(ATOMS, COUNTS), min_size=1, max_size=6))
def test_whatever_is_put_together(parts: list[tuple[str, str]]) -> None:
    pattern = f"^{''.join(atom + count for atom, count in parts)}$"
    assert re.search(pattern, made(pattern))
