"""An operation and values for it → the call that sends the request. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from loadcell.scaffold.logins import is_secret
from loadcell.scaffold.naming import constant
from loadcell.scaffold.operations import ABSENT, Body, Operation
from loadcell.scaffold.python_code import Call, Code, Expression, Tuple, template
from loadcell.scaffold.schemas import Schemas, Unbuildable
from loadcell.scaffold.texts import FILE_FORMATS
from loadcell.scaffold.values import Values, file

_KEYWORDS = {"query": "params", "header": "headers", "cookie": "cookies"}
_FORM, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


def call(
    operation: Operation, variables: Sequence[str], schemas: Schemas, values: Values, need: Callable[[str], Code]
) -> Call:
    """The request of an operation, whose path's parameters have their values in `variables`.

    `need` gives a credential's constant. Unbuildable where something that is required can't be made.
    """
    named: dict[str, Expression] = {}
    for place, keyword in _KEYWORDS.items():
        if given := _given(operation, place, schemas, values, need):
            named[keyword] = given
    if operation.body:
        body = _body(operation.body, schemas, values)
        if "headers" in body and "headers" in named:
            body["headers"] = {**_mapping(named["headers"]), **_mapping(body["headers"])}
        named |= body
    if variables or "params" in named:
        named["name"] = operation.path
    path = template(operation.path, dict(zip(operation.path_parameters, variables, strict=True)))
    return Call(f"self.client.{operation.method.lower()}", [path], named)


def _given(
    operation: Operation, place: str, schemas: Schemas, values: Values, need: Callable[[str], Code]
) -> dict[str, Expression]:
    """The parameters of one place that are required or have an example; secrets come from the environment."""
    found: dict[str, Expression] = {}
    for one in operation.parameters:
        if one.place != place or not (one.required or one.example is not ABSENT):
            continue
        if is_secret(one.name) and not (place == "query" and one.name == "key"):  # Which often asks for an entry.
            found[one.name] = need(f"API_{constant(one.name).removeprefix('X_')}")
            continue
        value = values.value(one.schema, one.name, one.example)
        is_text = place == "query" or isinstance(value, str) or schemas.shape(one.schema).type == "string"
        found[one.name] = value if is_text else Call("str", [value])
    return found


def _body(body: Body, schemas: Schemas, values: Values) -> dict[str, Expression]:
    kind = body.media_type
    if kind == "application/json":
        return {"json": values.value(body.schema, example=body.example)}
    if kind.endswith("+json"):
        return {"json": values.value(body.schema, example=body.example), "headers": {"Content-Type": kind}}
    if kind in (_FORM, _PARTS):
        return _form(body, schemas, values)
    if kind == "text/plain":
        return {"data": values.value(body.schema or {"type": "string"}, example=body.example)}
    if kind == "application/octet-stream" or kind.startswith("image/"):
        return {"data": file("", kind).parts[1], "headers": {"Content-Type": kind}}
    raise Unbuildable(f"its body is {kind}")


def _form(body: Body, schemas: Schemas, values: Values) -> dict[str, Expression]:
    """The fields of a form, and its files."""
    schema = schemas.shape(body.schema).schema
    fields = dict(schema.get("properties") or {})
    files: list[Expression] = []
    for name in list(fields):
        shape = schemas.shape(fields[name])
        single = schemas.shape(shape.schema.get("items")).schema if shape.type == "array" else shape.schema
        if {single.get("format"), single.get("contentMediaType")}.intersection(FILE_FORMATS):
            files.append(Tuple([str(name), file(name, str(single.get("contentMediaType") or ""))]))
            del fields[name]
    required = [name for name in schema.get("required") or () if name in fields]
    rest = {**schema, "properties": fields, "required": required}
    data = _mapping(values.value(rest, example=body.example)) if fields else {}
    if not files and body.media_type == _PARTS:
        # Files without a name are the fields of a form of several parts.
        texts = {name for name in fields if schemas.shape(fields[name]).type == "string"}
        return {"files": {name: Tuple([None, value if name in texts else _text(value)]) for name, value in data.items()}}
    found: dict[str, Expression] = {"files": files} if files else {}
    return {**found, "data": data} if data else found


def _mapping(expression: Expression) -> dict[str, Expression]:
    return dict(expression) if isinstance(expression, dict) else {}


def _text(value: Expression) -> Expression:
    return value if isinstance(value, str) else Call("str", [value])
