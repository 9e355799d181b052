"""With --read-only, what may change data is not sent, and the scenario goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.http.conftest import Client


@pytest.mark.parametrize("fast", [False, True])
def test_what_may_change_data_is_answered_and_not_sent(browse: Callable[..., Client], fast: bool) -> None:
    client = browse(fast=fast, read_only=True)
    session = client.session
    heard = []
    client.event.add_listener(lambda **meta: heard.append(meta))
    answers = [
        session.post("/items", json={"name": "lamp"}),
        session.post("/items", {"name": "lamp"}, name="form", headers={"X": "1"}),
        session.put("/items/1", "x"),
        session.patch("/items/1", "x"),
        session.delete("/items/1"),
        session.request("post", "/items"),
        session.request("PROPFIND", "/items"),
    ]
    for response in answers:
        assert (response.status_code, response.ok, response.error, response.content) == (204, True, None, b"")
        response.raise_for_status()
    assert client.network.connected_to == []
    assert set(client.outcomes) == {"left out"}
    assert [line[1] for line in client.sink.log] == ["POST", "POST", "PUT", "PATCH", "DELETE", "POST", "PROPFIND"]
    assert client.names[:2] == ["/items", "form"]
    assert heard == [], "who listens to requests hears of none"


@pytest.mark.parametrize("fast", [False, True])
def test_a_block_may_judge_it_to_no_effect(browse: Callable[..., Client], fast: bool) -> None:
    client = browse(fast=fast, read_only=True)
    with client.session.post("/items", catch_response=True) as response:
        assert response.request_meta["name"] == "/items"
        response.failure("no id")
    with client.session.delete("/items/1", catch_response=True) as response:
        response.success()
    assert client.outcomes == ["left out", "left out"]


@pytest.mark.parametrize("fast", [False, True])
def test_reading_goes_on_as_ever(browse: Callable[..., Client], answer: Callable[..., bytes], fast: bool) -> None:
    client = browse([answer(), answer(), answer(b""), answer()], fast=fast, read_only=True)
    session = client.session
    assert [session.get("/a").text, session.get("/a").text] == ["hello", "hello"]
    assert session.request("HEAD", "/a").status_code == 200
    client = browse([answer()], fast=fast)
    assert client.session.post("/a").text == "hello", "without --read-only all is sent"
