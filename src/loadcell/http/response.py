"""The answer as the scenario sees it: requests' Response, read lazily, with Locust's success() and failure()."""

from __future__ import annotations

import codecs
import json as json_module
import re
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from loadcell.http import decoding
from loadcell.http.body import FORM
from loadcell.http.connection import MAX_BODY
from loadcell.http.decoding import DecodingError
from loadcell.http.failures import (
    CatchResponseError,
    HTTPError,
    LocustError,
    ResponseError,
    ResponseTooLarge,
    familiar,
    no_json,
)
from loadcell.http.headers import Headers, parse_block

if TYPE_CHECKING:
    from loadcell.http.auth import PreparedRequest
    from loadcell.http.cookies import CookieJar
    from loadcell.http.raw import RawResponse
    from loadcell.http.transport import Outgoing
    from loadcell.http.wire import Head

MAX_LINE = 16 * 1024 * 1024
_LINKS = re.compile(r"<[^>]*>[^<]*")

_decode_json = msgspec.json.decode

Outcome = Literal[True] | BaseException | None
"""True: a success, an exception: a failure for this reason, None: as the status says."""
Report = Callable[["Response", Outcome], None]
"""Records the request of a response with its outcome."""


class Response:
    """What one request brought. Without an answer, `status_code` is 0 and `error` says why."""

    # Defaults on the class: making a response costs five assignments, and most are looked at no further than `status_code`.
    error: BaseException | None = None
    history: Sequence[Response] = ()
    """The responses that redirected here."""
    js: Any = None
    """The body's JSON within a block of `rest`."""
    request_meta: dict[str, Any] | None = None
    """The keywords of the request event; within a with-block, `name` and `context` may be changed."""
    _body: bytes | None = None
    _decoded: bytes | None = None
    _headers: Headers | None = None
    _pieces: Generator[bytes, None, None] | None = None
    _rest_of: Callable[[Generator[bytes, None, None]], bytes] = staticmethod(b"".join)
    _report: Report | None = None
    _manual: Outcome = None
    _entered = False
    _no_text: str | None = ""
    _cookies: CookieJar | None = None
    _encoding: str | None = None
    _raw: RawResponse | None = None

    def __init__(self, head: Head | None, data: bytes, body_at: int, outgoing: Outgoing, elapsed_us: int) -> None:
        """The body is what of `data` comes from `body_at` on; it is cut out when it is looked at."""
        self._head = head
        self._data = data
        self._body_at = body_at
        self._outgoing = outgoing
        self.elapsed_us = elapsed_us

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What isinstance() takes it for besides what it is: the Response of requests, where that is loaded."""
        return getattr(sys.modules.get("requests"), "Response", type(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return object.__new__, (type(self),), vars(self)

    @property
    def status_code(self) -> int:
        """The status; 0 without an answer."""
        return 0 if self._head is None else self._head.status

    # Made by the call

    @property
    def head(self) -> Head:
        """The head as it was read; only where there was an answer."""
        assert self._head is not None
        return self._head

    @property
    def received(self) -> int:
        """Bytes of body as they came; what the head announced when the body is streamed."""
        if self._pieces is None:
            return len(self._data) - self._body_at
        return max(0, self.head.length) if self._body is None else len(self._body)

    @property
    def length(self) -> int:
        """Bytes of body, decoded; what the head announced when the body is streamed."""
        head = self._head
        if self._pieces is not None:
            return self.received
        if head is not None and head.encoded:
            with suppress(DecodingError, ResponseTooLarge):
                return len(self.content or b"")
        return len(self._data) - self._body_at

    def stream_from(
        self, pieces: Generator[bytes, None, None], rest_of: Callable[[Generator[bytes, None, None]], bytes]
    ) -> None:
        """Leave the body to be read by the scenario: piece by piece, the first of `pieces` being empty, or by `rest_of`."""
        self._pieces = pieces
        self._rest_of = rest_of
        next(pieces)

    def decide_later(self, report: Report) -> None:
        """Let the with-block around the response decide whether the request was a success."""
        self._report = report

    # What came

    @property
    def url(self) -> str:
        """The absolute URL that answered."""
        return self._outgoing.target.url.absolute

    @property
    def request(self) -> PreparedRequest:
        """The request as it was sent; after redirects, the last one."""
        from loadcell.http.auth import PreparedRequest

        sent = self._outgoing
        headers = parse_block(sent.block.removesuffix(b"\r\n\r\n"))
        body: bytes | str | None = sent.body or None
        if body and headers.get("content-type") == FORM:
            body = sent.body.decode("latin-1")  # As requests has it.
        return PreparedRequest(sent.method, self.url, headers, body)

    @property
    def encoding(self) -> str | None:
        """The charset in which `text` is read; set it where the Content-Type is wrong."""
        return self._encoding or decoding.charset_of(self.headers.get("content-type"))

    @encoding.setter
    def encoding(self, encoding: str | None) -> None:
        self._encoding = encoding

    @property
    def ok(self) -> bool:
        """Whether there was an answer, and none that `raise_for_status` would raise for."""
        return self.status_code != 0 and not 400 <= self.status_code < 600

    def __bool__(self) -> bool:
        return self.ok

    @property
    def reason(self) -> str:
        return "" if self._head is None else self._head.reason

    @property
    def elapsed(self) -> timedelta:
        return timedelta(microseconds=self.elapsed_us)

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = Headers() if self._head is None else parse_block(self._head.raw.partition(b"\r\n")[2])
        return self._headers

    @property
    def cookies(self) -> CookieJar:
        """The cookies that this response set."""
        from loadcell.http.cookies import CookieJar

        if self._cookies is None:
            jar = self._cookies = CookieJar()
            url = self._outgoing.target.url
            jar.absorb(self.headers.get_list("set-cookie"), url.host, url.target, url.scheme == "https")
        return self._cookies

    @property
    def is_redirect(self) -> bool:
        return self.status_code in (301, 302, 303, 307, 308) and "location" in self.headers

    @property
    def is_permanent_redirect(self) -> bool:
        return self.status_code in (301, 308) and "location" in self.headers

    @property
    def next(self) -> PreparedRequest | None:
        """The request to which a redirect leads that was not followed."""
        from loadcell.http import redirects
        from loadcell.http.auth import PreparedRequest

        if not self.is_redirect:
            return None
        sent = self._outgoing
        target = redirects.target_of(sent.target, self.head.location or "")
        return PreparedRequest(redirects.method_after(self.status_code, sent.method), target.url.absolute)

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """The Link header's entries by what they are for, else by their URL."""
        found = [_link(text) for text in _LINKS.findall(self.headers.get("link", ""))]
        return {link.get("rel") or link["url"]: link for link in found}

    @property
    def raw(self) -> RawResponse:
        """What came as a file: for a body that is streamed."""
        from loadcell.http.raw import RawResponse

        if self._raw is None:
            self._raw = RawResponse(self, iter(()) if self._pieces is None else self._pieces)
        return self._raw

    # The body

    @property
    def content(self) -> bytes | None:
        """The body, decoded; None when there was no answer."""
        if self._head is None:
            return None
        if self._decoded is None:
            encoding = self.headers.get("content-encoding", "")
            raw = self.raw_content
            self._decoded = decoding.decode(raw, encoding, MAX_BODY) if encoding and raw else raw
        return self._decoded

    @property
    def raw_content(self) -> bytes:
        """The body as it came over the wire."""
        if self._body is None:
            self._body = self._data[self._body_at :] if self._pieces is None else self._rest_of(self._pieces)
        return self._body

    @property
    def text(self) -> str | None:
        """The body as text; empty when there was no answer (FastResponse: None)."""
        content = self.content
        if content is None:
            return self._no_text
        return decoding.text(content, f"; charset={self._encoding}" if self._encoding else self.headers.get("content-type"))

    def json(self, **kwargs: Any) -> Any:
        """The body as JSON; json.JSONDecodeError (a ValueError) when it is none."""
        content = self.content or b""
        if not kwargs:
            try:
                return _decode_json(content)
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass  # The standard library decides: it knows NaN, byte order marks and other encodings.
        try:
            try:
                return json_module.loads(content, **kwargs)
            except UnicodeDecodeError:
                return json_module.loads(self.text or "", **kwargs)
        except ValueError as error:
            raise no_json(error) from None

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The decoded body in pieces of at most `chunk_size` bytes (None: as they come)."""
        pieces: Iterator[bytes] = self._decoded_pieces()
        if chunk_size is not None:
            pieces = _rechunk(pieces, chunk_size)
        if not decode_unicode:
            yield from pieces
            return
        yield from codecs.iterdecode(pieces, self._charset(), "replace")

    def __iter__(self) -> Iterator[bytes]:
        return self.iter_content(128)

    def iter_lines(
        self, chunk_size: int = 512, decode_unicode: bool = False, delimiter: str | bytes | None = None
    ) -> Iterator[Any]:
        """The decoded body line by line, without line ends; or the parts between `delimiter`, the last of which is empty
        where the body ends with one."""
        charset = self._charset() if decode_unicode else None
        rest = b""
        if delimiter:
            yield from self._parts(delimiter, charset)
            return
        for piece in self._decoded_pieces():
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > MAX_LINE:
                raise ResponseTooLarge(f"a line of the response body exceeds {MAX_LINE / 2**20:.0f} MiB")
            for line in lines:
                yield _line(line, charset)
        if rest:
            yield _line(rest, charset)

    def _parts(self, delimiter: str | bytes, charset: str | None) -> Iterator[Any]:
        between = delimiter.encode(charset or "utf-8") if isinstance(delimiter, str) else delimiter
        rest: bytes | None = None
        for piece in self._decoded_pieces():
            *parts, rest = ((rest or b"") + piece).split(between)
            if len(rest) > MAX_LINE:
                raise ResponseTooLarge(f"a part of the response body exceeds {MAX_LINE / 2**20:.0f} MiB")
            for part in parts:
                yield part.decode(charset, "replace") if charset else part
        if rest is not None:
            yield rest.decode(charset, "replace") if charset else rest

    @property
    def apparent_encoding(self) -> str:
        """The charset that the body itself looks like."""
        return decoding.guessed(self.content or b"")

    def _charset(self) -> str:
        return decoding.usable(self.encoding)

    def _decoded_pieces(self) -> Iterator[bytes]:
        if self._body is not None or self._decoded is not None or self._pieces is None:
            yield self.content or b""
            return
        encoding = self.headers.get("content-encoding", "")
        if not encoding:
            yield from self._pieces
            return
        decoder = decoding.Decoder(encoding, MAX_BODY)
        for piece in self._pieces:
            if decoded := decoder.feed(piece):
                yield decoded
        if last := decoder.flush():
            yield last

    def close(self) -> None:
        """Give up what of a streamed body was not read."""
        pieces = self._pieces
        if pieces is not None:
            pieces.close()

    # The judgement

    def raise_for_status(self) -> None:
        """Raise what made the request fail: the failure set by hand, the missing answer, or an HTTPError for 4xx and 5xx."""
        if self._manual is True:
            return
        if self._manual is not None:
            raise self._manual
        if self.error is not None:
            raise self.error
        if 400 <= self.status_code < 600:
            raise status_error(self.status_code, self.reason, self.url, self)

    def success(self) -> None:
        """Count the request as a success, whatever came. Only in a `with` block with catch_response=True."""
        self._require_catch()
        self._manual = True

    def failure(self, reason: str | BaseException) -> None:
        """Count the request as a failure. Only in a `with` block with catch_response=True."""
        self._require_catch()
        self._manual = reason if isinstance(reason, BaseException) else CatchResponseError(reason)

    def _require_catch(self) -> None:
        if not self._entered:
            raise LocustError(
                "success() and failure() need a with-block on a request with catch_response=True:\n\n"
                "with self.client.get(..., catch_response=True) as response:\n    response.success()"
            )

    def __enter__(self) -> Response:
        if self._report is None and self._pieces is None:
            raise LocustError("a with-block on a response needs catch_response=True in the request")
        self._entered = self._report is not None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        report, self._report = self._report, None
        if self._pieces is not None:
            self.close()
        if report is None:
            return False
        if self._manual is None and raised is not None:
            if isinstance(raised, ResponseError):
                report(self, raised)
                return True
            return False  # Locust, too, leaves such a request out of the statistics.
        report(self, self._manual)
        return False

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


def status_error(status: int, reason: str, where: str, response: Response | None = None) -> HTTPError:
    """The error that requests raises for a 4xx or 5xx."""
    side = "Client" if status < 500 else "Server"
    return familiar(HTTPError(f"{status} {side} Error: {reason} for url: {where}", response))  # type: ignore[return-value]


def _rechunk(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    rest = bytearray()
    for piece in pieces:
        rest += piece
        while len(rest) >= size:
            yield bytes(rest[:size])
            del rest[:size]
    if rest:
        yield bytes(rest)


def _link(text: str) -> dict[str, str]:
    """One entry of a Link header."""
    url, _, rest = text.removeprefix("<").partition(">")
    pairs = [part.partition("=") for part in rest.strip(" ,;").split(";") if "=" in part]
    return {"url": url} | {key.strip(): value.strip(" '\"") for key, _, value in pairs}


def _line(line: bytes, charset: str | None) -> str | bytes:
    bare = line.removesuffix(b"\r")
    return bare.decode(charset, "replace") if charset else bare
