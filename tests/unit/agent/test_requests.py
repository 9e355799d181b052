"""What is asked of an agent: heads of requests, and nothing more."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadcell.agent.requests import JSON, LINES, NotUnderstood, Request, head, names_this_machine


def test_a_question() -> None:
    request = Request.of(b"GET /readings?phase=0.5 HTTP/1.1\r\nHost: web1:8900\r\nAuthorization: Bearer x\r\n\r\n")
    assert (request.method, request.path, request.query, request.keeps) == ("GET", "/readings", "phase=0.5", True)
    assert request.headers == {"host": "web1:8900", "authorization": "Bearer x"}
    assert not Request.of(b"GET / HTTP/1.0\r\n\r\n").keeps
    assert not Request.of(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").keeps


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"CONNECT web1:22 HTTP/1.1\r\nHost: web1\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
)
def test_what_is_more_or_less_than_a_question(sent: bytes) -> None:
    with pytest.raises(NotUnderstood):
        Request.of(sent)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_whatever_is_sent_is_a_request_or_none(sent: bytes) -> None:
    for each in (sent, b"GET " + sent, b"GET / HTTP/1.1\r\n" + sent):
        try:
            Request.of(each + b"\r\n\r\n")
        except NotUnderstood:
            pass


def test_heads_of_answers() -> None:
    assert head(HTTPStatus.OK, JSON, 3).splitlines()[-2:] == [b"Content-Length: 3", b""]
    assert b"Connection: close" in head(HTTPStatus.OK, LINES, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8900", "localhost:1", "LOCALHOST", "[::1]:8900", "127.3.2.1"])
def test_names_of_loopback(host: str) -> None:
    assert names_this_machine(host)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:8900", "0.0.0.0:1", "10.0.0.1", "localhost.evil.example"]
)
def test_names_of_elsewhere(host: str) -> None:
    assert not names_this_machine(host)
