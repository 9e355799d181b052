"""A schema → an expression that makes a text of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from loadcell.scaffold import patterns
from loadcell.scaffold.naming import words
from loadcell.scaffold.patterns import Part
from loadcell.scaffold.python_code import Call, Code, Expression
from loadcell.scaffold.schemas import Json, Unbuildable, fits
from loadcell.scaffold.vocabulary import CANDIDATES, FORMATS, IN_ONE_WORD, LATER, SAMPLES

FILE_FORMATS = ("binary", "application/octet-stream")
EMAILS = ("email", "idn-email")
_NOW = "datetime.now(UTC)"
_TOMORROW = "(datetime.now(UTC) + timedelta(days=1))"
_SUFFIX = 8
"""Characters that make a value unlike all others: 2³² of them."""
_FILLER = "written-under-load-"
_LONGEST = 10_000
_LONGEST_LITERAL = 50


def text(schema: Json, name: str) -> Expression:
    """A text that keeps to a format, a pattern and a length, and says what it is for where it may."""
    if (made := _formatted(schema, name)) is not None:
        return made
    known = [candidate for candidate in _candidates(name) if fits(schema, candidate)]
    if isinstance(schema.get("pattern"), str):
        return _patterned(schema, known)
    if known:
        return known[0]
    least = int(schema.get("minLength") or 0)
    if least > _LONGEST_LITERAL:
        return Code(f'"x" * {least}')
    return (_FILLER * (least // len(_FILLER) + 1))[:least]


def is_once(name: str) -> bool:
    """Whether a service takes a value of that name for one request only, and answers the same again to all others."""
    return any(word.startswith("idempoten") for word in words(name))


def unlike_all() -> Call:
    """A text that there is only once."""
    return Call("str", [Code("uuid.uuid4()")])


def _formatted(schema: Json, name: str) -> Expression | None:
    """The expression of a format; None where there is none that is known."""
    kind = str(schema.get("format") or "")
    moment = _TOMORROW if LATER.intersection(words(name)) else _NOW
    if kind == "date-time":
        return Code(f"{moment}.isoformat()")
    if kind == "date":
        return Code(f"{moment}.date().isoformat()")
    if kind.startswith("uuid"):
        return unlike_all()
    if kind in FILE_FORMATS:
        raise Unbuildable("a file can't stand in JSON")
    known = FORMATS.get(kind)
    return known if known is not None and fits(schema, known) else None


def _candidates(name: str) -> Iterator[str]:
    """What people write where they are asked for this, and what might do."""
    yield from (SAMPLES[word] for word in words(name) if word in SAMPLES)
    yield "text"
    yield from CANDIDATES


def _patterned(schema: Json, known: Sequence[str]) -> Expression:
    """A text that matches its pattern; one that is known where the pattern can't be read."""
    pattern = schema["pattern"]
    parts = patterns.matching(pattern, lambda text: fits(schema, text), int(schema.get("minLength") or 0))
    if parts is not None:
        return patterns.expression(parts)
    if known:
        return known[0]
    raise Unbuildable(f"no text is known that matches {pattern}")


def differing(schema: Json, name: str, example: Any) -> Expression:
    """A text unlike all others: what is known of it, with a random end."""
    known = example if isinstance(example, str) and fits(schema, example) else ""
    if schema.get("format") in EMAILS or words(name)[-1:] in (["email"], ["mail"]):
        local, _, domain = (known or FORMATS["email"]).partition("@")
        before, after = f"{local}-", f"@{domain}"
    elif IN_ONE_WORD.intersection(words(name)):
        before, after = re.sub(r"\W+", "-", known or words(name)[-1]) + "-", ""
    else:
        before, after = f"{known or ' '.join(words(name)).capitalize()} ", ""
    most = int(schema.get("maxLength") or _LONGEST) - len(after)
    before = before[: max(0, most - _SUFFIX)]
    count = min(max(_SUFFIX, int(schema.get("minLength") or 0) - len(before) - len(after)), most - len(before), 32)
    parts = [Part("literal", before), Part("hex", count=count), Part("literal", after)]
    if count > 0 and patterns.accepts(parts, lambda text: fits(schema, text)):
        return patterns.expression([part for part in parts if part.text or part.count])
    return text(schema, name)
