"""One request over the wire: redirects, connections, time, being stopped, and whatever a server may send."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadcell.http.failures import ReadTimeout, ResponseTooLarge

Browse = Callable[..., Any]
Write = Callable[..., bytes]


class UserKilled(BaseException):
    """Stands for what ends a user in the middle of a request."""


# The statistics


@pytest.mark.parametrize("cut", [0, 10, 39, 41])
def test_bytes_received_are_those_of_the_body(browse: Browse, answer: Write, cut: int) -> None:
    data = answer(b"hello")
    client = browse([piece for piece in (data[:cut], data[cut:]) if piece])
    client.session.get("/")
    assert [received for _, received in client.sink.samples] == [5]


def test_a_failed_request_takes_the_time_until_it_failed(browse: Browse) -> None:
    client = browse([b"HTTP/1.1 200 OK\r\n", b"nonsense\r\n\r\n"], latency=0.5)
    client.session.get("/")
    assert client.sink.samples == [(1_000_000, 0)]
    assert repr(client.sink.errors[0]).startswith("MalformedResponse('malformed response: ")


def test_connections_are_counted_when_they_stand(browse: Browse, answer: Write) -> None:
    client = browse(ConnectionRefusedError(111, "no"), [answer()] * 2)
    for _ in range(3):
        client.session.get("/")
    assert client.sink.connections == 1


def test_a_chain_across_services_uses_a_connection_of_each(browse: Browse, answer: Write) -> None:
    client = browse(
        [answer(b"", "302 Found", Location="http://pay/x"), answer()], [answer(b"", "302 Found", Location="http://shop/y")]
    )
    response = client.session.get("/")
    assert [url.host for url in client.network.connected_to] == ["shop", "pay"]
    assert [hop.url for hop in response.history] == ["http://shop/", "http://pay/x"]
    assert client.sink.log == [("ok", "GET", "/")]
    assert client.sink.redirects == 2


def test_a_failure_in_the_middle_of_a_chain_is_one_failed_request(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"", "302 Found", Location="http://pay/x")], ConnectionRefusedError(111, "Connection refused"))
    client.session.get("/")
    assert client.sink.log == [("failed", "GET", "/")]


def test_closing_the_session_closes_its_idle_connections(browse: Browse, answer: Write) -> None:
    client = browse([answer()], [answer()])
    client.session.get("/")
    client.session.close()
    assert client.network.streams[0].closed
    client.session.get("/")
    assert client.outcomes == ["ok", "ok"]


# Redirects


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (302, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (301, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"headers": {"X-Own": "1"}}])
def test_the_method_and_the_body_after_a_redirect(
    browse: Browse, answer: Write, status: int, method: str, after: str, options: dict[str, Any]
) -> None:
    client = browse([answer(b"x", f"{status} Moved", Location="/b"), answer()])
    response = getattr(client.session, method.lower())("/a", data=b"body", **options)
    assert response.status_code == 200
    _, _, rest = client.sent().partition(f"\r\n\r\nbody{after} /b HTTP/1.1\r\n")
    head, _, body = rest.partition("\r\n\r\n")
    assert body == ("body" if status in (307, 308) else "")
    assert ("Content-Length: 4" in head) == (status in (307, 308))
    assert ("X-Own: 1" in head) == bool(options)
    assert response.url == "http://shop/b"
    assert [hop.status_code for hop in response.history] == [status]
    assert client.sink.log == [("ok", method, "/a")]


def test_head_follows_only_when_asked(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"", "302 Found", Location="/b")] * 2 + [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"])
    assert client.session.head("/").status_code == 302
    assert client.session.head("/", allow_redirects=True).status_code == 200
    assert client.sent().count("HEAD ") == 3


def test_redirects_are_not_followed_when_unwanted(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"", "302 Found", Location="/b")])
    response = client.session.get("/", allow_redirects=False)
    assert (response.status_code, response.is_redirect, response.headers["location"]) == (302, True, "/b")
    assert client.outcomes == ["ok"]


def test_a_redirect_to_nowhere_is_the_answer(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"here", "302 Found", Location="")])
    response = client.session.get("/")
    assert (response.status_code, response.text) == (302, "here")
    assert client.outcomes == ["ok"]


def test_a_host_in_other_letters_is_sent_as_other_headers_are(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    assert client.session.get("/", headers={"Host": "b\u20acz"}).status_code == 200
    assert client.outcomes == ["ok"]


@pytest.mark.parametrize("target", ["http://other/", "http://shop:81/", "//other/"])
def test_credentials_stay_with_their_service(browse: Browse, answer: Write, target: str) -> None:
    client = browse([answer(b"", "302 Found", Location=target)], [answer()])
    client.session.get("/", auth=("joe", "secret"), headers={"X-Mine": "1"})
    assert "Authorization" in client.sent(0)
    assert "Authorization" not in client.sent(1)
    assert "X-Mine" in client.sent(1)


@pytest.mark.parametrize("location", ["/b", "https://shop/"])
def test_credentials_go_along_within_a_service(browse: Browse, answer: Write, location: str) -> None:
    client = browse([answer(b"", "302 Found", Location=location, Connection="close")], [answer()])
    client.session.get("/", auth=("joe", "secret"))
    assert "Authorization" in client.sent(1)


def test_too_many_redirects_are_one_failed_request(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"", "302 Found", Location="/")] * 40)
    client.session.get("/")
    assert client.outcomes == ["failed"]
    assert repr(client.sink.errors[0]) == "TooManyRedirects('Exceeded 30 redirects.')"


@pytest.mark.parametrize(
    "location",
    [
        "ftp://shop/",
        "http://",
        "http://[x",
        "//[::1",
        "http+unix://%2Frun%2Fdocker.sock/",
        "http://a b/",
        "https://shop:99999/",
    ],
)
@pytest.mark.parametrize("options", [{}, {"stream": True}])
def test_an_unusable_redirect_is_one_failed_request(
    browse: Browse, answer: Write, location: str, options: dict[str, Any]
) -> None:
    client = browse([answer(b"", "302 Found", Location=location), answer()])
    client.session.get("/", **options)
    assert client.outcomes == ["failed"]
    assert repr(client.sink.errors[0]).startswith("InvalidRedirect(")
    client.session.get("/")
    assert client.outcomes == ["failed", "ok"]
    assert client.sink.connections == 1, "the connection was read to the response's end, and kept"


# Connections


def test_one_connection_carries_one_request_after_the_other(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 5)
    for _ in range(2):
        client.session.get("/")
        client.session.post("/")
    assert client.sink.connections == len(client.network.streams) == 1


def test_connection_close_is_heeded(browse: Browse, answer: Write) -> None:
    client = browse([answer(Connection="close")], [answer()])
    client.session.get("/")
    client.session.get("/")
    assert client.outcomes == ["ok", "ok"]
    assert client.network.streams[0].closed
    assert client.sink.connections == 2


@pytest.mark.parametrize(
    "gone", [b"", ConnectionResetError(104, "Connection reset by peer"), BrokenPipeError(32, "Broken pipe")]
)
@pytest.mark.parametrize("options", [{}, {"timeout": 5}])
@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_a_dead_idle_connection_costs_no_failed_request(
    browse: Browse, answer: Write, gone: Any, options: dict[str, Any], method: str
) -> None:
    again = answer() if method != "head" else b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    client = browse([answer(), gone], [again])
    client.session.get("/")
    getattr(client.session, method)("/", **options)
    assert client.outcomes == ["ok", "ok"]
    assert client.network.streams[0].closed


@pytest.mark.parametrize("gone", [b"", ConnectionResetError(104, "Connection reset by peer")])
@pytest.mark.parametrize("options", [{}, {"timeout": 5}])
def test_a_post_is_never_sent_twice(browse: Browse, answer: Write, gone: Any, options: dict[str, Any]) -> None:
    client = browse([answer(), gone, b"still open"], [answer()])
    client.session.get("/")
    client.session.post("/", **options)
    assert client.outcomes == ["ok", "failed"]
    assert sum(bytes(stream.sent).count(b"POST") for stream in client.network.streams) == 1


@pytest.mark.parametrize("options", [{}, {"timeout": 5}])
def test_before_a_post_the_connection_is_looked_at(browse: Browse, answer: Write, options: dict[str, Any]) -> None:
    client = browse([answer()], [answer()])
    client.session.get("/")
    client.session.post("/", **options)
    assert client.outcomes == ["ok", "ok"]
    assert client.sink.connections == 2


def test_a_connection_idle_for_long_is_looked_at(browse: Browse, answer: Write) -> None:
    client = browse([answer()], [answer()])
    client.session.get("/")
    client.network.time += 10
    client.session.get("/")
    assert b"GET" in client.network.streams[0].sent
    assert client.network.streams[0].sent.count(b"GET") == 1


def test_a_new_connection_that_breaks_is_not_tried_again(browse: Browse, answer: Write) -> None:
    client = browse([ConnectionResetError(104, "Connection reset by peer")], [answer()])
    client.session.get("/")
    assert client.outcomes == ["failed"]
    assert repr(client.sink.errors[0]) == "ConnectionResetError(104, 'Connection reset by peer')"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError(111, 'Connection refused')"),
        (OSError(24, "Too many open files"), "OSError(24, 'Too many open files')"),
    ],
)
def test_no_connection_is_one_failed_request(browse: Browse, answer: Write, error: OSError, text: str) -> None:
    client = browse(error, [answer()])
    response = client.session.get("/")
    assert repr(client.sink.errors[0]) == text
    assert (response.status_code, response.content, response.text, repr(response.error)) == (0, None, "", text)
    assert (response.headers, response.ok, response.history) == ({}, False, ())
    client.session.get("/")
    assert client.outcomes == ["failed", "ok"]


def test_surplus_bytes_end_the_connection_but_not_the_request(browse: Browse, answer: Write) -> None:
    client = browse([answer() + b"surplus"], [answer()])
    assert client.session.get("/").text == "hello"
    assert client.session.get("/").text == "hello"
    assert client.outcomes == ["ok", "ok"]
    assert client.network.streams[0].closed


def test_settings_of_trust_have_connections_of_their_own(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3, [answer()], base_url="https://shop")
    client.session.verify = False
    client.session.get("/")
    client.session.get("/")
    client.session.verify = True
    client.session.get("/")
    client.session.get("/", verify=False)
    assert client.sink.connections == 2
    assert [bytes(stream.sent).count(b"GET") for stream in client.network.streams] == [3, 1]


# Time


@pytest.mark.parametrize("options", [{}, {"timeout": (5, 1)}])
def test_a_read_timeout_is_one_failed_request(browse: Browse, answer: Write, options: dict[str, Any]) -> None:
    client = browse([answer(), answer()], [answer()], latency=0.1, read_timeout=1.0)
    client.session.get("/")
    client.network.latency = 2.0
    client.session.get("/", **options)
    client.network.latency = 0.1
    client.session.get("/")
    assert client.outcomes == ["ok", "failed", "ok"]
    assert repr(client.sink.errors[0]) == "ReadTimeout('no answer within the time allowed')"
    assert isinstance(client.sink.errors[0], TimeoutError)
    assert client.network.streams[0].closed


def test_no_response_takes_for_ever(browse: Browse) -> None:
    endless = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] + [b"1\r\nx\r\n"] * 1000
    client = browse(endless, latency=1.0, read_timeout=None)
    client.session.get("/")
    assert repr(client.sink.errors[0]) == "ReadTimeout('the response was not complete after 600 s')"


def test_a_stream_may_take_as_long_as_the_scenario_likes(browse: Browse) -> None:
    endless = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] + [b"1\r\nx\r\n"] * 1000
    client = browse([*endless, b"0\r\n\r\n"], latency=1.0)
    response = client.session.get("/", stream=True)
    assert len(list(response.iter_content(None))) == 1000


def test_a_stream_that_is_wanted_whole_is_a_response_like_others(browse: Browse) -> None:
    endless = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] + [b"1\r\nx\r\n"] * 1000
    client = browse(endless, latency=1.0)
    response = client.session.get("/", stream=True)
    with pytest.raises(ReadTimeout):
        _ = response.content
    assert 600 <= client.network.time - 1000 <= 603
    assert client.network.streams[0].closed


@pytest.mark.parametrize("redirected", [False, True])
def test_a_stream_that_is_wanted_whole_must_fit_into_memory(
    browse: Browse, redirected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadcell.http.call.MAX_BODY", 100)
    status = "302 Found\r\nLocation: /b" if redirected else "200 OK"
    head = f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    client = browse([head] + [b"a\r\n0123456789\r\n"] * 20 + [b"0\r\n\r\n"])
    response = client.session.get("/", stream=True)
    if redirected:
        assert isinstance(response.error, ResponseTooLarge)
    else:
        with pytest.raises(ResponseTooLarge):
            _ = response.content
    assert client.network.streams[0].closed


def test_a_redirect_that_never_ends_takes_no_longer_than_a_response_may(browse: Browse) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nTransfer-Encoding: chunked\r\n\r\n"
    client = browse([head] + [b"1\r\nx\r\n"] * 1000, latency=1.0)
    client.session.get("/", stream=True)
    assert repr(client.sink.errors[0]) == "ReadTimeout('the response was not complete after 600 s')"


@pytest.mark.parametrize("seconds", [5, 0.5])
def test_the_limit_for_a_response_holds_for_its_first_bytes_on_a_connection_in_use(
    browse: Browse, answer: Write, seconds: float
) -> None:
    client = browse([answer()] * 2)
    client.session.get("/")
    client.network.latency = 1.0
    client.session.response_timeout = seconds
    client.session.get("/")
    assert client.outcomes == ["ok", "ok" if seconds > 1 else "failed"]


def test_the_body_takes_no_longer_than_the_whole(browse: Browse, answer: Write) -> None:
    client = browse([answer()[:-3], answer()[-3:]], latency=2.0)
    late = 0.0

    def busy() -> float:
        nonlocal late
        late += 0.5  # A busy process: each look at the clock comes later still.
        return float(client.network.time + late)

    client.session.now = busy
    client.session.get("/")
    (total, _), body = client.sink.samples[0], client.sink.body_us
    assert body == 2_000_000
    assert body <= total


# Repeating


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("warm", [False, True])
def test_a_request_is_repeated_as_often_as_wanted_when_its_connection_fails(
    browse: Browse, answer: Write, method: str, warm: bool
) -> None:
    first: list[Any] = [answer()] if warm else []
    broken = [*first, ConnectionResetError(104, "reset")]
    client = browse(broken, ConnectionRefusedError(111, "refused"), [answer()], fast=True)
    client.session.max_retries = 2
    for _ in first:
        client.session.get("/")
    assert getattr(client.session, method)("/").status_code == 200
    assert client.outcomes == ["ok"] * (1 + warm)


@pytest.mark.parametrize("retries", [0, 1])
def test_a_request_is_not_repeated_more_often(browse: Browse, answer: Write, retries: int) -> None:
    client = browse(*[ConnectionRefusedError(111, "refused")] * (retries + 1), [answer()], fast=True)
    client.session.max_retries = retries
    client.session.post("/")
    assert client.outcomes == ["failed"]
    assert len(client.network.connected_to) == 1 + retries


def test_a_request_without_an_answer_in_time_is_not_repeated(browse: Browse, answer: Write) -> None:
    client = browse([answer()], [answer()], fast=True, latency=1.0, network_timeout=0.5)
    client.session.max_retries = 5
    client.session.get("/")
    assert client.outcomes == ["failed"]
    assert len(client.network.connected_to) == 1


# Being stopped


@pytest.mark.parametrize("options", [{}, {"timeout": 5}])
@pytest.mark.parametrize("place", ["before the head", "in the head", "in the body"])
@pytest.mark.parametrize("reused", [False, True])
def test_a_request_that_is_given_up_counts_as_interrupted(
    browse: Browse, answer: Write, options: dict[str, Any], place: str, reused: bool
) -> None:
    come: list[Any] = {"before the head": [], "in the head": [answer()[:20]], "in the body": [answer()[:-2]]}[place]
    before = [answer()] if reused else []
    client = browse([*before, *come, UserKilled(), answer()], [answer()])
    for _ in before:
        client.session.get("/")
    with pytest.raises(UserKilled):
        client.session.get("/", **options)
    assert client.outcomes == ["ok"] * len(before) + ["interrupted"]
    assert client.network.streams[0].closed
    client.session.get("/")
    assert client.outcomes[-1] == "ok"
    assert client.sink.connections == 2


def test_a_request_that_was_not_sent_does_not_count(browse: Browse) -> None:
    client = browse(UserKilled())
    with pytest.raises(UserKilled):
        client.session.get("/")
    assert client.outcomes == []


def test_an_exception_of_the_scenarios_own_timeout_goes_through(browse: Browse, answer: Write) -> None:
    client = browse([answer(), KeyError("mine")], [answer()])
    client.session.get("/")
    with pytest.raises(KeyError):
        client.session.get("/")
    client.session.get("/")
    assert client.outcomes == ["ok", "ok"], "only who is stopped is interrupted"


# The same bytes in any pieces


RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\n\r\nno",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
]


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.sampled_from(RESPONSES), cuts=st.lists(st.integers(0, 200), max_size=6))
def test_a_response_is_the_same_in_whatever_pieces_it_comes(browse: Browse, data: bytes, cuts: list[int]) -> None:
    whole, parted = browse([data, data], [data]), browse([data, *pieces_of(data, cuts)], pieces_of(data, cuts))
    for client in (whole, parted):
        client.session.get("/")
        response = client.session.get("/")
        client.essence = (
            response.status_code,
            response.reason,
            dict(response.headers),
            response.content,
            client.sink.log,
            client.sink.connections,
            client.session.cookies.items(),
        )
    assert parted.essence == whole.essence


def test_a_head_without_its_last_bytes_is_not_taken_for_complete(browse: Browse) -> None:
    # The lengths are such that what is missing of the separator looks like a body.
    for length in range(80):
        data = b"HTTP/1.1 200 OK\r\nContent-Length: %02d\r\n\r\n" % length + bytes(range(length))
        end = data.index(b"\r\n\r\n")
        for cut in range(end, end + 5):
            pieces = [piece for piece in (data[:cut], data[cut:]) if piece]
            client = browse([data, *pieces, data], latency=1.0)
            client.session.get("/")
            before = client.network.time
            assert client.session.get("/").content == bytes(range(length))
            assert client.network.time - before == len(pieces), "the request lasts until the last piece is there"
            assert client.session.get("/").content == bytes(range(length))
            assert client.sink.connections == 1


# Whatever comes


ANYTHING = st.lists(
    st.binary(max_size=30)
    | st.sampled_from(
        [
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 302 Found\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"Content-Length: 3\r\n",
            b"Content-Length: " + b"9" * 5000 + b"\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Content-Encoding: gzip\r\n",
            b"Set-Cookie: a=1; Expires=Thu, 99 Foo 99999 99:99:99; Max-Age=99999999999999999999\r\n",
            b"Location: http://[::1\r\n",
            b"Location: /\xff\xfe?\x80\r\n",
            b"Location: //\xe4\xf6\r\n",
            b"Location: http://shop:-1/\r\n",
            b"\r\n",
            b"5\r\nhello\r\n",
            b"0\r\n\r\n",
        ]
    )
    | st.builds(lambda text: b"Location: " + text.encode("utf-8", "surrogatepass") + b"\r\n", st.text(max_size=12)),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(pieces=ANYTHING, joined=st.booleans(), warm=st.booleans())
def test_nothing_a_server_sends_is_raised(
    browse: Browse, answer: Write, pieces: list[bytes], joined: bool, warm: bool
) -> None:
    script = [b"".join(pieces)] if joined else [piece for piece in pieces if piece]
    client = browse([answer(), *script] if warm else script, *[script] * 40)
    if warm:
        client.session.get("/")
    response = client.session.get("/")
    assert len(client.outcomes) == 1 + warm
    assert (response.status_code == 0) == (response.error is not None)
    repr(response.error)
    _ = response.headers, response.reason, response.is_redirect, response.cookies
