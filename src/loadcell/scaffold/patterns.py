"""Regular expressions → texts that match them, as a person would write such texts: `f"{letters(3)}-{digits(4)}"`. Pure."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from loadcell.scaffold.python_code import Code, Expression, one_line

_HEX = "0123456789abcdef"
_WORD = f"{string.ascii_letters}{string.digits}_"
_PRINTABLE = f"{_HEX}{string.ascii_letters}{string.digits} {string.punctuation}"
_CLASSES = {"d": string.digits, "w": _WORD, "s": " "}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_UNBOUNDED = 1000
_LONGEST = 10_000
_LENGTHS = (8, 4, 2, 1, 12, 16, 20, 32)
"""How long a part without a set length is made, the first that will do."""
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text: the characters themselves, or so many at random."""

    kind: str
    """`literal`, `digits`, `hex`, `letters` (capital ones) or `lower`."""
    text: str = ""
    count: int = 0

    def sample(self, chance: random.Random) -> str:
        """What the scenario may make of it."""
        alphabets = {
            "digits": string.digits,
            "hex": _HEX,
            "letters": string.ascii_uppercase,
            "lower": string.ascii_lowercase,
        }
        return self.text if self.kind == "literal" else "".join(chance.choices(alphabets[self.kind], k=self.count))


class Unreadable(ValueError):
    """A pattern with what isn't understood here, such as a look ahead."""


def matching(pattern: str, accepted: Callable[[str], bool], least: int = 0) -> Sequence[Part] | None:
    """The parts of texts that match and are accepted, whatever chance makes of them; None where none are found."""
    for length in dict.fromkeys((*_LENGTHS, least)):
        try:
            parts = list(_Reader(pattern, length).parts())
        except Unreadable:
            return None
        missing = Part("hex", count=min(max(0, least - sum(part.count or len(part.text) for part in parts)), 32))
        for candidate in (parts, [*parts, missing], [missing, *parts]) if missing.count else (parts,):
            if accepts(candidate, accepted):
                return candidate
    return None


def accepts(parts: Sequence[Part], accepted: Callable[[str], bool]) -> bool:
    """Whether what chance makes of the parts is accepted."""
    chance = random.Random(1)
    return all(accepted("".join(part.sample(chance) for part in parts)) for _ in range(_TRIES))


def expression(parts: Sequence[Part]) -> Expression:
    """The expression that makes such a text."""
    if all(part.kind == "literal" for part in parts):
        return "".join(part.text for part in parts)
    if len(parts) == 1:
        return Code(_source(parts[0]))
    text = "".join(_escaped(part.text) if part.kind == "literal" else f"{{{_source(part)}}}" for part in parts)
    return Code(f'f"{text}"')


def _source(part: Part) -> str:
    if part.kind == "hex":
        return f"uuid.uuid4().hex[:{part.count}]"
    return f"letters({part.count}).lower()" if part.kind == "lower" else f"{part.kind}({part.count})"


def _escaped(text: str) -> str:
    """What stands in an f-string in double quotes for this."""
    return one_line(text + "'")[1:-2].replace("{", "{{").replace("}", "}}")


class _Reader:
    """Reads a pattern once; the shortest match, but for parts that may be of any length."""

    def __init__(self, pattern: str, length: int) -> None:
        self._pattern = pattern
        self._length = length
        self._at = 0

    def parts(self) -> Iterator[Part]:
        """The parts of the whole pattern, those of literal characters put together."""
        found = self._alternatives()
        if self._at < len(self._pattern):
            raise Unreadable
        literal = ""
        for part in found:
            if part.kind == "literal":
                literal += part.text
                continue
            if literal:
                yield Part("literal", literal)
            literal = ""
            yield part
        if literal:
            yield Part("literal", literal)

    def _peek(self, ahead: str) -> bool:
        return self._pattern.startswith(ahead, self._at)

    def _take(self) -> str:
        if self._at >= len(self._pattern):
            raise Unreadable
        self._at += 1
        return self._pattern[self._at - 1]

    def _alternatives(self) -> list[Part]:
        first = self._sequence()
        while self._peek("|"):
            self._at += 1
            other = self._sequence()
            first = first or other
        return first

    def _sequence(self) -> list[Part]:
        parts: list[Part] = []
        while self._at < len(self._pattern) and not self._peek("|") and not self._peek(")"):
            parts += self._repeated()
        return parts

    def _repeated(self) -> list[Part]:
        atom = self._atom()
        least, most = self._quantifier()
        once = sum(len(part.text) + part.count for part in atom) if isinstance(atom, list) else 1
        if least * once > _LONGEST:
            raise Unreadable
        if isinstance(atom, list):
            return atom * (least or (1 if most > 1 else 0))
        if not atom:
            return []
        count = least if most < _UNBOUNDED and most == least else max(least, min(most, self._length))
        if least == 0 and most == 1:
            return []
        return _of(atom, count)

    def _quantifier(self) -> tuple[int, int]:
        """How often, at least and at most."""
        least = most = 1
        if self._peek("{"):
            end = self._pattern.find("}", self._at)
            low, comma, high = self._pattern[self._at + 1 : end].partition(",")
            if end < 0 or not low.isdecimal() or (high and not high.isdecimal()):
                raise Unreadable
            least, most = int(low), int(high or (_UNBOUNDED if comma else low))
            self._at = end + 1
        else:
            for sign, counts in (("*", (0, _UNBOUNDED)), ("+", (1, _UNBOUNDED)), ("?", (0, 1))):
                if self._peek(sign):
                    self._at += 1
                    least, most = counts
                    break
            else:
                return 1, 1
        if self._peek("?") or self._peek("+"):
            self._at += 1
        return least, most

    def _atom(self) -> str | list[Part]:
        """The characters of which one stands here, or the parts of a group."""
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        if character == "\\":
            return self._escape()
        if character == ".":
            return _PRINTABLE
        if character in "^$":
            return ""
        if character in "*+?{":
            raise Unreadable
        return character

    def _group(self) -> list[Part]:
        if self._peek("?"):
            if self._peek("?:"):
                self._at += 2
            elif self._peek("?P<") or (self._peek("?<") and not self._peek("?<=") and not self._peek("?<!")):
                end = self._pattern.find(">", self._at)
                if end < 0:
                    raise Unreadable
                self._at = end + 1
            else:
                raise Unreadable
        parts = self._alternatives()
        if self._take() != ")":
            raise Unreadable
        return parts

    def _escape(self) -> str:
        character = self._take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character in "bBAZz":
            return ""
        if character in "DWS":
            return "".join(one for one in _PRINTABLE if one not in _CLASSES[character.lower()])
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character in "xu":
            digits = self._pattern[self._at : self._at + (2 if character == "x" else 4)]
            self._at += len(digits)
            if not digits or set(digits.lower()) - set(_HEX):
                raise Unreadable
            return chr(int(digits, 16))
        if character.isalnum():
            raise Unreadable
        return character

    def _set(self) -> str:
        """The characters of a set in brackets."""
        negated = self._peek("^")
        self._at += negated
        found = ""
        while not self._peek("]") or not found:
            first = self._take()
            characters = self._escape() if first == "\\" else first
            if self._peek("-") and not self._peek("-]") and len(characters) == 1:
                self._at += 1
                last = self._take()
                last = self._escape() if last == "\\" else last
                characters = "".join(map(chr, range(ord(characters), ord(last[:1] or characters) + 1)))
            found += characters
        self._at += 1
        return "".join(one for one in _PRINTABLE if one not in found) if negated else found


def _of(characters: str, count: int) -> list[Part]:
    """So many of these characters: at random where a person would know how to write it, else the first of them."""
    if count == 0:
        return []
    have = set(characters)
    if have.issuperset(_HEX) and count <= len(_HEX) * 2:
        return [Part("hex", count=count)]
    for kind, alphabet in (
        ("letters", string.ascii_uppercase),
        ("lower", string.ascii_lowercase),
        ("digits", string.digits),
    ):
        if have.issuperset(alphabet):
            return [Part(kind, count=count)]
    return [Part("literal", characters[0] * count)]
