"""Services that run out of computing time."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from sizes import FOLDER, SIZE, compute


def endpoint() -> FastAPI:
    """Computes in the event loop."""
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, bool]:
        compute(SIZE["ms"])
        return {"ok": True}

    return app


def threads() -> FastAPI:
    """Computes in threads."""
    app = FastAPI()

    @app.get("/")
    def work() -> dict[str, bool]:
        compute(SIZE["ms"])
        return {"ok": True}

    return app


def garbage() -> FastAPI:
    """Keeps many objects, and some of each request long enough for them to grow old; then they are garbage in cycles."""
    app = FastAPI()
    app.state.alive = [[number] for number in range(SIZE["alive"])]
    recent: deque[list[list[object]]] = deque(maxlen=SIZE["kept"])

    def cycle() -> list[object]:
        one: list[object] = []
        one.append(one)
        return one

    @app.get("/")
    async def work() -> dict[str, bool]:
        recent.append([cycle() for _ in range(SIZE["cycles"])])
        return {"ok": True}

    return app


def late_worker() -> FastAPI:
    """All workers but the first need long to start, and find all connections taken."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        first = False
        with suppress(FileExistsError):
            os.close(os.open(FOLDER / "first", os.O_CREAT | os.O_EXCL))
            first = True
        if not first:
            await asyncio.sleep(SIZE["late_s"])
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def work() -> dict[str, bool]:
        compute(SIZE["ms"])
        return {"ok": True}

    return app
