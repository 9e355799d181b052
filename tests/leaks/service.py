"""A FastAPI service with an endpoint for each way in which memory grows, or does not. Sizes are for 300 requests/s."""

from __future__ import annotations

import gc
import os
import random
from collections import OrderedDict
from typing import Any

from fastapi import FastAPI

app = FastAPI()
PER_S = 300
LRU_ENTRIES = 50 * PER_S
"""Full after 50 s."""
KEYS = 67 * PER_S
"""A request in KEYS asks for a given one: the cache fills with a time constant of 67 s."""
SLOTS = 2_000

kept: list[Any] = []
cache: OrderedDict[int, bytes] = OrderedDict()
slots: list[bytes] = [b""] * SLOTS
counts = {"requests": 0}


@app.get("/healthy")
async def healthy() -> dict[str, bool]:
    return {"ok": len([os.urandom(64) for _ in range(20)]) == 20}


@app.get("/4-kib")
async def four_kib() -> dict[str, bool]:
    kept.append(os.urandom(4096))
    return {"ok": True}


@app.get("/small-dict")
async def small_dict() -> dict[str, bool]:
    kept.append({"number": len(kept) + 1_000_000})
    return {"ok": True}


@app.get("/every-10th")
async def every_10th() -> dict[str, bool]:
    counts["requests"] += 1
    if counts["requests"] % 10 == 0:
        kept.append(os.urandom(1024))
    return {"ok": True}


@app.get("/lru")
async def lru() -> dict[str, bool]:
    counts["requests"] += 1
    cache[counts["requests"]] = os.urandom(5_600)
    if len(cache) > LRU_ENTRIES:
        cache.popitem(last=False)
    return {"ok": True}


@app.get("/random-keys")
async def random_keys() -> dict[str, bool]:
    key = random.randrange(KEYS)
    if key not in cache:
        cache[key] = os.urandom(4_900)
    return {"ok": True}


@app.get("/churn")
async def churn() -> dict[str, bool]:
    for _ in range(5):
        slots[random.randrange(SLOTS)] = os.urandom(random.randrange(100, 20_000))
    return {"ok": True}


class Node:
    """One that points to itself: only a collection frees it."""

    def __init__(self) -> None:
        self.me = self
        self.load = bytearray(2_000)


@app.get("/cycles")
async def cycles() -> dict[str, bool]:
    for _ in range(3):
        Node()
    return {"ok": gc.isenabled()}
