"""Who is let in: by host, by origin, by login."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from loadcell.web.access import COOKIE, Access, Login


def status(access: Access, method: str = "GET", path: str = "/stats/requests", kind: str = "http", **headers: str) -> Any:
    """The status that is answered; for a WebSocket, whether it was accepted."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "method": method, "path": path, "headers": named}
    asyncio.run(access(scope, receive, send))
    return sent[0].get("status", sent[0]["type"])


async def page(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200} if scope["type"] == "http" else {"type": "websocket.accept"})


OPEN = Access(page, names=frozenset({"127.0.0.1"}), login=None)
HOST = "127.0.0.1:8089"


@pytest.mark.parametrize("host", ["127.0.0.1:8089", "localhost:8089", "[::1]:8089", "LOCALHOST"])
def test_it_is_called_by_its_own_names(host: str) -> None:
    assert status(OPEN, host=host) == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8089", "127.0.0.1.evil.example", "10.0.0.7", "", "[::1"])
def test_other_names_are_refused_whatever_they_lead_to(host: str) -> None:
    assert status(OPEN, host=host) == 421
    assert status(OPEN, host=host, kind="websocket") == "websocket.close"


def test_another_site_can_neither_change_nor_listen() -> None:
    evil = "http://evil.example"
    assert status(OPEN, "POST", host=HOST, origin=evil) == 403
    assert status(OPEN, "GET", host=HOST, origin=evil) == 403
    assert status(OPEN, "POST", host=HOST, origin="null") == 403
    assert status(OPEN, "POST", host=HOST, origin="http://127.0.0.1:9999") == 403
    assert status(OPEN, kind="websocket", host=HOST, origin=evil) == "websocket.close"
    assert status(OPEN, "POST", host=HOST, origin=f"http://{HOST}") == 200
    assert status(OPEN, kind="websocket", host=HOST, origin=f"http://{HOST}") == "websocket.accept"


def test_a_script_without_an_origin_is_let_in() -> None:
    assert status(OPEN, "POST", host=HOST) == 200


def test_where_a_login_is_needed_nobody_gets_in_without() -> None:
    login = Login("geheim")
    closed = Access(page, names=frozenset({"load.example"}), login=login)
    assert status(closed, host="10.0.0.7:8089") == 401
    assert status(closed, host="10.0.0.7:8089", accept="text/html") == 303
    assert status(closed, kind="websocket", host="10.0.0.7:8089") == "websocket.close"
    assert status(closed, host="evil.example", authorization="Bearer geheim") == 421
    assert status(closed, host="load.example", authorization="Bearer falsch") == 401
    assert status(closed, host="load.example", authorization="Bearer geheim") == 200
    assert status(closed, path="/login", host="load.example") == 200
    umlauts = Access(page, names=frozenset({"load.example"}), login=Login("geheim\u00df\u20ac"))
    assert status(umlauts, host="load.example", authorization="Bearer geheim\u00df\u20ac") == 200
    assert status(umlauts, host="load.example", authorization="Bearer geheim") == 401


def test_a_session_is_good_until_it_is_closed() -> None:
    login = Login("geheim")
    closed = Access(page, names=frozenset(), login=login)
    assert login.opened_with("falsch") is None
    session = login.opened_with("geheim")
    assert session is not None
    assert status(closed, host=HOST, cookie=f"other=1; {COOKIE}={session}") == 200
    assert status(closed, host=HOST, cookie=f"{COOKIE}={session}x") == 401
    login.close(session)
    assert status(closed, host=HOST, cookie=f"{COOKIE}={session}") == 401
