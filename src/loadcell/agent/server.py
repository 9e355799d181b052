"""The agent: answers who may ask with what the monitors read. It only reads, and takes nothing from whoever asks."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs

from loadcell.agent.mailbox import Mailbox
from loadcell.agent.protocol import TICK_S, VERSION, About, Bye, Latest, Message, Now, Tick, document, line
from loadcell.agent.requests import JSON, LARGEST_HEAD, LINES, TEXT, NotUnderstood, Request, head, names_this_machine
from loadcell.agent.sources import Sources
from loadcell.agent.standing import Standing
from loadcell.agent.token import is_shown
from loadcell.clock import Clock
from loadcell.machine import boot_of, describe_machine, host_name
from loadcell.monitors.reading import Batch
from loadcell.monitors.watch import Watch

MOST_CONTROLLERS = 4
"""Each has its own monitors, so that its readings come at its own seconds: several cost several times as much."""
_MOST_CONNECTIONS = 40
_FIRST_S = 5.0
"""How long a connection has to say who it is."""
_IDLE_S = 30.0
_SEND_S = 10.0
_END_S = 1.0
_HANDSHAKE_S = 5.0
_HANDSHAKE = b"\x16"
"""What TLS begins with."""
_KNOWN_S = 5.0
"""So long a description of the service is not worked out anew."""


Page = Callable[[Latest, str], tuple[str, bytes]]
"""From the latest readings, and the form that is asked for (Accept), to a content type and a page."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where an agent listens, and who may come in."""

    host: str
    port: int
    token: str | None = None
    tls: ssl.SSLContext | None = None

    @property
    def is_open(self) -> bool:
        """Whether whoever can reach it may ask."""
        return self.token is None


class Agent:
    """Serves readings from `start` to `stop`."""

    def __init__(
        self, sources: Sources, door: Door, clock: Clock, *, version: str, log: Callable[[str], None], page: Page
    ) -> None:
        """`version` is Loadcell's; `log` gets a line for each controller that comes and goes, and each trouble.

        `page` writes what Prometheus reads.
        """
        self._sources = sources
        self._door = door
        self._clock = clock
        self._version = version
        self._log = log
        self._page = page
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._readers = 0
        self._ending = asyncio.Event()
        self._standing = Standing(sources.monitors, clock)
        self._about: tuple[float, bytes] | None = None
        self._describing = asyncio.Lock()
        self._refused: set[str] = set()
        self.port = door.port

    async def start(self) -> None:
        """Listen. OSError if that can't be."""
        self._server = await asyncio.start_server(
            self._accept,
            self._door.host,
            self._door.port,
            ssl=self._door.tls,
            ssl_handshake_timeout=_HANDSHAKE_S if self._door.tls else None,
            limit=LARGEST_HEAD,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Tell who reads that it is over, and end."""
        self._ending.set()
        if self._server is not None:
            self._server.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=2 * _END_S)
            for task in self._connections:
                task.cancel()
        await self._standing.stop()

    async def check(self) -> list[Batch]:
        """One look at every source."""
        return await self._standing.look()

    async def latest(self) -> Latest:
        """The latest that each source has read, after a look at all of them if nobody has asked for a while."""
        return await self._standing.latest()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            await self._serve(reader, writer, _peer(writer))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # Whoever asked has gone.
        finally:
            self._connections.discard(task)
            writer.transport.abort() if self._ending.is_set() else writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_END_S):
                    await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        keeps, patience_s = True, _FIRST_S
        while keeps and not self._ending.is_set():
            request = await self._next(reader, patience_s)
            if isinstance(request, HTTPStatus):
                await _answer(writer, request, "Not understood.")
                return
            if not await self._may(request, writer, peer):
                return
            keeps, patience_s = request.keeps, _IDLE_S
            if request.path == "/readings":
                await self._stream(request, reader, writer, peer)
                return
            await self._reply(request, writer)

    async def _next(self, reader: asyncio.StreamReader, patience_s: float) -> Request | HTTPStatus:
        """The next request, or why it is none."""
        asked = asyncio.ensure_future(_head_of(reader))
        ending = asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait((asked, ending), timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise TimeoutError
            return Request.of(asked.result())
        except asyncio.LimitOverrunError:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        except NotUnderstood:
            return HTTPStatus.BAD_REQUEST
        finally:
            asked.cancel()
            ending.cancel()

    async def _may(self, request: Request, writer: asyncio.StreamWriter, peer: str) -> bool:
        """Whether who asks may; if not, that is the answer, the same to whatever was asked."""
        if self._door.token is not None:
            if is_shown(self._door.token, request.headers.get("authorization", "")):
                return True
            self._refuse(peer, "without the right token" if "authorization" in request.headers else "without a token")
            await _answer(writer, HTTPStatus.UNAUTHORIZED, "A token is needed.", "WWW-Authenticate: Bearer")
            return False
        if names_this_machine(request.headers.get("host", "")):
            return True
        self._refuse(peer, "under a foreign name")
        await _answer(writer, HTTPStatus.FORBIDDEN, "Ask 127.0.0.1, or localhost.")
        return False

    def _refuse(self, peer: str, why: str) -> None:
        # Once for each: who tries thousands of tokens does not fill the log.
        if peer not in self._refused and len(self._refused) < 1000:
            self._refused.add(peer)
            self._log(f"{peer} asked {why}, and was refused")

    async def _reply(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method != "GET":
            await _answer(writer, HTTPStatus.METHOD_NOT_ALLOWED, "Only GET.", "Allow: GET")
        elif request.path == "/clock":
            # The moment in between must not be long: the clock is read last.
            await _send(writer, _body(document(Now(self._clock.monotonic()))))
        elif request.path == "/":
            await _send(writer, _body(await self._describe()))
        elif request.path == "/latest":
            await _send(writer, _body(document(await self.latest())))
        elif request.path == "/metrics":
            latest = await self.latest()
            kind, page = await asyncio.to_thread(self._page, latest, request.headers.get("accept", ""))
            await _send(writer, head(HTTPStatus.OK, kind, len(page)) + page)
        else:
            await _answer(writer, HTTPStatus.NOT_FOUND, "There is /, /clock, /readings, /latest and /metrics.")

    async def _describe(self) -> bytes:
        async with self._describing:
            now = self._clock.monotonic()
            if self._about is None or now - self._about[0] > _KNOWN_S:
                self._about = now, document(await asyncio.to_thread(self._look))
            return self._about[1]

    def _look(self) -> About:
        return About(
            agent=VERSION,
            loadcell=self._version,
            host=host_name(),
            boot=boot_of(),
            watches=self._sources.words(),
            machine=describe_machine(("loadcell",)),
            service=self._sources.describe(),
        )

    async def _stream(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        phase = _phase(request.query)
        if request.method != "GET":
            await _answer(writer, HTTPStatus.METHOD_NOT_ALLOWED, "Only GET.", "Allow: GET")
        elif phase is None:
            await _answer(writer, HTTPStatus.BAD_REQUEST, "A phase is a number from 0 to 1, as in /readings?phase=0.25")
        elif self._readers >= MOST_CONTROLLERS:
            self._log(f"{peer} was turned away: {MOST_CONTROLLERS} controllers read already")
            text = f"{MOST_CONTROLLERS} controllers read already, and more than that are too many."
            await _answer(writer, HTTPStatus.SERVICE_UNAVAILABLE, text)
        else:
            await self._tell(phase, reader, writer, peer)

    async def _tell(self, phase: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        """Read at every second's `phase`, and send what is read until one of both ends it."""
        began = self._clock.monotonic()
        self._readers += 1
        self._log(f"{peer} reads{_others(self._readers - 1)}")
        mailbox = Mailbox()
        watch = Watch(self._sources.monitors(), mailbox.put, self._clock)
        # The other side has nothing to say: what comes is its end.
        gone = asyncio.ensure_future(reader.read(1))
        told: set[str] = set()
        why = ""
        try:
            await _send(writer, head(HTTPStatus.OK, LINES, None))
            watch.start(phase)
            while not gone.done() and not self._ending.is_set():
                messages = await mailbox.take(TICK_S)
                self._note(messages, told)
                await _send(writer, b"".join(map(line, messages)))
            if self._ending.is_set():
                await _send(writer, line(Bye()))
        except TimeoutError:
            why = f": it took nothing for {_SEND_S:.0f} s"
        finally:
            self._readers -= 1
            gone.cancel()
            self._log(f"{peer} has gone after {self._clock.monotonic() - began:.0f} s{why}{_others(self._readers)}")
            await asyncio.shield(asyncio.to_thread(partial(watch.stop, _END_S)))

    def _note(self, messages: Sequence[Message], told: set[str]) -> None:
        """Say here too what can't be read."""
        for message in messages:
            if isinstance(message, Tick | Bye) or message.batch.trouble is None:
                continue
            trouble = message.batch.trouble
            if trouble.over or trouble.message not in told:
                self._log(trouble.message)
            told.discard(trouble.message) if trouble.over else told.add(trouble.message)


async def _head_of(reader: asyncio.StreamReader) -> bytes:
    """What comes up to an empty line. NotUnderstood at once where TLS was expected: its first message has no lines."""
    first = await reader.readexactly(1)
    if first == _HANDSHAKE:
        raise NotUnderstood("a handshake of TLS")
    return first + await reader.readuntil(b"\r\n\r\n")


def _others(number: int) -> str:
    return "" if number == 0 else f", {number} {'other reads' if number == 1 else 'others read'}"


def _phase(query: str) -> float | None:
    """Which part of a second readings are to come at; 0 where nothing is asked for, None if that is no number."""
    try:
        phase = float(parse_qs(query).get("phase", ["0"])[-1])
    except ValueError:
        return None
    return phase if 0 <= phase <= 1 else None


def _peer(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("peername")
    return str(name[0]) if name else "somebody"


def _body(content: bytes) -> bytes:
    return head(HTTPStatus.OK, JSON, len(content)) + content


async def _answer(writer: asyncio.StreamWriter, status: HTTPStatus, text: str, *more: str) -> None:
    """A sentence, after which the connection ends."""
    content = f"{text}\n".encode()
    await _send(writer, head(status, TEXT, len(content), "Connection: close", *more) + content)


async def _send(writer: asyncio.StreamWriter, content: bytes) -> None:
    async with asyncio.timeout(_SEND_S):
        writer.write(content)
        await writer.drain()
