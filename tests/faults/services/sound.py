"""Services with nothing wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from sizes import SIZE, compute


def fast() -> FastAPI:
    """Answers at once."""
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, bool]:
        return {"ok": True}

    return app


def slow() -> FastAPI:
    """Takes long by its nature, and computes a little."""
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, bool]:
        compute(SIZE["ms"])
        await asyncio.sleep(SIZE["wait_ms"] / 1000)
        return {"ok": True}

    return app


def threads() -> FastAPI:
    """A sync endpoint that waits a little."""
    app = FastAPI()

    @app.get("/")
    def work() -> dict[str, bool]:
        time.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def streaming() -> FastAPI:
    """Answers piece by piece."""
    app = FastAPI()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(SIZE["pieces"]):
            await asyncio.sleep(SIZE["ms"] / 1000)
            yield b"x" * 1000

    @app.get("/")
    async def work() -> StreamingResponse:
        return StreamingResponse(pieces())

    return app
