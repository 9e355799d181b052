"""Services with a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from fastapi import FastAPI
from sizes import DATABASE, SIZE
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def engine() -> AsyncEngine:
    """A SQLAlchemy engine whose pool never overflows."""

    async def connect() -> Any:
        return await asyncpg.connect(DATABASE)

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, pool_size=SIZE["pool"], max_overflow=0, pool_timeout=60
    )


def _with_asyncpg() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(DATABASE, min_size=1, max_size=SIZE["pool"]) as pool:
            app.state.pool = pool
            yield

    return FastAPI(lifespan=lifespan)


def small_pool() -> FastAPI:
    """A statement that takes long without work, and few connections: SQLAlchemy."""
    app, database = FastAPI(), engine()

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with database.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(:s)"), {"s": SIZE["ms"] / 1000})
        return {"ok": True}

    return app


def small_asyncpg_pool() -> FastAPI:
    """The same with asyncpg's own pool."""
    app = _with_asyncpg()

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with app.state.pool.acquire() as connection:
            await connection.execute("SELECT pg_sleep($1)", SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def held() -> FastAPI:
    """Keeps its transaction open while it waits for something else."""
    app, database = FastAPI(), engine()

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with database.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await asyncio.sleep(SIZE["ms"] / 1000)
        return {"ok": True}

    return app


def unindexed() -> FastAPI:
    """Looks for rows of a table by a column without an index."""
    app, database = FastAPI(), engine()

    @app.get("/")
    async def work() -> dict[str, int]:
        async with database.connect() as connection:
            found = await connection.execute(text("SELECT count(*) FROM things WHERE owner = :owner"), {"owner": 7})
            return {"count": found.scalar_one()}

    return app


def contended() -> FastAPI:
    """All requests change the same row, and keep it for a while."""
    app, database = FastAPI(), engine()

    @app.get("/")
    async def work() -> dict[str, bool]:
        async with database.begin() as connection:
            await connection.execute(text("UPDATE counters SET value = value + 1 WHERE id = 1"))
            await connection.execute(text("SELECT pg_sleep(:s)"), {"s": SIZE["ms"] / 1000})
        return {"ok": True}

    return app


def many_statements() -> FastAPI:
    """Fetches row by row."""
    app, database = FastAPI(), engine()

    @app.get("/")
    async def work() -> dict[str, int]:
        found = 0
        async with database.connect() as connection:
            for number in range(1, SIZE["statements"] + 1):
                row = await connection.execute(text("SELECT name FROM things WHERE id = :id"), {"id": number})
                found += len(row.all())
        return {"found": found}

    return app


def healthy() -> FastAPI:
    """One row by its key, and connections enough."""
    app = _with_asyncpg()

    @app.get("/")
    async def work() -> dict[str, str]:
        async with app.state.pool.acquire() as connection:
            return {"name": await connection.fetchval("SELECT name FROM things WHERE id = 7")}

    return app
