"""The page's server: who listens where, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import html
import os
import secrets
import socket
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from loadcell.errors import UsageError
from loadcell.web.access import COOKIE, LOGIN_PATH, Access, Login, session_of
from loadcell.web.api import api_routes
from loadcell.web.desk import Desk
from loadcell.web.locust_api import locust_routes
from loadcell.web.pages import add_pages

PASSWORD = "LOADCELL_WEB_PASSWORD"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_WRONG_S = 0.5
"""How long a wrong password is thought about."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is."""

    host: str
    port: int
    needs_login: bool
    certificate: str | None = None
    key: str | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine gets there."""
        return self.host in _LOOPBACK

    def url(self, port: int) -> str:
        """The address to open."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::", "*", "") else self.host
        return f"{'https' if self.certificate else 'http'}://{f'[{shown}]' if ':' in shown else shown}:{port}"


class Page:
    """The page of one desk, to be served in the running event loop."""

    def __init__(self, desk: Desk, place: Place, secret: str | None = None) -> None:
        """`secret` lets in; without one a token is made up where a login is needed."""
        self.token: str | None = None
        """The token that was made up; None where none is needed, or a password is known."""
        login = None
        if place.needs_login or not place.is_loopback:
            if not secret:
                secret = self.token = secrets.token_urlsafe(18)
            login = Login(secret)
        self._place = place
        self._socket = _listening(place)
        self.port: int = self._socket.getsockname()[1]
        names = frozenset({place.host, socket.gethostname()})
        app = Access(build(desk, login), names=names, login=login)
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=2,
            ssl_certfile=place.certificate,
            ssl_keyfile=place.key,
        )
        self._server = _Server(config)

    @property
    def url(self) -> str:
        """The address to open."""
        return self._place.url(self.port)

    async def serve(self) -> None:
        """Answer until `close`."""
        await self._server.serve(sockets=[self._socket])

    def close(self) -> None:
        """Answer no more; who is connected has two seconds."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """A server that leaves signals to the command."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def build(desk: Desk, login: Login | None) -> FastAPI:
    """The application, without what keeps others out."""
    # Without FastAPI's own pages: they fetch their scripts from elsewhere.
    app = FastAPI(title="Loadcell", description="The run under way, and the runs that were.", docs_url=None, redoc_url=None)
    app.include_router(locust_routes(desk))
    app.include_router(api_routes(desk))
    if login is not None:
        _add_login(app, login)
    add_pages(app, desk, with_logout=login is not None)
    return app


def _listening(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    host = "" if place.host == "*" else place.host
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, place.port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise UsageError(
            f"The page can't be served on {place.host}:{place.port}: {reason}.",
            "Name another port with --web-port (0 takes a free one), or run without it: --headless.",
        ) from error
    return listening


def _add_login(app: FastAPI, login: Login) -> None:
    @app.get(LOGIN_PATH, include_in_schema=False)
    async def form() -> HTMLResponse:
        return HTMLResponse(_FORM.format(problem=""))

    @app.post(LOGIN_PATH, include_in_schema=False)
    async def enter(request: Request, password: str = Form("")) -> Response:
        session = login.opened_with(password)
        if session is None:
            await asyncio.sleep(_WRONG_S)
            problem = '<p role="alert">' + html.escape("This is not the password, nor the token.") + "</p>"
            return HTMLResponse(_FORM.format(problem=problem), 401)
        answer = RedirectResponse("/", 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=secure, path="/")
        return answer

    @app.post("/logout", include_in_schema=False)
    async def leave(request: Request) -> Response:
        login.close(session_of(request.headers.get("cookie", "")))
        answer = RedirectResponse(LOGIN_PATH, 303)
        answer.delete_cookie(COOKIE)
        return answer


def password_of(environment: MutableMapping[str, str] = os.environ) -> str | None:
    """The password that was set for the page, if one was; taken out, for the scenario's processes inherit what is left."""
    return environment.pop(PASSWORD, "") or None


_FORM = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Loadcell: log in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ display: grid; place-items: center; min-height: 90vh; margin: 0; background: Canvas; color: CanvasText; }}
form {{ display: grid; gap: 12px; width: min(320px, 88vw); }}
input, button {{ font: inherit; padding: 8px 10px; border-radius: 6px; border: 1px solid GrayText; }}
button {{ background: #0072B2; color: white; border: 0; cursor: pointer; }}
[role=alert] {{ color: #D55E00; margin: 0; }}
</style></head><body><form method="post"><h1>Loadcell</h1>{problem}
<label for="p">Password, or the token that was printed at the start</label>
<input id="p" name="password" type="password" autofocus autocomplete="current-password"><button>Log in</button>
</form></body></html>"""
