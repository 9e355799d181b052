"""One request as the scenario made it, from the first byte sent to its place in the statistics, redirects included."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loadcell.http.connection import MAX_BODY, Answer, bounded
from loadcell.http.failures import ReadTimeout, RemoteDisconnected, RequestFailure, TooManyRedirects, familiar
from loadcell.http.headers import InvalidHeader
from loadcell.http.network import FOREVER, Stream
from loadcell.http.response import Outcome, Response
from loadcell.http.tls import Trust, context_of

if TYPE_CHECKING:
    from loadcell.http.connection import Idle
    from loadcell.http.cookies import CookieJar
    from loadcell.http.session import Session
    from loadcell.http.transport import Outgoing, Target
    from loadcell.http.wire import Head

REDIRECTS = frozenset((301, 302, 303, 307, 308))
_IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"))
_LOST = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_FAILURES = (RequestFailure, OSError, InvalidHeader)


@dataclass(slots=True, kw_only=True)
class Options:
    """What one request asks for beyond method, URL, headers and body."""

    trust: Trust
    connect_timeout: float
    read_timeout: float
    catch_response: bool = False
    context: dict[str, Any] | None = None
    allow_redirects: bool = True
    stream: bool = False
    auth: Any = None
    max_redirects: int | None = None
    """None: as the session has it; so with `max_retries`."""
    max_retries: int | None = None
    cookies: CookieJar | None = None
    """The session's cookies with those of this request alone; None where it has none."""


class Call:
    """One request of the scenario; counted once, when it is over."""

    __slots__ = (
        "_body_us",
        "_connect_us",
        "_end",
        "_hops",
        "_name",
        "_options",
        "_outgoing",
        "_retries",
        "_sent",
        "_session",
        "_started",
        "_target",
        "_tls_us",
    )

    def __init__(self, session: Session, outgoing: Outgoing, name: str, options: Options, started: float) -> None:
        self._session = session
        self._outgoing = outgoing
        self._target = outgoing.target
        self._name = name
        self._options = options
        self._started = started
        self._end = started + session.response_timeout
        """When the response must be complete."""
        self._sent = False
        self._retries = session.max_retries if options.max_retries is None else options.max_retries
        self._connect_us = self._tls_us = self._body_us = 0
        self._hops: list[Response] = []

    # Over the wire

    def run(self, first: tuple[Stream, bytes] | None = None) -> Response:
        """Send, follow redirects, count. `first` is a stream on which the request was sent, and what came back at once.

        Never raises for what the network or the server does; what stops the user passes through.
        """
        self._sent = self._sent or first is not None
        try:
            response = self._follow_or_repeat(first)
        except _FAILURES as error:
            return self.failed(error)
        except Exception:
            raise
        except BaseException:
            self._give_up()
            raise
        if self._hops:
            response.history = self._hops
        self.finish(response)
        return response

    def recover(self, stream: Stream, error: Exception) -> Response:
        """Go on after the exchange on an idle connection failed: anew where it was dead, else to the end."""
        stream.close()
        self._sent = True
        if isinstance(error, _LOST) and self._outgoing.method in _IDEMPOTENT:
            return self.run()
        if isinstance(error, ConnectionError) and self._retries:
            self._retries -= 1
            return self.run()
        if isinstance(error, _FAILURES):
            return self.failed(error)
        raise error

    def abandon(self, stream: Stream) -> None:
        """The user was stopped while it waited for the answer on a connection."""
        stream.close()
        self._sent = True
        self._give_up()

    def failed(self, error: Exception) -> Response:
        """There is no answer: count that, and return what stands for it."""
        session = self._session
        limit = session.response_timeout
        if isinstance(error, ReadTimeout) and session.now() - self._started >= limit:
            error = ReadTimeout(f"the response was not complete after {limit:g} s")
        response = session.error_class(None, b"", 0, self._outgoing, self._elapsed_us())
        # The frames behind it hold the scenario's, which holds the response: a cycle for each request that fails.
        error.__cause__ = error.__context__ = None
        response.error = familiar(error.with_traceback(None))
        self.finish(response)
        return response

    def leave_out(self, response: Response) -> None:
        """Count the request as left out; whatever becomes of the response that stands for its answer changes nothing."""
        self._session.sink.left_out(self._outgoing.method, self._name)
        if self._options.catch_response:
            response.request_meta = self._meta(response)
            response.decide_later(lambda *_: None)

    def _give_up(self) -> None:
        if self._sent:
            self._session.sink.interrupted(self._outgoing.method, self._name)

    def _follow_or_repeat(self, first: tuple[Stream, bytes] | None) -> Response:
        while True:
            try:
                return self._follow(first)
            except ConnectionError:
                if not self._retries:
                    raise
            self._retries -= 1
            self._hops.clear()
            first = None

    def _follow(self, first: tuple[Stream, bytes] | None) -> Response:
        outgoing = self._outgoing
        while True:
            response = self._once(outgoing, first)
            first = None
            if not self._leads_on(response.head):
                return response
            limit = self._options.max_redirects
            if limit is None:
                limit = self._session.max_redirects
            if len(self._hops) >= limit:
                raise TooManyRedirects(f"Exceeded {limit} redirects.")
            self._hops.append(response)
            outgoing = self._session.redirected(outgoing, response, self._options)

    def _once(self, outgoing: Outgoing, first: tuple[Stream, bytes] | None) -> Response:
        stream, answer = self._answer_to(outgoing, first)
        head = answer.head
        self._session.absorb(head, outgoing.target.url)
        began = stream.arrived_at
        if self._options.stream and not self._leads_on(head):
            response = self._session.response_class(head, b"", 0, outgoing, self._us_until(began))
            self._end = FOREVER  # The scenario decides for how long it reads a stream.
            response.stream_from(self._pieces(stream, answer, outgoing, FOREVER), self._rest_of)
            return response
        body = b"".join(self._pieces(stream, answer, outgoing, MAX_BODY))
        self._body_us += max(0, round((stream.arrived_at - began) * 1e6))
        return self._session.response_class(head, body, 0, outgoing, self._us_until(stream.arrived_at))

    def _leads_on(self, head: Head) -> bool:
        return self._options.allow_redirects and bool(head.location) and head.status in REDIRECTS

    def _answer_to(self, outgoing: Outgoing, first: tuple[Stream, bytes] | None) -> tuple[Stream, Answer]:
        """Send and read the head; once more on a new connection where an idle one turns out to be dead."""
        data = None
        if first is not None:
            stream, data = first
        else:
            idle = self._idle(outgoing.target).take(outgoing.target.origin)
            if idle is None:
                return self._answer_to_anew(outgoing)
            stream = idle
        try:
            if data is None:
                self._sent = True
                data = stream.exchange(outgoing.data, self._expires())
            return stream, Answer(stream, outgoing.method, data, self._expires, self._session.heads)
        except _LOST:
            stream.close()
            if data or outgoing.method not in _IDEMPOTENT:
                raise
        except BaseException:
            stream.close()
            raise
        return self._answer_to_anew(outgoing)

    def _answer_to_anew(self, outgoing: Outgoing) -> tuple[Stream, Answer]:
        stream = self._open(outgoing.target)
        self._sent = True
        try:
            data = stream.exchange(outgoing.data, self._expires())
            return stream, Answer(stream, outgoing.method, data, self._expires, self._session.heads)
        except BaseException:
            stream.close()
            raise

    def _open(self, target: Target) -> Stream:
        tls = context_of(self._options.trust) if target.url.scheme == "https" else None
        stream = self._session.network.connect(target.url, self._session.now() + self._options.connect_timeout, tls)
        self._session.sink.connected()
        self._connect_us += stream.connect_us
        self._tls_us += stream.tls_us
        return stream

    def _idle(self, target: Target) -> Idle:
        session = self._session
        return session.pool.idle(self._options.trust) if target.url.scheme == "https" else session.idle

    def _expires(self) -> float:
        now: float = self._session.now()
        return min(now + self._options.read_timeout, self._end)

    def _rest_of(self, pieces: Generator[bytes, None, None]) -> bytes:
        """What is left of a streamed body, when the scenario wants it whole."""
        self._end = self._session.now() + self._session.response_timeout
        with closing(pieces):
            return b"".join(bounded(pieces, MAX_BODY))

    def _pieces(self, stream: Stream, answer: Answer, outgoing: Outgoing, limit: float) -> Generator[bytes, None, None]:
        """The body; afterwards the connection is idle again, or closed if it was not read to its end."""
        try:
            # Whoever has taken this piece can be sure of what comes after `finally`, even if nobody reads the rest.
            yield b""
            yield from answer.pieces(limit)
        finally:
            if answer.complete:
                self._idle(outgoing.target).give(outgoing.target.origin, stream)
            else:
                stream.close()

    def _elapsed_us(self) -> int:
        return self._us_until(self._session.now())

    def _us_until(self, moment: float) -> int:
        # A moment before the start: the wall clock, by which the kernel stamps, was set back.
        spent = moment - self._started if moment >= self._started else self._session.now() - self._started
        return int(spent * 1e6 + 0.5)

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
        if caught is not None and (outcome is not None or failure is not None):
            caught["exception"] = failure
        if session.request_event.observed:
            meta = caught or {**self._meta(response), "exception": failure}
            session.request_event.fire(**meta)
            return
        method, name, us = self._outgoing.method, self._name, response.elapsed_us
        if caught is not None:
            # What the block changed counts.
            method, name, failure = caught["request_type"], caught["name"], caught["exception"]
            if caught["response_time"] != us / 1000:
                session.request_event.fire(**caught)
                return
        if failure is None:
            session.sink.success(method, name, us, response.received)
        else:
            session.sink.failure(method, name, us, response.received, failure)

    def _meta(self, response: Response) -> dict[str, Any]:
        """The keywords of the request event, exactly as Locust's clients give them."""
        elapsed = response.elapsed_us
        return {
            "request_type": self._outgoing.method,
            "name": self._name,
            "response_time": elapsed / 1000,
            "response_length": response.length,
            "response": response,
            "context": {**self._session.user_context(), **(self._options.context or {})},
            "exception": None,
            "start_time": time.time() - (self._session.now() - self._started),
            "url": self._session.shown_url(self._target),
        }
