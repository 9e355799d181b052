"""JSON schemas of OpenAPI 3.0 and 3.1, brought to one form: no references, no allOf, one type, what may be null apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from loadcell.scaffold.references import References

Json = dict[str, Any]
_HIGHEST = ("minimum", "minLength", "minItems", "minProperties")
_LOWEST = ("maximum", "maxLength", "maxItems", "maxProperties")
_TYPE_BY_KEY = {
    "properties": "object", "required": "object", "additionalProperties": "object", "items": "array", "minItems": "array",
    "pattern": "string", "format": "string", "minLength": "string", "maxLength": "string",
    "minimum": "number", "maximum": "number", "multipleOf": "number",
}  # fmt: skip


class Unbuildable(Exception):
    """No value of a schema can be made; says why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be: one of the ways in which it may be built."""

    schema: Json
    type: str
    """`object`, `array`, `string`, `integer`, `number`, `boolean`, `null`, or empty where anything goes."""
    path: frozenset[str]
    """The references that led here: who meets one of them again goes round in a circle."""


class Schemas:
    """Reads the schemas of one document."""

    def __init__(self, references: References) -> None:
        self._references = references

    def shapes(self, schema: Any, path: frozenset[str] = frozenset()) -> Iterator[Shape]:
        """The ways in which a value of this schema may be built, the plainest first, `null` last; none in a circle."""
        name = _name_referred_to(schema)
        merged = self._merged(schema, path)
        if merged is None:
            return
        schema, path = merged
        branches = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(branches, list) and branches:
            common = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
            found = [shape for branch in branches for shape in self.shapes(_both(common, {"allOf": [branch]}), path)]
            yield from sorted(found, key=lambda shape: shape.type == "null")
            return
        schema = self._told_apart(schema, name)
        for kind in sorted(_types(schema), key=lambda kind: kind == "null"):
            yield Shape(schema, kind, path)

    def shape(self, schema: Any) -> Shape:
        """The first of its shapes."""
        return next(self.shapes(schema), Shape({}, "", frozenset()))

    def _told_apart(self, schema: Json, name: str) -> Json:
        """The schema with its discriminator's value; `name` is what was referred to."""
        discriminator = schema.get("discriminator")
        key = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
        if not isinstance(discriminator, dict) or not isinstance(key, str):
            return schema
        mapping = discriminator.get("mapping") or {}
        mapped = (value for value, target in mapping.items() if name and f"/{name}".endswith(f"/{target}"))
        value = next(mapped, next(iter(mapping), name.rpartition("/")[2]))
        told = self.shape((schema.get("properties") or {}).get(key)).schema
        if not value or "const" in told or value not in told.get("enum", [value]):
            return schema
        return _both(schema, {"properties": {key: {"const": value}}, "required": [key]})

    def _merged(self, schema: Any, path: frozenset[str]) -> tuple[Json, frozenset[str]] | None:
        """The schema with what it refers to and all of its `allOf`; None in a circle."""
        name = schema.get("$ref") if isinstance(schema, dict) else None
        if isinstance(name, str):
            if name in path:
                return None
            path |= {name}
        schema = self._references.resolve(schema)
        parts = schema.get("allOf")
        if not isinstance(parts, list):
            return schema, path
        whole: Json = {key: value for key, value in schema.items() if key != "allOf"}
        for part in parts:
            merged = self._merged(part, path)
            if merged is None:
                return None
            whole, path = _both(whole, merged[0]), path | merged[1]
        return whole, path


def _name_referred_to(schema: Any) -> str:
    """What a schema is a reference to, with or without something beside it; empty where it is none."""
    parts = schema.get("allOf") if isinstance(schema, dict) else None
    one = parts[0] if isinstance(parts, list) and len(parts) == 1 else schema
    name = one.get("$ref") if isinstance(one, dict) else None
    return name if isinstance(name, str) else ""


def fits(schema: Json, value: Any) -> bool:
    """Whether a value that is no object and no list keeps to what a schema says of its kind."""
    if "const" in schema:
        return bool(value == schema["const"])
    if isinstance(schema.get("enum"), list):
        return value in schema["enum"]
    types = [name for name in _types(schema) if name]
    if types and not any(_is(value, name) for name in types):
        return value is None and schema.get("nullable") is True
    if isinstance(value, str):
        length = len(value)
        if not schema.get("minLength", 0) <= length <= schema.get("maxLength", length):
            return False
        return matches(schema.get("pattern"), value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = bounds(schema)
        return (low is None or low[0] <= value) and (high is None or value <= high[0]) and _within_exclusive(schema, value)
    return True


def matches(pattern: Any, text: str) -> bool:
    """Whether the text has what a pattern asks for; a pattern that Python can't read asks for nothing."""
    if not isinstance(pattern, str):
        return True
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def bounds(schema: Json) -> tuple[tuple[float, bool] | None, tuple[float, bool] | None]:
    """The least and the greatest number, each with whether it is itself excluded, as 3.0 and 3.1 write it."""

    def bound(inclusive: str, exclusive: str, pick: Any) -> tuple[float, bool] | None:
        found = []
        other = schema.get(exclusive)
        if (one := schema.get(inclusive)) is not None:
            found.append((one, other is True))
        if isinstance(other, (int, float)) and not isinstance(other, bool):
            found.append((other, True))
        result: tuple[float, bool] | None = pick(found, default=None)
        return result

    return bound("minimum", "exclusiveMinimum", max), bound("maximum", "exclusiveMaximum", min)


def _within_exclusive(schema: Json, value: float) -> bool:
    low, high = bounds(schema)
    return not (low and low[1] and value == low[0]) and not (high and high[1] and value == high[0])


def _types(schema: Json) -> list[str]:
    """The types that are allowed, or that its other words tell; `nullable` of OpenAPI 3.0 is a type here."""
    written = schema.get("type")
    types = [written] if isinstance(written, str) else [name for name in written or () if isinstance(name, str)]
    if not types:
        values = [schema["const"]] if "const" in schema else schema.get("enum") or []
        told = [_name_of(value) for value in values if value is not None]
        told += [kind for key, kind in _TYPE_BY_KEY.items() if key in schema]
        types = [*told, ""][:1]
    return [*types, "null"] if schema.get("nullable") is True and "null" not in types else types


def _name_of(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "")


def _is(value: object, name: str) -> bool:
    told = _name_of(value) or "null"
    return told == name or (told == "integer" and name == "number") or (name == "integer" and _is_whole(value))


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _both(one: Json, other: Json) -> Json:
    """What keeps to two schemas."""
    merged = {**one, **other}
    for key in one.keys() & other.keys():
        mine, theirs = one[key], other[key]
        if key == "properties":
            merged[key] = {**mine, **{name: _property(mine.get(name), schema) for name, schema in theirs.items()}}
        elif key == "required":
            merged[key] = list(dict.fromkeys([*mine, *theirs]))
        elif key in _HIGHEST:
            merged[key] = max(mine, theirs)
        elif key in _LOWEST:
            merged[key] = min(mine, theirs)
        elif key == "enum":
            merged[key] = [value for value in mine if value in theirs]
        elif key == "type":
            merged[key] = _common_types(mine, theirs)
        elif key == "allOf":
            merged[key] = [*mine, *theirs]
        elif key in ("title", "description", "example", "default"):
            merged[key] = mine
    return merged


def _property(mine: Any, theirs: Any) -> Any:
    return theirs if mine is None else {"allOf": [mine, theirs]}


def _common_types(mine: Any, theirs: Any) -> Any:
    one, other = (types if isinstance(types, list) else [types] for types in (mine, theirs))
    common = [name for name in one if name in other]
    if not common and {*one, *other} >= {"integer", "number"}:
        return "integer"
    return common or theirs
