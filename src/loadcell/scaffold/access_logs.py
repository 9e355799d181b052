"""An access log → how often each operation was asked for, and which values stood in its path. Pure.

Lines of uvicorn, gunicorn, nginx, Apache and the like are read, and objects of JSON: wherever a method stands before a path.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from loadcell.errors import UsageError
from loadcell.scaffold.naming import words
from loadcell.scaffold.operations import Operation

_REQUEST = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE)[\s\"',]+(?:https?://[^/\s\"]+)?(/[^\s\"']*)(.*)")
_STATUS = re.compile(r"(?:^|[\s\"])([1-5]\d\d)(?=[\s\"]|$)")
_METHOD_KEYS = ("method", "requestmethod", "httpmethod", "verb")
_PATH_KEYS = ("path", "uri", "requestpath", "requesturi", "requesturl", "url", "target", "rawpath")
_STATUS_KEYS = ("status", "statuscode", "httpstatus", "downstreamstatus", "responsecode")
_REQUEST_KEYS = ("request", "httprequest", "http", "req")
"""Where Caddy, Google's load balancer and others have them."""
_BORDERS = frozenset("/?#%")
_KEPT_VALUES = 20


@dataclass(slots=True)
class Traffic:
    """What a log tells of the operations."""

    counts: Counter[Operation] = field(default_factory=Counter)
    values: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    """By the key of a path: what stood in the place of its parameters and was answered with success, the first few."""


@dataclass(frozen=True, slots=True)
class _Line:
    method: str
    path: str
    ok: bool


def read(lines: Iterable[str], operations: Sequence[Operation], where: str) -> Traffic:
    """Count the requests of a log; UsageError where none is for any of the operations."""
    routes = _Routes(operations)
    traffic = Traffic()
    requests = 0
    for line in _requests(lines):
        requests += 1
        if (found := routes.match(line.method, line.path)) is None:
            continue
        operation, values = found
        traffic.counts[operation] += 1
        kept = traffic.values.setdefault(operation.key, [])
        if values and line.ok and len(kept) < _KEPT_VALUES and values not in kept:
            kept.append(values)
    if not requests:
        raise UsageError(
            f"{where} has no line with a request.",
            "Lines such as 'GET /items/7 HTTP/1.1' are looked for, in whatever form of log, or JSON with method and path.",
        )
    if not traffic.counts:
        raise UsageError(
            f"None of the {requests} requests in {where} is for a path of the specification.",
            "Give the log of this very service; a prefix that a proxy takes away has to be in the specification's servers.",
        )
    return traffic


def weights(counts: Mapping[Operation, int]) -> dict[Operation, int]:
    """Whole weights in the ratio of the counts: of 100, or of as many thousands as the rarest needs to be seen."""
    total = sum(counts.values())
    scale = next(
        (scale for scale in (100, 1000, 10_000) if all(2 * scale * count >= total for count in counts.values())), 10_000
    )
    found = {operation: max(1, round(scale * count / total)) for operation, count in counts.items()}
    common = math.gcd(*found.values())
    return {operation: weight // common for operation, weight in found.items()}


def _requests(lines: Iterable[str]) -> Iterator[_Line]:
    for line in lines:
        if line.lstrip().startswith("{") and (found := _of_json(line)) is not None:
            yield found
        elif match := _REQUEST.search(line):
            method, path, rest = match.groups()
            status = _STATUS.search(rest)
            yield _Line(method, path, status is None or status[1].startswith("2"))


def _of_json(line: str) -> _Line | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    record = _plain_keys(record)
    record |= {key: one for name in _REQUEST_KEYS for key, one in _plain_keys(record.get(name)).items() if key not in record}
    method, path, status = (
        next((record[key] for key in keys if key in record), None) for keys in (_METHOD_KEYS, _PATH_KEYS, _STATUS_KEYS)
    )
    if isinstance(method, str) and isinstance(path, str):
        return _Line(method.upper(), path, status is None or str(status).startswith("2"))
    return None


def _plain_keys(record: Any) -> dict[str, Any]:
    """A record by keys whose style doesn't matter."""
    return {"".join(words(key)): value for key, value in record.items()} if isinstance(record, dict) else {}


class _Routes:
    """Finds the operation of a request as frameworks do: literal parts before parameters."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        ordered = sorted(operations, key=lambda operation: [part == "{}" for part in operation.key.split("/")])
        self._routes = [(operation, _pattern(operation)) for operation in ordered]

    def match(self, method: str, path: str) -> tuple[Operation, tuple[str, ...]] | None:
        """The operation, and the values of its path's parameters."""
        bare = _path_of(path).rstrip("/") or "/"
        for operation, pattern in self._routes:
            if operation.method == method and (found := pattern.fullmatch(bare)):
                return operation, tuple(map(_plain, found.groups()))
        return None


def _path_of(target: str) -> str:
    """The path of what was asked for; scanners ask for what is no address."""
    try:
        return urlsplit(target).path
    except ValueError:
        return target.partition("?")[0]


def _plain(part: str) -> str:
    """A part of a path as people read it, but where it would be another path then."""
    plain = unquote(part)
    return part if _BORDERS.intersection(plain) else plain


def _pattern(operation: Operation) -> re.Pattern[str]:
    return re.compile("([^/]+)".join(map(re.escape, operation.key.split("{}"))))
