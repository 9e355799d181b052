"""Response bodies: undoing their Content-Encoding, and reading them as text."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Any, Protocol

MAX_CHAIN = 5
UNLIMITED = 1 << 62

_GZIP = 16 + zlib.MAX_WBITS
_CHARSET = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^;\s]*))", re.IGNORECASE)
_NO_CHARSETS = frozenset(("punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"))
# A member of gzip can be 20 bytes long, and what follows it is copied each time.
_GZIP_SLICE = 1024
# One byte of Zstandard can stand for tens of kilobytes, and its decoder can't be told when to stop.
_ZSTD_SLICE = 256


class DecodingError(ValueError):
    """The body is not what its Content-Encoding says, or it is larger than allowed."""


class _Stage(Protocol):
    """The decoder of one encoding: raises its library's error for bad input, `_TooLarge` for more than `room` bytes."""

    def feed(self, data: bytes, room: int) -> bytes: ...

    def finish(self) -> None: ...


class _TooLarge(Exception):
    pass


class Decoder:
    """Undoes a Content-Encoding piece by piece; the output, and each step before it, is at most `limit` bytes long."""

    def __init__(self, encoding: str, limit: int = UNLIMITED) -> None:
        self._encoding = encoding
        self._limit = limit
        names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name in _STAGES]
        if len(names) > MAX_CHAIN:
            raise DecodingError(f"The body has {len(names)} encodings in a row, which is more than {MAX_CHAIN}.")
        # What was applied last is undone first.
        self._stages: list[_Stage] = [_STAGES[name]() for name in reversed(names)]
        self._room = [limit] * (len(names) or 1)

    def feed(self, data: bytes) -> bytes:
        """Decode the next piece of the body; raises DecodingError."""
        if not self._stages:
            self._take(0, len(data))
        for index, stage in enumerate(self._stages):
            if not data:
                break
            try:
                data = stage.feed(data, self._room[index])
            except _TooLarge:
                raise self._too_large() from None
            except Exception as error:
                raise DecodingError(f"The body is not valid {self._encoding}: {error}.") from error
            self._take(index, len(data))
        return data

    def flush(self) -> bytes:
        """End the body; raises DecodingError if it ends too early to be read.

        As `requests` does, this accepts gzip, deflate and brotli cut short, and refuses Zstandard cut short.
        """
        for stage in self._stages:
            stage.finish()
        return b""

    def _take(self, index: int, count: int) -> None:
        self._room[index] -= count
        if self._room[index] < 0:
            raise self._too_large()

    def _too_large(self) -> DecodingError:
        return DecodingError(f"The decoded body is larger than the limit of {self._limit} bytes.")


def decode(content: bytes, encoding: str, limit: int = UNLIMITED) -> bytes:
    """Undo a Content-Encoding such as "gzip" or "gzip, br"; unknown ones leave the bytes as they are.

    Raises DecodingError if the body is invalid or decodes to more than `limit` bytes.
    """
    if not content:
        return content
    decoder = Decoder(encoding, limit)
    return decoder.feed(content) + decoder.flush()


def charset_of(content_type: str | None) -> str | None:
    """The charset of a Content-Type as `requests` finds it: its parameter, else ISO-8859-1 for text, UTF-8 for JSON."""
    if not content_type:
        return None
    if match := _CHARSET.search(content_type):
        return match[1] or match[2] or match[3] or ""
    media_type = content_type.partition(";")[0]
    if "text" in media_type:
        return "ISO-8859-1"
    return "utf-8" if "application/json" in media_type else None


def text(content: bytes, content_type: str | None) -> str:
    """A body as text; what can't be read is replaced by U+FFFD."""
    try:
        return content.decode(usable(charset_of(content_type)), "replace")
    except ValueError:
        return content.decode("utf-8", "replace")


def usable(charset: str | None) -> str:
    """The charset if bytes can be read in it, at a speed that does not depend on what they say; else UTF-8."""
    charset = charset or "utf-8"
    try:
        codec = codecs.lookup(charset)
    except (LookupError, ValueError):
        return "utf-8"
    # Codecs that don't decode to text, such as "hex", are known to Python only by this attribute.
    if not codec._is_text_encoding or codec.name.replace("_", "-") in _NO_CHARSETS:
        return "utf-8"
    return charset


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)
        self._first = True
        self._done = False

    def feed(self, data: bytes, room: int) -> bytes:
        pieces: list[bytes] = []
        for start in range(0, len(data), _GZIP_SLICE):
            rest = data[start : start + _GZIP_SLICE]
            while rest and not self._done:
                piece = self._inflate(rest, room)
                room -= len(piece)
                pieces.append(piece)
                rest = self._stream.unused_data
        return b"".join(pieces)

    def _inflate(self, data: bytes, room: int) -> bytes:
        if self._stream.eof:
            self._stream = zlib.decompressobj(_GZIP)
            self._first = False
        try:
            return _inflate(self._stream, data, room)
        except zlib.error:
            if self._first:
                raise
            # Servers pad; other clients ignore what follows the last member, too.
            self._done = True
            return b""

    def finish(self) -> None:
        pass


class _Deflate:
    """Both readings of "deflate": with zlib's wrapper, as specified, and without, as some servers send it."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()
        self._seen: bytes | None = b""

    def feed(self, data: bytes, room: int) -> bytes:
        if self._stream.eof:
            return b""
        if self._seen is None:
            return _inflate(self._stream, data, room)
        seen = self._seen + data
        try:
            output = _inflate(self._stream, data, room)
        except zlib.error:
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            output = _inflate(self._stream, seen, room)
            self._seen = None
        else:
            self._seen = None if output else seen
        return output

    def finish(self) -> None:
        pass


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._stream = brotli.Decompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        if self._stream.is_finished():
            return b""
        output: bytes = self._stream.process(data, output_buffer_limit=room + 1)
        while len(output) <= room and not self._stream.can_accept_more_data():
            output += self._stream.process(b"", output_buffer_limit=room + 1 - len(output))
        if len(output) > room:
            raise _TooLarge
        return output

    def finish(self) -> None:
        pass


class _Zstd:
    def __init__(self) -> None:
        import zstandard

        self._open = zstandard.ZstdDecompressor().decompressobj
        self._stream: Any = self._open()
        self._begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        pieces: list[bytes] = []
        self._begun = True
        for start in range(0, len(data), _ZSTD_SLICE):
            rest = data[start : start + _ZSTD_SLICE]
            while rest:
                if self._stream.eof:
                    self._stream = self._open()
                piece = self._stream.decompress(rest)
                room -= len(piece)
                if room < 0:
                    raise _TooLarge
                pieces.append(piece)
                rest = self._stream.unused_data
        return b"".join(pieces)

    def finish(self) -> None:
        if self._begun and not self._stream.eof:
            raise DecodingError("The body is not valid zstd: it ends too early.")


def _inflate(stream: zlib._Decompress, data: bytes, room: int) -> bytes:
    output = stream.decompress(data, room + 1)
    if len(output) > room:
        raise _TooLarge
    return output


_STAGES: dict[str, type[_Gzip] | type[_Deflate] | type[_Brotli] | type[_Zstd]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


def guessed(content: bytes) -> str:
    """The charset that bytes look like."""
    for charset in ("ascii", "utf-8"):
        try:
            content.decode(charset)
        except UnicodeDecodeError:
            continue
        return charset
    return "iso-8859-1"
