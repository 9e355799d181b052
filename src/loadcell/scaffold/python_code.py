"""Expressions of Python and how they are laid out: as ruff and black would, so that what is written needs no formatting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

LINE = 88
"""The formatters' own line length: what is broken here has a comma at its end, and so stays broken in longer lines."""
INDENT = 4


@dataclass(frozen=True, slots=True)
class Code:
    """An expression, as it stands in the scenario."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what is called, its arguments in order, and those with a name."""

    function: str
    arguments: Sequence[Expression] = ()
    named: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tuple:
    """Several expressions between parentheses."""

    parts: Sequence[Expression]


Expression: TypeAlias = "Code | Call | Tuple | Mapping[str, Expression] | list[Expression] | str | int | float | bool | None"


def one_line(expression: Expression) -> str:
    """The expression in one line."""
    match expression:
        case Code(text):
            return text
        case str():
            return quoted(expression)
        case Call() | Tuple() | Mapping() | list():
            opening, parts, closing = _taken_apart(expression)
            inside = ", ".join(f"{head}{one_line(part)}" for head, part in parts)
            comma = "," if isinstance(expression, Tuple) and len(parts) == 1 else ""
            return f"{opening}{inside}{comma}{closing}"
        case float() if not math.isfinite(expression):
            return f'float("{expression}")'
        case _:
            return repr(expression)


def laid_out(expression: Expression, indent: int, before: str = "", after: str = "") -> list[str]:
    """The lines of a statement: the expression between `before` and `after`, `indent` columns from the left."""
    margin = " " * indent
    line = f"{margin}{before}{one_line(expression)}{after}"
    if len(line) <= LINE or not isinstance(expression, (Call, Tuple, Mapping, list)):
        return [line]
    opening, parts, closing = _taken_apart(expression)
    if not parts:
        return [line]
    lines = [f"{margin}{before}{opening}"]
    for head, part in parts:
        lines += laid_out(part, indent + INDENT, head, ",")
    return [*lines, f"{margin}{closing}{after}"]


def quoted(text: str) -> str:
    """A string literal in double quotes, or in single ones where that saves escapes."""
    body = "".join(map(_escaped, text))
    quote = _quote(body)
    return f"{quote}{body.replace(quote, chr(92) + quote)}{quote}"


def template(pattern: str, values: Mapping[str, str]) -> Expression:
    """A text with `{name}` in it, as a string where no name has a value, else as an f-string of the values."""
    if not values:
        return pattern
    text = "".join(map(_escaped, pattern))
    quote = _quote(text)
    text = text.replace(quote, f"\\{quote}")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", f"\0{value}\1")
    text = text.replace("{", "{{").replace("}", "}}").replace("\0", "{").replace("\1", "}")
    return Code(f"f{quote}{text}{quote}")


def _quote(body: str) -> str:
    return "'" if body.count('"') > body.count("'") else '"'


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    return character if character.isprintable() else repr(character)[1:-1]


def _taken_apart(
    expression: Call | Tuple | Mapping[str, Expression] | list[Expression],
) -> tuple[str, list[tuple[str, Expression]], str]:
    """What opens it, its parts with what stands before each, and what closes it."""
    match expression:
        case Call(function, arguments, named):
            plain = [("", part) for part in arguments]
            return f"{function}(", [*plain, *((f"{name}=", part) for name, part in named.items())], ")"
        case Tuple(parts):
            return "(", [("", part) for part in parts], ")"
        case list():
            return "[", [("", part) for part in expression], "]"
        case _:
            return "{", [(f"{quoted(name)}: ", part) for name, part in expression.items()], "}"
