import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from loadcell.http.decoding import Decoder, DecodingError, charset_of, decode, text


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


ENCODERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZip", gzip.compress),
    ("gzip", lambda data: gzip.compress(data[:5]) + gzip.compress(data[5:])),
    ("gzip", lambda data: gzip.compress(data) + b"\0\0garbage"),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstd),
    ("zstd", lambda data: zstd(data[:5]) + zstd(data[5:])),
    ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ("zstd,deflate , gzip", lambda data: gzip.compress(zlib.compress(zstd(data)))),
    ("identity, gzip", gzip.compress),
    ("identity", bytes),
    ("unknown", bytes),
    ("", bytes),
]


@pytest.mark.parametrize(("encoding", "encoder"), ENCODERS)
@given(data=st.binary(max_size=3000), size=st.integers(1, 400))
def test_decoding_undoes_encoding_whole_and_in_pieces(
    encoding: str, encoder: Callable[[bytes], bytes], data: bytes, size: int
) -> None:
    encoded = encoder(data)
    assert decode(encoded, encoding) == data
    assert decode(encoded, encoding, len(encoded) + len(data) + 64) == data
    decoder = Decoder(encoding)
    pieces = [decoder.feed(encoded[start : start + size]) for start in range(0, len(encoded), size)]
    assert b"".join(pieces) + decoder.flush() == data


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_an_empty_body_is_empty(encoding: str) -> None:
    assert decode(b"", encoding) == b""
    assert Decoder(encoding).flush() == b""


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_refuses_a_body_that_is_not_encoded_so(encoding: str) -> None:
    with pytest.raises(DecodingError, match=f"not valid {encoding}") as raised:
        decode(b"<html>this is plain</html>" * 5, encoding)
    assert str(raised.value).endswith(".")


def test_refuses_a_body_that_breaks_later() -> None:
    encoded = bytearray(gzip.compress(bytes(range(256)) * 100))
    encoded[-8] ^= 0xFF
    with pytest.raises(DecodingError):
        decode(bytes(encoded), "gzip")


@pytest.mark.parametrize(("encoding", "encoder"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_body_cut_short_gives_what_is_there(encoding: str, encoder: Callable[[bytes], bytes]) -> None:
    assert decode(encoder(b"x" * 1000)[:-4], encoding).startswith(b"x")


def test_zstandard_cut_short_is_refused() -> None:
    with pytest.raises(DecodingError, match="too early"):
        decode(zstd(b"x" * 1000)[:-1], "zstd")


@pytest.mark.parametrize(("encoding", "encoder"), [entry for entry in ENCODERS if entry[0] != "x-gzip"])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(encoding: str, encoder: Callable[[bytes], bytes]) -> None:
    data = bytes(range(256)) * 8
    encoded = encoder(data)
    assert decode(encoded, encoding, len(data)) == data
    with pytest.raises(DecodingError, match="limit of 2047 bytes"):
        decode(encoded, encoding, len(data) - 1)


@pytest.mark.parametrize(
    ("encoding", "encoder"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd)],
)
def test_stops_at_a_bomb(encoding: str, encoder: Callable[[bytes], bytes]) -> None:
    bomb = encoder(bytes(4_000_000))
    decoder = Decoder(encoding, 1_000_000)
    with pytest.raises(DecodingError, match="larger than the limit"):
        decoder.feed(bomb)


@pytest.mark.parametrize(("encoding", "encoder"), [("gzip", gzip.compress), ("zstd", zstd)])
def test_many_small_members_are_not_copied_again_for_each(encoding: str, encoder: Callable[[bytes], bytes]) -> None:
    class Counted(bytes):
        copied = 0

        def __getitem__(self, key: object) -> bytes:  # type: ignore[override]
            piece = super().__getitem__(key)  # type: ignore[call-overload]
            Counted.copied += len(piece)
            return bytes(piece)

    many = Counted(encoder(b"x") * 5000)
    assert decode(many, encoding) == b"x" * 5000
    assert Counted.copied == len(many), "the decoder sees slices only"


def test_stops_at_a_bomb_inside_a_bomb() -> None:
    with pytest.raises(DecodingError, match="larger than the limit"):
        decode(gzip.compress(gzip.compress(bytes(16_000_000))), "gzip, gzip", 10_000)


def test_the_limit_counts_all_pieces() -> None:
    decoder = Decoder("identity", 10)
    assert decoder.feed(b"12345") == b"12345"
    assert decoder.feed(b"67890") == b"67890"
    with pytest.raises(DecodingError):
        decoder.feed(b"x")


def test_refuses_an_endless_chain() -> None:
    with pytest.raises(DecodingError, match="6 encodings"):
        decode(b"x", ", ".join(["gzip"] * 6))


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        (None, None),
        ("", None),
        ("text/html", "ISO-8859-1"),
        ("text/html; charset=utf-8", "utf-8"),
        ('text/html;charset="UTF-8"', "UTF-8"),
        ("text/html; Charset = koi8-r ", "koi8-r"),
        ("application/json", "utf-8"),
        ("application/json; charset='latin-1'", "latin-1"),
        ("application/xml;charset=utf-8;x=1", "utf-8"),
        ("application/octet-stream", None),
        ("text/html; notcharset=x", "ISO-8859-1"),
    ],
)
def test_finds_the_charset_as_requests_does(content_type: str | None, charset: str | None) -> None:
    assert charset_of(content_type) == charset


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"\xc3\xa9", "text/html", "\u00c3\u00a9"),
        (b"\xc3\xa9", "text/html; charset=utf-8", "é"),
        (b"\xc3\xa9", "application/json", "é"),
        (b"\xc3\xa9", None, "é"),
        (b"\xe9", None, "\ufffd"),
        (b"\xe9", "text/html; charset=ascii", "\ufffd"),
        (b"\xc3\xa9", "text/html; charset=no-such-charset", "é"),
        (b"\xc3\xa9", "text/html; charset=\0", "é"),
        (b"\xc3\xa9", "text/html; charset=zlib", "é"),
        (b"bcher-kva", "text/html; charset=punycode", "bcher-kva"),
        (b"xn--bcher-kva", "text/html; charset=IDNA", "xn--bcher-kva"),
        (b"\\u00e9", "text/html; charset=Unicode_Escape", "\\u00e9"),
        (b"\\u00e9", "text/html; charset=raw-unicode-escape", "\\u00e9"),
        (b"+AOk-", "text/html; charset=UTF7", "+AOk-"),
        (b"", "text/html", ""),
    ],
)
def test_reads_text(content: bytes, content_type: str | None, expected: str) -> None:
    assert text(content, content_type) == expected
