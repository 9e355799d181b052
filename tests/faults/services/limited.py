"""Services that fail, end, grow, or meet a limit of the system."""

from __future__ import annotations

import asyncio
import itertools
import os
import resource
import signal

from fastapi import FastAPI, HTTPException
from sizes import SIZE


def failing() -> FastAPI:
    """Every so many requests end with an error."""
    app, numbers = FastAPI(), itertools.count(1)

    @app.get("/")
    async def work() -> dict[str, bool]:
        await asyncio.sleep(SIZE["ms"] / 1000)
        if next(numbers) % SIZE["every"] == 0:
            if SIZE.get("raises"):
                raise LookupError("no such thing")
            raise HTTPException(503, "come back later")
        return {"ok": True}

    return app


def descriptors() -> FastAPI:
    """May have few files open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (SIZE["files"], hard))
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, bool]:
        await asyncio.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def mortal() -> FastAPI:
    """Its worker is killed after so many requests."""
    app, numbers = FastAPI(), itertools.count(1)

    @app.get("/")
    async def work() -> dict[str, bool]:
        await asyncio.sleep(SIZE["ms"] / 1000)
        if SIZE.get("dies_after") and next(numbers) > SIZE["dies_after"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"ok": True}

    return app


def growing() -> FastAPI:
    """Keeps something of each request."""
    app, kept = FastAPI(), list[bytes]()

    @app.get("/")
    async def work() -> dict[str, bool]:
        kept.append(os.urandom(SIZE["bytes"]))
        return {"ok": True}

    return app
