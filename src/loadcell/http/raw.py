"""`response.raw`: what of urllib3's response below a requests Response scenarios use."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.message import Message
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loadcell.http.headers import Headers
    from loadcell.http.response import Response


class RawResponse(io.RawIOBase):
    """The body of a streamed response as a file, encoded as it came; of another one it has been read already."""

    version = 11
    decode_content = False

    def __init__(self, response: Response, pieces: Iterator[bytes]) -> None:
        self._response = response
        self._pieces = pieces
        self._rest = b""

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def reason(self) -> str:
        return self._response.reason

    @property
    def headers(self) -> Headers:
        return self._response.headers

    @property
    def data(self) -> bytes | None:
        """The whole body, decoded."""
        return self._response.content

    @cached_property
    def msg(self) -> Message:
        """The headers as the standard library's client has them."""
        message = Message()
        for name in self.headers:
            for value in self.headers.get_list(name):
                message[name] = value
        return message

    @property
    def _original_response(self) -> Any:
        return SimpleNamespace(msg=self.msg, version=self.version, status=self.status)

    def getheaders(self) -> Headers:
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """The value of one header."""
        return self.headers.get(name, default)

    def info(self) -> Headers:
        """The headers."""
        return self.headers

    def readable(self) -> bool:
        return True

    def read(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """The next `amt` bytes; None or below zero: all that is left. With `decode_content` all that is left, decoded."""
        if amt is not None and amt < 0:
            amt = None
        decoded = self.decode_content if decode_content is None else decode_content
        if decoded and amt is None and not self._rest:
            return b"".join(self._response.iter_content(None))
        while amt is None or len(self._rest) < amt:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        taken = self._rest[:amt]
        self._rest = self._rest[len(taken) :]
        return taken

    def readinto(self, buffer: Any) -> int:
        taken = self.read(len(buffer))
        buffer[: len(taken)] = taken
        return len(taken)

    def stream(self, amt: int | None = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        """What is left of the body in pieces of `amt` bytes."""
        if decode_content and not self._rest:
            yield from self._response.iter_content(amt)
            return
        while piece := self.read(amt):
            yield piece

    def release_conn(self) -> None:
        """Give up what was not read."""
        self._response.close()

    def drain_conn(self) -> None:
        """Read what is left."""
        self.read()
