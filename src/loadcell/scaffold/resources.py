"""What a service keeps many of, and where to learn which there are: from lists, and from what was made. Pure.

A resource is a path that ends in a parameter, whatever that is called: `/users/{}/orders/{}`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loadcell.scaffold.naming import is_builtin, plural, singular, snake, unused, words
from loadcell.scaffold.operations import ABSENT, Operation
from loadcell.scaffold.schemas import Schemas, Shape

_DONE_TO_ONE = re.compile(r"\{\}:\w+")
"""A part of a path that says what is done to one of many: `{}:cancel`."""
_ID_WORDS = frozenset(("guid", "id", "identifier", "key", "pk", "uuid"))
_ENVELOPES = ("items", "data", "results", "content", "records", "entries")
_Elements = Mapping[Operation, set[str]]
"""By the operation: see `_elements`."""
_OUTER_ENVELOPES = ("_embedded", "data", "result", "results", "response", "payload", "body")


@dataclass(frozen=True, slots=True)
class Finding:
    """Where an answer has what a resource is asked for by."""

    operation: Operation
    keys: tuple[str, ...]
    """The way to the list, or to the value of what was made."""
    field: str = ""
    """The value's name in each element of a list; empty where the elements are the values."""
    names: tuple[str, ...] = ()
    """What the value may be called, wherever it is, in an answer of which the specification says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """What is asked for by the last parameter of its path."""

    key: str
    noun: str
    """What one of them is called, in words that may mean something to Python."""
    variables: tuple[str, ...]
    """What the values of all parameters of its path are called in the scenario."""
    attribute: str
    """What several of them are called: `item_ids`."""
    types: tuple[str, ...]
    """Of these values: `int` or `str`."""
    listed: Finding | None
    made: Finding | None


def find(operations: Sequence[Operation], schemas: Schemas, methods: Collection[str] = ()) -> dict[str, Resource]:
    """All resources by their keys; none of their attributes is called like one of the methods."""
    found: dict[str, Resource] = {}
    asked: dict[str, _Asked] = {}
    elements = {one: _elements(one, schemas) for one in operations if one.method == "GET"}
    attributes: set[str] = set()
    for operation in operations:
        for key, names in _prefixes(operation):
            if key not in found:
                asked[key] = _asked(operation, key, names[-1], schemas)
                found[key] = _resource(operation, key, names, asked[key], found, attributes, methods, operations, elements)
                attributes.add(found[key].attribute)
    _look_below_others(found, asked, operations, elements)
    for key, resource in found.items():
        if resource.listed is None:
            last_resort = (one for one in _alike(operations, key, elements) if not one.path_parameters)
            found[key] = replace(resource, listed=_first(map(asked[key].listed, last_resort)))
    return found


def is_vain(operation: Operation) -> bool:
    """Whether its answer hangs on something that nobody knows, as that of a search does on its words."""
    return any(
        one.required and one.place == "query" and one.example is ABSENT
        and not {"enum", "const", "default", "example", "examples"}.intersection(one.schema)
        and one.schema.get("type") not in ("integer", "number", "boolean")
        for one in operation.parameters
    )  # fmt: skip


def _look_below_others(
    found: dict[str, Resource], asked: dict[str, _Asked], operations: Sequence[Operation], elements: _Elements
) -> None:
    """Where what stands by itself is listed, or made, below others: `/tickets/{}` at `/projects/{}/tickets`. Of those others
    it must be known which there are, so that nothing waits for itself."""

    def known(operation: Operation) -> bool:
        return bool(operation.path_parameters) and all(found[key].listed for key, _ in _prefixes(operation))

    is_more = True
    while is_more:
        is_more = False
        for key, one in found.items():
            lists = [each for each in _alike(operations, key, elements) if known(each) and not is_vain(each)]
            posts = [each for each in operations if each.method == "POST" and _ends_alike(each, key) and known(each)]
            listed = one.listed or _first(map(asked[key].listed, lists))
            made = one.made or _first(map(asked[key].made, posts))
            if (listed, made) != (one.listed, one.made):
                found[key] = replace(one, listed=listed, made=made)
                is_more = True


def _resource(
    operation: Operation, key: str, names: tuple[str, ...], asked: _Asked, found: dict[str, Resource], taken: set[str],
    methods: Collection[str], operations: Sequence[Operation], elements: _Elements,
) -> Resource:  # fmt: skip
    above = [one for one, before in _prefixes(operation) if len(before) < len(names)]
    parent = found[above[-1]] if above else None
    noun = _noun(key)
    variables, types = (parent.variables, parent.types) if parent else ((), ())
    variable = _variable(names[-1], noun, variables)
    attribute = snake(plural(variable))
    if attribute in taken and parent:
        attribute = f"{parent.noun}_{attribute}"
    if not {attribute, f"my_{attribute}"}.isdisjoint(methods):
        attribute = f"known_{attribute}"
    collection = key.rpartition("/{}")[0] or "/"
    own = [one for one in operations if one.method == "GET" and one.key == collection]
    alike = [one for one in _alike(operations, key, elements) if not one.path_parameters and not is_vain(one)]
    making = [one for one in operations if one.method == "POST" and f"{one.key.rstrip('/')}/{{}}" == key]
    return Resource(
        key=key,
        noun=noun,
        variables=(*variables, variable),
        types=(*types, asked.kind),
        attribute=unused(attribute, taken),
        listed=_first(map(asked.listed, [*own, *alike])) or _first(map(asked.untold, own)),
        made=_first(map(asked.made, making)) or _first(map(asked.untold, making)),
    )


def _asked(operation: Operation, key: str, name: str, schemas: Schemas) -> _Asked:
    kind = "int" if schemas.shape(operation.parameter(name).schema).type == "integer" else "str"
    return _Asked(schemas, name, _noun(key), kind)


def of(operation: Operation) -> list[str]:
    """The keys of the resources in an operation's path, one for each parameter."""
    return [key for key, _ in _prefixes(operation)]


def _prefixes(operation: Operation) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The beginnings of a path that end with a part that has a parameter, and the names of the parameters until there."""
    names = operation.path_parameters
    parts = operation.key.split("/")
    count = 0
    for index, part in enumerate(parts):
        if "{}" in part:
            count += part.count("{}")
            yield "/".join([*parts[:index], "{}" if _DONE_TO_ONE.fullmatch(part) else part]), names[:count]


def _noun(key: str) -> str:
    literal = [part for part in key.split("/") if part and "{}" not in part]
    parts = words(literal[-1]) if literal else []
    name = "_".join([*parts[:-1], singular(parts[-1])]) if parts else ""
    return f"thing_{name}" if name[:1].isdigit() else name or "thing"


def _variable(name: str, noun: str, taken: Sequence[str]) -> str:
    """What a parameter is called in the scenario: its own name, but for one that is only called `id`."""
    variable = snake(name)
    if len(words(name)) == 1 and words(name)[0] in _ID_WORDS:
        variable = f"{noun}_{words(name)[0]}"
    elif is_builtin(variable):
        variable = f"{noun}_{variable}"
    return unused(variable, taken)


def _alike(operations: Sequence[Operation], key: str, elements: _Elements) -> list[Operation]:
    """The operations besides that of its own collection that may list what stands by itself: first those whose path ends
    alike, then those whose answer has the same schema's objects."""
    gets = [one for one in operations if one.method == "GET"]
    shown = {_reference(one.answer) for one in gets if one.key == key} - {""}
    ending = [one for one in gets if _ends_alike(one, key)]
    showing = [one for one in gets if key.count("{}") == 1 and not _is_below(one, key) and elements[one] & shown]
    return list(dict.fromkeys([*ending, *showing]))


def _elements(operation: Operation, schemas: Schemas) -> set[str]:
    """The references of the elements of all lists in its answer, but for those within elements."""
    shape = schemas.shape(operation.answer)
    found = {_reference(shape.schema.get("items"))}
    for schema in (shape.schema.get("properties") or {}).values():
        inner = next(schemas.shapes(schema, shape.path), None)
        found.add(_reference(inner.schema.get("items")) if inner and inner.type == "array" else "")
    return found - {""}


def _ends_alike(operation: Operation, key: str) -> bool:
    """Whether it is for several of what stands by itself: `/projects/{}/tickets` for `/tickets/{}`."""
    last = key.removesuffix("/{}").rpartition("/")[2]
    return key.count("{}") == 1 and operation.key.endswith(f"/{last}") and not _is_below(operation, key)


def _is_below(operation: Operation, key: str) -> bool:
    return any(key == one for one, _ in _prefixes(operation))


def _reference(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, dict) else ""


def _first(findings: Iterator[Finding | None]) -> Finding | None:
    return next((one for one in findings if one is not None), None)


class _Asked:
    """Looks for what a parameter asks for in the schemas of answers."""

    def __init__(self, schemas: Schemas, name: str, noun: str, kind: str) -> None:
        self._schemas = schemas
        self.kind = kind
        self._name = name
        parts = words(name)
        names = ["".join(parts), "".join(words(noun) + parts)]
        if parts[: len(words(noun))] == words(noun):
            names.append("".join(parts[len(words(noun)) :]))
        if parts[-1:] and parts[-1] in _ID_WORDS:
            names += ["id", "uuid"]
        elif parts == words(noun):
            names += ["id", "slug", "name"]
        self._names = [one for one in dict.fromkeys(names) if one]

    def listed(self, operation: Operation) -> Finding | None:
        """Where a list has it."""
        shape = self._schemas.shape(operation.answer)
        return self._in_list(operation, shape, ()) if shape.type == "array" else self._in_envelope(operation, shape, ())

    def _in_envelope(self, operation: Operation, shape: Shape, keys: tuple[str, ...]) -> Finding | None:
        properties = shape.schema.get("properties") or {}
        order = [*(name for name in _ENVELOPES if name in properties), *properties]
        for name in dict.fromkeys(order):
            inner = next(self._schemas.shapes(properties[name], shape.path), None)
            if inner and inner.type == "array" and (found := self._in_list(operation, inner, (*keys, name))):
                return found
        for name in () if keys else (name for name in _OUTER_ENVELOPES if name in properties):
            inner = next(self._schemas.shapes(properties[name], shape.path), None)
            if inner and inner.type == "object" and (found := self._in_envelope(operation, inner, (*keys, name))):
                return found
        return None

    def made(self, operation: Operation) -> Finding | None:
        """Where an answer about something new has it."""
        shape = self._schemas.shape(operation.answer)
        if field := self._field(shape):
            return Finding(operation, (field,))
        for name, schema in (shape.schema.get("properties") or {}).items():
            inner = next(self._schemas.shapes(schema, shape.path), None)
            if inner and inner.type == "object" and (field := self._field(inner)):
                return Finding(operation, (name, field))
        return None

    def untold(self, operation: Operation) -> Finding | None:
        """That it may be anywhere, under its own name or one of those that ids have."""
        usual = [one for one in self._names if one in ("id", "slug", "name")]
        is_open = operation.is_untold or self._is_open(self._schemas.shape(operation.answer))
        return Finding(operation, (), names=tuple(dict.fromkeys([self._name, *usual]))) if is_open else None

    def _is_open(self, shape: Shape) -> bool:
        """Whether it is an object, or a list of them, of which no property is told: `-> dict` in FastAPI."""
        if shape.type == "array":
            element = next(self._schemas.shapes(shape.schema.get("items"), shape.path), None)
            return element is None or (element.type in ("", "object") and not element.schema.get("properties"))
        return shape.type == "object" and not shape.schema.get("properties")

    def _in_list(self, operation: Operation, shape: Shape, keys: tuple[str, ...]) -> Finding | None:
        element = next(self._schemas.shapes(shape.schema.get("items"), shape.path), None)
        if element is None:
            return None
        if element.type in ("string", "integer"):
            return Finding(operation, keys) if self._agrees(element) and not keys else None
        field = self._field(element)
        return Finding(operation, keys, field) if field else None

    def _field(self, shape: Shape) -> str:
        properties = shape.schema.get("properties") or {}
        for wanted in self._names:
            for name in properties:
                if "".join(words(name)) == wanted and self._agrees(self._schemas.shape(properties[name])):
                    return str(name)
        return ""

    def _agrees(self, shape: Shape) -> bool:
        """Whether it may be what is asked for; text is asked for where the specification doesn't say."""
        return shape.type in ("", "integer", "string") and not (self.kind == "int" and shape.type == "string")
