"""Bodies that a schema accepts: what is written is evaluated as the scenario does, and a validator of JSON Schema judges."""

from __future__ import annotations

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from loadcell.scaffold.python_code import one_line
from loadcell.scaffold.references import References
from loadcell.scaffold.schemas import Schemas, Unbuildable
from loadcell.scaffold.values import Values
from tests.unit.scaffold.test_patterns import digits, letters

NAMES = {
    "random": random, "uuid": uuid, "UTC": UTC, "datetime": datetime, "timedelta": timedelta, "digits": digits,
    "letters": letters,
}  # fmt: skip


def made(schema: Any, name: str = "", *, distinct: bool = False, **components: Any) -> Any:
    """A value of a schema, as a scenario makes it."""
    values = Values(Schemas(References({"components": {"schemas": components}})), distinct=distinct)
    return eval(one_line(values.value(schema, name)), dict(NAMES))


def accepted(schema: Any, value: Any, **components: Any) -> None:
    Draft202012Validator({**schema, "components": {"schemas": components}}).validate(json.loads(json.dumps(value)))


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["integer", "number"]))
    schema: dict[str, Any] = {"type": kind}
    low = draw(st.integers(-1000, 1000))
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + draw(st.integers(2, 500))
    elif draw(st.booleans()):
        schema["multipleOf"] = draw(st.sampled_from([1, 2, 5, 7, 100, 0.5]))
    return schema


@st.composite
def texts(draw: st.DrawFn) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if draw(st.booleans()):
        schema["minLength"] = draw(st.integers(0, 60))
    if draw(st.booleans()):
        schema["maxLength"] = schema.get("minLength", 0) + draw(st.integers(0, 60))
    return schema


LEAVES = (
    numbers() | texts() | st.sampled_from(
        [
            {"type": "boolean"}, {"enum": ["a", "b", 3]}, {"const": "x"}, {"type": ["string", "null"]}, {},
            {"type": "string", "format": "uuid"}, {"type": "string", "format": "date-time"}, {"type": "null"},
            {"type": "string", "pattern": "^[A-Z]{3}[0-9]{2}$"}, {"type": "integer", "examples": [7]},
            {"type": "string", "default": "d"}, {"$ref": "#/components/schemas/Tree"},
        ]
    )
)  # fmt: skip


def _grown(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["name", "email", "quantity", "city", "id", "tags", "code", "x y", "password"])
    fields = st.dictionaries(names, inner, max_size=4)
    objects = fields.flatmap(
        lambda properties: (
            st.lists(st.sampled_from(sorted(properties)), unique=True).map(
                lambda required: {"type": "object", "properties": properties, "required": required}
            )
            if properties
            else st.just({"type": "object"})
        )
    )
    arrays = st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3))
    unions = st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches})
    wholes = st.lists(objects, min_size=1, max_size=2).map(lambda parts: {"allOf": parts})
    return objects | arrays | unions | wholes


TREE = {
    "type": "object",
    "required": ["label", "children"],
    "properties": {
        "label": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        "parent": {"$ref": "#/components/schemas/Tree"},
    },
}


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"type": "number", "minimum": 0.01, "maximum": 0.99, "multipleOf": 0.01}, {n / 100 for n in range(1, 100)}),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.25}, {0.25, 0.5, 0.75}),
        ({"type": "number", "exclusiveMinimum": 0.3, "exclusiveMaximum": 0.9, "multipleOf": 0.3}, {0.6}),
        ({"type": "number", "exclusiveMaximum": 0.5, "minimum": 0.2, "multipleOf": 0.25}, {0.25}),
        ({"type": "number", "minimum": 0.1, "maximum": 8, "multipleOf": 2.5}, {2.5}),
        ({"type": "integer", "multipleOf": 0.3}, set(range(3, 103, 3))),
        ({"type": "integer", "minimum": 10, "maximum": 14, "multipleOf": 2.5}, {10}),
        ({"type": "integer", "minimum": 1000, "multipleOf": 700}, {1400}),
        ({"type": "integer", "minimum": -14, "maximum": -8, "multipleOf": 7}, {-14}),
    ],
)
def test_a_multiple_within_bounds(schema: dict[str, Any], values: set[float]) -> None:
    assert {made(schema) for _ in range(20)} <= values


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.25, "multipleOf": 0.25},
        {"type": "number", "minimum": 0.1, "maximum": 0.4, "multipleOf": 0.5},
        {"type": "integer", "minimum": 1, "maximum": 2, "multipleOf": 0.3},
        {"type": "integer", "minimum": 1, "exclusiveMaximum": 7, "multipleOf": 7},
    ],
)
def test_bounds_without_a_multiple(schema: dict[str, Any]) -> None:
    with pytest.raises(Unbuildable, match="within its bounds"):
        made(schema)


@given(st.recursive(LEAVES, _grown, max_leaves=8), st.booleans())
def test_a_value_is_accepted(schema: dict[str, Any], distinct: bool) -> None:
    try:
        value = made(schema, "value", distinct=distinct, Tree=TREE)
    except Unbuildable:
        # Where parts of an allOf contradict each other, nothing is accepted.
        assert "allOf" in json.dumps(schema) or "multipleOf" in json.dumps(schema)
        return
    if not _contradicts(schema):
        accepted(schema, value, Tree=TREE)


def _contradicts(schema: Any) -> bool:
    """Whether parts of an allOf ask for different things of the same property."""
    if isinstance(schema, list):
        return any(map(_contradicts, schema))
    if not isinstance(schema, dict):
        return False
    parts = schema.get("allOf", [])
    names = [name for part in parts for name in part.get("properties", ())]
    return len(names) != len(set(names)) or any(map(_contradicts, schema.values()))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "example": "Lamp", "default": "x"}, "Lamp"),
        ({"type": "string", "examples": ["Lamp"]}, "Lamp"),
        ({"type": "string", "example": "too long", "maxLength": 3, "default": "abc"}, "abc"),
        ({"type": "integer", "default": 5}, 5),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, "a"),
        ({"type": "object", "example": {"a": 1}}, {"a": 1}),
        ({"type": "array", "items": {"type": "integer"}, "example": [1, 2]}, [1, 2]),
        ({"oneOf": [{"type": "null"}, {"const": "x"}]}, "x"),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": True}, 1),
        ({"minimum": 4, "maximum": 4}, 4),
    ],
)
def test_examples_and_defaults_first(schema: dict[str, Any], value: Any) -> None:
    assert made(schema) == value


def test_a_pattern_that_cannot_be_read_is_matched_by_what_is_known() -> None:
    assert made({"type": "string", "pattern": r"^(?=.*\d)\S{8,}$"}, "new_password") == "Correct-Horse-9"
    with pytest.raises(Unbuildable, match="no text is known that matches"):
        made({"type": "string", "pattern": r"^(?=x)xyz$"})


def test_what_is_required_or_has_an_example_and_nothing_that_is_read_only() -> None:
    schema = {
        "required": ["a", "id"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "a": {"type": "integer", "const": 1},
            "b": {"type": "integer"},
            "c": {"type": "integer", "example": 3},
        },
    }
    assert made(schema) == {"a": 1, "c": 3}


def test_a_change_without_required_properties_changes_something() -> None:
    assert made({"properties": {"a": {"const": 1}, "b": {"const": 2}}}) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("email", {"type": "string"}),
        ("contact", {"type": "string", "format": "email", "example": "ben@example.org"}),
        ("name", {"type": "string", "maxLength": 10}),
        ("userName", {"type": "string", "minLength": 20, "maxLength": 30}),
        ("sku", {"type": "string", "pattern": "^[A-Z]{4}[0-9]{6}$", "example": "ABCD123456"}),
    ],
)
def test_what_there_is_only_once_differs_each_time(name: str, schema: dict[str, Any]) -> None:
    values = {made(schema, name, distinct=True) for _ in range(50)}
    assert len(values) == 50
    for value in values:
        accepted(schema, value)


def test_a_city_may_be_the_same() -> None:
    assert made({"type": "string"}, "city_name", distinct=True) == "Berlin"


def test_items_that_must_differ() -> None:
    for items in ({"enum": ["a", "b", "c"]}, {"type": "integer", "minimum": 5, "maximum": 9}, {"type": "string"}):
        schema = {"type": "array", "items": items, "minItems": 3, "uniqueItems": True}
        accepted(schema, made(schema))


def test_circles_end_where_they_may_and_are_refused_where_not() -> None:
    endless = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Endless"}}}
    node = {
        "required": ["next"],
        "properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]}},
    }
    assert made({"$ref": "#/components/schemas/Tree"}, Tree=TREE)["children"] == []
    assert made({"$ref": "#/components/schemas/Node"}, Node=node) == {"next": None}
    with pytest.raises(Unbuildable, match="refers to itself"):
        made({"$ref": "#/components/schemas/Endless"}, Endless=endless)


def test_what_ends_is_later_than_what_begins() -> None:
    moment = {"type": "string", "format": "date-time"}
    booking = made({"properties": {"arrives": moment, "departs": moment}})
    assert booking["departs"] > booking["arrives"]


@pytest.mark.parametrize(
    ("discriminator", "kind"),
    [
        ({"propertyName": "kind"}, "Cat"),
        ({"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog", "cat": "Cat"}}, "cat"),
    ],
)
def test_a_discriminator_has_the_value_of_what_is_beside_it(discriminator: Any, kind: str) -> None:
    def animal(**own: Any) -> dict[str, Any]:
        return {"type": "object", "properties": {"kind": {"type": "string"}, **own}, "required": list(own)}

    cat, dog = animal(lives={"const": 9}), animal(tricks={"const": 1})
    either = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
    assert made({**either, "discriminator": discriminator}, Cat=cat, Dog=dog) == {"kind": kind, "lives": 9}
    base = {**animal(), "discriminator": discriminator}
    heir = {
        "allOf": [{"$ref": "#/components/schemas/Animal"}, {"required": ["lives"], "properties": {"lives": {"const": 9}}}]
    }
    assert made({"$ref": "#/components/schemas/Cat"}, Animal=base, Cat=heir) == {"kind": kind, "lives": 9}


def test_entities_that_know_each_other_have_an_end() -> None:
    def refer(number: int) -> dict[str, Any]:
        return {"$ref": f"#/components/schemas/E{number % 25}"}

    entities = {
        f"E{one}": {"properties": {"id": {"const": one}, **{f"p{to}": refer(one * 7 + to * 3 + 1) for to in range(9)}}}
        for one in range(25)
    }
    value = made({"$ref": "#/components/schemas/E0"}, **entities)
    assert value["p0"] == {"id": 1}


def test_what_is_too_large_is_not_written_down() -> None:
    levels = {
        f"L{one}": {
            "required": ["a", "b"],
            "properties": {name: {"$ref": f"#/components/schemas/L{one + 1}"} for name in "ab"},
        }
        for one in range(20)
    }
    with pytest.raises(Unbuildable, match="too large"):
        made({"$ref": "#/components/schemas/L0"}, L20={"const": 1}, **levels)
