"""Services whose event loop does not get on."""

from __future__ import annotations

import os
import time
import urllib.request

from fastapi import FastAPI
from sizes import DOWNSTREAM, FOLDER, SIZE


def sleeping() -> FastAPI:
    """Sleeps in async code."""
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, bool]:
        time.sleep(SIZE["ms"] / 1000)  # noqa: ASYNC251
        return {"ok": True}

    return app


def fetching() -> FastAPI:
    """Asks another service in async code, by a client that blocks."""
    app = FastAPI()

    def fetch() -> int:
        with urllib.request.urlopen(DOWNSTREAM) as answer:
            return len(answer.read())

    @app.get("/")
    async def work() -> dict[str, int]:
        return {"bytes": fetch()}

    return app


def syncing() -> FastAPI:
    """Writes to disk in async code, and waits until it is there."""
    app = FastAPI()
    file = os.open(FOLDER / f"journal-{os.getpid()}", os.O_CREAT | os.O_WRONLY)
    block = b"x" * SIZE["bytes"]

    @app.get("/")
    async def work() -> dict[str, bool]:
        os.pwrite(file, block, 0)
        os.fsync(file)
        return {"ok": True}

    return app
