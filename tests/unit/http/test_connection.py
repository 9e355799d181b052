"""Idle connections, and one response read off a stream."""

from __future__ import annotations

import pytest

from loadcell.http.connection import IDLE_IN_ALL, IDLE_PER_ORIGIN, Answer, Idle, Pool
from loadcell.http.failures import MalformedResponse, ReadTimeout, RemoteDisconnected, ResponseTooLarge
from loadcell.http.network import FakeNetwork, FakeStream
from loadcell.http.tls import Trust
from loadcell.http.wire import Heads

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


def stream(*answers: bytes | BaseException) -> FakeStream:
    return FakeStream(FakeNetwork([]), answers)


def answer_to(method: str, first: bytes, *more: bytes | BaseException) -> Answer:
    return Answer(stream(*more), method, first, lambda: 0.0 + 1e9, Heads())


def test_every_idle_connection_is_given_out_once() -> None:
    idle = Idle()
    first, second = stream(b"x"), stream(b"x")
    idle.give("a", first)
    assert idle.take("b") is None
    idle.give("a", second)
    assert {idle.take("a"), idle.take("a")} == {first, second}
    assert idle.take("a") is None


def test_a_connection_that_has_died_is_closed_and_not_given_out() -> None:
    idle, alive, dead = Idle(), stream(b"x"), [stream(), stream()]
    for each in (dead[0], alive, dead[1]):
        idle.give("a", each)
    assert idle.take("a") is alive
    assert [each.closed for each in dead] == [True, True]


def test_connections_to_several_origins_are_kept() -> None:
    idle = Idle()
    one, other = stream(b"x"), stream(b"x")
    idle.give("a", one)
    idle.give("b", other)
    assert idle.take("b") is other
    assert idle.take("a") is one


def test_more_idle_connections_than_are_kept_are_closed() -> None:
    idle = Idle()
    streams = [stream() for _ in range(IDLE_PER_ORIGIN + 2)]
    for each in streams:
        idle.give("a", each)
    assert [each.closed for each in streams] == [False] * (IDLE_PER_ORIGIN + 1) + [True]


def test_the_oldest_is_closed_when_there_are_too_many_of_all_origins() -> None:
    idle = Idle()
    streams = [stream(b"x") for _ in range(IDLE_IN_ALL + 3)]
    for number, each in enumerate(streams):
        idle.give(f"origin {number}", each)
    assert [number for number, each in enumerate(streams) if each.closed] == [1, 2]
    assert idle.take("origin 1") is None
    assert idle.take("origin 3") is streams[3]


def test_a_pool_keeps_apart_what_was_made_with_different_trust() -> None:
    pool = Pool()
    secure, insecure = pool.idle(Trust()), pool.idle(Trust(verify=False))
    each = stream()
    secure.give("a", each)
    assert insecure.take("a") is None
    assert pool.idle(Trust(True)) is secure
    pool.close()
    assert each.closed
    assert secure.take("a") is None


def test_a_body_in_pieces() -> None:
    answer = answer_to("GET", HEAD + b"he", b"ll", b"o")
    assert list(answer.pieces()) == [b"he", b"ll", b"o"]
    assert answer.complete


def test_a_body_with_a_surplus_is_complete_but_the_connection_is_not_to_be_used() -> None:
    answer = answer_to("GET", HEAD + b"he", b"lloHTTP")
    assert b"".join(answer.pieces()) == b"hello"
    assert not answer.complete


@pytest.mark.parametrize(
    "first",
    [HEAD + b"he", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", HEAD[:-2] + b"Upgrade: x\r\n\r\nhe"],
)
def test_an_early_end_of_the_body(first: bytes) -> None:
    answer = answer_to("GET", first)
    with pytest.raises(RemoteDisconnected, match="in the middle of the response body"):
        list(answer.pieces())
    assert not answer.complete


def test_an_early_end_of_the_head() -> None:
    with pytest.raises(RemoteDisconnected, match="in the middle of the response head"):
        answer_to("GET", HEAD[:20], HEAD[20:30])


def test_no_answer_at_all() -> None:
    with pytest.raises(RemoteDisconnected, match="without response"):
        answer_to("GET", b"")


def test_a_body_until_the_end_of_the_connection() -> None:
    answer = answer_to("GET", b"HTTP/1.0 200 OK\r\n\r\nhe", b"llo")
    assert b"".join(answer.pieces()) == b"hello"
    assert not answer.complete


def test_an_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    answer = answer_to("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
    assert list(answer.pieces()) == []
    assert answer.complete
    assert answer.head.length == 999999999999


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + b"x" * 50,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 50,
    ],
)
def test_a_body_larger_than_allowed(first: bytes) -> None:
    with pytest.raises(ResponseTooLarge, match="exceeds"):
        list(answer_to("GET", first).pieces(limit=20))


@pytest.mark.parametrize("error", [ReadTimeout("late"), ConnectionResetError(104, "reset")])
def test_what_happens_to_the_stream_goes_through(error: Exception) -> None:
    with pytest.raises(type(error)):
        list(answer_to("GET", HEAD + b"he", error).pieces())


def test_chunks_against_the_rules() -> None:
    answer = answer_to("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\n")
    with pytest.raises(MalformedResponse, match="malformed response"):
        list(answer.pieces())
