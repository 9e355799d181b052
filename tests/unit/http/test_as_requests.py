"""What files that know requests' Session do with HttpUser's client."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import requests

from loadcell.http.failures import LocustError, NeedsRequests
from loadcell.http.session import Session
from loadcell.http.transport import Transport

Browse = Callable[..., Any]
Write = Callable[..., bytes]


@pytest.fixture(autouse=True)
def nobody_turns_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "become_requests", None)


@pytest.mark.parametrize(
    ("error", "caught"),
    [
        (ConnectionRefusedError(111, "Connection refused"), requests.exceptions.ConnectionError),
        (b"", requests.exceptions.ConnectionError),
        (b"nonsense\r\n\r\n", requests.exceptions.ConnectionError),
        (TimeoutError(110, "timed out"), requests.exceptions.ConnectionError),
    ],
)
def test_what_the_network_does_is_caught_as_requests_error(browse: Browse, error: Any, caught: type[Exception]) -> None:
    client = browse(error if isinstance(error, Exception) else [error])
    response = client.session.get("/")
    with pytest.raises(caught):
        response.raise_for_status()
    assert type(response.error).__name__ in repr(client.sink.errors[0])
    if isinstance(error, Exception):
        assert isinstance(response.error, type(error))
        assert repr(response.error) == repr(error)


def test_a_timeout_is_caught_as_requests_timeout(browse: Browse, answer: Write) -> None:
    client = browse([answer()], latency=2.0)
    with pytest.raises(requests.exceptions.Timeout):
        client.session.get("/", timeout=1).raise_for_status()


def test_a_bad_status_is_caught_as_requests_error(browse: Browse, answer: Write) -> None:
    client = browse([answer(status="404 Not Found")])
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        client.session.get("/a").raise_for_status()
    assert caught.value.response is not None
    assert caught.value.response.status_code == 404
    assert repr(caught.value) == "HTTPError('404 Client Error: Not Found for url: http://shop/a')"


def test_what_is_no_json_is_caught_as_requests_error(browse: Browse, answer: Write) -> None:
    with pytest.raises(requests.exceptions.JSONDecodeError, match="Expecting value"):
        browse([answer()]).session.get("/").json()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("/a", requests.exceptions.MissingSchema),
        ("http://[/", requests.exceptions.InvalidURL),
        ("http://a b/", requests.exceptions.InvalidURL),
    ],
)
def test_a_url_that_is_none_raises(browse: Browse, url: str, error: type[Exception]) -> None:
    client = browse(base_url="")
    with pytest.raises(error):
        client.session.get(url)
    assert client.outcomes == []


def test_authentication_of_requests(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    client.session.get("/", auth=requests.auth.HTTPBasicAuth("u", "p"))
    assert "Authorization: Basic dTpw\r\n" in client.sent()


def test_hooks_see_the_response_and_may_replace_it(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 3)
    seen: list[int] = []
    client.session.get("/", hooks={"response": lambda response, *_, **__: seen.append(response.status_code)})
    client.session.hooks["response"].append(lambda response, **_: "mine")
    assert client.session.get("/") == "mine"
    assert seen == [200]
    assert client.outcomes == ["ok", "ok"]


def test_parameters_and_cookies_of_every_request_can_be_changed_in_place(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 2)
    client.session.get("/a")
    client.session.params["b"] = 1
    client.session.cookies = {"c": "2"}
    client.session.get("/a")
    assert "GET /a?b=1 HTTP/1.1" in client.sent()
    assert "Cookie: c=2\r\n" in client.sent()


@pytest.mark.parametrize(
    "use",
    [
        lambda session: session.get("/", proxies={"http": "http://proxy"}),
        lambda session: (session.proxies.update(http="http://proxy"), session.get("/")),
        lambda session: session.get("/", auth=requests.auth.HTTPDigestAuth("u", "p")),
        lambda session: session.mount("http://", type("Own", (requests.adapters.HTTPAdapter,), {})()),
        lambda session: session.send(None),
    ],
)
def test_what_only_requests_can_do_names_the_user_to_use(browse: Browse, answer: Write, use: Callable[[Any], Any]) -> None:
    with pytest.raises(NeedsRequests, match="RequestsUser"):
        use(browse([answer()]).session)


def test_an_adapter_of_requests_itself_is_warned_of(browse: Browse, caplog: pytest.LogCaptureFixture) -> None:
    session = browse().session
    with caplog.at_level(logging.WARNING):
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=100))
    assert "RequestsUser" in caplog.text
    assert not hasattr(session, "adapters")


def test_a_session_made_by_hand_goes_over_the_network_of_its_process(
    browse: Browse, answer: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transport, "latest", None)
    with pytest.raises(LocustError, match="process"):
        Session(base_url="http://shop", request_event=None, user=None)
    client = browse([answer()])
    monkeypatch.setattr(Transport, "latest", client.session._transport)
    with Session(base_url="http://shop", request_event=client.event, user=None, pool_manager=None) as session:
        assert session.get("/").text == "hello"
        assert not session.shares_pool
    shared = object()
    one, other = (Session(base_url="", request_event=client.event, user=None, pool_manager=shared) for _ in range(2))
    assert one.pool is other.pool
    assert one.shares_pool


def test_a_client_passes_for_requests_where_requests_is_loaded(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    response = client.session.get("/")
    assert isinstance(client.session, requests.Session)
    assert isinstance(response, requests.Response)
    assert isinstance(response.request, requests.PreparedRequest)
    assert isinstance(client.session.cookies, requests.cookies.RequestsCookieJar)
    assert isinstance(client.session, Session)


def test_no_proxy_for_any_scheme_is_none(browse: Browse, answer: Write) -> None:
    assert browse([answer()]).session.get("/", proxies={"http": None}).status_code == 200


def test_requests_takes_over_the_cookies(browse: Browse, answer: Write) -> None:
    session = browse([answer(Set_Cookie="a=b; Path=/; HttpOnly")]).session
    session.get("/")
    theirs = requests.Session()
    theirs.cookies.update(session.cookies)
    theirs.cookies = requests.cookies.merge_cookies(theirs.cookies, session.cookies)
    prepared = theirs.prepare_request(requests.Request("GET", "http://shop/"))
    assert prepared.headers["Cookie"] == "a=b"
    session.cookies.clear()
    session.cookies.update(theirs.cookies)
    assert session.cookies.header_for("shop", "/") == "a=b"
    theirs.cookies = session.cookies
    assert theirs.prepare_request(requests.Request("GET", "http://shop/")).headers["Cookie"] == "a=b"


# The with-block


def test_what_the_block_changes_is_counted(browse: Browse, answer: Write) -> None:
    client = browse([answer()] * 2)
    seen: list[dict[str, Any]] = []
    with client.session.get("/", catch_response=True) as response:
        response.request_meta["exception"] = KeyError("price")
    client.event.add_listener(lambda **meta: seen.append(meta))
    with client.session.get("/", catch_response=True) as response:
        response.request_meta["response_time"] = 7.0
    assert client.outcomes == ["failed"]
    assert seen[0]["response_time"] == 7.0


def test_a_success_by_hand_has_no_status_to_raise_for(browse: Browse, answer: Write) -> None:
    client = browse([answer(status="500 Oops")])
    with client.session.get("/", catch_response=True) as response:
        response.success()
        response.raise_for_status()
    assert client.outcomes == ["ok"]


def test_nothing_can_be_decided_outside_of_a_block(browse: Browse, answer: Write) -> None:
    client = browse([answer()])
    with pytest.raises(LocustError, match="with-block"):
        client.session.get("/", catch_response=True).success()


def test_listeners_get_the_length_of_the_decoded_body(browse: Browse, answer: Write) -> None:
    import gzip

    client = browse([answer(gzip.compress(b"x" * 1000), Content_Encoding="gzip")])
    seen: list[dict[str, Any]] = []
    client.event.add_listener(lambda **meta: seen.append(meta))
    client.session.get("/")
    assert seen[0]["response_length"] == 1000
