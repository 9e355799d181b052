"""What a scenario relies on when it sends requests: what is sent, and what is counted under which name."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from loadcell.http.failures import CatchResponseError, LocustError, ResponseError
from loadcell.http.network import FakeStream
from loadcell.http.url import InvalidURL, MissingSchema

Browse = Callable[..., Any]
Write = Callable[..., bytes]


# Names


def test_the_default_name_is_path_and_query_with_params(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 4)
    client.session.get("/a?b=1")
    client.session.get("/a", params={"b": 2})
    client.session.get("http://shop/abs?c=3")
    client.session.post("/p", json={})
    assert client.sink.log == [
        ("ok", "GET", "/a?b=1"),
        ("ok", "GET", "/a?b=2"),
        ("ok", "GET", "/abs?c=3"),
        ("ok", "POST", "/p"),
    ]


def test_the_fast_clients_default_name_is_the_url_as_written(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3, fast=True)
    client.session.get("/a?b=1")
    client.session.get("/a", params={"b": 2})
    client.session.get("http://shop/abs")
    assert client.names == ["/a?b=1", "/a", "http://shop/abs"]


@pytest.mark.parametrize("options", [{}, {"headers": {"X": "1"}}])
def test_an_explicit_name_goes_before_request_name_and_that_before_the_default(
    browse: Browse, answer: Write, options: dict[str, Any]
) -> None:
    client = browse([answer()] * 8)
    with client.session.rename_request("renamed"):
        client.session.get("/", **options)
        client.session.get("/", name="explicit", **options)
        client.session.post("/", **options)
    client.session.get("/", **options)
    assert client.names == ["renamed", "explicit", "renamed", "/"]
    assert client.session.request_name is None


def test_a_url_continues_the_base_url_letter_by_letter(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 2, base_url="http://shop/api")
    client.session.get("/x")
    client.session.get("y")
    assert client.names == ["/api/x", "/apiy"]


def test_the_base_url_may_change(browse: Browse, answer: Write) -> None:
    client = browse([answer()], [answer()])
    client.session.get("/")
    client.session.base_url = "http://other"
    client.session.get("/")
    assert [url.host for url in client.network.connected_to] == ["shop", "other"]


@pytest.mark.parametrize(
    ("base_url", "url", "error"),
    [("", "/x", MissingSchema), ("http://shop", "http://", InvalidURL), ("http://\x94", "/", InvalidURL)],
)
def test_an_unusable_url_is_raised(browse: Browse, base_url: str, url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        browse(base_url=base_url).session.get(url)


def test_a_second_session_finds_the_transport_of_its_user(browse: Browse, answer: Write) -> None:
    first = browse([answer()])
    user = SimpleNamespace(
        environment=SimpleNamespace(runtime=SimpleNamespace(transport=first.session._transport)), context=dict
    )
    second = type(first.session)(base_url="http://other", request_event=first.session.request_event, user=user)
    assert second.get("/").text == "hello"
    assert first.names == ["/"]


class Hesitant(FakeStream):
    """Lets others run while it is asked whether it is still good, as TLS does."""

    meanwhile: Callable[[], object] | None = None

    @property
    def stale(self) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return False


@pytest.mark.parametrize("method", ["get", "post"])
def test_two_requests_at_once_never_share_a_connection(browse: Browse, answer: Write, method: str) -> None:
    client = browse([answer(b"first")], [answer(b"other")])
    client.session.get("/")
    hesitant = Hesitant(client.network, [answer(b"mine")])
    client.session.idle.last = hesitant
    texts: list[str] = []
    hesitant.meanwhile = lambda: texts.append(client.session.get("/").text)
    texts.append(getattr(client.session, method)("/").text)
    assert texts == ["other", "mine"]


def test_a_dead_connection_is_closed_before_another_is_opened(browse: Browse, answer: Write) -> None:
    client = browse([answer()], [answer()])
    for _ in range(2):
        client.session.get("/")
    assert [stream.closed for stream in client.network.streams] == [True, False]
    assert client.outcomes == ["ok", "ok"]


# Statuses


@pytest.mark.parametrize("status", [200, 204, 226, 299, 300, 305, 399, 600])
def test_statuses_that_pass(browse: Browse, answer: Write, status: int) -> None:
    client = browse([answer(b"", f"{status} X")])
    client.session.get("/")
    assert client.outcomes == ["ok"]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("404 Not Found", "HTTPError('404 Client Error: Not Found for url: cart')"),
        ("503 Busy", "HTTPError('503 Server Error: Busy for url: cart')"),
    ],
)
def test_statuses_that_fail_are_grouped_by_name(browse: Browse, answer: Write, status: str, text: str) -> None:
    client = browse([answer(status=status)])
    response = client.session.get("/cart/17", name="cart")
    assert client.outcomes == ["failed"]
    assert repr(client.sink.errors[0]) == text
    assert not response.ok


@pytest.mark.parametrize("status", [200, 208, 226, 301, 302, 303, 304, 307, 308])
def test_statuses_that_pass_with_the_fast_client(browse: Browse, answer: Write, status: int) -> None:
    client = browse([answer(b"", f"{status} X")], fast=True)
    client.session.get("/")
    assert client.outcomes == ["ok"]


@pytest.mark.parametrize("status", [209, 299, 300, 305, 404, 500, 600])
def test_statuses_that_fail_with_the_fast_client(browse: Browse, answer: Write, status: int) -> None:
    client = browse([answer(b"", f"{status} X")], fast=True)
    client.session.get("/")
    assert repr(client.sink.errors[0]) == f"LocustBadStatusCode(code={status})"


def test_whose_certificates_are_verified(browse: Browse) -> None:
    assert browse().session.verify is True
    assert browse(fast=True).session.verify is False


# catch_response


def test_with_catch_response_the_block_decides_at_its_end(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    with client.session.get("/", catch_response=True) as response:
        assert client.outcomes == []
        response.failure("too cheap")
        assert client.outcomes == []
    assert client.outcomes == ["failed"]
    assert isinstance(client.sink.errors[0], CatchResponseError)
    assert str(client.sink.errors[0]) == "too cheap"


@pytest.mark.parametrize(("status", "outcome"), [("200 OK", "ok"), ("500 Oops", "failed")])
def test_without_a_decision_the_status_rules(browse: Browse, answer: Write, status: str, outcome: str) -> None:
    client = browse([answer(status=status)])
    with client.session.get("/", catch_response=True):
        pass
    assert client.outcomes == [outcome]


def test_the_last_decision_counts(browse: Browse, answer: Write) -> None:
    client = browse([answer(status="500 Oops")] * 2)
    with client.session.get("/", catch_response=True) as response:
        response.failure("first")
        response.success()
    with client.session.get("/", catch_response=True) as response:
        response.success()
        response.failure(ValueError("last"))
    assert client.outcomes == ["ok", "failed"]
    assert repr(client.sink.errors[0]) == "ValueError('last')"


def test_a_response_error_in_the_block_fails_the_request_and_goes_no_further(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    with client.session.get("/", catch_response=True):
        raise ResponseError("no price")
    assert client.outcomes == ["failed"]


def test_another_exception_in_the_block_goes_on_and_nothing_is_counted(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    with pytest.raises(KeyError), client.session.get("/", catch_response=True):
        raise KeyError("price")
    assert client.outcomes == []


@pytest.mark.parametrize("error", [KeyError("price"), ResponseError("no price")])
def test_a_decision_stands_when_the_block_raises(browse: Browse, answer: Write, error: Exception) -> None:
    client = browse([answer()])
    with client.session.get("/", catch_response=True) as response:
        response.success()
        assert not response.__exit__(type(error), error, None)
    assert client.outcomes == ["ok"]


def test_without_a_block_nothing_is_counted(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    client.session.get("/", catch_response=True)
    assert client.outcomes == []


def test_a_block_without_catch_response_is_a_mistake_that_the_fast_client_overlooks(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    with pytest.raises(LocustError), client.session.get("/"):
        pass
    assert client.outcomes == ["ok"]
    fast = browse([answer()], fast=True)
    with fast.session.get("/") as response:
        assert response.text == "hello"
    assert fast.outcomes == ["ok"]


@pytest.mark.parametrize("fast", [False, True])
def test_decisions_without_catch_response_are_a_mistake(browse: Browse, answer: Write, fast: bool) -> None:
    response = browse([answer()], fast=fast).session.get("/")
    with pytest.raises(LocustError):
        response.success()
    with pytest.raises(LocustError):
        response.failure("no")


def test_a_missing_answer_fails_unless_the_block_says_otherwise(browse: Browse) -> None:
    client = browse(ConnectionRefusedError(111, "Connection refused"), ConnectionRefusedError(111, "Connection refused"))
    with client.session.get("/", catch_response=True) as response:
        assert response.status_code == 0
    with client.session.get("/", catch_response=True) as response:
        response.success()
    assert client.outcomes == ["failed", "ok"]


def test_the_block_may_rename_the_request(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    with client.session.get("/", catch_response=True) as response:
        response.request_meta["name"] = "after the fact"
    assert client.names == ["after the fact"]


# The event


def test_listeners_get_exactly_the_nine_keywords(browse: Browse, answer: Write) -> None:
    user = SimpleNamespace(context=lambda: {"tenant": 1, "kind": "user"})
    client = browse([answer(status="500 Oops")], latency=0.25, user=user)
    seen: list[dict[str, Any]] = []
    client.event.add_listener(lambda **meta: seen.append(meta))
    response = client.session.get("/a", params={"b": 1}, context={"kind": "request"})
    (meta,) = seen
    assert list(meta) == [
        "request_type",
        "name",
        "response_time",
        "response_length",
        "response",
        "context",
        "exception",
        "start_time",
        "url",
    ]
    assert meta["request_type"] == "GET"
    assert meta["name"] == "/a?b=1"
    assert meta["response_time"] == 250.0
    assert meta["response_length"] == 5
    assert meta["response"] is response
    assert meta["context"] == {"tenant": 1, "kind": "request"}
    assert "500 Server Error" in str(meta["exception"])
    assert meta["url"] == "http://shop/a?b=1"


def test_the_plain_path_fires_the_same_event(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3)
    client.session.get("/")
    seen: list[dict[str, Any]] = []
    client.event.add_listener(lambda **meta: seen.append(meta))
    client.session.get("/")
    client.session.get("/", catch_response=True).__exit__(None, None, None)
    assert [(meta["name"], meta["exception"], len(meta)) for meta in seen] == [("/", None, 9)] * 2
    assert client.outcomes == ["ok"], "with listeners, the recorder is one of them"


def test_the_block_may_change_the_context(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    seen: list[dict[str, Any]] = []
    client.event.add_listener(lambda **meta: seen.append(meta))
    with client.session.get("/", catch_response=True) as response:
        response.request_meta["context"] = {"cart": 3}
    assert seen[0]["context"] == {"cart": 3}


def test_the_response_time_covers_redirects_and_the_body(browse: Browse, answer: Write) -> None:
    whole = answer(b"0123456789")
    client = browse([answer(b"", "302 Found", Location="/b"), whole[:-5], whole[-5:]], latency=0.1)
    client.session.get("/a")
    ((us, received),) = client.sink.samples
    assert us == 300_000
    assert received == 10
    assert client.sink.redirects == 1


# What is sent


def test_the_bytes_of_a_request(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 2)
    client.session.get("/a?b=c d")
    assert client.sent() == (
        "GET /a?b=c%20d HTTP/1.1\r\nHost: shop\r\nUser-Agent: loadcell\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
        "Accept: */*\r\nConnection: keep-alive\r\n\r\n"
    )


def test_the_session_headers_may_change_at_any_time(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3)
    client.session.headers["X-A"] = "1"
    client.session.get("/")
    client.session.headers = {"X-B": "2"}
    client.session.get("/")
    del client.session.headers["x-b"]
    client.session.get("/", headers={"X-C": "3"})
    first, second, third = (part.split("\r\n") for part in client.sent().split("\r\n\r\n")[:3])
    assert "X-A: 1" in first
    assert second[2:] == ["X-B: 2"]
    assert third[2:] == ["X-C: 3"]


@pytest.mark.parametrize("where", ["session", "request"])
def test_a_host_header_of_ones_own_replaces_the_usual_one(browse: Browse, answer: Write, where: str) -> None:
    client = browse(
        [answer(b"", "302 Found", Location="/b"), answer(b"", "302 Found", Location="http://other/")], [answer()]
    )
    headers = {"Host": "virtual.example"}
    if where == "session":
        client.session.headers.update(headers)
        client.session.get("/")
    else:
        client.session.get("/", headers=headers)
    assert client.sent(0).count("Host: virtual.example\r\n") == client.sent(0).count("Host:") == 2
    assert client.sent(1).count("Host: other\r\n") == client.sent(1).count("Host:") == 1


@pytest.mark.parametrize("headers", [{"X": "a\r\nb"}, {"": "x"}, {"Host": "a\r\nX: b"}])
@pytest.mark.parametrize("where", ["session", "request"])
def test_headers_that_cant_be_sent_fail_the_request(browse: Browse, headers: dict[str, str], where: str) -> None:
    client = browse()
    if where == "session":
        client.session.headers.update(headers)
        response = client.session.get("/")
    else:
        response = client.session.get("/", headers=headers)
    assert client.outcomes == ["failed"]
    assert "can't be sent" in repr(client.sink.errors[0])
    assert response.status_code == 0
    assert client.network.connected_to == []


@pytest.mark.parametrize("options", [{}, {"headers": {"X": "1"}}])
def test_json_without_a_form_fails_the_request(browse: Browse, options: dict[str, Any]) -> None:
    client = browse()
    client.session.post("/", json={"price": float("nan")}, **options)
    assert client.outcomes == ["failed"]
    assert "InvalidJSON('Out of range float values are not JSON compliant" in repr(client.sink.errors[0])


@pytest.mark.parametrize("options", [{}, {"headers": {"X": "1"}}])
def test_what_is_no_data_at_all_is_raised(browse: Browse, options: dict[str, Any]) -> None:
    client = browse()
    with pytest.raises(TypeError):
        client.session.post("/", json={"x": object()}, **options)
    with pytest.raises(ValueError):
        client.session.post("/", data=["no pair"], **options)
    assert client.outcomes == []


@pytest.mark.parametrize("options", [{}, {"headers": {"X": "1"}}])
def test_bodies(browse: Browse, answer: Write, options: dict[str, Any]) -> None:
    client = browse([answer()] * 3)
    client.session.post("/", json={"a": 1}, **options)
    client.session.post("/", data={"a": "ä"}, **options)
    client.session.post("/", **options)
    first, body, second = client.sent().split("\r\n\r\n")[0], client.sent().split("\r\n\r\n")[1], client.sent()
    assert "Content-Type: application/json\r\nContent-Length: 7" in first
    assert body.startswith('{"a":1}POST / ')
    assert "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\na=%C3%A4POST" in second
    assert second.endswith("Content-Length: 0\r\n\r\n")


def test_multipart(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    client.session.post("/", data={"a": "1"}, files={"f": ("n.txt", b"content", "text/plain")})
    assert 'name="f"; filename="n.txt"\r\nContent-Type: text/plain\r\n\r\ncontent' in client.sent()


@pytest.mark.parametrize(
    "options",
    [
        {"auth": ("joe", "secret")},
        {"auth": lambda request: request.headers.update({"Authorization": "Basic am9lOnNlY3JldA=="}) or request},
    ],
)
def test_basic_auth_and_callables(browse: Browse, answer: Write, options: dict[str, Any]) -> None:
    client = browse([answer()] * 2)
    client.session.get("/", **options)
    client.session.auth = options["auth"]
    client.session.get("/")
    assert client.sent().count("Authorization: Basic am9lOnNlY3JldA==\r\n") == 2


def test_an_auth_callable_may_change_url_and_body(browse: Browse, answer: Write) -> None:
    def sign(request: Any) -> Any:
        request.url += "?signed=yes"
        request.body = b"other body"
        return request

    client = browse([answer()])
    client.session.post("/x", data=b"body", auth=sign)
    assert client.sent().startswith("POST /x?signed=yes HTTP/1.1\r\n")
    assert client.sent().endswith("Content-Length: 10\r\n\r\nother body")


@pytest.mark.parametrize("where", ["base", "url"])
def test_credentials_in_the_url(browse: Browse, answer: Write, where: str) -> None:
    if where == "base":
        client = browse([answer()] * 2, base_url="http://joe:secret@shop")
        response = client.session.get("/")
        client.session.get("/")
    else:
        client = browse([answer()] * 2)
        response = client.session.get("http://joe:secret@shop/")
        client.session.get("http://joe:secret@shop/")
    assert client.sent().count("Authorization: Basic am9lOnNlY3JldA==\r\n") == 2
    assert where == "url" or response.url == "http://shop/"


def test_params_of_session_and_request(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    client.session.params = {"a": 1}
    client.session.get("/?x=0", params={"b": [2, 3]})
    assert client.sent().startswith("GET /?x=0&a=1&b=2&b=3 ")


def test_the_request_as_it_was_sent(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3)
    for options in ({}, {"headers": {"X": "1"}}):
        client.session.get("/")
        request = client.session.post("/x", json={"a": 1}, **options).request
        assert (request.method, request.url, json.loads(request.body)) == ("POST", "http://shop/x", {"a": 1})
        assert request.headers["Content-Type"] == "application/json"
        client = browse([answer()] * 3)


# Cookies


def test_cookies_are_kept_and_sent(browse: Browse, answer: Write) -> None:
    client = browse([answer(Set_Cookie="sid=1; Path=/"), answer(), answer(), answer()])
    response = client.session.get("/login")
    assert response.cookies["sid"] == "1"
    client.session.get("/")
    client.session.post("/", json=[])
    client.session.get("/", headers={"X": "1"})
    assert client.sent().count("Cookie: sid=1\r\n") == 3


def test_cookies_of_a_redirect_are_sent_on(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"", "302 Found", Location="/b", Set_Cookie="sid=2"), answer()])
    client.session.get("/a")
    assert client.sent().partition("GET /b")[2].count("Cookie: sid=2\r\n") == 1


def test_a_redirect_may_change_a_cookie(browse: Browse, answer: Write) -> None:
    client = browse([answer(b"", "302 Found", Location="/b", Set_Cookie="sid=new; Path=/"), answer()])
    client.session.cookies.set("sid", "old", domain="shop")
    client.session.get("/a", headers={"X": "1"})
    before, after = client.sent().split("\r\n\r\n")[:2]
    assert "Cookie: sid=old" in before
    assert "Cookie: sid=new" in after
    assert "old" not in after


def test_cookies_of_one_request(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3)
    client.session.cookies.set("a", "1")
    client.session.cookies.set("b", "1")
    client.session.get("/", cookies={"b": "2"})
    client.session.get("/")
    first, second = client.sent().split("\r\n\r\n")[:2]
    assert "Cookie: a=1; b=2" in first
    assert "Cookie: a=1; b=1" in second


@pytest.mark.parametrize("options", [{}, {"timeout": 5}])
def test_a_cookie_header_of_ones_own_stands_alone(browse: Browse, answer: Write, options: dict[str, Any]) -> None:
    client = browse([answer()])
    client.session.cookies.set("a", "1")
    client.session.headers["Cookie"] = "own=1"
    client.session.get("/", **options)
    assert [line for line in client.sent().split("\r\n") if line.startswith("Cookie")] == ["Cookie: own=1"]


def test_secure_cookies_do_not_go_over_plain_http(browse: Browse, answer: Write) -> None:
    client = browse([answer(Set_Cookie="sid=1; Secure"), answer()])
    client.session.get("/")
    client.session.get("/")
    assert "Cookie" not in client.sent()
