"""What a scenario reads off a response."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from loadcell.http.decoding import DecodingError
from loadcell.http.failures import HTTPError, RemoteDisconnected, ResponseTooLarge

Browse = Callable[..., Any]
Write = Callable[..., bytes]


def test_text_json_and_content(browse: Browse, answer: Write) -> None:
    response = browse([answer('{"a": "ä"}'.encode(), Content_Type="application/json")]).session.get("/")
    assert response.text == '{"a": "ä"}'
    assert response.json() == {"a": "ä"}
    assert response.json(parse_int=str) == {"a": "ä"}
    assert response.content == '{"a": "ä"}'.encode()
    assert (response.encoding, response.reason, response.url) == ("utf-8", "OK", "http://shop/")
    assert response.headers["CONTENT-TYPE"] == "application/json"


@pytest.mark.parametrize(
    ("body", "value"),
    [(b"\xef\xbb\xbf[1]", [1]), ("[1]".encode("utf-16"), [1]), (b"[Infinity]", [float("inf")]), (b"1e3", 1000.0)],
)
def test_json_as_the_standard_library_reads_it(browse: Browse, answer: Write, body: bytes, value: object) -> None:
    response = browse([answer(body)]).session.get("/")
    if body.startswith(b"\xef\xbb\xbf"):
        assert response.content == body
    assert response.json() == value


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff\xfe\xff", b'"\xff', b"{'a': 1}"])
def test_no_json_is_a_json_decode_error(browse: Browse, answer: Write, body: bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        browse([answer(body)]).session.get("/").json()


def test_without_an_answer_json_is_a_json_decode_error(browse: Browse) -> None:
    with pytest.raises(json.JSONDecodeError):
        browse().session.get("/").json()


def test_the_charset(browse: Browse, answer: Write) -> None:
    response = browse([answer("ä€".encode("cp1252"), Content_Type="text/plain; charset=cp1252")]).session.get("/")
    assert (response.encoding, response.text) == ("cp1252", "ä€")
    response.encoding = "latin-1"
    assert response.text == "ä\x80"


@pytest.mark.parametrize("charset", ["nonsense", "hex", "undefined", "a\x7fb"])
def test_an_unusable_charset_is_read_as_utf_8(browse: Browse, answer: Write, charset: str) -> None:
    response = browse([answer("ä".encode(), Content_Type="text/plain; charset=x")]).session.get("/")
    response.encoding = charset
    assert response.text == "ä"
    assert list(response.iter_content(2, decode_unicode=True)) == ["ä"]
    assert list(response.iter_lines(decode_unicode=True)) == ["ä"]


def test_a_body_is_decoded_when_it_is_looked_at(browse: Browse, answer: Write) -> None:
    client = browse(
        [answer(gzip.compress(b"hello"), Content_Encoding="gzip")] * 2, [answer(b"junk", Content_Encoding="gzip")]
    )
    response = client.session.get("/")
    assert response.content == b"hello"
    assert response.raw_content == gzip.compress(b"hello")
    client.network.time += 10
    client.session.pool.close()
    broken = client.session.get("/")
    assert client.outcomes == ["ok", "ok"]
    with pytest.raises(DecodingError, match="not valid gzip"):
        _ = broken.text


def test_iter_content(browse: Browse, answer: Write) -> None:
    response = browse([answer("aäb".encode(), Content_Type="text/plain; charset=utf-8")]).session.get("/")
    assert list(response.iter_content(3)) == ["aä".encode(), b"b"]
    assert "".join(response.iter_content(2, decode_unicode=True)) == "aäb", "a character may be cut by a piece's end"


def test_iter_lines(browse: Browse, answer: Write) -> None:
    response = browse([answer(b"one\r\ntwo\n\nfour")]).session.get("/")
    assert list(response.iter_lines()) == [b"one", b"two", b"", b"four"]
    assert list(response.iter_lines(decode_unicode=True)) == ["one", "two", "", "four"]


def test_raise_for_status(browse: Browse, answer: Write) -> None:
    client = browse([answer(), answer(status="404 Not Found"), answer(status="600 Odd")], ConnectionRefusedError(111, "no"))
    client.session.get("/").raise_for_status()
    with pytest.raises(HTTPError, match="404 Client Error: Not Found for url: http://shop/a") as raised:
        client.session.get("/a").raise_for_status()
    assert raised.value.response.status_code == 404
    client.session.get("/").raise_for_status()
    client.session.pool.close()
    with pytest.raises(ConnectionRefusedError):
        client.session.get("/").raise_for_status()


def test_raise_for_status_knows_the_decision(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    with client.session.get("/", catch_response=True) as response:
        response.failure(KeyError("price"))
        with pytest.raises(KeyError):
            response.raise_for_status()


# Streams


def streamed(browse: Browse, *pieces: bytes | BaseException) -> Any:
    client = browse([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01", *pieces])
    client.response = client.session.get("/", stream=True)
    return client


def test_a_stream_is_counted_when_its_head_is_there(browse: Browse) -> None:
    client = streamed(browse, b"234567", b"89")
    assert client.sink.log == [("ok", "GET", "/")]
    assert client.sink.samples[0][1] == 10, "as announced"
    assert list(client.response.iter_content(None)) == [b"01", b"234567", b"89"]
    assert not client.network.streams[0].closed


def test_a_stream_that_was_read_leaves_its_connection(browse: Browse, answer: Write) -> None:
    client = streamed(browse, b"23456789", answer())
    assert client.response.content == client.response.content == b"0123456789"
    client.session.get("/")
    assert client.sink.connections == 1


@pytest.mark.parametrize("read", [0, 1])
def test_a_stream_that_is_closed_closes_its_connection(browse: Browse, read: int) -> None:
    client = streamed(browse, b"23456789")
    pieces = client.response.iter_content(None)
    for _ in range(read):
        next(pieces)
    client.response.close()
    assert client.network.streams[0].closed


def test_a_stream_nobody_keeps_closes_its_connection(browse: Browse) -> None:
    client = streamed(browse, b"23456789")
    client.response = None
    assert client.network.streams[0].closed


def test_a_stream_in_a_block_is_closed_at_its_end(browse: Browse) -> None:
    client = streamed(browse, b"23456789")
    with client.response as response:
        assert response.status_code == 200
    assert client.network.streams[0].closed


def test_a_stream_that_breaks_off_raises_where_it_is_read(browse: Browse) -> None:
    client = streamed(browse, b"2345")
    with pytest.raises(RemoteDisconnected, match="middle of the response body"):
        _ = client.response.content
    assert client.network.streams[0].closed


def test_lines_and_decoded_pieces_of_a_stream(browse: Browse) -> None:
    body = gzip.compress(b"one\ntwo\nthree")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    client = browse([head, body[:9], body[9:20], body[20:]])
    assert list(client.session.get("/", stream=True).iter_lines()) == [b"one", b"two", b"three"]


def test_a_line_without_end(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadcell.http.response.MAX_LINE", 100)
    client = browse([b"HTTP/1.0 200 OK\r\n\r\n", *[b"0123456789"] * 20])
    with pytest.raises(ResponseTooLarge, match="a line"):
        list(client.session.get("/", stream=True).iter_lines())
    assert client.network.streams[0].closed


def test_a_redirect_to_a_stream(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"", "302 Found", Location="/b"), answer()])
    assert list(client.session.get("/", stream=True).iter_lines()) == [b"hello"]
    assert client.sink.connections == 1
