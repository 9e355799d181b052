"""HTTP headers: names without regard to case, several values for one name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar, overload

_BLOCK = re.compile(r"(?:[^:\s\0][^:\r\n\0]*: (?:[^\s\0][^\r\n\0]*)?\r\n)*\Z")

_T = TypeVar("_T")
HeaderSource = Mapping[Any, Any] | Iterable[tuple[Any, Any]]


class InvalidHeader(ValueError):
    """A header that can't be sent."""


class Headers(MutableMapping[str, str]):
    """A mapping of header names, compared without case, to their values, in order of arrival.

    Several values of one name are read joined by ", ". Setting a value replaces all of them; setting None removes the
    name. `version` grows with each change.
    """

    __slots__ = ("_entries", "version")

    def __init__(self, source: HeaderSource | None = None) -> None:
        # Lower-case name → (name as written, value, further values…).
        self._entries: dict[str, tuple[str, ...]] = {}
        self.version = 0
        if isinstance(source, Headers):
            self._entries = source._entries.copy()
        elif source is not None:
            for name, value in _pairs(source):
                self.add(name, value)

    def add(self, name: str | bytes, value: Any) -> None:
        """Add a value to those that the name has already; None adds nothing."""
        if value is None:
            return
        name = _text(name)
        key = name.lower()
        self._entries[key] = (*self._entries.get(key, (name,)), _text(value))
        self.version += 1

    def get_list(self, name: str) -> list[str]:
        """All values of a name, each for itself."""
        return list(self._entries.get(name.lower(), ())[1:])

    def getlist(self, name: str) -> list[str]:
        """All values of a name, as urllib3 calls it."""
        return self.get_list(name)

    def lower_items(self) -> Iterator[tuple[str, str]]:
        """Names in lower case, and values."""
        return ((name.lower(), value) for name, value in self.items())

    def copy(self) -> Headers:
        """Headers of their own with the same names and values."""
        return Headers(self)

    def encode(self) -> bytes:
        """The block as it goes on the wire, one line a value; raises InvalidHeader for what would break it."""
        lines = [f"{entry[0]}: {value}\r\n" for entry in self._entries.values() for value in entry[1:]]
        block = "".join(lines)
        if block.count("\n") != len(lines) or not _BLOCK.match(block):
            self._complain()
        try:
            return block.encode("latin-1")
        except UnicodeEncodeError:
            return b"".join(map(encoded, lines))

    def _complain(self) -> None:
        for entry in self._entries.values():
            for value in entry[1:]:
                line = f"{entry[0]}: {value}\r\n"
                if line.count("\n") != 1 or not _BLOCK.match(line):
                    raise InvalidHeader(
                        f"The header {entry[0]!r} with the value {value!r} can't be sent: a name must not be empty or "
                        "contain a colon, and neither may begin with a space or contain a line break or a NUL."
                    )

    def __getitem__(self, name: str) -> str:
        entry = self._entries[name.lower()]
        return entry[1] if len(entry) == 2 else ", ".join(entry[1:])

    def __setitem__(self, name: str | bytes, value: Any) -> None:
        name = _text(name)
        if value is None:
            self.pop(name, None)
            return
        self._entries[name.lower()] = (name, _text(value))
        self.version += 1

    def __delitem__(self, name: str) -> None:
        del self._entries[name.lower()]
        self.version += 1

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._entries

    def __iter__(self) -> Iterator[str]:
        return (entry[0] for entry in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str, /) -> str: ...
    @overload
    def get(self, name: str, default: _T, /) -> str | _T: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        """The value of a name, or `default`."""
        entry = self._entries.get(name.lower())
        if entry is None:
            return default
        return entry[1] if len(entry) == 2 else ", ".join(entry[1:])

    def update(self, source: HeaderSource = (), /, **more: Any) -> None:  # type: ignore[override]
        """Set each name of `source`; None removes it."""
        if isinstance(source, Headers):
            self._entries.update(source._entries)
            self.version += 1
        else:
            for name, value in _pairs(source):
                self[name] = value
        for name, value in more.items():
            self[name] = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            if not isinstance(other, Mapping):
                return NotImplemented
            other = Headers(other)
        return {key: entry[1:] for key, entry in self._entries.items()} == {
            key: entry[1:] for key, entry in other._entries.items()
        }

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(dict(self))


def parse_block(raw: bytes) -> Headers:
    """Read the header lines of a response, those after its status line; lines that are none are skipped."""
    headers = Headers()
    entries = headers._entries
    last = ""
    for line in raw.decode("latin-1").replace("\r\n", "\n").split("\n"):
        if line[:1] in (" ", "\t"):
            # A folded line continues the value before it.
            if last:
                *before, value = entries[last]
                entries[last] = (*before, f"{value} {line.strip()}".strip())
            continue
        name, colon, value = line.partition(":")
        name = name.rstrip()
        if not colon or not name:
            last = ""
            continue
        last = name.lower()
        value = value.strip(" \t\r")
        entries[last] = (*entries[last], value) if last in entries else (name, value)
    return headers


def _pairs(source: HeaderSource) -> Iterable[tuple[Any, Any]]:
    return source.items() if isinstance(source, Mapping) else source


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def encoded(line: str) -> bytes:
    """A line of a head as it is sent: in Latin-1, or where it has other characters, in UTF-8."""
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode("utf-8")
