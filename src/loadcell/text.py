"""Text that is safe to store and to show: without passwords, and without what would steer a terminal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable

HIDDEN = "***"
_USERINFO = re.compile(r"(?<=://)([^/?#\s:@]*)(:?)([^/?#\s]*)@")
_SECRET_FLAG = re.compile(r"password|passwd|secret|token|api[-_]?key", re.IGNORECASE)
_SECRET_WORD = re.compile(rf"([\w.-]*(?:{_SECRET_FLAG.pattern})[\w.-]*[=:]).", re.IGNORECASE)
"""NAME=value and Name:value."""
_CONTROL = dict.fromkeys((*range(32), 127, *range(128, 160)), "�")
_CONTROL_IN_LINES = {code: mark for code, mark in _CONTROL.items() if chr(code) not in "\n\t"}


def one_line(text: str) -> str:
    """`text` in one line without control characters: whatever a service has sent, the terminal only shows it."""
    return " ".join(text.split()).translate(_CONTROL)


def printable(text: str) -> str:
    """`text` without control characters but for line ends and tabs."""
    return text.translate(_CONTROL_IN_LINES)


def masked(text: str) -> str:
    """`text` without the passwords of the URLs in it; a user without a password is taken for one.

    >>> masked("http://anna:secret@127.0.0.1/items")
    'http://anna:***@127.0.0.1/items'
    """
    return _USERINFO.sub(_hide_userinfo, text) if "@" in text else text


def masked_command(words: Iterable[str], secrets: Collection[str] = ()) -> str:
    """A command line for the record: neither passwords in URLs nor values of options and variables that are secret.

    Those are the flags `secrets`, and all that are secret by their name.
    """
    return shlex.join(_masked(words, secrets))


def _masked(words: Iterable[str], secrets: Collection[str] = ()) -> list[str]:
    shown = []
    secret = False
    for word in words:
        if word.startswith("-"):
            flag, equals, value = word.partition("=")
            secret = flag in secrets or bool(_SECRET_FLAG.search(flag))
            value = HIDDEN if secret else masked_word(value)
            shown.append(masked(f"{flag}={value}" if equals else word))
            secret = secret and not equals
        else:
            shown.append(HIDDEN if secret else masked_word(word))
    return shown


def masked_word(word: str) -> str:
    """One word of a command line, for the record; it may be a whole command itself, as that of `sh -c`.

    >>> masked_word("env PGPASSWORD=secret psql -f orders.sql")
    'env PGPASSWORD=*** psql -f orders.sql'
    """
    if named := _SECRET_WORD.match(word):
        return f"{named[1]}{HIDDEN}"
    if not any(map(str.isspace, word)):
        return masked(word)
    try:
        inner = shlex.split(word)
    except ValueError:
        inner = word.split()
    within = _masked(inner)
    for before, after in zip(inner, within, strict=True):
        if before != after:
            shown = after.replace("\\", r"\\")
            word, count = re.subn(rf"(?<![^\s'\"]){re.escape(before)}(?![^\s'\";])", shown, word)
            if not count:  # it is written in another way, with escapes
                return shlex.join(within)
    return masked(word)


def _hide_userinfo(found: re.Match[str]) -> str:
    user, _, password = found.groups()
    return f"{user}:{HIDDEN}@" if password else f"{HIDDEN}@"
