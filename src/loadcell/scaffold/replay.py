"""A recording → the source of a scenario that goes through it again. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from loadcell.scaffold.correlation import Correlation, Variable, is_id, is_token
from loadcell.scaffold.logins import PASSWORD, TOKEN, USERNAME, Access, is_password, is_secret, is_user
from loadcell.scaffold.naming import constant, user, words
from loadcell.scaffold.python_code import INDENT, Call, Code, Expression, Tuple, laid_out, one_line, quoted, template
from loadcell.scaffold.recordings import Exchange, Recording
from loadcell.scaffold.source_file import CLASS, METHOD, assembled, constants, user_class
from loadcell.scaffold.texts import is_once, unlike_all

_NOISE = re.compile(
    r"x-(client-data|forwarded-.*|real-ip|amzn?-.*|chrome-.*|b3-.*|datadog-.*)"
    r"|:.*|accept-(charset|encoding|language)|access-control-.*|alt-used|authorization|baggage|cache-control|cf-.*"
    r"|connection|content-(encoding|length|type)|cookie|dnt|expect|forwarded|host|http2-settings|if-.*|keep-alive|newrelic"
    r"|origin|pragma|priority|proxy-.*|purpose|range|referer|save-data|sec-.*|sentry-trace|te|trace(parent|state)|trailer"
    r"|transfer-encoding|upgrade.*|user-agent|via"
)
"""Headers that browsers, proxies and tracers add."""
_SESSION = re.compile(r"sess|sid\b|auth|token|jwt|remember|login", re.IGNORECASE)
_SESSION_ID = re.compile(r"session|sess_?id|(^|[\W_])sid$", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_NAMED_IN_TEXT = re.compile(r"""<(?:\w+:)?([\w-]+)[^<>]*>([^<>]+)</|([\w-]+)\\?["']?\s*[:=]\s*\\?["']([^"'\\]+)\\?["']""")
"""Values as XML, GraphQL and the like name them."""
_CONTENT = Code(r'b"Written under load.\n"')
_GENERAL_NAMES = frozenset(("www", "api", "app"))
_SHORTEST_SECRET = 8
"""Characters of a secret that is looked for within other texts."""


def write(recording: Recording, host: str, told: Sequence[str], access: Access) -> str:
    """The source. `told` are the lines of its docstring; `access` notes down what the environment must have."""
    used = _Player(recording, access, frozenset())
    used.play()
    player = _Player(recording, access, frozenset(used.crossing()))
    return assembled(told, *player.source(host))


class _Player:
    """Goes through a recording once, and knows at each exchange what the scenario knows by then."""

    def __init__(self, recording: Recording, access: Access, shared: frozenset[str]) -> None:
        """`shared` are the variables that are attributes of the user."""
        self._exchanges = recording.exchanges
        self._origin = recording.origin
        self._access = access
        self._shared = shared
        self._correlation = Correlation(recording.exchanges)
        self._secrets: dict[str, Code] = {}
        """By value: what stands in its place."""
        self._on_start: list[str] = []
        self._afterwards: dict[int, list[str]] = defaultdict(list)
        """By exchange: what follows from its answer for all later requests."""
        self._uses: dict[str, set[int]] = defaultdict(set)
        self._index = 0

    @property
    def _login(self) -> int:
        """How many exchanges there are up to the login; 0 where there is none, or nothing else."""
        with_password = [index for index, one in enumerate(self._exchanges) if _has_password(one)]
        count = with_password[0] + 1 if with_password else 0
        return count if count < len(self._exchanges) else 0

    def play(self) -> list[Call]:
        """All requests."""
        calls = []
        for index, exchange in enumerate(self._exchanges):
            self._index = index
            self._authorize(exchange)
            self._use_cookies(exchange)
            calls.append(self._call(exchange))
            self._correlation.sent(_texts(exchange))
            self._correlation.answered(index)
        return calls

    def crossing(self) -> Iterator[str]:
        """The variables that the login learns and others use."""
        for variable in self._correlation.variables.values():
            if variable.exchange < self._login and max(self._uses[variable.name], default=0) >= self._login:
                yield variable.name

    def source(self, host: str) -> tuple[list[str], str]:
        """The lines of the constants, and the class."""
        calls, login = self.play(), self._login
        shared = [one for one in self._correlation.variables.values() if one.name in self._shared]
        start = [f"self.{one.name} = {one_line(type(one.value)())}" for one in shared]
        start += [*self._on_start, *(["self.log_in()"] if login else [])]
        blocks = []
        if start:
            blocks.append([f"{CLASS}def on_start(self) -> None:", *(f"{METHOD}{line}" for line in start)])
        if login:
            blocks.append([f"{CLASS}def log_in(self) -> None:", *self._lines(calls[:login], 0)])
        blocks.append([f"{CLASS}@task", f"{CLASS}def go_through(self) -> None:", *self._lines(calls[login:], login)])
        return constants(self._access.constants, {}), user_class(_class_name(host), host, blocks)

    def _lines(self, calls: Sequence[Call], first: int) -> Iterator[str]:
        """The lines of a method: requests, and what is taken out of their answers."""
        for index, call in enumerate(calls, first):
            taken = [one for one in self._correlation.variables.values() if one.exchange == index]
            yield from laid_out(call, 2 * INDENT, "response = " if taken else "")
            if taken:
                yield f"{METHOD}if not response.ok:"
                yield f"{METHOD}{' ' * INDENT}return"
            yield from (f"{METHOD}{self._code(one)} = {one.code}" for one in taken)
            yield from (f"{METHOD}{line}" for line in self._afterwards[index])
            if taken and call is not calls[-1]:
                yield ""

    def _code(self, variable: Variable) -> str:
        return f"self.{variable.name}" if variable.name in self._shared else variable.name

    def _use(self, variable: Variable) -> str:
        self._uses[variable.name].add(self._index)
        return self._code(variable)

    def _authorize(self, exchange: Exchange) -> None:
        """What its Authorization header needs, the first time that it has this value."""
        scheme, _, credentials = exchange.headers.get("authorization", "").partition(" ")
        if not credentials or credentials in self._secrets:
            return
        if scheme.lower() == "basic":
            self._secrets[credentials] = Code("PASSWORD")
            pair = Tuple([self._access.need(USERNAME), self._access.need(PASSWORD)])
            self._on_start += [line.strip() for line in laid_out(pair, 0, "self.client.auth = ")]
        elif variable := self._correlation.find(credentials, "token"):
            code = self._code(variable)
            self._secrets[credentials] = Code(code)
            line = f'self.client.headers["Authorization"] = f"{scheme} {{{code}}}"'
            self._afterwards[variable.exchange].append(line)
        else:
            self._secrets[credentials] = self._access.need(TOKEN)
            self._on_start.append(f'self.client.headers["Authorization"] = f"{scheme} {{TOKEN}}"')

    def _use_cookies(self, exchange: Exchange) -> None:
        """Cookies of a session that began before the recording come from the environment."""
        earlier = {
            name
            for one in self._exchanges[: self._index]
            for header, value in one.answer_headers
            if header == "set-cookie"
            for name in _cookies(value)
        }
        for name, value in _cookies(exchange.headers.get("cookie", "")).items():
            if name not in earlier and value not in self._secrets and _SESSION.search(name):
                self._secrets[value] = secret = self._access.need(f"API_COOKIE_{constant(name)}")
                self._on_start.append(f"self.client.cookies[{quoted(name)}] = {secret.text}")

    def _call(self, exchange: Exchange) -> Call:
        named: dict[str, Expression] = {}
        if exchange.query:
            named["params"] = self._pairs(exchange.query)
        headers = {
            "-".join(map(str.capitalize, name.split("-"))): self._value(value, name)
            for name, value in exchange.headers.items()
            if _is_own(name, value)
        }
        named |= self._body(exchange, headers)
        path, name, values = self._path(exchange)
        if headers:
            named["headers"] = headers
        if exchange.operation:
            named["name"] = f"{name} {exchange.operation}"
        elif exchange.query or name != exchange.path:
            named["name"] = name
        return Call(f"self.client.{exchange.method.lower()}", [template(path, values)], named)

    def _path(self, exchange: Exchange) -> tuple[str, str, dict[str, str]]:
        """The path with variables in it, its name in the statistics, and the code of the variables."""
        values: dict[str, str] = {}
        path, name = [], []
        for part in exchange.path.split("/"):
            variable = self._correlation.find(part, is_path=True) if part else None
            if variable:
                values[variable.name] = self._use(variable)
                path.append(f"{{{variable.name}}}")
                name.append(path[-1])
            else:
                path.append(part)
                name.append("{id}" if is_id(part) else part)
        origin = "" if exchange.origin == self._origin else exchange.origin
        return origin + "/".join(path), "/".join(name), values

    def _body(self, exchange: Exchange, headers: dict[str, Expression]) -> dict[str, Expression]:
        """What is sent; the header that it needs beside is added to `headers`."""
        if exchange.parts:
            guarded = _has_password(exchange)
            parts: list[Expression] = [
                Tuple([one.name, self._part(one.file_name, one.name, one.value, one.media_type, guarded=guarded)])
                for one in exchange.parts
            ]
            return {"files": parts}
        if not exchange.text:
            return {}
        guarded = _has_password(exchange)
        if exchange.is_form:
            return {"data": self._pairs(exchange.form, guarded=guarded)}
        if exchange.media_type not in ("", "application/json"):
            headers["Content-Type"] = exchange.media_type
        if not exchange.is_json:
            return {"data": self._value(exchange.text, "", guarded=guarded)}
        return {"json": self._json(exchange.json, "", guarded=guarded)}

    def _part(self, file_name: str | None, name: str, value: str, media_type: str, *, guarded: bool) -> Expression:
        if file_name is None:
            return Tuple([None, self._value(value, name, guarded=guarded)])
        return Tuple([file_name, _CONTENT, *([media_type] if media_type else [])])

    def _pairs(self, pairs: Sequence[tuple[str, str]], *, guarded: bool = False) -> Expression:
        """Fields of a form or of a query; a list where one is there more than once."""
        found: dict[str, list[Expression]] = defaultdict(list)
        for name, value in pairs:
            found[name].append(self._value(value, name, guarded=guarded))
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}

    def _json(self, node: Any, name: str, *, guarded: bool) -> Expression:
        if isinstance(node, dict):
            return {key: self._json(value, key, guarded=guarded) for key, value in node.items()}
        if isinstance(node, list):
            return [self._json(value, name, guarded=guarded) for value in node]
        return self._value(node, name, guarded=guarded)

    def _value(self, value: Any, name: str, *, guarded: bool = False) -> Expression:
        """A value that is sent: a secret, a variable, or what was recorded. `guarded`: a password is beside it."""
        text = str(value)
        if is_once(name):
            return unlike_all()
        if isinstance(value, str) and text in self._secrets:
            return self._secrets[text]
        if guarded and isinstance(value, str) and (is_password(name) or is_user(name)):
            return self._secret(text, PASSWORD if is_password(name) else USERNAME)
        if variable := self._correlation.find(value, name):
            code = self._use(variable)
            if isinstance(value, str) == isinstance(variable.value, str):
                return Code(code)
            return Call("str" if isinstance(value, str) else "int", [Code(code)])
        if not isinstance(value, str):
            return value if isinstance(value, (int, float)) or value is None else str(value)
        if text and _hides(name, text):
            return self._secret(text, _variable(name))
        return self._without_secrets(text, guarded=guarded)

    def _secret(self, text: str, variable: str) -> Code:
        self._secrets[text] = self._access.need(variable)
        return self._secrets[text]

    def _without_secrets(self, text: str, *, guarded: bool) -> Expression:
        values: dict[str, str] = {}

        def hidden(match: re.Match[str]) -> str:
            name, value = match[1] or match[3], match[2] or match[4]
            if guarded and (is_password(name) or is_user(name)):
                code = self._secret(value, PASSWORD if is_password(name) else USERNAME)
            elif _hides(name, value):
                code = self._secret(value, _variable(name))
            else:
                return match[0]
            values[code.text] = code.text
            return match[0].replace(value, f"{{{code.text}}}")

        text = _NAMED_IN_TEXT.sub(hidden, text)
        found = {f"secret_{index}": (value, code) for index, (value, code) in enumerate(self._secrets.items())}
        for name, (value, code) in found.items():
            if len(value) >= _SHORTEST_SECRET and value in text:
                text = text.replace(value, f"{{{name}}}")
                values[name] = code.text
        return template(text, values)


def _class_name(host: str) -> str:
    name = urlsplit(host).hostname or ""
    labels = [label for label in name.split(".") if label not in _GENERAL_NAMES]
    is_named = len(labels) > 1 and not name.replace(".", "").isdigit()
    return user(labels[0]) if is_named else "RecordedUser"


def _is_own(header: str, value: str) -> bool:
    """Whether the page has put a header there, and not the browser. One that accepts a vendor's type names a version."""
    return "/vnd." in value if header == "accept" else not _NOISE.fullmatch(header)


def _cookies(header: str) -> Mapping[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _hides(name: str, text: str) -> bool:
    """Whether a value of that name is a secret."""
    if _JWT.fullmatch(text) or (is_token(text) and _SESSION_ID.search(name)):
        return True
    return is_secret(name) and ("key" not in words(name) or is_token(text))


def _variable(name: str) -> str:
    """The variable of the environment for a secret of that name."""
    return f"API_{constant(name).removeprefix('X_').removeprefix('API_')}"


def _has_password(exchange: Exchange) -> bool:
    return any(is_password(name) for name, _ in _named(exchange))


def _texts(exchange: Exchange) -> Iterator[str]:
    """All values that it sends."""
    yield from exchange.path.split("/")
    yield from (value for _, value in _named(exchange))
    yield from (value for _, value in exchange.query)


def _named(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """The values of its body, by name."""
    yield from ((part.name, part.value) for part in exchange.parts)
    if exchange.is_form:
        yield from exchange.form
    elif exchange.is_json:
        yield from _leaves(exchange.json, "")
    for match in _NAMED_IN_TEXT.finditer("" if exchange.is_form else exchange.text):
        yield match[1] or match[3], match[2] or match[4]


def _leaves(node: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, name)
    elif node is not None:
        yield name, str(node)
