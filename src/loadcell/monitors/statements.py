"""SQL statements: texts without what users have put in, and which of them take the time; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from loadcell.text import one_line

_LONGEST = 300
_TOKENS = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<text> \$(?P<tag>[A-Za-z_]*)\$ .*? (?:\$(?P=tag)\$|\Z)  # dollar quotes
            | \b[eE]' (?:[^'\\]|\\.|'')* (?:'|\Z)              # backslashes escape in these only
            | ' (?:[^']|'')* (?:'|\Z) )
  | (?P<kept> "[^"]*(?:"|\Z) | \$\d+ )
  | (?P<number> (?<![\w$.]) \d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?\b )
    """,
    re.VERBOSE | re.DOTALL,
)
_LIST = re.compile(r"\(\s*(?:\$\d+|\?)(?:\s*,\s*(?:\$\d+|\?))+\s*\)")
_LISTS = re.compile(r"\(…\)(?:\s*,\s*\(…\))+")


def normalised(text: str) -> str:
    """A statement in one line without comments, and with `?` for what may be a user's data; lists of values as `(…)`.

    >>> normalised("select * from users where mail = 'anna@example.com' and id in (1, 2, 3) -- login")
    'select * from users where mail = ? and id in (…)'
    """
    bare = one_line(_TOKENS.sub(_hide, text))
    short = _LISTS.sub("(…), …", _LIST.sub("(…)", bare))
    return short if len(short) <= _LONGEST else short[: _LONGEST - 1] + "…"


def _hide(found: re.Match[str]) -> str:
    if found["kept"] is not None:
        return found["kept"]
    return " " if found["comment"] is not None else "?"


class Executed(NamedTuple):
    """Counters of one statement."""

    calls: int
    ms: float


class Share(NamedTuple):
    """What one statement took between two looks."""

    queryid: int
    calls: int
    ms: float


_NONE = Executed(0, 0.0)


class Statements:
    """The counters of all statements, from look to look."""

    def __init__(self) -> None:
        self._first: dict[int, Executed] = {}
        self._last: Mapping[int, Executed] | None = None

    def update(self, now: Mapping[int, Executed]) -> list[Share] | None:
        """What was executed since the last look, those first that took the most time since the first look; None then."""
        before, self._last = self._last, now
        if before is None:
            self._first = dict(now)
            return None
        shares = {queryid: _between(queryid, before.get(queryid, _NONE), executed) for queryid, executed in now.items()}
        for queryid, executed in now.items():
            if executed.calls < self._first.get(queryid, _NONE).calls:
                self._first[queryid] = _NONE  # PostgreSQL has forgotten it, and met it again
        added = {queryid: executed.ms - self._first.get(queryid, _NONE).ms for queryid, executed in now.items()}
        return [shares[queryid] for queryid in sorted(added, key=lambda each: -added[each]) if added[queryid] > 0]


def _between(queryid: int, before: Executed, now: Executed) -> Share:
    if now.calls < before.calls:
        before = _NONE
    return Share(queryid, now.calls - before.calls, now.ms - before.ms)
