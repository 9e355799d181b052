"""What FastHttpUser's client does otherwise than HttpUser's."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest

from loadcell.http import fast
from loadcell.http.failures import LocustBadStatusCode, LocustError
from loadcell.http.fast import ErrorResponse, FastSession

Browse = Callable[..., Any]
Write = Callable[..., bytes]


@pytest.fixture(autouse=True)
def warn_anew() -> None:
    fast._warn_of.cache_clear()


def test_the_arguments_stand_in_locusts_order(browse: Browse, answer: Write) -> None:
    client = browse([answer()], fast=True)
    client.session.request("POST", "/a", "order", "text", False, False, {"X-A": "1"}, ("u", "p"))
    sent = client.sent()
    assert sent.startswith("POST /a HTTP/1.1")
    assert sent.endswith("\r\n\r\ntext")
    assert "X-A: 1\r\n" in sent
    assert "Authorization: Basic dTpw\r\n" in sent
    assert client.names == ["order"]


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        ("get", {"timeout": 5}, "GET /a?timeout=5 "),
        ("get", {"params": {"b": 1}, "timeout": 5}, "GET /a?b=1&timeout=5 "),
        ("post", {"timeout": 5}, "\r\n\r\ntimeout=5"),
        ("post", {"data": {"b": 1}, "c": 2}, "\r\n\r\nb=1&c=2"),
        ("post", {"data": "text", "c": 2}, "\r\n\r\ntext"),
        ("post", {"json": {"b": 1}, "c": 2}, '\r\n\r\n{"b":1}'),
    ],
)
def test_unknown_keywords_go_where_locust_puts_them(
    browse: Browse, answer: Write, method: str, options: dict[str, Any], expected: str
) -> None:
    client = browse([answer()], fast=True)
    getattr(client.session, method)("/a", **options)
    assert expected in client.sent()


def test_each_unknown_keyword_is_warned_of_once(browse: Browse, answer: Write, caplog: pytest.LogCaptureFixture) -> None:
    client = browse([answer()] * 3, fast=True)
    with caplog.at_level(logging.WARNING):
        client.session.get("/a", timeout=5)
        client.session.get("/b", timeout=5)
        client.session.get("/b", verify=False)
    first, second = caplog.messages
    assert "timeout=" in first
    assert "network_timeout" in first
    assert "verify=" in second


def test_a_bad_status_is_the_responses_error(browse: Browse, answer: Write) -> None:
    client = browse([answer(status="404 Not Found")], fast=True)
    response = client.session.get("/")
    assert repr(response.error) == "LocustBadStatusCode(code=404)"
    assert str(response.error) == f"URL {response.url}: code=404"
    assert repr(client.sink.errors) == "[LocustBadStatusCode(code=404)]"
    with pytest.raises(LocustBadStatusCode):
        response.raise_for_status()


def test_without_an_answer_there_is_an_error_response(browse: Browse) -> None:
    client = browse(ConnectionRefusedError(111, "refused"), fast=True)
    response = client.session.get("/")
    assert isinstance(response, ErrorResponse)
    assert (response.status_code, response.content, response.text, response.ok) == (0, None, None, True)
    with pytest.raises(ConnectionRefusedError):
        response.raise_for_status()


def test_the_event_has_the_url_as_it_was_written(browse: Browse, answer: Write) -> None:
    client = browse([answer()], fast=True)
    seen: list[dict[str, Any]] = []
    client.event.add_listener(lambda **meta: seen.append(meta))
    client.session.get("/a b", params={"c": 1})
    assert seen[0]["url"] == "http://shop/a b"
    assert seen[0]["name"] == "/a b"
    assert set(seen[0]) == {
        "request_type", "name", "response_time", "response_length", "response", "context", "exception", "start_time", "url"
    }  # fmt: skip


@pytest.mark.parametrize("options", [{"max_redirects": 0}, {"allow_redirects": False}])
def test_a_redirect_that_is_not_to_be_followed_is_a_success(browse: Browse, answer: Write, options: dict[str, Any]) -> None:
    client = browse([answer(b"", "302 Found", Location="/b"), answer()], fast=True)
    assert client.session.get("/a", **options).status_code == 302
    assert client.outcomes == ["ok"]


def test_head_follows_redirects(browse: Browse) -> None:
    there = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    client = browse([there, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"], fast=True)
    assert client.session.head("/a").url == "http://shop/b"


def test_bodies_say_of_what_type_they_are(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3, fast=True)
    client.session.post("/", data="a")
    client.session.post("/", data={"a": 1})
    client.session.post("/", data=b"a", headers={"Content-Type": "image/png"})
    types = [line for line in client.sent().splitlines() if line.startswith("Content-Type")]
    assert types == [
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        "Content-Type: image/png",
    ]


def test_a_body_can_be_read_as_a_file_and_in_pieces(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"hello w\xc3\xb6rld"), answer(b"ab\xffcd"), answer(b"a\nb\nc")], fast=True)
    response = client.session.get("/", stream=True)
    assert response.read(5) == b"hello"
    assert response.stream.read() == " wörld".encode()
    assert list(client.session.get("/", stream=True).iter_content(2)) == ["ab", b"\xffc", "d"]
    assert list(client.session.iter_lines("/")) == ["a", "b", "c"]


def test_what_stands_below_the_client(browse: Browse, answer: Write) -> None:
    client = browse([answer(Set_Cookie="a=1")], [answer()], fast=True)
    client.session.get("/")
    assert [cookie.name for cookie in client.session.cookiejar] == ["a"]
    client.session.client.clientpool.close()
    assert client.network.streams[0].closed
    assert client.session.get("/").status_code == 200


def test_the_conversation_can_be_written_down(browse: Browse, answer: Write) -> None:
    client = browse([answer()], fast=True)
    written = io.StringIO()
    client.session.post("/a", data="text", debug_stream=written)
    assert "REQUEST: http://shop/a\nPOST /a HTTP/1.1" in written.getvalue()
    assert "RESPONSE: HTTP/1.1 200\n" in written.getvalue()
    assert "hello" in written.getvalue()


def test_a_shared_pool_of_whatever_kind_is_shared(browse: Browse, answer: Write) -> None:
    theirs = object()
    client = browse([answer(), answer()], fast=True, client_pool=theirs)
    other = FastSession("http://shop", client.event, None, client_pool=theirs, transport=client.session._transport)
    client.session.get("/")
    other.get("/")
    assert len(client.network.streams) == 1


def test_a_proxy_is_refused_with_what_to_use(browse: Browse) -> None:
    with pytest.raises(LocustError, match="RequestsUser"):
        browse(fast=True, proxy_host="proxy")
