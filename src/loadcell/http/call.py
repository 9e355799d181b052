"""One request as the scenario made it, from the first byte sent to its place in the statistics, redirects included."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loadcell.http.connection import MAX_BODY, Answer
from loadcell.http.failures import ConnectionClosed, RequestFailure, TooManyRedirects
from loadcell.http.network import FOREVER, Stream
from loadcell.http.response import Outcome, Response
from loadcell.http.tls import Cert, Verify, context_of

if TYPE_CHECKING:
    from loadcell.http.headers import Headers
    from loadcell.http.session import Session
    from loadcell.http.transport import Target

REDIRECTS = frozenset((301, 302, 303, 307, 308))
_IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"))
_LOST = (ConnectionClosed, ConnectionResetError, BrokenPipeError)


@dataclass(slots=True, kw_only=True)
class Options:
    """What one request asks for beyond method, URL, headers and body."""

    connect_timeout: float
    read_timeout: float
    catch_response: bool = False
    context: dict[str, Any] | None = None
    allow_redirects: bool = True
    stream: bool = False
    verify: Verify = True
    cert: Cert = None
    tls_context: ssl.SSLContext | None = None
    auth: Any = None
    cookies: str = ""
    """Cookies of this request alone."""


@dataclass(slots=True)
class Outgoing:
    """What goes over the wire: the method, where to, and the bytes."""

    method: str
    target: Target
    block: bytes
    """Header lines and the empty line."""
    body: bytes
    headers: Headers | None = None
    """The headers of `block` where they are the request's own; None when they are the session's."""

    def to_bytes(self) -> bytes:
        return b"%b %b%b%b" % (self.method.encode("ascii"), self.target.line, self.block, self.body)


class Call:
    """One request of the scenario; counted once, when it is over."""

    __slots__ = (
        "_body_us",
        "_connect_us",
        "_hops",
        "_name",
        "_options",
        "_outgoing",
        "_sent",
        "_session",
        "_started",
        "_tls_us",
        "_url",
    )

    def __init__(self, session: Session, outgoing: Outgoing, name: str, options: Options, started: float) -> None:
        self._session = session
        self._outgoing = outgoing
        self._url = outgoing.target.url
        self._name = name
        self._options = options
        self._started = started
        self._sent = False
        self._connect_us = self._tls_us = self._body_us = 0
        self._hops: list[Response] = []

    # Over the wire

    def run(self, first: tuple[Stream, bytes] | None = None) -> Response:
        """Send, follow redirects, count. `first` is a stream on which the request was sent, and what came back at once.

        Never raises for what the network or the server does; what stops the user passes through.
        """
        try:
            response = self._follow(first)
        except (RequestFailure, OSError) as error:
            response = Response(None, b"", self._outgoing.target.url, self._elapsed_us())
            response.error = error
        except BaseException as error:
            if self._sent and not isinstance(error, Exception):
                self._session.sink.interrupted(self._outgoing.method, self._name)
            raise
        if self._hops:
            response.history = self._hops
        self.finish(response)
        return response

    def recover(self, stream: Stream, error: Exception) -> Response:
        """Go on after the exchange on an idle connection failed: anew where the connection was dead, else to the end."""
        stream.close()
        if isinstance(error, _LOST):
            return self.run()
        if not isinstance(error, (RequestFailure, OSError)):
            raise error
        response = Response(None, b"", self._url, self._elapsed_us())
        response.error = error
        self.finish(response)
        return response

    def abandon(self, stream: Stream) -> None:
        """The user was stopped while it waited for the answer on a connection."""
        stream.close()
        self._session.sink.interrupted(self._outgoing.method, self._name)

    def _follow(self, first: tuple[Stream, bytes] | None) -> Response:
        outgoing = self._outgoing
        while True:
            response = self._once(outgoing, first)
            first = None
            head = response.head
            if not (self._options.allow_redirects and head.location is not None and head.status in REDIRECTS):
                return response
            if len(self._hops) >= self._session.max_redirects:
                response.close()
                raise TooManyRedirects(f"Exceeded {self._session.max_redirects} redirects.")
            _ = response.raw_content  # Read on, so that the connection can carry the next request.
            self._hops.append(response)
            outgoing = self._session.redirected(outgoing, response, self._options)

    def _once(self, outgoing: Outgoing, first: tuple[Stream, bytes] | None) -> Response:
        stream, answer = self._answer_to(outgoing, first)
        head = answer.head
        self._session.absorb(head, outgoing.target.url)
        if self._options.stream:
            response = Response(head, b"", outgoing.target.url, self._elapsed_us())
            response.stream_from(self._pieces(stream, answer, outgoing))
            return response
        read_from = self._session.now()
        body = b"".join(self._pieces(stream, answer, outgoing))
        self._body_us += round((self._session.now() - read_from) * 1e6)
        return Response(head, body, outgoing.target.url, self._elapsed_us())

    def _answer_to(self, outgoing: Outgoing, first: tuple[Stream, bytes] | None) -> tuple[Stream, Answer]:
        """Send and read the head; once more on a new connection where an idle one turns out to be dead."""
        if first is not None:
            stream, data = first
            reused = True
        else:
            idle = self._session.pool.take(self._origin(outgoing.target), self._session.now())
            reused = idle is not None
            stream = self._open(outgoing.target) if idle is None else idle
            data = None
        try:
            if data is None:
                self._sent = True
                data = stream.exchange(outgoing.to_bytes(), self._expires())
            return stream, Answer(stream, outgoing.method, data, self._expires, self._session.heads)
        except _LOST:
            stream.close()
            if not reused or data or outgoing.method not in _IDEMPOTENT:
                raise
        except BaseException:
            stream.close()
            raise
        return self._answer_to_anew(outgoing)

    def _answer_to_anew(self, outgoing: Outgoing) -> tuple[Stream, Answer]:
        stream = self._open(outgoing.target)
        try:
            data = stream.exchange(outgoing.to_bytes(), self._expires())
            return stream, Answer(stream, outgoing.method, data, self._expires, self._session.heads)
        except BaseException:
            stream.close()
            raise

    def _open(self, target: Target) -> Stream:
        options = self._options
        tls = None
        if target.url.scheme == "https":
            tls = options.tls_context or context_of(options.verify, options.cert)
        stream = self._session.network.connect(target.url, self._session.now() + options.connect_timeout, tls)
        self._session.sink.connected()
        self._connect_us += stream.connect_us
        self._tls_us += stream.tls_us
        return stream

    def _origin(self, target: Target) -> str:
        options = self._options
        if target.url.scheme == "https" and (options.verify is not True or options.cert is not None):
            return f"{target.origin} {options.verify} {options.cert}"
        return target.origin

    def _expires(self) -> float:
        now: float = self._session.now()
        return min(now + self._options.read_timeout, self._started + self._session.response_timeout)

    def _pieces(self, stream: Stream, answer: Answer, outgoing: Outgoing) -> Iterator[bytes]:
        """The body; afterwards the connection is idle again, or closed if it was not read to its end."""
        limit = FOREVER if self._options.stream else MAX_BODY
        try:
            yield from answer.pieces(limit)
        finally:
            if answer.complete:
                self._session.pool.give(self._origin(outgoing.target), stream, self._session.now())
            else:
                stream.close()

    def _elapsed_us(self) -> int:
        return int((self._session.now() - self._started) * 1e6 + 0.5)

    # Into the statistics

    def finish(self, response: Response) -> None:
        """Count the request now, or let the scenario's with-block decide."""
        self._report_phases()
        if self._options.catch_response:
            response.request_meta = self._meta(response)
            response.decide_later(self._report)
        else:
            self._report(response, None)

    def _report_phases(self) -> None:
        if self._connect_us or self._body_us or self._hops:
            self._session.sink.phases(
                self._outgoing.method,
                self._name,
                connect_us=self._connect_us,
                tls_us=self._tls_us,
                body_us=self._body_us,
                redirects=len(self._hops),
            )

    def _report(self, response: Response, outcome: Outcome) -> None:
        session = self._session
        failure = outcome if isinstance(outcome, BaseException) else None
        if outcome is None:
            failure = response.error or session.failure_of(response, self._name)
        caught = response.request_meta if self._options.catch_response else None
        if session.request_event.observed:
            meta = caught or self._meta(response)
            meta["exception"] = failure
            session.request_event.fire(**meta)
            return
        name = caught["name"] if caught else self._name
        if failure is None:
            session.sink.success(self._outgoing.method, name, response.elapsed_us, response.received)
        else:
            session.sink.failure(self._outgoing.method, name, response.elapsed_us, response.received, failure)

    def _meta(self, response: Response) -> dict[str, Any]:
        """The keywords of the request event, exactly as Locust's clients give them."""
        elapsed = response.elapsed_us
        return {
            "request_type": self._outgoing.method,
            "name": self._name,
            "response_time": elapsed / 1000,
            "response_length": response.received,
            "response": response,
            "context": {**self._session.user_context(), **(self._options.context or {})},
            "exception": None,
            "start_time": time.time() - (self._session.now() - self._started),
            "url": self._url.absolute,
        }
