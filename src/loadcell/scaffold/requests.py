"""An operation and values for it → the call that sends the request. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from loadcell.scaffold.logins import Access, is_secret
from loadcell.scaffold.naming import constant
from loadcell.scaffold.operations import ABSENT, Body, Operation, Parameter
from loadcell.scaffold.python_code import Call, Code, Expression, Tuple, quoted, template
from loadcell.scaffold.schemas import Schemas, Unbuildable
from loadcell.scaffold.texts import FILE_FORMATS, is_once, unlike_all
from loadcell.scaffold.values import Values, file

_KEYWORDS = {"query": "params", "header": "headers", "cookie": "cookies"}
_IGNORED = frozenset(("accept", "content-type"))
"""Headers that OpenAPI doesn't take from parameters."""
_ORDERS = frozenset(("order", "orderBy", "order_by", "ordering", "sort", "sortBy", "sort_by"))
_FORM, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


def call(operation: Operation, variables: Sequence[str], schemas: Schemas, values: Values, access: Access) -> Call:
    """The request of an operation, whose path's parameters have their values in `variables`.

    Unbuildable where something that is required can't be made.
    """
    if operation.streams:
        raise Unbuildable("its answer is a stream, which may not end")
    named: dict[str, Expression] = {}
    for place, keyword in _KEYWORDS.items():
        if given := _given(operation, place, schemas, values, access.need):
            named[keyword] = given
    if operation.body:
        body = _body(operation.body, schemas, values)
        if "headers" in body and "headers" in named:
            body["headers"] = {**_mapping(named["headers"]), **_mapping(body["headers"])}
        named |= body
    if variables or "params" in named or access.is_in_query:
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
        if place == "header" and one.name.lower() in _IGNORED:
            continue
        if is_once(one.name):
            found[one.name] = unlike_all()
            continue
        if is_secret(one.name) and not (place == "query" and one.name == "key"):  # Which often asks for an entry.
            found[one.name] = need(f"API_{constant(one.name).removeprefix('X_')}")
            continue
        found |= _written(one, values.value(one.schema, one.name, one.example), schemas)
    return found


def _written(one: Parameter, value: Expression, schemas: Schemas) -> dict[str, Expression]:
    """A parameter as its style has it."""
    if one.is_json:
        return {one.name: Call("json.dumps", [value])}
    if isinstance(value, list) and (one.separator or one.place != "query"):
        return {one.name: _joined(value, one.separator or ",")}
    if one.place != "query":
        return {one.name: value if schemas.shape(one.schema).type == "string" else _text(value)}
    if isinstance(value, Mapping):
        # Services have an order by what they know, and not by any text.
        fields = {key: each for key, each in value.items() if not (key in _ORDERS and each in ("text", ["text"]))}
        return {f"{one.name}[{key}]" if one.is_deep else key: _plain(each) for key, each in fields.items()}
    return {one.name: _plain(value)}


def _plain(value: Expression) -> Expression:
    """A value as it stands in a query or in a form, where Python would write `True`."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value


def _flat(name: str, value: Expression) -> dict[str, Expression]:
    """The fields of a form for a value: `card[number]` for those of an object."""
    if not isinstance(value, Mapping):
        return {name: _plain(value)}
    return {key: one for part, each in value.items() for key, one in _flat(f"{name}[{part}]", each).items()}


def _joined(values: list[Expression], separator: str) -> Expression:
    """Several values in one text."""
    texts = [_text(value) for value in values]
    plain = [text for text in texts if isinstance(text, str)]
    if len(texts) == 1:
        return texts[0]
    return separator.join(plain) if len(plain) == len(texts) else Call(f"{quoted(separator)}.join", [texts])


def _body(body: Body, schemas: Schemas, values: Values) -> dict[str, Expression]:
    kind = body.media_type
    if kind in ("application/json", "*/*"):
        return {"json": values.value(body.schema, example=body.example)}
    if kind.endswith("+json"):
        return {"json": values.value(body.schema, example=body.example), "headers": {"Content-Type": kind}}
    if kind in (_FORM, _PARTS):
        return _form(body, schemas, values)
    if kind == "text/plain":
        return {"data": values.value(body.schema or {"type": "string"}, example=body.example)}
    if kind == "application/octet-stream" or kind.startswith("image/"):
        return {"data": file("", kind).parts[1], "headers": {"Content-Type": kind}}
    if isinstance(body.example, str):
        return {"data": body.example, "headers": {"Content-Type": kind}}
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
        parts = [(name, Tuple([None, one if name in texts else _text(one)])) for name, one in _each(data)]
        return {"files": dict(parts) if len(parts) == len(data) else [Tuple([name, part]) for name, part in parts]}
    if body.media_type == _PARTS:
        data = {name: Call("json.dumps", [one]) if isinstance(one, Mapping) else _plain(one) for name, one in data.items()}
    else:
        data = {key: one for name, value in data.items() for key, one in _flat(name, value).items()}
    found: dict[str, Expression] = {"files": files} if files else {}
    return {**found, "data": data} if data else found


def _each(data: Mapping[str, Expression]) -> Iterator[tuple[str, Expression]]:
    """The parts of a form: one for each element of a list."""
    for name, value in data.items():
        yield from ((name, one) for one in (value if isinstance(value, list) else [value]))


def _mapping(expression: Expression) -> dict[str, Expression]:
    return dict(expression) if isinstance(expression, dict) else {}


def _is_choice_of_texts(value: Expression) -> bool:
    if not isinstance(value, Call) or value.function != "random.choice":
        return False
    return all(isinstance(one, list) and all(isinstance(each, str) for each in one) for one in value.arguments)


def _text(value: Expression) -> Expression:
    if isinstance(value, str) or value == unlike_all() or _is_choice_of_texts(value):
        return value
    if isinstance(value, (Mapping, list)):
        return Call("json.dumps", [value])
    return str(_plain(value)) if isinstance(value, (bool, int, float)) else Call("str", [value])
