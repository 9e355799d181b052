import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.http.headers import Headers, InvalidHeader, parse_block


def test_names_are_compared_without_case_and_kept_as_written_last() -> None:
    headers = Headers({"Content-Type": "a/b"})
    assert headers["content-TYPE"] == "a/b"
    assert "CONTENT-type" in headers
    headers["content-type"] = "c/d"
    assert list(headers.items()) == [("content-type", "c/d")]


def test_several_values_are_joined_and_also_to_be_had_one_by_one() -> None:
    headers = Headers([("Set-Cookie", "a=1"), ("X", "y"), ("set-cookie", "b=2")])
    assert headers["Set-Cookie"] == headers.get("set-cookie") == "a=1, b=2"
    assert headers.get_list("SET-COOKIE") == ["a=1", "b=2"]
    assert headers.get_list("Missing") == []
    assert headers.encode() == b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX: y\r\n"
    assert len(headers) == 2


def test_none_removes_a_header() -> None:
    headers = Headers({"A": "1", "B": None})
    headers.update({"a": None, "C": "3"})
    headers["D"] = None
    assert headers == {"c": "3"}


def test_bytes_and_numbers_become_text() -> None:
    assert Headers({b"A": b"\xe9", "N": 5}) == {"A": "é", "N": "5"}


def test_behaves_as_a_mapping() -> None:
    headers = Headers({"A": "1", "B": "2"})
    assert headers.pop("a") == "1"
    assert headers.pop("a", "none") == "none"
    assert headers.get("a") is None
    assert headers.get("a", "d") == "d"
    assert headers.setdefault("b", "x") == "2"
    assert headers.setdefault("c", "x") == "x"
    assert dict(headers) == {"B": "2", "c": "x"}
    assert repr(headers) == "{'B': '2', 'c': 'x'}"
    with pytest.raises(KeyError):
        headers["missing"]


def test_equals_any_mapping_with_the_same_names_and_values() -> None:
    assert Headers({"A": "1"}) == {"a": "1"}
    assert Headers({"A": "1"}) == Headers({"a": "1"})
    assert Headers({"A": "1"}) != {"a": "2"}
    assert Headers({"A": "1"}) != [("A", "1")]


def test_a_copy_is_independent() -> None:
    headers = Headers({"A": "1"})
    other = headers.copy()
    other["A"] = "2"
    assert headers == {"A": "1"}


def test_every_change_raises_the_version() -> None:
    headers = Headers()
    versions = [headers.version]
    for change in (
        lambda: headers.update({"A": "1"}),
        lambda: headers.update(Headers({"B": "1"})),
        lambda: headers.update(C="1"),
        lambda: headers.__setitem__("A", "2"),
        lambda: headers.add("A", "3"),
        lambda: headers.setdefault("D", "1"),
        lambda: headers.pop("D"),
        lambda: headers.__setitem__("C", None),
        lambda: headers.__delitem__("B"),
        lambda: headers.clear(),
    ):
        change()
        versions.append(headers.version)
    assert versions == sorted(set(versions))


def test_values_go_out_as_latin_1_or_else_utf_8() -> None:
    assert Headers({"A": "é", "B": ""}).encode() == b"A: \xe9\r\nB: \r\n"
    assert Headers({"A": "é", "B": "€"}).encode() == b"A: \xe9\r\nB: \xe2\x82\xac\r\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X", "a\r\nInjected: b"),
        ("X", "a\n"),
        ("X", "a\rb"),
        ("X", "a\0b"),
        ("X", "\0"),
        ("X", " a"),
        ("", "a"),
        (" X", "a"),
        ("X:", "a"),
        ("X\r\nY", "a"),
        ("A: b\r\nY", "a"),
        ("\0", "a"),
    ],
)
def test_refuses_to_send_what_would_break_the_block(name: str, value: str) -> None:
    headers = Headers({"Good": "1", name: value})
    with pytest.raises(InvalidHeader, match="can't be sent") as raised:
        headers.encode()
    assert repr(value) in str(raised.value)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"A: 1\r\nB:2\r\n", {"A": "1", "B": "2"}),
        (b"A: 1\r\nB: 2\r\n\r\n", {"A": "1", "B": "2"}),
        (b"A: 1\nB: 2\n", {"A": "1", "B": "2"}),
        (b"A : 1 \t\r\n", {"A": "1"}),
        (b"A: one\r\n  two\r\n\tthree\r\nB: 2\r\n", {"A": "one two three", "B": "2"}),
        (b"A:\r\n 1\r\n", {"A": "1"}),
        (b" folded from nothing\r\nA: 1\r\n", {"A": "1"}),
        (b"nonsense\r\n and more\r\nA: 1\r\n: empty\r\n", {"A": "1"}),
        (b"A: \xe9:x\r\n", {"A": "é:x"}),
        (b"", {}),
    ],
)
def test_reads_the_block_of_a_response(block: bytes, expected: dict[str, str]) -> None:
    assert parse_block(block) == expected


def test_folding_continues_the_latest_of_several_values() -> None:
    assert parse_block(b"A: 1\r\nB: x\r\nA: 2\r\n 3\r\n").get_list("a") == ["1", "2 3"]


_names = st.from_regex(r"[A-Za-z0-9-]{1,12}", fullmatch=True)
_values = st.from_regex(r"(?:[!-~\xa1-\xff](?:[ -~\xa1-\xff]{0,20}[!-~\xa1-\xff])?)?", fullmatch=True)


@given(st.lists(st.tuples(_names, _values)))
def test_what_is_encoded_is_read_back(pairs: list[tuple[str, str]]) -> None:
    headers = Headers(pairs)
    assert parse_block(headers.encode()) == headers


@given(st.binary())
def test_reads_any_bytes(block: bytes) -> None:
    parse_block(block)
