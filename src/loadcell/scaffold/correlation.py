"""Which values that a recording sends were learnt from an earlier answer: tokens, ids. Pure.

Such a value is another one in each run, so the scenario has to take it out of the answer.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import unquote, urlsplit

from loadcell.scaffold.naming import singular, snake, unused, words
from loadcell.scaffold.python_code import quoted
from loadcell.scaffold.recordings import Exchange

_TELLING = frozenset(
    (
        "code", "csrf", "csrfmiddlewaretoken", "guid", "hash", "id", "key", "nonce", "number", "session", "slug", "state",
        "token", "uuid", "verification", "xsrf",
    )
)  # fmt: skip
"""Words of names whose values are made up by the service."""
_ENVELOPES = frozenset(
    (
        "attributes", "content", "data", "edges", "embedded", "entries", "items", "list", "node", "nodes", "payload",
        "records", "response", "result", "results",
    )
)  # fmt: skip
"""Words of what only stands around an object, and doesn't tell what it is."""
_COUNTING = frozenset(
    (
        "amount", "count", "limit", "offset", "page", "per", "position", "price", "qty", "quantity", "rating", "size",
        "skip", "stars", "take", "total", "version", "year",
    )
)  # fmt: skip
"""Words of names whose numbers are the user's own, even where one happens to be an id."""
_ID = re.compile(r"\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24,}|[0-9A-HJKMNP-TV-Z]{26}")
_TOKEN_LENGTH = 16
_TAG = re.compile(r"<(?:input|meta)\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|value|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A value of an answer."""

    value: Any
    name: str
    """What it is called there."""
    code: str
    """How it is taken out of `response`."""
    telling: bool
    """Whether its name says that the service made it up."""


@dataclass(slots=True)
class Variable:
    """A value that is taken out of one exchange's answer for later ones."""

    name: str
    code: str
    exchange: int
    value: Any


class Correlation:
    """Follows a recording from exchange to exchange; knows what the scenario knows by then."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._exchanges = exchanges
        self._learnt: dict[str, tuple[int, Learnt]] = {}
        self._sent: set[str] = set()
        self.variables: dict[str, Variable] = {}
        """Those that are used, by value."""

    def find(self, value: Any, name: str = "", *, is_path: bool = False) -> Variable | None:
        """The variable for a value that is about to be sent under this name; None if it is the user's own."""
        text = str(value)
        if isinstance(value, bool) or text not in self._learnt:
            return None
        index, learnt = self._learnt[text]
        if text.isdigit() and not is_path and not _COUNTING.isdisjoint(words(name)):
            return None
        telling = learnt.telling or not _TELLING.isdisjoint(words(name))
        if not (telling or is_token(text) or (is_path and _ID.fullmatch(text))):
            return None
        if text not in self.variables:
            name = self._name(learnt, self._exchanges[index])
            self.variables[text] = Variable(name, learnt.code, index, learnt.value)
        return self.variables[text]

    def sent(self, texts: Iterator[str]) -> None:
        """These values were sent: answers that have them only repeat them."""
        self._sent.update(texts)

    def answered(self, index: int) -> None:
        """What the answer of an exchange tells that wasn't known before."""
        for learnt in _values(self._exchanges[index]):
            text = str(learnt.value)
            if not text or text in self._sent or text in self.variables:
                continue
            _, known = self._learnt.get(text, (0, None))
            if known is None or (learnt.telling and not known.telling):
                self._learnt[text] = index, learnt

    def _name(self, learnt: Learnt, exchange: Exchange) -> str:
        parts = words(learnt.name)
        if parts in (["id"], ["uuid"], ["guid"]) or not parts:
            collection = [part for part in exchange.path.split("/") if part and not _ID.fullmatch(part)]
            parts = [*(words(singular(snake(collection[-1]))) if collection else ["new"]), *(parts or ["id"])]
        if not {"csrf", "csrfmiddlewaretoken", "xsrf"}.isdisjoint(parts):
            parts = ["csrf", "token"]
        elif parts[-1] == "token":
            parts = ["token"] if parts[:-1] in ([], ["access"], ["auth"]) else parts
        name = "token" if parts == ["token"] else snake("_".join(parts))
        return unused(name, {one.name for one in self.variables.values()})


def is_id(text: str) -> bool:
    """Whether a part of a path looks like one that names one of many."""
    return _ID.fullmatch(unquote(text)) is not None


def is_token(text: str) -> bool:
    """Whether nobody would have typed it."""
    return len(text) >= _TOKEN_LENGTH and " " not in text and bool(re.search(r"\d", text)) and not text.startswith("http")


def _values(exchange: Exchange) -> Iterator[Learnt]:
    """All values of an answer, with how to get at them."""
    if exchange.answer_json is not None:
        yield from _leaves(exchange.answer_json, "response.json()", "")
    elif "html" in exchange.answer_type:
        yield from _fields(exchange.answer)
    for name, value in exchange.answer_headers:
        if name == "set-cookie":
            yield from _cookies(value)
        elif not _TELLING.isdisjoint(words(name)):
            yield Learnt(value, name.removeprefix("x-"), f"response.headers[{quoted(name)}]", True)
    yield from _places(exchange.landed, "response.url")
    if not exchange.landed:
        yield from _places(exchange.location, 'response.headers["Location"]')


def _leaves(node: Any, code: str, name: str) -> Iterator[Learnt]:
    if isinstance(node, dict):
        for key, value in node.items():
            is_bare = words(key) in (["id"], ["uuid"], ["guid"]) and name and _ENVELOPES.isdisjoint(words(name))
            called = f"{singular(snake(name))} {key}" if is_bare else key
            yield from _leaves(value, f"{code}[{quoted(key)}]", called)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{code}[{index}]", name)
    elif isinstance(node, (str, int)) and not isinstance(node, bool):
        yield Learnt(node, name, code, not _TELLING.isdisjoint(words(name)))


def _fields(page: str) -> Iterator[Learnt]:
    """The hidden fields and meta tags of a page."""
    for tag in _TAG.findall(page):
        found = {name.lower(): html.unescape("".join(values)) for name, *values in _ATTRIBUTE.findall(tag)}
        value = found.get("value") or found.get("content")
        if (name := found.get("name")) and value:
            yield Learnt(value, name, f"field(response.text, {quoted(name)})", not _TELLING.isdisjoint(words(name)))


def _cookies(header: str) -> Iterator[Learnt]:
    """Cookies, for services that want one sent back in a header as well."""
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return
    for name, morsel in cookies.items():
        code, telling = f"self.client.cookies[{quoted(name)}]", not _TELLING.isdisjoint(words(name))
        yield Learnt(morsel.value, name, code, telling)
        if (plain := unquote(morsel.value)) != morsel.value:
            yield Learnt(plain, name, f"unquote({code})", telling)


def _places(url: str, code: str) -> Iterator[Learnt]:
    """The ids in the path of where something is now."""
    for index, part in enumerate(urlsplit(url)._replace(query="", fragment="").geturl().split("/")):
        if index > 2 and is_id(part):
            yield Learnt(part, "", f'{code}.split("/")[{index}]', True)
