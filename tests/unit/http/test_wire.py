"""Response heads and the general parser; both must read the same bytes in the same way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.http.failures import MalformedResponse, RemoteDisconnected, RequestFailure, ResponseTooLarge
from loadcell.http.headers import parse_block
from loadcell.http.wire import MAX_HEAD, Head, Heads, ResponseParser, read_head

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain"


def parsed(data: bytes, method: str = "GET") -> ResponseParser:
    parser = ResponseParser(method)
    parser.feed(data)
    return parser


def test_a_plain_head_is_read_without_the_general_parser() -> None:
    head = read_head(PLAIN)
    assert head is not None
    assert (head.status, head.reason, head.length, head.keep_alive, head.plain) == (200, "OK", 5, True, True)


@pytest.mark.parametrize(
    ("first_line", "connection", "keep_alive"),
    [
        ("HTTP/1.1", None, True),
        ("HTTP/1.1", "keep-alive", True),
        ("HTTP/1.1", "Close", False),
        ("HTTP/1.0", None, False),
        ("HTTP/1.0", "Keep-Alive", True),
        ("HTTP/1.0", "close", False),
    ],
)
def test_whether_the_connection_stays(first_line: str, connection: str | None, keep_alive: bool) -> None:
    line = f"\r\nConnection: {connection}" if connection else ""
    raw = f"{first_line} 200 OK\r\nContent-Length: 0{line}".encode()
    fast, general = read_head(raw), parsed(raw + b"\r\n\r\n").head
    assert fast is not None
    assert general is not None
    assert fast.keep_alive == general.keep_alive == keep_alive


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 0",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 0",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: upgrade",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nUpgrade: h2c",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000,
        b"HTTP/1.1 200 OK\r\nContent-Length : 5",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n folded",
        b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\nContent-Length: 5",
        b"HTTP/2 200\r\nContent-Length: 5",
    ],
)
def test_everything_unusual_is_left_to_the_general_parser(raw: bytes) -> None:
    assert read_head(raw) is None


def test_heads_are_remembered_by_their_bytes() -> None:
    heads = Heads()
    first = heads.read(PLAIN)
    assert first is not None
    assert heads.get(PLAIN) is first


@pytest.mark.parametrize("line", [b"\r\nSet-Cookie: a=1", b"\r\nLocation: /x", b"\r\nX: " + b"x" * 5000])
def test_heads_that_need_more_work_or_room_are_not_remembered(line: bytes) -> None:
    heads = Heads()
    assert heads.read(PLAIN + line) is not None
    assert heads.get(PLAIN + line) is None


def test_the_memory_for_heads_is_bounded() -> None:
    heads = Heads()
    for number in range(3000):
        heads.read(PLAIN + b"\r\nX: %d" % number)
    known = sum(heads.get(PLAIN + b"\r\nX: %d" % number) is not None for number in range(3000))
    assert 0 < known <= 1024


def test_chunks_extensions_and_trailers() -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Check: 1\r\n\r\n"
    parser = parsed(data)
    assert parser.take() == b"abcde"
    assert parser.done
    assert parser.head is not None
    assert b"X-Check" not in parser.head.raw


def test_interim_responses_are_skipped() -> None:
    parser = parsed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + PLAIN + b"\r\n\r\nhello")
    assert parser.head is not None
    assert parser.head.status == 200
    assert b"Link" not in parser.head.raw
    assert (parser.take(), parser.done, parser.excess) == (b"hello", True, False)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_responses_that_have_no_body(status: bytes) -> None:
    parser = parsed(b"HTTP/1.1 %b\r\nContent-Length: 5\r\n\r\n" % status)
    assert parser.done
    assert parser.head is not None
    assert parser.head.keep_alive


@pytest.mark.parametrize(("version", "keep_alive"), [(b"1.1", True), (b"1.0", False)])
def test_the_answer_to_head_ends_with_its_head(version: bytes, keep_alive: bool) -> None:
    parser = parsed(b"HTTP/%b 200 OK\r\nContent-Length: 500\r\n\r\n" % version, "HEAD")
    assert parser.done
    assert not parser.excess
    assert parser.head is not None
    assert parser.head.length == 500
    assert version != b"1.0" or parser.head.keep_alive is keep_alive


def test_switching_protocols_is_final_and_ends_the_connection() -> None:
    parser = parsed(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00")
    assert parser.done
    assert parser.head is not None
    assert not parser.head.keep_alive


def test_bytes_after_the_end_are_noticed() -> None:
    parser = parsed(PLAIN + b"\r\n\r\nhello")
    assert not parser.excess
    parser.feed(b"more")
    assert parser.excess


def test_a_body_that_lasts_until_the_end() -> None:
    parser = parsed(b"HTTP/1.1 200 OK\r\n\r\nhel")
    parser.feed(b"lo")
    assert not parser.done
    parser.end()
    assert parser.done
    assert parser.take() == b"hello"


@pytest.mark.parametrize("framing", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_an_end_before_the_body_is_complete(framing: bytes) -> None:
    with pytest.raises(RemoteDisconnected, match="middle of the response body"):
        parsed(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n" % framing).end()


def test_a_head_without_end_is_given_up() -> None:
    parser = parsed(b"HTTP/1.1 200 OK\r\n")
    lines = b"".join(b"X-%d: 1\r\n" % number for number in range(MAX_HEAD // 8))
    with pytest.raises(ResponseTooLarge, match="head exceeds 64 KiB"):
        parser.feed(lines)


def test_interim_responses_without_end_are_given_up() -> None:
    with pytest.raises(ResponseTooLarge):
        parsed(b"HTTP/1.1 100 Continue\r\n\r\n" * (MAX_HEAD // 16))


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x01\x00\x02\x02\x16", b"<html></html>"])
def test_what_is_no_http_says_so_in_one_line(data: bytes) -> None:
    with pytest.raises(MalformedResponse, match=r"^malformed response: [^\n]+$"):
        parsed(data)


def essence(head: Head) -> tuple[object, ...]:
    headers = list(parse_block(head.raw.partition(b"\r\n")[2]).items())
    return head.status, head.reason, head.length, head.keep_alive, head.set_cookie, head.location, headers


LINES = st.lists(
    st.sampled_from(
        [
            b"Content-Length: 3",
            b"content-length:3 ",
            b"Connection: close",
            b"Connection: Keep-Alive",
            b"Connection: a, close",
            b"Set-Cookie: a=1",
            b"Location: /x",
            b"X: \xe4\xff",
            b"X : 1",
            b" folded",
            b"",
        ]
    )
    | st.binary(max_size=8),
    max_size=4,
)


@given(st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 404", b"HTTP/1.1 600 \xe4"]), LINES)
def test_what_the_fast_path_accepts_the_general_parser_reads_alike(first: bytes, lines: list[bytes]) -> None:
    raw = b"\r\n".join([first, b"Content-Length: 0", *lines]).partition(b"\r\n\r\n")[0]
    fast = read_head(raw)
    if fast is not None:
        general = parsed(raw + b"\r\n\r\n").head
        assert general is not None
        assert essence(general) == essence(fast)


@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"\r\n", b"Content-Length: 3\r\n"]), max_size=9
    )
)
def test_no_bytes_raise_anything_but_a_request_failure(pieces: list[bytes]) -> None:
    parser = ResponseParser("GET")
    try:
        for piece in pieces:
            parser.feed(piece)
            parser.take()
        if not parser.done:
            parser.end()
    except RequestFailure:
        pass
