"""The kinds of errors: few, whatever a service answers and a scenario writes; pure."""

from __future__ import annotations

import re

_STATUS = re.compile(r"(?:HTTPError\(['\"]|LocustBadStatusCode\(code=)([1-5]\d\d)\b")
_KINDS = (
    ("timeout", re.compile(r"Timeout|timed out|TimeoutError")),
    ("refused", re.compile(r"ConnectionRefused|Connection refused")),
    ("reset", re.compile(r"ConnectionReset|BrokenPipe|ConnectionAborted|RemoteDisconnected|Connection reset")),
    ("name", re.compile(r"gaierror|NameResolution|Name or service not known|name resolution")),
    ("tls", re.compile(r"SSL|Certificate")),
    ("not_allowed", re.compile(r"TargetNotAllowed")),
    ("malformed", re.compile(r"MalformedResponse|ResponseTooLarge|DecodingError|ContentDecoding|ChunkedEncoding")),
    ("redirect", re.compile(r"Redirect")),
    ("system", re.compile(r"OSError\(")),
)
_AN_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*\(.*\)", re.DOTALL)


def kind_of(error: str) -> str:
    """The kind of an error, from the text that it is counted under.

    >>> kind_of("HTTPError('503 Server Error: Service Unavailable for url: /items')")
    'http_503'

    A text that is no exception's was given by the scenario, which was not content with an answer.
    """
    if status := _STATUS.match(error):
        return f"http_{status[1]}"
    if not _AN_EXCEPTION.fullmatch(error):
        return "check"
    name = error.partition("(")[0]
    return next((kind for kind, words in _KINDS if words.search(name)), _by_text(error))


def _by_text(error: str) -> str:
    return next((kind for kind, words in _KINDS if words.search(error)), "other")
