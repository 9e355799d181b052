"""What a specification offers: its operations, each with what it takes and what it answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from loadcell.scaffold.naming import words
from loadcell.scaffold.references import References
from loadcell.scaffold.schemas import Json

METHODS = ("get", "head", "post", "put", "patch", "delete")
READING = frozenset(("GET", "HEAD"))
_MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_NAMED_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,}(:\d+)?(/|$)|localhost(:\d+)?(/|$)|[\w.-]+:\d+(/|$)", re.IGNORECASE)
"""How an address begins whose scheme was forgotten."""
_ASKING = frozenset(
    ("search", "query", "filter", "find", "lookup", "validate", "check", "preview", "estimate", "calculate", "quote")
)
"""Last words of paths whose POST asks for something and changes nothing."""
_STREAMS = frozenset(("multipart/x-mixed-replace", "text/event-stream"))
_SEPARATORS = {"form": ",", "pipeDelimited": "|", "spaceDelimited": " "}
ABSENT = object()
"""Stands for an example that is not there: None may be one."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that an operation takes outside of its body."""

    name: str
    place: str
    """`path`, `query`, `header` or `cookie`."""
    required: bool
    schema: Json
    example: Any = ABSENT
    is_json: bool = False
    """Whether its value is written as JSON."""
    is_deep: bool = False
    """Whether the properties of an object are written as `name[property]`."""
    separator: str = ""
    """What stands between the elements of a list; empty where the name is said again."""


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes as its body."""

    media_type: str
    schema: Any
    example: Any = ABSENT


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One method of one path."""

    method: str
    path: str
    """The template, below the service's root: `/v1/items/{item_id}`."""
    own_path: str
    """The template as the specification has it, below its server's path."""
    id: str = ""
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answer: Any = None
    """The schema of its JSON on success; None where there is none or it isn't told."""
    security: tuple[Mapping[str, Any], ...] = ()
    """What it must be called with: one of these, each by the scheme's name."""
    deprecated: bool = False
    elsewhere: str = ""
    """The host of its own server; empty where that is the service's."""
    is_untold: bool = False
    """Whether it answers JSON of which the specification says nothing, as FastAPI's does without a return type."""
    streams: bool = False
    """Whether its answer is a stream of events."""

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in its template, in order."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def key(self) -> str:
        """The path whatever its parameters are called and without a slash at its end: `/items/{}`."""
        return key_of(self.path)

    @property
    def reads(self) -> bool:
        """Whether it leaves the service's data alone."""
        last = words(_PARAMETER.sub("", self.path).rstrip("/").rpartition("/")[2])[-1:]
        return self.method in READING or (self.method == "POST" and not _ASKING.isdisjoint(last))

    def parameter(self, name: str) -> Parameter:
        """The path parameter of that name; text where the specification forgot it."""
        found = (one for one in self.parameters if one.place == "path" and one.name == name)
        return next(found, Parameter(name, "path", True, {"type": "string"}))


@dataclass(frozen=True, slots=True)
class Service:
    """What a specification says of a service."""

    title: str
    host: str
    """Scheme, name and port; empty where it isn't told."""
    base_path: str
    """The path of its server, without a slash at the end."""
    operations: tuple[Operation, ...]
    schemes: Mapping[str, Json] = field(default_factory=dict)
    """Its security schemes by name."""

    def without_base_path(self) -> Service:
        """The same below another server's path."""
        bare = tuple(replace(one, path=one.own_path) for one in self.operations)
        return replace(self, base_path="", operations=bare)


def read(document: Json, references: References, where: str = "") -> Service:
    """The service of an OpenAPI document. `where` is the URL it came from, if it came from one."""
    host, base_path = _server(document, where)
    reader = _Reader(references, where, host, base_path, document.get("security") or [])
    schemes = references.resolve(references.resolve(document.get("components")).get("securitySchemes"))
    return Service(
        title=str(references.resolve(document.get("info")).get("title") or ""),
        host=host,
        base_path=base_path,
        operations=tuple(reader.operations(document["paths"])),
        schemes={name: references.resolve(scheme) for name, scheme in schemes.items()},
    )


def key_of(path: str) -> str:
    """A template whose parameters have no names, without a slash at its end."""
    return _PARAMETER.sub("{}", path).rstrip("/") or "/"


def _server(described: Json, where: str) -> tuple[str, str]:
    """Scheme, name and port of the first server, empty where they aren't known, and its path."""
    parts = urlsplit(_address(described, where))
    host = f"{parts.scheme}://{parts.netloc}" if parts.netloc and "{" not in parts.netloc else ""
    return host, parts.path.rstrip("/")


def _address(described: Json, where: str) -> str:
    """The address of the first server, absolute where that is known."""
    servers = described.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url = str(first.get("url") or "/")
    for name, variable in (first.get("variables") or {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    if _NAMED_HOST.match(url):
        url = f"{'http' if url.lower().startswith('localhost') or url[0].isdigit() else 'https'}://{url}"
    if where:
        return urljoin(where, url)
    return url if "://" in url or url.startswith("/") else f"/{url}"


class _Reader:
    def __init__(self, references: References, where: str, host: str, base_path: str, security: list[Json]) -> None:
        self._references = references
        self._where = where
        self._host = host
        self._base_path = base_path
        self._security = security

    def operations(self, paths: Json) -> Iterator[Operation]:
        for path, item in paths.items():
            shared = self._references.resolve(item)
            for method in METHODS:
                # What has no name can't be given a value.
                if isinstance(shared.get(method), dict) and path.startswith("/") and "{}" not in path:
                    yield self._operation(method.upper(), path, shared, shared[method])

    def _operation(self, method: str, path: str, shared: Json, own: Json) -> Operation:
        described = str(own.get("summary") or own.get("description") or "")
        # With a description, FastAPI's summary is only the function's name once more.
        if words(described) and "".join(words(described)) in "".join(words(str(own.get("operationId") or ""))):
            described = str(own.get("description") or "")
        servers = own.get("servers") or shared.get("servers")
        host, base_path = _server({"servers": servers}, self._where) if servers else (self._host, self._base_path)
        return Operation(
            method=method,
            path=f"{base_path}{path}",
            own_path=path,
            id=str(own.get("operationId") or ""),
            summary=described,
            parameters=tuple(self._parameters([*(shared.get("parameters") or []), *(own.get("parameters") or [])])),
            body=self._body(own.get("requestBody")),
            answer=self._answer(own.get("responses")),
            security=tuple(self._references.resolve(one) for one in own.get("security", self._security) or ()),
            deprecated=own.get("deprecated") is True,
            elsewhere="" if host in ("", self._host) else host,
            is_untold={} in [schema for _, schema in self._jsons(own.get("responses"))],
            streams=self._streams(own.get("responses")),
        )

    def _parameters(self, written: list[Any]) -> list[Parameter]:
        found: dict[tuple[str, str], Parameter] = {}
        for one in map(self._references.resolve, written):
            name, place = str(one.get("name", "")), str(one.get("in", ""))
            contents: Json = one.get("content") or {}
            kind = next(iter(contents), "")
            schema = one.get("schema", contents.get(kind, {}).get("schema")) or {}
            style, explode = str(one.get("style") or "form"), one.get("explode")
            separator = _SEPARATORS.get(style, "") if explode is False or (explode is None and style != "form") else ""
            found[place, name] = Parameter(
                name, place, one.get("required") is True, schema, self._example(one),
                is_json="json" in kind, is_deep=style == "deepObject", separator=separator,
            )  # fmt: skip
        return list(found.values())

    def _body(self, written: Any) -> Body | None:
        content = self._references.resolve(written).get("content")
        if not isinstance(content, dict) or not content:
            return None
        plain = {name.partition(";")[0].strip().lower(): name for name in content}
        known = next((name for name in _MEDIA_TYPES if name in plain), None)
        known = known or next((name for name in plain if name.endswith("+json")), None) or next(iter(plain))
        described = self._references.resolve(content[plain[known]])
        return Body(known, described.get("schema") or {}, self._example(described))

    def _streams(self, responses: Any) -> bool:
        """Whether a success is told to be a stream of events, and nothing else."""
        told = self._references.resolve(responses).items()
        kinds = [
            name.partition(";")[0].strip().lower()
            for status, response in told
            if str(status).startswith("2")
            for name in self._references.resolve(response).get("content") or {}
        ]
        return bool(kinds) and set(kinds) <= _STREAMS

    def _answer(self, responses: Any) -> Any:
        """The schema of the first success's JSON, which Spring calls `*/*`; else that of what is answered by default.

        FastAPI writes `{}` where it doesn't know, which tells nothing.
        """
        told = sorted(self._jsons(responses), key=lambda one: one[0] == "default")
        return told[0][1] or None if told else None

    def _jsons(self, responses: Any) -> list[tuple[str, Any]]:
        """The schemas of the JSON of successes, by their statuses."""
        return [
            (str(status), self._references.resolve(described).get("schema"))
            for status, response in self._references.resolve(responses).items()
            if status == "default" or str(status).startswith("2")
            for name, described in (self._references.resolve(response).get("content") or {}).items()
            if "json" in name or name == "*/*"
        ]

    def _example(self, described: Json) -> Any:
        if "example" in described:
            return described["example"]
        examples = described.get("examples")
        if isinstance(examples, dict):
            for one in examples.values():
                return self._references.resolve(one).get("value", ABSENT)
        return ABSENT
