"""What a case needs beside its service: a database, another service, neighbours, a control group."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from loadcell.monitors.cgroups import group_of
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import answered, free_port
from tests.integration.postgres_server import postgres

DOWNSTREAM = """
import asyncio, sys

port, seconds, places = int(sys.argv[1]), float(sys.argv[2]), asyncio.Semaphore(int(sys.argv[3]))

async def serve(reader, writer):
    try:
        while await reader.readuntil(b"\\r\\n\\r\\n"):
            async with places:
                await asyncio.sleep(seconds)
            writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", port, backlog=1000) as server:
        await server.serve_forever()

asyncio.run(main())
"""
PERIOD_US = 100_000


class NotHere(Exception):
    """A case can't be tried on this machine."""


@contextmanager
def database(schema: str) -> Iterator[str]:
    """A PostgreSQL of this case's own, with its tables; the URL."""
    with postgres("debian") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in schema.split(";"):
                connection.execute(statement.encode())
        yield url


@contextmanager
def other_service(milliseconds: float, places: int) -> Iterator[str]:
    """A service that takes so long, for so many requests at a time; its host:port."""
    port = free_port()
    command = [sys.executable, "-c", DOWNSTREAM, str(port), str(milliseconds / 1000), str(places)]
    with subprocess.Popen(command) as process:
        try:
            wait_until(lambda: answered(f"http://127.0.0.1:{port}/"), "the other service answers")
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """So many programs that compute all the time."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def control_group(cores: float | None, memory_mb: int | None) -> Iterator[Path]:
    """A control group (version 1) with a limit, below the one we are in; its folder. NotHere where none can be made.

    Only below the top: what is above us otherwise is somebody else's, who counts and limits what we do.
    """
    own = group_of(os.getpid())
    folders = own.cpu if cores is not None else own.memory
    if len(folders) != 1:
        raise NotHere("the control group belongs to whoever runs this")
    folder = folders[0] / f"loadcell-lab-{os.getpid()}"
    limits = {"cpu.cfs_period_us": PERIOD_US, "cpu.cfs_quota_us": round((cores or 0) * PERIOD_US)}
    if memory_mb is not None:
        limits = {"memory.limit_in_bytes": memory_mb * 1_000_000}
    try:
        folder.mkdir()
        try:
            for name, value in limits.items():
                (folder / name).write_text(str(value))
        except OSError:
            folder.rmdir()
            raise
    except OSError as error:
        raise NotHere(f"no control group can be made: {error}") from error
    try:
        yield folder
    finally:
        for _ in range(50):  # a process that has ended is still counted for a moment
            with suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.1)
