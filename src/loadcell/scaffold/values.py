"""A schema → an expression that makes a value of it: its examples and defaults, else what its words ask for. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loadcell.scaffold.naming import singular, words
from loadcell.scaffold.numbers import number, whole_bounds
from loadcell.scaffold.operations import ABSENT
from loadcell.scaffold.python_code import Call, Code, Expression, Tuple
from loadcell.scaffold.schemas import Json, Schemas, Shape, Unbuildable, fits
from loadcell.scaffold.texts import EMAILS, differing, text
from loadcell.scaffold.vocabulary import DISTINCT, PICTURES, SHARED

Refer = Callable[[str, Shape], "Expression | None"]
"""By a property's name, where a value of the service's own comes from; None where it doesn't refer to anything."""


_MOST_ELEMENTS = 100
"""Of a list that is written down."""
_MOST_VALUES = 2000
"""Of a body."""


class Values:
    """Makes expressions for the schemas of one document."""

    def __init__(self, schemas: Schemas, refer: Refer = lambda name, shape: None, *, distinct: bool = False) -> None:
        """`distinct`: values that a service may have only once differ each time, as whoever creates something needs it."""
        self._schemas = schemas
        self._refer = refer
        self._distinct = distinct
        self._depth = 0
        self._made = 0

    def value(self, schema: Any, name: str = "", example: Any = ABSENT, path: frozenset[str] = frozenset()) -> Expression:
        """An expression for a property of that name; Unbuildable where there is none."""
        self._made += 1
        if self._made > _MOST_VALUES:
            raise Unbuildable("it is too large to be written down")
        why = "it refers to itself without an end"
        for shape in self._schemas.shapes(schema, path):
            try:
                return self._of(shape, name, example)
            except Unbuildable as error:
                why = str(error)
        raise Unbuildable(why)

    def properties(self, shape: Shape, example: Any = ABSENT) -> dict[str, Expression]:
        """The properties of an object: what is required, what has an example, else whatever there is.

        Of an object in another one that is whatever is no object: entities that know each other have no end.
        """
        self._depth += 1
        try:
            return self._properties(shape, example)
        finally:
            self._depth -= 1

    def _properties(self, shape: Shape, example: Any) -> dict[str, Expression]:
        schema = shape.schema
        written: Json = {name: one for name, one in (schema.get("properties") or {}).items() if not self._is_read_only(one)}
        required = [
            name for name in schema.get("required") or () if name in written or name not in (schema.get("properties") or {})
        ]
        shown = _first(example if isinstance(example, dict) else ABSENT, example_of(schema))
        shown = shown if isinstance(shown, dict) else {}
        wanted = [name for name in written if name in required or name in shown or self._hasexample_of(written[name])]
        found: dict[str, Expression] = {}
        others = [name for name in written if self._depth == 1 or self._is_plain(written[name], shape.path)]
        for name in [*(wanted or others), *(name for name in required if name not in written)]:
            try:
                found[name] = self.value(written.get(name, {}), name, shown.get(name, ABSENT), shape.path)
            except Unbuildable as error:
                if name in required:
                    raise Unbuildable(f"{name}: {error}") from None
        return found

    def _of(self, shape: Shape, name: str, example: Any) -> Expression:
        schema = shape.schema
        if "const" in schema:
            return literal(schema["const"])
        shown = _first(example, example_of(schema))
        if shape.type == "object" or (shape.type == "" and isinstance(shown, dict)):
            return self._object(shape, shown)
        if shape.type == "array" or (shape.type == "" and isinstance(shown, list)):
            return self._array(shape, name, shown)
        if referred := self._refer(name, shape):
            return referred
        if shape.type == "null":
            return None
        if shape.type == "string" and self._must_differ(name, schema):
            return differing(schema, name, shown)
        for known in (shown, schema.get("default")):
            if known is not ABSENT and known is not None and fits(schema, known):
                return literal(known)
        if isinstance(schema.get("enum"), list):
            return _chosen([value for value in schema["enum"] if value is not None])
        if shape.type in ("integer", "number"):
            return number(schema, name, whole=shape.type == "integer")
        return True if shape.type == "boolean" else text(schema, name)

    def _object(self, shape: Shape, example: Any) -> Expression:
        found = self.properties(shape, example)
        more = shape.schema.get("additionalProperties")
        if not found and isinstance(example, dict) and not shape.schema.get("properties"):
            return {str(key): literal(value) for key, value in example.items()}
        for index in range(len(found), min(_MOST_ELEMENTS, int(shape.schema.get("minProperties") or 0))):
            found[f"key{index + 1}"] = self.value(more if isinstance(more, dict) else {}, path=shape.path)
        return found

    def _array(self, shape: Shape, name: str, example: Any) -> Expression:
        schema = shape.schema
        least, most = int(schema.get("minItems") or 0), schema.get("maxItems")
        if least > _MOST_ELEMENTS:
            raise Unbuildable(f"a list has to have {least} elements")
        items = schema.get("items")
        shown = example if isinstance(example, list) else schema.get("default") if "items" not in schema else None
        if isinstance(schema.get("prefixItems"), list):
            return [self.value(one, path=shape.path) for one in schema["prefixItems"]]
        if shown and len(shown) >= least:
            return [self.value(items, singular(name), one, shape.path) if items else literal(one) for one in shown]
        if most == 0:
            return []
        try:
            if schema.get("uniqueItems") and least > 1:
                return self._unlike(items, name, least, shape.path)
            return [self.value(items, singular(name), path=shape.path) for _ in range(max(1, least))]
        except Unbuildable:
            if least:
                raise
            return []

    def _unlike(self, items: Any, name: str, count: int, path: frozenset[str]) -> Expression:
        """So many values that differ from each other."""
        shape = self._schemas.shape(items)
        if isinstance(values := shape.schema.get("enum"), list) and len(values) >= count:
            return Call("random.sample", [literal(values)], {"k": count})
        if shape.type == "integer":
            low, high = whole_bounds(shape.schema, name)
            return Call("random.sample", [Code(f"range({low}, {max(high, low + count) + 1})")], {"k": count})
        plain = {key: value for key, value in shape.schema.items() if key not in ("default", "example", "examples")}
        differing = Values(self._schemas, self._refer, distinct=True)
        return [differing.value(plain, "name", path=path) for _ in range(count)]

    def _is_plain(self, schema: Any, path: frozenset[str]) -> bool:
        """Whether a value is neither an object nor a list of them."""
        shape = next(self._schemas.shapes(schema, path), None)
        if shape and shape.type == "array":
            shape = next(self._schemas.shapes(shape.schema.get("items"), shape.path), None)
        return shape is not None and shape.type != "object"

    def _is_read_only(self, schema: Any) -> bool:
        return isinstance(schema, dict) and self._schemas.shape(schema).schema.get("readOnly") is True

    def _hasexample_of(self, schema: Any) -> bool:
        return example_of(self._schemas.shape(schema).schema) is not ABSENT

    def _must_differ(self, name: str, schema: Json) -> bool:
        if not self._distinct or "enum" in schema:
            return False
        parts = words(name)
        by_name = DISTINCT.intersection(parts[-1:]) and SHARED.isdisjoint(parts)
        return schema.get("format") in EMAILS or bool(by_name and "format" not in schema)


def literal(value: Any) -> Expression:
    """A value of JSON as an expression."""
    if isinstance(value, dict):
        return {str(name): literal(one) for name, one in value.items()}
    return [literal(one) for one in value] if isinstance(value, list) else value


def file(name: str, kind: str = "") -> Tuple:
    """A small file to be sent: its name, its content, its type."""
    if kind.startswith("image/") or PICTURES.intersection(words(name)):
        return Tuple(["sample.png", Code(r'b"\x89PNG\r\n\x1a\n"'), "image/png"])
    return Tuple(["sample.txt", Code(r'b"Written under load.\n"'), "text/plain"])


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not ABSENT), ABSENT)


def example_of(schema: Json) -> Any:
    """The example that a schema has, or ABSENT."""
    if "example" in schema:
        return schema["example"]
    examples = schema.get("examples")
    return examples[0] if isinstance(examples, list) and examples else ABSENT


def _chosen(values: list[Any]) -> Expression:
    if not values:
        raise Unbuildable("its enumeration is empty")
    return literal(values[0]) if len(values) == 1 else Call("random.choice", [literal(values)])
