"""Who may use the page: the host that is asked for, the site that asks, and, where others can reach it, a login.

A name that an attacker's DNS turns to this machine carries another Host (DNS rebinding), and a page of another site that
makes a browser send something carries another Origin: both are refused. Scripts send no Origin, and are let in.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "loadcell_session"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
LOGIN_PATH = "/login"
_POLICY_VIOLATION = 1008
_HEADERS = (
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


@dataclass(slots=True)
class Login:
    """What has to be known to be let in, and who is in."""

    secret: str
    _sessions: set[str] = field(default_factory=set)

    def opened_with(self, secret: str) -> str | None:
        """A new session for whoever knows the secret."""
        if not self.knows(secret):
            return None
        session = secrets.token_urlsafe(32)
        self._sessions.add(session)
        return session

    def knows(self, secret: str) -> bool:
        """Whether it is the secret; takes as long for each that is not."""
        return hmac.compare_digest(secret.encode(), self.secret.encode())

    def has(self, session: str) -> bool:
        """Whether the session was opened here and not closed."""
        return session in self._sessions

    def close(self, session: str) -> None:
        """End a session."""
        self._sessions.discard(session)


class Access:
    """An ASGI application around the page's that refuses what must not get to it."""

    def __init__(self, app: Asgi, *, names: frozenset[str], login: Login | None) -> None:
        """`names` are the hosts by which it may be called, beside addresses where a login is needed."""
        self._app = app
        self._names = LOCAL_NAMES | {name.lower() for name in names}
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is None:
            await self._app(scope, receive, _guarded(send))
        else:
            await _refuse(scope, receive, send, headers, *refusal)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return 421, f"This page is not called {host!r}. Open it by its address, or name it with --web-host."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "Another site asked for this. Use the page itself, or a script that sends no Origin."
        if self._login is None or scope["path"] == LOGIN_PATH:
            return None
        if self._is_in(self._login, headers):
            return None
        return 401, "A login is needed: open the page in a browser, or send Authorization: Bearer and the token."

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._names:
            return True
        # An address can't be turned to another machine, as a name can; and whoever comes by one has to log in.
        return self._login is not None and _is_address(name)

    @staticmethod
    def _is_in(login: Login, headers: Mapping[str, str]) -> bool:
        kind, _, token = headers.get("authorization", "").partition(" ")
        # Headers are read as Latin-1, and scripts send what they have been given, mostly in UTF-8.
        sent = token.strip().encode("latin-1").decode("utf-8", "replace")
        if kind.lower() == "bearer" and (login.knows(sent) or login.knows(token.strip())):
            return True
        return login.has(session_of(headers.get("cookie", "")))


def session_of(cookies: str) -> str:
    """The session that a Cookie header names; empty without one."""
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _guarded(send: Send) -> Send:
    """Tells browsers that no other site may show the page inside of its own, where a click could be led astray."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await send(message)

    return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str], status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": reason[:120]})
        return
    wants_page = "text/html" in headers.get("accept", "")
    if status == 401 and wants_page and scope["method"] == "GET":
        await _answer(send, 303, b"", (b"location", f"{scope.get('root_path', '')}{LOGIN_PATH}".encode()))
        return
    more = ((b"www-authenticate", b"Bearer"),) if status == 401 else ()
    body = json.dumps({"success": False, "message": reason}).encode()
    await _answer(send, status, body, (b"content-type", b"application/json"), *more)


async def _answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-length", str(len(body)).encode()), *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})
