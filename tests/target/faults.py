"""Answers out of the ordinary: slow, cut off, without end, against the rules, or none at all."""

import itertools
import time
from functools import cache

from tests.target.connection import Behaviour, Connection
from tests.target.messages import BODY, JSON, Answer, Request, head
from tests.target.supervisor import die

_BLOCK = b"x" * 1024
_LENGTH = ("Content-Length", str(len(BODY)))
_CHUNKED = ("Transfer-Encoding", "chunked")


def chunk(data: bytes, extension: str = "") -> bytes:
    """One chunk of a chunked body."""
    return b"%x%s\r\n%s\r\n" % (len(data), extension.encode(), data)


async def stall(request: Request, connection: Connection) -> None:
    """`/stall?ms=500`: the whole server reads and answers nothing for that time, as in a garbage collector's pause."""
    time.sleep(request.number("ms", 500) / 1000)  # noqa: ASYNC251 - blocking the loop is the point
    connection.send(Answer().encode())


async def hang(request: Request, connection: Connection) -> None:
    """`/hang`: never answers."""
    await connection.server.loop.create_future()


async def crash(request: Request, connection: Connection) -> None:
    """`/crash`: the process dies."""
    die()


async def trickle(request: Request, connection: Connection) -> None:
    """`/trickle?ms=50`: the body byte by byte."""
    connection.send(head(200, [JSON, _LENGTH]))
    for position in range(len(BODY)):
        await connection.sleep(request.number("ms", 50) / 1000)
        connection.send(BODY[position : position + 1])


async def endless(request: Request, connection: Connection) -> None:
    """`/endless?mode=length|chunked|close&ms=10`: a kilobyte every so often, without end."""
    mode = request.text("mode", "chunked")
    framing = {"length": ("Content-Length", str(2**40)), "chunked": _CHUNKED, "close": ("Connection", "close")}[mode]
    connection.send(head(200, [framing]))
    while not connection.lost:
        connection.send(chunk(_BLOCK) if mode == "chunked" else _BLOCK)
        await connection.sleep(request.number("ms", 10) / 1000)


async def chunked(request: Request, connection: Connection) -> None:
    """`/chunked?n=3`: a chunked body with extensions and trailers, chunk k being `chunk k;`."""
    connection.send(head(200, [_CHUNKED, ("Trailer", "X-Check")]))
    for number in range(int(request.number("n", 3))):
        connection.send(chunk(b"chunk %d;" % number, f';part={number};note="a;b"'))
    connection.send(b"0;last\r\nX-Check: done\r\nX-Second: too\r\n\r\n")


async def close_delimited(request: Request, connection: Connection) -> None:
    """`/close-delimited`: HTTP/1.0, the body lasts until the connection closes."""
    connection.send(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
    await connection.sleep(0.001)
    connection.send(BODY)
    connection.close()


async def early_close(request: Request, connection: Connection) -> None:
    """`/early-close?bytes=10`: closes before the Content-Length is reached."""
    connection.send(head(200, [JSON, _LENGTH]) + BODY[: int(request.number("bytes", 10))])
    connection.close()


async def reset(request: Request, connection: Connection) -> None:
    """`/reset?at=start|body`: a TCP reset instead of an answer, or in the middle of its body."""
    if request.text("at", "start") == "body":
        connection.send(head(200, [JSON, _LENGTH]) + BODY[:10])
        await connection.sleep(0.02)
    connection.reset()


async def no_response(request: Request, connection: Connection) -> None:
    """`/no-response?after=k`: closes without a byte; with `after`, only at every k-th request of a connection."""
    if connection.served % int(request.number("after", 1)) == 0:
        connection.transport.close()
    else:
        connection.send(Answer().encode())


async def malformed(request: Request, connection: Connection) -> None:
    """`/malformed?kind=…`: see MALFORMED; closes afterwards unless `keep=1`."""
    connection.send(_malformed(request.text("kind", "status-line")))
    await connection.flush()
    if not request.text("keep"):
        connection.close()


_LINE = b"HTTP/1.1 200 OK\r\n"
_TAIL = b"Content-Length: 22\r\n\r\n" + BODY
_CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "status-line": b"HTTP/1.1 abc OK\r\n" + _TAIL,
    "status-range": b"HTTP/1.1 99999 OK\r\n" + _TAIL,
    "version": b"HTTP/9.7 200 OK\r\n" + _TAIL,
    "no-status": b"HTTP/1.1\r\n" + _TAIL,
    "empty": b"\r\n\r\n",
    "header-without-colon": _LINE + b"this is no header\r\n" + _TAIL,
    "header-without-name": _LINE + b": value\r\n" + _TAIL,
    "folded-header": _LINE + b"X-Long: one\r\n two\r\n" + _TAIL,
    "negative-length": _LINE + b"Content-Length: -5\r\n\r\n" + BODY,
    "length-no-number": _LINE + b"Content-Length: many\r\n\r\n" + BODY,
    "duplicate-length": _LINE + b"Content-Length: 22\r\n" + _TAIL,
    "conflicting-length": _LINE + b"Content-Length: 5\r\n" + _TAIL,
    "length-and-chunked": _LINE + b"Content-Length: 5\r\n" + _CHUNKS + b"16\r\n" + BODY + b"\r\n0\r\n\r\n",
    "huge-length": _LINE + b"Content-Length: 2147483648\r\n\r\n" + BODY,
    "absurd-length": _LINE + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n" + BODY,
    "chunk-size": _LINE + _CHUNKS + b"zz\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunk-negative": _LINE + _CHUNKS + b"-5\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunk-absurd": _LINE + _CHUNKS + b"f" * 40 + b"\r\n" + BODY,
    "chunk-without-end": _LINE + _CHUNKS + b"16\r\n" + BODY + b"XX0\r\n\r\n",
    "chunk-cut-off": _LINE + _CHUNKS + b"16\r\n" + BODY[:10],
    "nul": _LINE + b"X-Nul: a\x00b\r\n" + _TAIL,
    "lf-only": (_LINE + _TAIL).replace(b"\r\n", b"\n"),
    "bytes-in-header": _LINE + b"X-Bytes: \xff\xfe\x80\r\n" + _TAIL,
    "binary": bytes(range(256)) * 8,
    "tls": b"\x15\x03\x01\x00\x02\x02\x16",
    "http2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "surplus": _LINE + _TAIL + b"surplus",
    "headers-cut-off": _LINE + b"Content-Len",
    "endless-line": b"HTTP/1.1 200 " + b"O" * 1_000_000,
}
"""Answers against the rules, by kind; `huge-header` (1 MB) and `many-headers` (10,000) are made when asked for."""


@cache
def _malformed(kind: str) -> bytes:
    if kind == "huge-header":
        return _LINE + b"X-Huge: " + b"h" * 1_000_000 + b"\r\n" + _TAIL
    if kind == "many-headers":
        return _LINE + b"".join(b"X-Header-%d: %d\r\n" % (n, n) for n in range(10_000)) + _TAIL
    return MALFORMED[kind]


async def informational(request: Request, connection: Connection) -> None:
    """`/informational`: 100 and 103 come before the 200."""
    connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    await connection.sleep(0.001)
    connection.send(Answer().encode())


def keep_alive_limit(request: Request, connection: Connection) -> Answer:
    """`/keep-alive-limit?n=5`: closes after n requests of a connection; with `silent=1` it does not say so before."""
    over = connection.served >= int(request.number("n", 5))
    if over and request.text("silent"):
        connection.close()
        return Answer(headers=(JSON, ("Connection", "keep-alive")))
    return Answer(close=over)


def idle_close(request: Request, connection: Connection) -> Answer:
    """`/idle-close?ms=100`: closes the connection when nothing came for so long after this answer."""
    due_ns = time.monotonic_ns() + int(request.number("ms", 100) * 1e6)
    connection.server.timers.call_at(due_ns, _close_if_idle, connection, connection.served)
    return Answer()


def _close_if_idle(connection: Connection, served: int) -> None:
    if connection.served == served:
        connection.transport.close()


async def pipeline_split(request: Request, connection: Connection) -> None:
    """`/pipeline-split?pieces=10&ms=1`: one proper answer in so many pieces, cut anywhere."""
    data, pieces = Answer().encode(), int(request.number("pieces", 10))
    cuts = [round(len(data) * number / pieces) for number in range(pieces + 1)]
    for start, end in itertools.pairwise(cuts):
        connection.send(data[start:end])
        await connection.sleep(request.number("ms", 1) / 1000)


BEHAVIOURS: dict[str, Behaviour] = {
    "stall": stall,
    "hang": hang,
    "crash": crash,
    "trickle": trickle,
    "endless": endless,
    "chunked": chunked,
    "close-delimited": close_delimited,
    "early-close": early_close,
    "reset": reset,
    "no-response": no_response,
    "malformed": malformed,
    "informational": informational,
    "keep-alive-limit": keep_alive_limit,
    "idle-close": idle_close,
    "pipeline-split": pipeline_split,
}
