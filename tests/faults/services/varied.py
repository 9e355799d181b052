"""The same faults in other clothes, as they are met in the wild."""

import asyncio
import hashlib
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import psycopg_pool
import requests
from fastapi import Depends, FastAPI, Request, Response
from pydantic import BaseModel
from sizes import DATABASE, DOWNSTREAM, SIZE
from sqlalchemy import Connection, create_engine, text


def middleware() -> FastAPI:
    """Blocks in a middleware."""
    app = FastAPI()

    @app.middleware("http")
    async def audit(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        time.sleep(SIZE["ms"] / 1000)  # noqa: ASYNC251
        return await call_next(request)

    @app.get("/")
    async def work() -> dict[str, bool]:
        return {"ok": True}

    return app


def dependency() -> FastAPI:
    """Asks another service in a dependency, by requests."""
    app, client = FastAPI(), requests.Session()

    async def token() -> int:
        return len(client.get(DOWNSTREAM).content)

    @app.get("/")
    async def work(found: Annotated[int, Depends(token)]) -> dict[str, int]:
        return {"bytes": found}

    return app


def sync_database() -> FastAPI:
    """A database client that blocks, in async code."""
    app = FastAPI()
    database = create_engine(DATABASE.replace("postgresql://", "postgresql+psycopg://"), pool_size=10)

    @app.get("/")
    async def work() -> dict[str, bool]:
        with database.connect() as connection:
            connection.execute(text("SELECT pg_sleep(:s)"), {"s": SIZE["ms"] / 1000})
        return {"ok": True}

    return app


def sync_pool() -> FastAPI:
    """Sync endpoints, a session by a dependency, and few connections."""
    app = FastAPI()
    database = create_engine(
        DATABASE.replace("postgresql://", "postgresql+psycopg://"), pool_size=SIZE["pool"], max_overflow=0, pool_timeout=60
    )

    def session() -> Iterator[Connection]:
        with database.connect() as connection:
            yield connection

    @app.get("/")
    def work(connection: Annotated[Connection, Depends(session)]) -> dict[str, bool]:
        connection.execute(text("SELECT pg_sleep(:s)"), {"s": SIZE["ms"] / 1000})
        return {"ok": True}

    return app


def hashing() -> FastAPI:
    """Hashes passwords in a sync endpoint, by code that lets other threads run."""
    app = FastAPI()

    @app.get("/")
    def work() -> dict[str, str]:
        return {"hash": hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", SIZE["rounds"]).hex()}

    return app


def large_json() -> FastAPI:
    """Answers with much JSON."""
    app = FastAPI()
    rows = [{"id": number, "name": f"thing {number}", "tags": ["a", "b"]} for number in range(SIZE["rows"])]

    @app.get("/")
    async def work() -> Response:
        return Response(json.dumps(rows), media_type="application/json")

    return app


class Thing(BaseModel):
    """A row of an answer."""

    id: int
    name: str
    tags: list[str]


def validated() -> FastAPI:
    """Has its whole answer validated."""
    app = FastAPI()

    @app.get("/")
    async def work() -> list[Thing]:
        return [Thing(id=number, name=f"thing {number}", tags=["a", "b"]) for number in range(SIZE["rows"])]

    return app


def pattern() -> FastAPI:
    """A regular expression that backtracks, and holds the interpreter's lock meanwhile."""
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, bool]:
        return {"matches": bool(re.match(r"(a+)+$", "a" * SIZE["letters"] + "b"))}

    return app


def client_each_time() -> FastAPI:
    """Makes an HTTP client for each request, and with it each time a TLS context."""
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, int]:
        async with httpx.AsyncClient() as client:
            return {"bytes": len((await client.get(DOWNSTREAM)).content)}

    return app


def _with_psycopg() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with psycopg_pool.AsyncConnectionPool(DATABASE, min_size=1, max_size=SIZE["pool"], timeout=60) as pool:
            app.state.pool = pool
            yield

    return FastAPI(lifespan=lifespan)


def psycopg_rows() -> FastAPI:
    """Fetches row by row, with psycopg."""
    app = _with_psycopg()

    @app.get("/")
    async def work() -> dict[str, int]:
        found = 0
        async with app.state.pool.connection() as connection:
            for number in range(1, SIZE["statements"] + 1):
                cursor = await connection.execute("SELECT name FROM things WHERE id = %s", (number,))
                found += len(await cursor.fetchall())
        return {"found": found}

    return app


def psycopg_small() -> FastAPI:
    """Few connections of psycopg's pool."""
    app = _with_psycopg()

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with app.state.pool.connection() as connection:
            await connection.execute("SELECT pg_sleep(%s)", (SIZE["ms"] / 1000,))
        return {"ok": True}

    return app


def held_over_a_call() -> FastAPI:
    """Keeps a connection while it asks another service."""
    app = _with_psycopg()
    client = httpx.AsyncClient(timeout=60)

    @app.get("/")
    async def work() -> dict[str, int]:
        async with app.state.pool.connection() as connection:
            await connection.execute("SELECT name FROM things WHERE id = 7")
            return {"bytes": len((await client.get(DOWNSTREAM)).content)}

    return app


def sorting() -> FastAPI:
    """A statement that computes much and scans nothing."""
    app = _with_psycopg()

    @app.get("/")
    async def work() -> dict[str, Any]:
        async with app.state.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT max(md5(n::text || %s)) FROM generate_series(1, %s) AS n", ("salt", SIZE["rows"])
            )
            return {"found": (await cursor.fetchone())[0]}

    return app


def for_update() -> FastAPI:
    """All requests lock the same row, in the middle of their work."""
    app = _with_psycopg()

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with app.state.pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT value FROM counters WHERE id = 1 FOR UPDATE")
            await asyncio.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def lock_in_threads() -> FastAPI:
    """Sync endpoints that wait for a lock of the threading module."""
    app, lock = FastAPI(), threading.Lock()

    @app.get("/")
    def work() -> dict[str, bool]:
        with lock:
            time.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def requests_in_threads() -> FastAPI:
    """Asks another service in a sync endpoint, by requests."""
    app, client = FastAPI(), requests.Session()

    @app.get("/")
    def work() -> dict[str, int]:
        return {"bytes": len(client.get(DOWNSTREAM).content)}

    return app


def to_thread() -> FastAPI:
    """Gives its waits to asyncio's own threads, of which there are few."""
    app = FastAPI()

    @app.get("/")
    async def work() -> dict[str, bool]:
        await asyncio.to_thread(time.sleep, SIZE["ms"] / 1000)
        return {"ok": True}

    return app
