"""Well-formed answers: what a proper service may say."""

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable
from functools import cache

from tests.target.connection import Behaviour, Connection
from tests.target.messages import BODY, JSON, Answer, Request

_TEXT = b"The quick brown fox jumps over the lazy dog. " * 20
_COOKIE_ATTRIBUTES = {"path", "domain", "max-age", "expires", "secure", "httponly", "samesite"}


def ok(request: Request, connection: Connection) -> Answer:
    """`/ok`, `/head`: 22 bytes of JSON."""
    return Answer()


def size(request: Request, connection: Connection) -> Answer:
    """`/bytes/N`: N bytes."""
    return Answer(b"x" * int(request.arguments[0]), headers=(("Content-Type", "application/octet-stream"),))


def delay(request: Request, connection: Connection) -> Answer:
    """`/delay?ms=5`, or `/delay?dist=lognormal&median=5&sigma=0.5&seed=1` (also exponential: mean; uniform: low, high).

    All times are in milliseconds; the same seed gives the same latencies in the same order.
    """
    return Answer(latency_ms=_latency(request.target))


@cache
def _latency(target: str) -> Callable[[], float]:
    # One stream of random numbers per query: a seed gives the same latencies in the same order.
    from urllib.parse import parse_qsl, urlsplit

    query = dict(parse_qsl(urlsplit(target).query))
    numbers = random.Random(query.get("seed"))
    match query.get("dist", "fixed"):
        case "fixed":
            fixed = float(query.get("ms", 5))
            return lambda: fixed
        case "lognormal":
            median, sigma = float(query.get("median", 5)), float(query.get("sigma", 0.5))
            return lambda: median * numbers.lognormvariate(0.0, sigma)
        case "exponential":
            mean = float(query.get("mean", 5))
            return lambda: numbers.expovariate(1 / mean)
        case "uniform":
            low, high = float(query.get("low", 1)), float(query.get("high", 9))
            return lambda: numbers.uniform(low, high)
        case other:
            raise ValueError(f"unknown dist: {other}")


def status(request: Request, connection: Connection) -> Answer:
    """`/status/418`; `/204` and `/304` are short for it."""
    code = int(request.arguments[0] if request.arguments else request.name)
    if not 200 <= code <= 999:
        raise ValueError("the status must be between 200 and 999")
    return Answer(status=code)


def close(request: Request, connection: Connection) -> Answer:
    """`/close`: answers, says `Connection: close` and does it."""
    return Answer(close=True)


def redirect(request: Request, connection: Connection) -> Answer:
    """`/redirect/3?code=302`: so many relative redirects, the last one to /ok."""
    left = int(request.arguments[0])
    code = int(request.number("code", 302))
    location = f"/redirect/{left - 1}?code={code}" if left > 1 else "/ok"
    return Answer(b"", code, (("Location", location),))


def redirect_to(request: Request, connection: Connection) -> Answer:
    """`/redirect-to?url=…&code=302`."""
    return Answer(b"", int(request.number("code", 302)), (("Location", request.text("url", "/ok")),))


def redirect_loop(request: Request, connection: Connection) -> Answer:
    """`/redirect-loop`: to itself."""
    return Answer(b"", 302, (("Location", "/redirect-loop"),))


def set_cookie(request: Request, connection: Connection) -> Answer:
    """`/set-cookie?a=1&b=2&Path=/&HttpOnly`: one header per cookie; the attributes belong to all of them."""
    attributes = [
        f"{name}={value}" if value else name for name, value in request.query if name.lower() in _COOKIE_ATTRIBUTES
    ]
    cookies = [f"{name}={value}" for name, value in request.query if name.lower() not in _COOKIE_ATTRIBUTES]
    return Answer(headers=(JSON, *(("Set-Cookie", "; ".join([each, *attributes])) for each in cookies)))


def echo(request: Request, connection: Connection) -> Answer:
    """`/echo`: the request as it came, as JSON (the body as text, and in base64), with the number of its connection."""
    document = {
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "body": request.body.decode("utf-8", "replace"),
        "body_base64": base64.b64encode(request.body).decode(),
        "connection": connection.number,
        "served": connection.served,
    }
    return Answer(json.dumps(document).encode())


def encoded(request: Request, connection: Connection) -> Answer:
    """`/encoded/gzip|deflate|raw-deflate|br|zstd|broken`: a text of 900 bytes."""
    kind = request.arguments[0]
    name = {"raw-deflate": "deflate", "broken": "gzip"}.get(kind, kind)
    return Answer(_compressed(kind), headers=(("Content-Type", "text/plain"), ("Content-Encoding", name)))


@cache
def _compressed(kind: str) -> bytes:
    match kind:
        case "gzip":
            return gzip.compress(_TEXT)
        case "broken":
            return gzip.compress(_TEXT)[:20] + b"\xff" * 40
        case "deflate":
            return zlib.compress(_TEXT)
        case "raw-deflate":
            packer = zlib.compressobj(wbits=-15)
            return packer.compress(_TEXT) + packer.flush()
        case "br":
            import brotli

            return bytes(brotli.compress(_TEXT))
        case "zstd":
            import zstandard

            return zstandard.compress(_TEXT)
    raise ValueError(f"unknown encoding: {kind}")


def basic_auth(request: Request, connection: Connection) -> Answer:
    """`/basic-auth/USER/PASSWORD`: 200 with the right credentials, 401 otherwise."""
    wanted = "Basic " + base64.b64encode(":".join(request.arguments).encode()).decode()
    if request.header("authorization") == wanted:
        return Answer()
    return Answer(status=401, headers=(JSON, ("WWW-Authenticate", 'Basic realm="target"')))


def ready_made() -> dict[bytes, tuple[str, bytes]]:
    """The plainest answers as bytes, by the line of the request."""
    bodies = {"/ok": BODY, "/": BODY} | {f"/bytes/{n}": b"x" * n for n in (0, 1, 100, 1000, 1024, 10_000, 16_384)}
    return {f"GET {path} HTTP/1.1".encode(): (path, Answer(body).encode()) for path, body in bodies.items()}


BEHAVIOURS: dict[str, Behaviour] = {
    "": ok,
    "ok": ok,
    "head": ok,
    "bytes": size,
    "delay": delay,
    "status": status,
    "204": status,
    "304": status,
    "close": close,
    "redirect": redirect,
    "redirect-to": redirect_to,
    "redirect-loop": redirect_loop,
    "set-cookie": set_cookie,
    "echo": echo,
    "encoded": encoded,
    "basic-auth": basic_auth,
}
