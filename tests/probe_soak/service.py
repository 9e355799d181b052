"""A service that keeps nothing, whose requests give all parts of the probe something to count, and ever other things."""

import asyncio
import time

import httpx
from fastapi import FastAPI, HTTPException, Request
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool

import loadcell_probe

app = FastAPI()
engine = create_engine("sqlite://", poolclass=QueuePool, pool_size=2, connect_args={"check_same_thread": False})
client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))


@app.get("/empty")
async def empty() -> dict[str, bool]:
    return {"ok": True}


@app.get("/wait")
async def wait() -> None:
    await asyncio.sleep(0.02)


@app.get("/block")
async def block() -> None:
    time.sleep(0.002)  # noqa: ASYNC251


@app.get("/missing")
async def missing() -> None:
    raise HTTPException(404)


@app.get("/statement/{number}")
def statement(number: int) -> None:
    """Another statement for each number, in a thread."""
    with engine.connect() as connection:
        connection.execute(text("SELECT :number"), {"number": number})
        connection.exec_driver_sql(f"SELECT 1 AS column_{number}")


@app.get("/call/{number}")
async def call(number: int) -> None:
    """Another host for each number."""
    await client.get(f"http://host-{number}.example/")


@app.get("/stamped")
async def stamped(request: Request) -> bool:
    return "x-request-start" in request.headers


app = loadcell_probe.install(app)
