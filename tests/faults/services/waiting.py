"""Services that wait: for threads, for other services, for locks of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import anyio.to_thread
import httpx
from fastapi import FastAPI
from sizes import DOWNSTREAM, SIZE


def threads() -> FastAPI:
    """A sync endpoint that waits, with as many threads as there are by default or as the case says."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = SIZE.get("threads", 40)
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    def work() -> dict[str, bool]:
        time.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def downstream() -> FastAPI:
    """Asks another service, with connections as many as the case says; httpx."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=SIZE.get("connections", 100))
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def work() -> dict[str, int]:
        answer = await app.state.client.get(DOWNSTREAM)
        return {"bytes": len(answer.content)}

    return app


def downstream_by_aiohttp() -> FastAPI:
    """The same with aiohttp."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=SIZE.get("connections", 100))
        async with aiohttp.ClientSession(connector=connector) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def work() -> dict[str, int]:
        async with app.state.client.get(DOWNSTREAM) as answer:
            return {"bytes": len(await answer.read())}

    return app


def locked() -> FastAPI:
    """A lock around a wait."""
    app, lock = FastAPI(), asyncio.Lock()

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with lock:
            await asyncio.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def counted() -> FastAPI:
    """A semaphore around a wait."""
    app, places = FastAPI(), asyncio.Semaphore(SIZE["places"])

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with places:
            await asyncio.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app
