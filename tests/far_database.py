"""A database that is some milliseconds away, as one on another machine is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlencode, urlsplit

SOCKET = ".s.PGSQL.5432"


@contextmanager
def far_database(url: str, delay_s: float) -> Iterator[str]:
    """The URL under which a database answers later: all that is sent to it, and by it, is so long on its way.

    `url` names the folder of a Unix socket. A delay is rounded up to whole milliseconds, and half a one longer on average.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    with TemporaryDirectory() as folder:
        relay = _Relay(Path(query["host"]) / SOCKET, Path(folder) / SOCKET, delay_s)
        relay.start()
        try:
            yield parts._replace(query=urlencode(query | {"host": folder})).geturl()
        finally:
            relay.stop()


class _Relay(threading.Thread):
    """Listens at one socket, and carries to and from another."""

    def __init__(self, database: Path, listening: Path, delay_s: float) -> None:
        super().__init__(daemon=True)
        self._database, self._listening, self._delay_s = database, listening, delay_s
        self._is_ready = threading.Event()
        self._failed: OSError | None = None
        self._connections: list[asyncio.Task[None]] = []

    def start(self) -> None:
        super().start()
        self._is_ready.wait()
        if self._failed is not None:
            raise self._failed

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:  # the path is too long, for instance
            self._failed = error
            self._is_ready.set()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_unix_server(self._connected, self._listening):
            self._is_ready.set()
            await self._end.wait()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.append(self._loop.create_task(self._relay(reader, writer)))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_unix_connection(self._database)
        await asyncio.gather(self._carry(reader, questions), self._carry(answers, writer))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(2**16):
            self._loop.call_later(self._delay_s, target.write, data)
        self._loop.call_later(self._delay_s, target.close)
