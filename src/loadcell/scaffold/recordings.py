"""A recording (HAR) → the exchanges that make up its flow: no static assets, no third parties, redirects as one. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from loadcell.errors import UsageError

_HINT = "Save one from the browser's network panel: 'Save all as HAR', in Chrome 'with sensitive data'."
_ASSET_TYPES = frozenset(("font", "image", "manifest", "media", "ping", "script", "stylesheet", "texttrack", "websocket"))
_ASSET_MEDIA = re.compile(r"(image|font|audio|video)/|text/css|application/(font|wasm|manifest)|.*(javascript|ecmascript)")
_ASSET_ENDS = re.compile(
    r"\.(css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|eot|mp[34]|webm|wasm|webmanifest)$", re.IGNORECASE
)
_PARTS = "multipart/form-data"
_REDIRECTS = (301, 302, 303, 307, 308)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
"""A session in a path, for want of a cookie."""
_ATTRIBUTE = re.compile(r'\b(name|filename)="([^"]*)"')
_CONTENT_TYPE = re.compile(r"^content-type:\s*([^\s;]+)", re.IGNORECASE | re.MULTILINE)
_BELOW_COUNTRIES = frozenset(("ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"))
_SHARED = frozenset(
    (
        "amazonaws.com", "azurewebsites.net", "cloudfront.net", "fly.dev", "github.io", "herokuapp.com", "netlify.app",
        "ngrok.io", "onrender.com", "pages.dev", "run.app", "vercel.app", "web.app", "workers.dev",
    )
)  # fmt: skip
"""Ends of names that sites share which have nothing else in common."""
_LEAVING = re.compile(r"/(log|sign)[-_]?(out|off)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form of several parts."""

    name: str
    value: str
    file_name: str | None = None
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer."""

    method: str
    origin: str
    path: str
    """Still quoted."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the request, by name in small letters."""
    media_type: str = ""
    text: str = ""
    """The body that was sent."""
    parts: tuple[Field, ...] = ()
    status: int = 200
    answer_type: str = ""
    answer: str = ""
    answer_headers: tuple[tuple[str, str], ...] = ()
    location: str = ""
    """Where a redirect, or what was made, is: absolute."""
    landed: str = ""
    """Where redirects led in the end; empty where there was none."""
    asset: bool = False
    unsaved: bool = False
    """Whether the text of its answer, JSON or a page, is not in the recording."""

    @property
    def url(self) -> str:
        """Where it was sent, without its query."""
        return f"{self.origin}{self.path}"

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of its form."""
        return parse_qsl(self.text, keep_blank_values=True)

    @property
    def json(self) -> Any:
        """Its body as JSON; None if it is none."""
        return _json(self.text)

    @property
    def operation(self) -> str:
        """The operation of GraphQL that it asks for; empty where it is none."""
        name = self.json.get("operationName") if isinstance(self.json, dict) else None
        return name if isinstance(name, str) else ""

    @property
    def is_json(self) -> bool:
        """Whether its body is JSON, by its type or by itself: pages also send it as text, or as a form."""
        return isinstance(self.json, (dict, list)) or ("json" in self.media_type and self.json is not None)

    @property
    def is_form(self) -> bool:
        """Whether its body is the fields of a form."""
        return self.media_type == "application/x-www-form-urlencoded" and not self.is_json

    @property
    def answer_json(self) -> Any:
        """The answer as JSON; None if it is none."""
        return _json(self.answer) if "json" in self.answer_type else None


@dataclass(frozen=True, slots=True)
class Recording:
    """What is played again."""

    origin: str
    """The service: what most of it is for."""
    exchanges: tuple[Exchange, ...]
    left_out: Mapping[str, int]
    """What was recorded and isn't played again, and how often."""
    sanitized: bool = False
    """Whether a browser has saved it that leaves out what is secret unless it is told to save that as well."""

    @property
    def gaps(self) -> list[str]:
        """What is not in it and would be needed, in clauses."""
        found = []
        if unsaved := sum(one.unsaved for one in self.exchanges):
            answers = "1 answer was" if unsaved == 1 else f"{unsaved} answers were"
            found.append(f"{answers} saved without the text, where ids and tokens come from: save it with content")
        if self.sanitized and not any({"authorization", "cookie"} & set(one.headers) for one in self.exchanges):
            found.append("no request has a Cookie or an Authorization header: if they had, save it with sensitive data")
        return found


def read(text: str, where: str) -> Recording:
    """The flow of a recording; UsageError, which says why, if it has none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is broken: a HAR is JSON, and this is not: {error}", _HINT) from None
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise UsageError(f"{where} is not a HAR: it has no log.entries.", _HINT)
    if not entries:
        raise UsageError(f"{where} is empty: nothing was recorded.", _HINT)
    exchanges: list[Exchange] = []
    for number, entry in enumerate(entries, 1):
        try:
            exchanges += _exchange(entry)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            raise UsageError(f"Entry {number} of {where} is not what a HAR has: {what}", _HINT) from None
    creator = log.get("creator") if isinstance(log, dict) else None
    is_chrome = isinstance(creator, dict) and creator.get("name") == "WebInspector"
    recording = replace(_flow(exchanges, len(entries)), sanitized=is_chrome)
    if not recording.exchanges:
        told = ", ".join(f"{count} {what}" for what, count in recording.left_out.items())
        raise UsageError(f"{where} has no request that could be sent again: {told}.", _HINT)
    return recording


def _flow(exchanges: Sequence[Exchange], entries: int) -> Recording:
    """What is left of all exchanges."""
    left_out: Counter[str] = Counter()
    if other := entries - len(exchanges):
        left_out["preflights, without an answer, or of another protocol"] = other
    wanted = [one for one in exchanges if not one.asset]
    left_out["static assets"] = len(exchanges) - len(wanted)
    merged = list(_without_redirects(wanted))
    origin = _origin(merged)
    kept = []
    for one in merged:
        if _site(one.origin) != _site(origin):
            left_out["for other sites"] += 1
        elif one.status >= 400:
            left_out[f"answered {one.status}"] += 1
        elif _LEAVING.search(one.path):
            left_out["ending the session"] += 1
        else:
            kept.append(one)
    return Recording(origin, tuple(kept), +left_out)


def _origin(exchanges: Sequence[Exchange]) -> str:
    """What most of a recording is for, by what is asked for: whoever counts visits asks for the same again and again."""
    asked = {(one.origin, one.method, one.path, one.operation): None for one in exchanges if one.status < 400}
    origins = Counter(origin for origin, *_ in asked)
    return origins.most_common(1)[0][0] if origins else ""


def _without_redirects(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    """Redirects and where they led as one exchange, as the client follows them."""
    waiting: Exchange | None = None
    for one in exchanges:
        if waiting is not None and one.method in ("GET", "HEAD") and _bare(waiting.location) == one.url:
            one = replace(
                waiting, status=one.status, answer_type=one.answer_type, answer=one.answer, location=one.location,
                answer_headers=(*waiting.answer_headers, *one.answer_headers), landed=one.url,
            )  # fmt: skip
        elif waiting is not None:
            yield waiting
        waiting = None
        if one.status in _REDIRECTS and one.location:
            waiting = one
        else:
            yield one
    if waiting is not None:
        yield waiting


def _exchange(entry: Any) -> Iterator[Exchange]:
    """The exchange of an entry; none if it had no answer or was not of HTTP."""
    request, response = entry["request"], entry["response"]
    url, method, status = urlsplit(request["url"]), request["method"].upper(), int(response["status"])
    if url.scheme not in ("http", "https") or method not in _METHODS or status < 200:
        return
    origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
    headers = {one["name"].lower(): str(one["value"]) for one in request.get("headers") or ()}
    posted = request.get("postData") or {}
    content = response.get("content") or {}
    answer_headers = tuple((one["name"].lower(), str(one["value"])) for one in response.get("headers") or ())
    answer_type = str(content.get("mimeType") or "").lower()
    location = response.get("redirectURL") or dict(answer_headers).get("location") or ""
    media_type = str(posted.get("mimeType") or headers.get("content-type") or "").partition(";")[0].strip().lower()
    yield Exchange(
        method=method,
        origin=origin,
        path=_SESSION.sub("", url.path) or "/",
        query=tuple(parse_qsl(url.query, keep_blank_values=True)),
        headers=headers,
        media_type=media_type,
        text="" if media_type == _PARTS else _sent(posted, media_type),
        parts=tuple(_parts(posted)) if media_type == _PARTS else (),
        status=status,
        answer_type=answer_type,
        answer=_received(content),
        answer_headers=answer_headers,
        location=urljoin(request["url"], location) if location else "",
        asset=_is_asset(entry, url.path, answer_type),
        unsaved=bool(content.get("size")) and "text" not in content and bool(re.search("json|html", answer_type)),
    )


def _sent(posted: Mapping[str, Any], media_type: str) -> str:
    """The text of a body. Some browsers only tell the fields of a form, still quoted."""
    text = posted.get("text")
    if text or media_type != "application/x-www-form-urlencoded":
        return str(text or "")
    return "&".join(f"{one['name']}={one.get('value', '')}" for one in posted.get("params") or ())


def _parts(posted: Mapping[str, Any]) -> Iterator[Field]:
    """The fields of a form of several parts. Most browsers only tell its text."""
    for one in posted.get("params") or ():
        yield Field(one["name"], str(one.get("value") or ""), one.get("fileName"), str(one.get("contentType") or ""))
    if not posted.get("params"):
        yield from _parts_of(str(posted.get("text") or ""), str(posted.get("mimeType") or ""))


def _parts_of(text: str, media_type: str) -> Iterator[Field]:
    text = text.replace("\r\n", "\n")
    boundary = media_type.partition("boundary=")[2].partition(";")[0].strip().strip('"')
    border = f"--{boundary}" if boundary else text.partition("\n")[0]
    for part in text.split(border) if border else ():
        head, _, value = part.partition("\n\n")
        told, kind = dict(_ATTRIBUTE.findall(head)), _CONTENT_TYPE.search(head)
        if "name" in told:
            yield Field(told["name"], value.removesuffix("\n"), told.get("filename"), kind[1] if kind else "")


def _received(content: Mapping[str, Any]) -> str:
    text = str(content.get("text") or "")
    if content.get("encoding") != "base64":
        return text
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""


def _is_asset(entry: Mapping[str, Any], path: str, media_type: str) -> bool:
    kind = str(entry.get("_resourceType") or "").lower()
    return kind in _ASSET_TYPES or bool(_ASSET_MEDIA.match(media_type) or _ASSET_ENDS.search(unquote(path)))


def _site(origin: str) -> str:
    """What the services of one site have in common: the end of their name. An address is its own."""
    host = urlsplit(origin).hostname or ""
    if host.replace(".", "").isdigit() or ":" in host:
        return host
    labels = host.split(".")
    is_country = len(labels[-1]) == 2 and labels[-2:-1] and labels[-2] in _BELOW_COUNTRIES
    return ".".join(labels[-3 if is_country or ".".join(labels[-2:]) in _SHARED else -2 :])


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{_SESSION.sub('', parts.path) or '/'}"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
