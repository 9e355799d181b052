"""The user on requests' own session, with an adapter that answers from memory."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import MaxRetryError, ProtocolError

from loadcell.compat.requests_user import RequestsSession, RequestsUser
from loadcell.http.failures import LocustError, ResponseError
from loadcell.scenario.events import EventHook
from loadcell.scenario.user import HttpUser


class Scripted(BaseAdapter):
    """Answers with the status that the path names; `/refused` can't be connected to, `/0` is given up."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        path = request.path_url.partition("?")[0].strip("/")
        if path == "refused":
            try:
                raise ConnectionRefusedError(111, "Connection refused")
            except ConnectionRefusedError:
                try:
                    raise MaxRetryError(None, "/", ProtocolError("x"))  # type: ignore[arg-type]
                except MaxRetryError as error:
                    raise requests.exceptions.ConnectionError(error, request=request)  # noqa: B904 - as requests does
        if path == "0":
            raise KeyboardInterrupt
        response = requests.Response()
        response.status_code = int(path)
        response.reason = "Reason"
        response.url = request.url or ""
        response.request = request
        response.raw = io.BytesIO(b"hello")
        if response.status_code == 302:
            response.headers["Location"] = "/200"
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def events() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def session(events: list[dict[str, Any]]) -> RequestsSession:
    hook = EventHook()
    hook.add_listener(lambda **meta: events.append(meta))
    session = RequestsSession("http://u:p%21@shop", hook, None)
    session.mount("http://", Scripted())
    return session


def test_it_is_requests_session_and_every_request_is_one_event(session: Any, events: list[dict[str, Any]]) -> None:
    assert isinstance(session, requests.Session)
    response = session.get("/302", params={"a": 1}, context={"k": 1})
    assert (response.status_code, response.text) == (200, "hello")
    (event,) = events
    assert event.pop("response") is response
    assert event.pop("response_time") > 0
    assert event.pop("start_time") > 1e9
    assert event == {
        "request_type": "GET", "name": "/302?a=1", "response_length": 5, "context": {"k": 1}, "exception": None,
        "url": "http://shop/302?a=1",
    }  # fmt: skip
    assert response.request.headers["Authorization"] == "Basic dTpwIQ=="


def test_names(session: Any, events: list[dict[str, Any]]) -> None:
    session.get("/200", name="own")
    with session.rename_request("a"):
        session.get("http://shop/201")
        session.get("/200", name="own")
    session.get("/201")
    assert [event["name"] for event in events] == ["own", "a", "own", "/201"]


def test_failures_carry_the_name_and_the_innermost_cause(session: Any, events: list[dict[str, Any]]) -> None:
    session.get("/404", name="n")
    response = session.get("/refused")
    assert [repr(event["exception"]) for event in events] == [
        "HTTPError('404 Client Error: Reason for url: n')",
        "ConnectionRefusedError(111, 'Connection refused')",
    ]
    assert (response.status_code, response.content) == (0, None)
    with pytest.raises(requests.exceptions.ConnectionError):
        response.raise_for_status()


@pytest.mark.parametrize("url", ["ftp://shop/", "http://"])
def test_only_a_url_that_is_none_raises(session: Any, events: list[dict[str, Any]], url: str) -> None:
    session.base_url = ""
    with pytest.raises((requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)):
        session.get(url)
    assert events == []


def test_the_block_decides(session: Any, events: list[dict[str, Any]]) -> None:
    with session.get("/500", catch_response=True) as response:
        response.failure("first")
        response.success()
        response.raise_for_status()
    with session.get("/200", catch_response=True) as response:
        response.request_meta["name"] = "renamed"
        raise ResponseError("no price")
    response = session.get("/200", catch_response=True).__enter__()
    response.failure("mine")
    assert not response.leave(KeyError())
    with pytest.raises(KeyError), session.get("/200", catch_response=True):
        raise KeyError
    session.get("/200", catch_response=True)
    assert [(event["name"], repr(event["exception"])) for event in events] == [
        ("/500", "None"),
        ("renamed", "ResponseError('no price')"),
        ("/200", "CatchResponseError('mine')"),
    ]


def test_mistakes(session: Any) -> None:
    with pytest.raises(LocustError), session.get("/200"):
        pass
    with pytest.raises(LocustError):
        session.get("/200", catch_response=True).success()


def test_a_shared_pool_manager_is_used(events: list[dict[str, Any]]) -> None:
    shared = object()
    session = RequestsSession("http://shop", EventHook(), None, pool_manager=shared)
    assert session.get_adapter("http://shop").poolmanager is shared  # type: ignore[attr-defined]


def test_the_user_is_an_http_user_and_abstract() -> None:
    assert issubclass(RequestsUser, HttpUser)
    assert RequestsUser.abstract
