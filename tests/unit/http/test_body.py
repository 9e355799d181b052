import io
import json as stdlib_json
from collections.abc import Callable, Iterator
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from enum import IntEnum
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadcell.http.body import FORM, JSON, Body, encode


class Level(IntEnum):
    HIGH = 3


class Name(str):
    pass


class Chunks:
    def __iter__(self) -> Iterator[str | bytes]:
        yield b"a"
        yield "é"


class NamedFile(io.BytesIO):
    def __init__(self, content: bytes, name: object) -> None:
        super().__init__(content)
        self.name = name


@pytest.mark.parametrize(
    ("data", "content", "content_type"),
    [
        (None, b"", None),
        ({}, b"", None),
        ("", b"", None),
        ({"a": 1}, b"a=1", FORM),
        ({"a": None}, b"", FORM),
        ({"a": [1, 2]}, b"a=1&a=2", FORM),
        ([("a", "1"), ("b", None), ("a", "é &")], b"a=1&a=%C3%A9+%26", FORM),
        ((("a", "b"),), b"a=b", FORM),
        ("é=1", b"\xc3\xa9=1", None),
        (b"x", b"x", None),
        (bytearray(b"x"), b"x", None),
        (memoryview(b"x"), b"x", None),
        (Chunks(), b"a\xc3\xa9", None),
        (iter([b"q"]), b"q", None),
    ],
)
def test_encodes_data_as_requests_does(data: Any, content: bytes, content_type: str | None) -> None:
    assert encode(data) == Body(content, content_type)


def test_a_file_is_read_from_where_it_stands() -> None:
    file = io.BytesIO(b"abc")
    file.read(1)
    assert encode(file) == Body(b"bc")
    assert encode(io.StringIO("é")) == Body(b"\xc3\xa9")


@pytest.mark.parametrize("data", [5, [1, 2], iter([1])])
def test_refuses_data_that_is_none(data: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode(data)


@pytest.mark.parametrize(
    "value",
    [
        {"a": "é", "b": [1, 2.5, True, None]},
        [],
        {},
        "s",
        0,
        False,
        1.5,
        (1, 2),
        {1: 2, False: 3, None: 4, 1.5: 5},
        {"n": {"m": [{"z": (1,)}]}},
        10**30,
        -(10**30),
        "\ud800",
        Level.HIGH,
        {"k": Name("v")},
        {Name("k"): 1},
    ],
)
def test_json_means_to_a_server_what_the_standard_encoder_writes(value: Any) -> None:
    body = encode(json=value)
    assert body.content_type == JSON
    assert stdlib_json.loads(body.content) == stdlib_json.loads(stdlib_json.dumps(value))


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=50)
@given(_json_values.filter(lambda value: value is not None))
def test_json_is_read_back(value: Any) -> None:
    assert stdlib_json.loads(encode(json=value).content) == value


@pytest.mark.parametrize(
    "value", [{1}, b"x", Decimal(1), {"a": [{"b": {2}}]}, {"a": b"x"}, {("a",): 1}, object(), {"a": [None, b"x"]}]
)
def test_refuses_what_json_has_no_form_for(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(json=value)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": {"b": float("-inf")}}])
def test_refuses_numbers_that_json_has_no_form_for(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(json=value)


def test_data_goes_before_json_unless_it_is_empty() -> None:
    assert encode({"a": 1}, {"b": 1}) == Body(b"a=1", FORM)
    assert encode({}, {"b": 1}).content_type == JSON
    assert encode("", []) == Body(b"[]", JSON)


def _normal(body: Body) -> bytes:
    assert body.content_type is not None
    kind, _, boundary = body.content_type.partition("; boundary=")
    assert kind == "multipart/form-data"
    assert len(boundary) == 32
    return body.content.replace(boundary.encode(), b"B")


@pytest.mark.parametrize(
    ("file", "part"),
    [
        (lambda: b"x", b'name="f"; filename="f"\r\n\r\nx'),
        (lambda: "xé", b'name="f"; filename="f"\r\n\r\nx\xc3\xa9'),
        (lambda: 5, b'name="f"; filename="f"\r\n\r\n5'),
        (lambda: io.BytesIO(b"2"), b'name="f"; filename="f"\r\n\r\n2'),
        (lambda: io.StringIO("é"), b'name="f"; filename="f"\r\n\r\n\xc3\xa9'),
        (lambda: NamedFile(b"1", '/x/n "q".txt'), b'name="f"; filename="n %22q%22.txt"\r\n\r\n1'),
        (lambda: NamedFile(b"1", b"/x/n.txt"), b'name="f"; filename="n.txt"\r\n\r\n1'),
        (lambda: NamedFile(b"1", "<stdin>"), b'name="f"; filename="f"\r\n\r\n1'),
        (lambda: NamedFile(b"1", 3), b'name="f"; filename="f"\r\n\r\n1'),
        (lambda: ("n.txt", b"d"), b'name="f"; filename="n.txt"\r\n\r\nd'),
        (lambda: ["n.txt", io.BytesIO(b"d")], b'name="f"; filename="n.txt"\r\n\r\nd'),
        (lambda: ("", b"d"), b'name="f"; filename=""\r\n\r\nd'),
        (lambda: (None, "v"), b'name="f"\r\n\r\nv'),
        (lambda: ('n\r\n"\\ü', b"d"), b'name="f"; filename="n%0D%0A%22\\\xc3\xbc"\r\n\r\nd'),
        (lambda: ("n", "d", "text/x"), b'name="f"; filename="n"\r\nContent-Type: text/x\r\n\r\nd'),
        (
            lambda: ("n", b"d", "text/x", {"X-A": "b", "Content-Disposition": "no", "content-type": "no"}),
            b'name="f"; filename="n"\r\nContent-Type: text/x\r\nX-A: b\r\n\r\nd',
        ),
        (lambda: ("n", b"d", None, {"Content-Type": "no"}), b'name="f"; filename="n"\r\n\r\nd'),
    ],
)
def test_encodes_a_file_as_requests_does(file: Callable[[], Any], part: bytes) -> None:
    body = encode(files={"f": file()})
    assert _normal(body) == b"--B\r\nContent-Disposition: form-data; " + part + b"\r\n--B--\r\n"


def test_fields_come_before_files() -> None:
    body = encode([("a", None), ("b", 1), (b"c", ["x", b"y"])], json={"not": "sent"}, files=[("f", b"1"), ("f", b"2")])
    form = b"--B\r\nContent-Disposition: form-data; name="
    assert _normal(body) == (
        form + b'"b"\r\n\r\n1\r\n' + form + b'"c"\r\n\r\nx\r\n' + form + b'"c"\r\n\r\ny\r\n'
        + form + b'"f"; filename="f"\r\n\r\n1\r\n' + form + b'"f"; filename="f"\r\n\r\n2\r\n--B--\r\n'
    )  # fmt: skip


def test_files_that_are_none_are_left_out() -> None:
    assert _normal(encode(files={"f": None, "g": ("n", None)})) == b"--B--\r\n"


def test_without_files_data_is_a_form() -> None:
    assert encode({"a": 1}, files={}) == Body(b"a=1", FORM)


def test_two_bodies_have_two_boundaries() -> None:
    assert encode(files={"f": b"x"}).content_type != encode(files={"f": b"x"}).content_type


@pytest.mark.parametrize("data", ["text", b"bytes"])
def test_refuses_text_beside_files(data: Any) -> None:
    with pytest.raises(ValueError, match="must be fields"):
        encode(data, files={"f": b"x"})


@pytest.mark.parametrize("file", [("n",), ("n", b"d", "t", {}, 1)])
def test_refuses_files_of_too_few_or_too_many_values(file: Any) -> None:
    with pytest.raises(ValueError, match="filename"):
        encode(files={"f": file})


def test_a_parser_reads_the_parts_back() -> None:
    body = encode({"d": "v"}, files={"f": ("n.bin", bytes(range(256)), "application/x")})
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {body.content_type}\r\n\r\n".encode() + body.content)
    field, file = message.iter_parts()
    assert field.get_param("name", header="content-disposition") == "d"
    assert file.get_filename() == "n.bin"
    assert file.get_payload(decode=True) == bytes(range(256))


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_a_form_is_read_back(pairs: list[tuple[str, str]]) -> None:
    try:
        content = encode(pairs).content.decode("ascii")
    except UnicodeEncodeError:
        return
    assert parse_qsl(content, keep_blank_values=True) == pairs
