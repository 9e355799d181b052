"""A service to be seen by the probe: each path spends its time in another way. The probe comes after these imports."""

import asyncio
import contextlib
import os
import threading
import time
import urllib.request
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import requests
from fastapi import BackgroundTasks, FastAPI, HTTPException
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

import loadcell_probe

DATABASE = os.environ.get("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
DOWNSTREAM = os.environ.get("DOWNSTREAM_URL", "")
engine = create_async_engine(
    DATABASE.replace("postgresql:", "postgresql+asyncpg:"), pool_size=1, max_overflow=0, pool_timeout=10
)
sync_engine = create_engine(
    DATABASE.replace("postgresql:", "postgresql+psycopg:"), poolclass=QueuePool, pool_size=1, max_overflow=0
)
downstream = httpx.AsyncClient(limits=httpx.Limits(max_connections=1), timeout=10)
pools: dict[str, Any] = {}
lock = threading.Lock()
few_threads = ThreadPoolExecutor(max_workers=2)


@contextlib.asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = 2
    yield
    for pool in pools.values():
        await pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def root() -> dict[str, int]:
    return {"pid": os.getpid()}


@app.get("/fails")
async def fails() -> None:
    raise ValueError("as written")


@app.get("/refuses")
async def refuses() -> None:
    raise HTTPException(404)


@app.get("/later")
async def later(tasks: BackgroundTasks) -> None:
    tasks.add_task(asyncio.sleep, 0.3)


def slow_call(seconds: float) -> None:
    time.sleep(seconds)


@app.get("/block")
async def block(seconds: float = 0.1) -> None:
    slow_call(seconds)


@app.get("/compute")
async def compute(seconds: float = 0.1) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(100))


@app.get("/hold")
async def hold(numbers: int = 10_000_000) -> int:
    return sum(range(numbers))  # in C from its beginning to its end: no other thread runs meanwhile


@app.get("/wait")
async def wait(seconds: float = 0.1) -> None:
    await asyncio.sleep(seconds)


@app.get("/thread")
def thread(seconds: float = 0.1) -> None:
    time.sleep(seconds)


@app.get("/locked")
def locked(seconds: float = 0.1) -> None:
    with lock:
        time.sleep(seconds)


@app.get("/executor")
async def executor(seconds: float = 0.1) -> None:
    await asyncio.get_running_loop().run_in_executor(few_threads, time.sleep, seconds)


@app.get("/sqlalchemy")
async def sqlalchemy(seconds: float = 0.1) -> None:
    async with engine.connect() as connection:
        await connection.execute(text(f"SELECT pg_sleep({seconds}), 'secret'"))


@app.get("/sqlalchemy-fails")
async def sqlalchemy_fails() -> None:
    async with engine.connect() as connection:
        with contextlib.suppress(Exception):
            await connection.execute(text("SELECT 1/0, pg_sleep(0)"))


@app.get("/sqlalchemy-sync")
def sqlalchemy_sync(seconds: float = 0.1) -> None:
    with sync_engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})


@app.get("/asyncpg")
async def asyncpg(seconds: float = 0.1) -> None:
    import asyncpg

    if "asyncpg" not in pools:
        pools["asyncpg"] = asyncpg.create_pool(DATABASE, min_size=1, max_size=1)
    async with (await pools["asyncpg"]).acquire() as connection:
        await connection.fetchval("SELECT pg_sleep($1::float8)", seconds)


@app.get("/psycopg")
async def psycopg(seconds: float = 0.1) -> None:
    import psycopg_pool

    if "psycopg" not in pools:
        pools["psycopg"] = psycopg_pool.AsyncConnectionPool(DATABASE, min_size=1, max_size=1, open=False)
        await pools["psycopg"].open(wait=True)
    async with pools["psycopg"].connection() as connection:
        await connection.execute("SELECT pg_sleep(%s::float8)", (seconds,))


@app.get("/httpx")
async def call_with_httpx(seconds: float = 0.1) -> None:
    await downstream.get(f"{DOWNSTREAM}/wait", params={"seconds": seconds})


@app.get("/httpx-sync")
def call_with_sync_httpx(seconds: float = 0.1) -> None:
    httpx.get(f"{DOWNSTREAM}/wait", params={"seconds": seconds})


@app.get("/requests")
def call_with_requests(seconds: float = 0.1) -> None:
    requests.get(f"{DOWNSTREAM}/wait", params={"seconds": str(seconds)}, timeout=10)


@app.get("/urllib")
def call_with_urllib(seconds: float = 0.1) -> None:
    urllib.request.urlopen(f"{DOWNSTREAM}/wait?seconds={seconds}").close()


@app.get("/urllib-fails")
def call_nobody_with_urllib() -> None:
    with contextlib.suppress(OSError):
        urllib.request.urlopen("http://127.0.0.1:1/")


@app.get("/httpx-fails")
async def call_nobody() -> None:
    with contextlib.suppress(httpx.ConnectError):
        await downstream.get("http://127.0.0.1:1/")


@app.get("/httpx-together")
async def call_together(calls: int = 5) -> None:
    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(client.get(f"{DOWNSTREAM}/wait", params={"seconds": 0.1}) for _ in range(calls)))


@app.get("/aiohttp")
async def call_with_aiohttp(seconds: float = 0.1) -> None:
    import aiohttp

    if "aiohttp" not in pools:
        pools["aiohttp"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
    async with pools["aiohttp"].get(f"{DOWNSTREAM}/wait", params={"seconds": seconds}) as answer:
        await answer.read()


app = loadcell_probe.install(app)
