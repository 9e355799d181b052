"""The shop's own count of what it received: one line per HTTP request, even if the client is gone by then."""

import asyncio
import os
import time
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FLUSH_SECONDS = 0.2


class AccessLog:
    """A file to which several processes may append whole lines."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Add a line, to be in the file at most 0.2 s later; needs a running event loop."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(line + "\n")

    def flush(self) -> None:
        """Append the lines that wait, in one write, so that lines of several workers do not mix."""
        lines, self._lines = self._lines, []
        if lines:
            os.write(self._descriptor, "".join(lines).encode())


class AccessLogMiddleware:
    """Writes `method path status milliseconds` when the handler of a request has ended, however it ended."""

    def __init__(self, app: ASGIApp, path: Path) -> None:
        self._app = app
        self._log = AccessLog(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            try:
                await self._app(scope, receive, send)
            finally:  # the lifespan ends after the last request
                self._log.flush()

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 500  # what the client gets when the handler raises before it answers

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, noting_status)
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            path = scope["raw_path"].decode("latin-1")  # still quoted, so it holds no blank and no line break
            self._log.add(f"{scope['method']} {path} {status} {milliseconds:.3f}")
