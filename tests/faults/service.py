"""A FastAPI service with one endpoint for each fault."""

from __future__ import annotations

import asyncio
import time

from fastapi import FastAPI, HTTPException

app = FastAPI()


def compute(seconds: float) -> None:
    """Take the CPU for so long, whoever else wants it."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@app.get("/")
async def root() -> dict[str, bool]:
    return {"ok": True}


@app.get("/healthy")
async def healthy() -> dict[str, bool]:
    compute(0.001)
    await asyncio.sleep(0.01)
    return {"ok": True}


@app.get("/cpu")
async def cpu() -> dict[str, bool]:
    compute(0.005)
    return {"ok": True}


@app.get("/block")
async def block() -> dict[str, bool]:
    time.sleep(0.02)  # noqa: ASYNC251
    return {"ok": True}


@app.get("/thread")
def thread() -> dict[str, bool]:
    time.sleep(0.2)
    return {"ok": True}


@app.get("/fail")
async def fail() -> dict[str, bool]:
    await asyncio.sleep(0.01)
    raise HTTPException(500, "it is broken")
