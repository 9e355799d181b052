"""Request bodies: what `data=`, `json=` and `files=` become on the wire."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import JSONEncoder
from typing import Any

import msgspec

from loadcell.http.failures import InvalidJSON
from loadcell.http.headers import Headers
from loadcell.http.url import encode_pairs, flat_pairs

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

_SCALARS = frozenset((str, int, float, bool, type(None)))
_STRINGS = frozenset((str,))
_encode_json_fast = msgspec.json.Encoder().encode
_encode_json_fully = JSONEncoder(allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a request's body, and the Content-Type they ask for, if any."""

    content: bytes
    content_type: str | None = None


EMPTY = Body(b"")


def encode(data: Any = None, json: Any = None, files: Any = None) -> Body:
    """Encode a request's body; `files` go before `data`, and `data` before `json`.

    Raises TypeError for what has no form in JSON or on the wire, and ValueError for NaN in JSON and for fields that are
    no pairs.
    """
    if files:
        return _multipart(data, files)
    if data:
        return _data(data)
    if json is not None:
        return Body(_json(json), JSON)
    return EMPTY


def _data(data: Any) -> Body:
    if isinstance(data, str):
        return Body(data.encode("utf-8"))
    if isinstance(data, (bytes, bytearray, memoryview)):
        return Body(bytes(data))
    if isinstance(data, (Mapping, list, tuple)):
        return Body(encode_pairs(data).encode("ascii"), FORM)
    if hasattr(data, "read"):
        return Body(_octets(data.read()))
    if hasattr(data, "__iter__"):
        return Body(b"".join(map(_octets, data)))
    raise TypeError(f"data must be text, bytes, a dictionary, pairs, a file or an iterable, not {data!r}.")


def _json(value: Any) -> bytes:
    if _is_plain(value):
        try:
            content = _encode_json_fast(value)
        except (UnicodeEncodeError, OverflowError):
            return _encode_json_fully(value).encode("ascii")
        # The fast encoder writes NaN as null; the full one refuses it.
        if b"null" not in content:
            return content
    return _encode_json_fully(value).encode("ascii")


def _is_plain(value: Any) -> bool:
    """Whether both encoders mean the same; the fast one accepts types that have no form in JSON, such as sets."""
    kind = type(value)
    if kind is dict:
        if not _STRINGS.issuperset(map(type, value)):
            return False
        values = value.values()
    elif kind is list:
        values = value
    else:
        return kind in _SCALARS
    if _SCALARS.issuperset(map(type, values)):
        return True
    return all(type(item) in _SCALARS or _is_plain(item) for item in values)


def _multipart(data: Any, files: Any) -> Body:
    if isinstance(data, (str, bytes)):
        raise ValueError("data must be fields, not text, when files are sent with it.")
    boundary = os.urandom(16).hex()
    parts = [_part(_string(name), _field_value(value)) for name, value in (flat_pairs(data) if data else ())]
    for name, file in files.items() if isinstance(files, Mapping) else files:
        filename, content, headers = _file(name, file)
        if content is not None:
            parts.append(_part(_string(name), content, filename, headers))
    delimiter = f"--{boundary}".encode()
    content = b"".join(b"%b\r\n%b\r\n" % (delimiter, part) for part in parts) + delimiter + b"--\r\n"
    return Body(content, f"multipart/form-data; boundary={boundary}")


def _file(name: Any, file: Any) -> tuple[str | None, bytes | None, Headers]:
    """The file name, the content (None: there is no file) and the part's own headers."""
    headers = Headers()
    if isinstance(file, (tuple, list)):
        if not 2 <= len(file) <= 4:
            raise ValueError(
                f"The file {name!r} must be (filename, file), (filename, file, content type) or "
                f"(filename, file, content type, headers), not {len(file)} values."
            )
        filename, file, content_type, own_headers = (*file, None, None)[:4]
        headers.update({"Content-Type": "", **(own_headers or {}), "Content-Disposition": None})
        headers["Content-Type"] = content_type
    else:
        filename = _guess_filename(file) or name
    if file is None:
        return None, None, headers
    content = file.read() if hasattr(file, "read") else file
    return None if filename is None else _string(filename), _field_value(content), headers


def _part(name: str, content: bytes, filename: str | None = None, headers: Headers | None = None) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_escape(name)}"'
    if filename is not None:
        disposition += f'; filename="{_escape(filename)}"'
    return b"%b\r\n%b\r\n%b" % (disposition.encode("utf-8"), headers.encode() if headers else b"", content)


def _escape(text: str) -> str:
    """As browsers do in multipart headers."""
    return text.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")


def _guess_filename(file: Any) -> str | None:
    name = getattr(file, "name", None)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if isinstance(name, str) and name and not (name.startswith("<") or name.endswith(">")):
        return os.path.basename(name)
    return None


def _field_value(value: Any) -> bytes:
    return _octets(value if isinstance(value, (str, bytes, bytearray, memoryview)) else str(value))


def _string(name: Any) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else str(name)


def _octets(chunk: Any) -> bytes:
    if isinstance(chunk, str):
        return chunk.encode("utf-8")
    if isinstance(chunk, (bytes, bytearray, memoryview)):
        return bytes(chunk)
    raise TypeError(f"A body is made of text or bytes, not {chunk!r}.")


def prepared(data: Any, json: Any, files: Any, encode: Callable[..., Body] = encode) -> Body:
    """A body of whatever kind, encoded by `encode`; InvalidJSON for a value without a form in JSON, such as NaN."""
    if isinstance(data, Body):
        return data
    try:
        return encode(data, json, files)
    except ValueError as error:
        if data or files:
            raise
        raise InvalidJSON(str(error)) from error
