"""How a scenario gets in: by the security schemes that operations ask for, with credentials from the environment. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from loadcell.scaffold.naming import constant, words
from loadcell.scaffold.operations import ABSENT, Operation, Service
from loadcell.scaffold.python_code import INDENT, Call, Code, Expression, Tuple, laid_out, quoted
from loadcell.scaffold.schemas import Json, Schemas, Shape, Unbuildable
from loadcell.scaffold.values import Values

USERNAME, PASSWORD, TOKEN, KEY = "API_USERNAME", "API_PASSWORD", "API_TOKEN", "API_KEY"
_USER_WORDS = frozenset(("username", "user", "login", "email", "mail"))
_PASSWORD_WORDS = frozenset(("pass", "pwd"))
_PASSWORD = re.compile(r"passw(or)?d|passphrase|passcode")
"""In a word: forms also have `password2` and `userpassword`."""
_TOKEN_NAMES = ("accesstoken", "token", "jwt", "authtoken", "idtoken", "sessiontoken", "bearer", "apitoken")
_LOGIN_WORDS = frozenset(("login", "signin", "token", "auth", "authenticate", "session", "sessions", "logon"))
_OTHERWISE = frozenset(("register", "signup", "registration", "reset", "change", "forgot", "password", "refresh", "revoke"))
_SECRET_WORDS = frozenset(
    ("apikey", "authorization", "credential", "jwt", "key", "otp", "pin", "secret", "sig", "signature", "token")
)
_SECRET_ENDS = ("apikey", "secret", "token")
_PREFIX = re.compile(r"prefix\W+([A-Za-z]+)")
_BODY_INDENT = 2 * INDENT


@dataclass(slots=True)
class Access:
    """What a scenario needs to be let in."""

    constants: dict[str, Expression] = field(default_factory=dict)
    """By the constant's name: where its value comes from."""
    variables: list[str] = field(default_factory=list)
    """The variables of the environment that have to be set, for want of an example."""
    on_start: list[str] = field(default_factory=list)
    log_in: list[str] = field(default_factory=list)
    """The lines of the method that logs in."""
    left_out: dict[Operation, str] = field(default_factory=dict)
    """Operations that are no task of their own, and why; empty for the login itself."""
    is_in_query: bool = False
    """Whether every request has a secret in its address, which no entry may be called by."""

    @property
    def has_password(self) -> bool:
        """Whether it logs in with a name and a password."""
        return "PASSWORD" in self.constants

    def need(self, variable: str, example: Any = ABSENT) -> Code:
        """A credential: what the environment says, else what the specification shows. Returns its constant."""
        name = variable.removeprefix("API_")
        if name in self.constants:
            return Code(name)
        if isinstance(example, str) and example:
            self.constants[name] = Call("os.environ.get", [variable, example])
        else:
            self.constants[name] = Code(f"os.environ[{quoted(variable)}]")
            self.variables.append(variable)
        return Code(name)


def is_secret(name: str) -> bool:
    """Whether what is called so is not for others' eyes."""
    return any(word in _SECRET_WORDS or word.endswith(_SECRET_ENDS) for word in words(name)) or is_password(name)


def is_password(name: str) -> bool:
    """Whether a password is called so."""
    return any(word in _PASSWORD_WORDS or _PASSWORD.search(word) for word in words(name))


def is_user(name: str) -> bool:
    """Whether the name, or the address, of who logs in is called so."""
    return not _USER_WORDS.isdisjoint(words(name)) or words(name) == ["user", "name"]


def find(service: Service, schemas: Schemas) -> Access:
    """How to get into a service."""
    return _Finder(service, schemas).access()


class _Finder:
    def __init__(self, service: Service, schemas: Schemas) -> None:
        self._service = service
        self._schemas = schemas
        self._access = Access()

    def access(self) -> Access:
        """By the schemes that most operations ask for; two that need the same header can't both be served."""
        families: dict[str, str] = {}
        served: set[str] = set()
        for name in self._schemes():
            scheme = self._service.schemes[name]
            place, family = _place(scheme), _family(scheme)
            if place not in families:
                families[place] = family
                self._enter(scheme)
            if families[place] == family:
                served.add(name)
        if not served and (login := self._login_operation()):
            # It isn't told what for, but there is a login: its cookie, or its token, is what others look for.
            self._log_in(login, needs_token=False)
        for operation in self._service.operations:
            if operation.security and not any(served.issuperset(one) for one in operation.security):
                needed = " and ".join(operation.security[0])
                self._access.left_out.setdefault(operation, f"it asks for {needed}, which the others don't")
        return self._access

    def _schemes(self) -> list[str]:
        """The schemes that operations ask for first, the most used one first."""
        asked = Counter(
            name
            for operation in self._service.operations
            for name in next((one for one in operation.security if one), {})
            if name in self._service.schemes
        )
        return [name for name, _ in asked.most_common()]

    def _enter(self, scheme: Json) -> None:
        kind, way = str(scheme.get("type")), str(scheme.get("scheme", "")).lower()
        if kind == "http" and way == "basic":
            self._access.need(USERNAME)
            self._access.need(PASSWORD)
            self._access.on_start.append("self.client.auth = (USERNAME, PASSWORD)")
        elif kind == "apiKey":
            self._api_key(scheme)
        elif kind == "oauth2" and (flow := (scheme.get("flows") or {}).get("password")):
            self._log_in_by_oauth(flow)
        elif kind == "oauth2" and (flow := (scheme.get("flows") or {}).get("clientCredentials")):
            self._log_in_by_client(flow)
        elif (kind == "http" or kind == "oauth2") and (login := self._login_operation()):
            self._log_in(login, needs_token=True)
        else:
            self._bearer_from_environment(kind, way)

    def _bearer_from_environment(self, kind: str, way: str) -> None:
        self._access.need(TOKEN)
        word = way.capitalize() if kind == "http" and way else "Bearer"
        self._access.on_start.append(f'self.client.headers["Authorization"] = f"{word} {{TOKEN}}"')

    def _word(self) -> str:
        """What stands before a token: Django's specifications describe it."""
        keys = (scheme for scheme in self._service.schemes.values() if _place(scheme) == "header AUTHORIZATION")
        told = (_PREFIX.search(str(scheme.get("description") or "")) for scheme in keys)
        return next((match[1] for match in told if match), "Bearer")

    def _api_key(self, scheme: Json) -> None:
        name, place = str(scheme.get("name") or "X-API-Key"), scheme.get("in")
        is_token = place == "header" and name.lower() == "authorization"
        login = self._login_operation() if is_token or place == "cookie" else None
        if login and (place == "cookie" or _token(self._schemas, login.answer)):
            self._log_in(login, needs_token=False)
            return
        self._access.need(KEY)
        self._access.is_in_query |= place == "query"
        where = {"query": "params", "cookie": "cookies"}.get(str(place), "headers")
        self._access.on_start.append(f"self.client.{where}[{quoted(name)}] = KEY")

    def _log_in_by_oauth(self, flow: Json) -> None:
        fixed: dict[str, Expression] = {"grant_type": "password"}
        path, operation = self._token_endpoint(flow)
        if operation and operation.body:
            self._log_in(operation, needs_token=True, fixed=fixed)
            return
        credentials = {"username": self._access.need(USERNAME), "password": self._access.need(PASSWORD)}
        self._write_login(Call("self.client.post", [path], {"data": {**fixed, **credentials}}), ("access_token",))

    def _log_in_by_client(self, flow: Json) -> None:
        path, operation = self._token_endpoint(flow)
        client = Tuple([self._access.need("API_CLIENT_ID"), self._access.need("API_CLIENT_SECRET")])
        call = Call("self.client.post", [path], {"data": {"grant_type": "client_credentials"}, "auth": client})
        self._write_login(call, ("access_token",))
        if operation:
            self._access.left_out[operation] = ""

    def _token_endpoint(self, flow: Json) -> tuple[str, Operation | None]:
        """Where a token is to be had, absolute where that is another service, and the operation if it is one of ours."""
        host = self._service.host or "http://service"
        url = urljoin(f"{host}{self._service.base_path}/", str(flow.get("tokenUrl") or ""))
        path = urlsplit(url).path
        for operation in self._service.operations:
            if operation.method == "POST" and path.rstrip("/") in (
                operation.path.rstrip("/"),
                operation.own_path.rstrip("/"),
            ):
                return operation.path, operation
        return (path if url.startswith(f"{host}/") else url), None

    def _login_operation(self) -> Operation | None:
        """The operation that takes a name and a password, as one that logs in does."""
        candidates = []
        for operation in self._service.operations:
            told = {*words(operation.own_path), *words(operation.id), "".join(words(_last_part(operation)))}
            if operation.method == "POST" and operation.body and _credentials_in(self._shape(operation)):
                token = bool(_token(self._schemas, operation.answer))
                if not _OTHERWISE.intersection(words(operation.own_path)) and (token or _LOGIN_WORDS & told):
                    candidates.append((not token, not _LOGIN_WORDS & told, operation.path, operation))
        return min(candidates, key=lambda one: one[:3])[3] if candidates else None

    def _shape(self, operation: Operation) -> Shape:
        assert operation.body is not None
        return self._schemas.shape(operation.body.schema)

    def _log_in(self, operation: Operation, *, needs_token: bool, fixed: Mapping[str, Expression] | None = None) -> None:
        assert operation.body is not None
        shape = self._shape(operation)
        names = _credentials_in(shape) or ("username", "password")
        properties = shape.schema.get("properties") or {}
        shown = operation.body.example if isinstance(operation.body.example, dict) else shape.schema.get("example") or {}
        user, password = (
            self._access.need(variable, shown.get(name, self._shown(properties.get(name))))
            for variable, name in zip((USERNAME, PASSWORD), names, strict=True)
        )
        try:
            body = Values(self._schemas).properties(shape)
        except Unbuildable:
            body = {}
        required = {*(shape.schema.get("required") or ()), *(fixed or {})}
        body = {name: value for name, value in {**body, **(fixed or {})}.items() if name in required}
        body |= {names[0]: user, names[1]: password}
        way = "json" if "json" in operation.body.media_type else "data"
        found = _token(self._schemas, operation.answer)
        if not found and needs_token:
            found = ("access_token",)
        self._write_login(Call("self.client.post", [operation.path], {way: body}), found)
        self._access.left_out[operation] = ""

    def _shown(self, schema: Any) -> Any:
        schema = self._schemas.shape(schema).schema
        listed = schema.get("examples")
        return schema.get("example", listed[0] if isinstance(listed, list) and listed else schema.get("default", ABSENT))

    def _write_login(self, call: Call, token: Sequence[str]) -> None:
        if not self._access.log_in:
            self._access.on_start.insert(0, "self.log_in()")
        if not token:
            self._access.log_in = laid_out(call, _BODY_INDENT)
            return
        way = "".join(f"[{quoted(key)}]" for key in token)
        self._access.log_in = [
            *laid_out(call, _BODY_INDENT, "response = "),
            f"{' ' * _BODY_INDENT}if response.ok:",
            f"{' ' * (_BODY_INDENT + INDENT)}token = response.json(){way}",
            f'{" " * (_BODY_INDENT + INDENT)}self.client.headers["Authorization"] = f"{self._word()} {{token}}"',
        ]


def _place(scheme: Json) -> str:
    """What a scheme fills: two that fill the same can't be used together."""
    if scheme.get("type") == "apiKey":
        return f"{scheme.get('in')} {constant(str(scheme.get('name')))}"
    return "header AUTHORIZATION"


def _credentials_in(shape: Shape) -> tuple[str, str] | None:
    """The names of the user and the password among the properties."""
    properties = shape.schema.get("properties") or {}
    user = next(
        (name for name in properties if _USER_WORDS.intersection(words(name)) or words(name) == ["user", "name"]), ""
    )
    password = next((name for name in properties if is_password(name)), "")
    return (user, password) if user and password else None


def _token(schemas: Schemas, answer: Any) -> tuple[str, ...]:
    """The way to the token in an answer."""
    shape = schemas.shape(answer)
    if name := _token_among(shape):
        return (name,)
    for name, schema in (shape.schema.get("properties") or {}).items():
        for inner in schemas.shapes(schema, shape.path):
            if inner.type == "object" and (deeper := _token_among(inner)):
                return (str(name), deeper)
    return ()


def _token_among(shape: Shape) -> str:
    properties = shape.schema.get("properties") or {}
    by_name = {"".join(words(name)): str(name) for name in properties}
    return next((by_name[wanted] for wanted in _TOKEN_NAMES if wanted in by_name), "")


def _last_part(operation: Operation) -> str:
    return operation.path.rstrip("/").rpartition("/")[2]


def _family(scheme: Json) -> str:
    """Schemes of one family are content with the same header."""
    if scheme.get("type") == "apiKey":
        return "key"
    return "basic" if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "basic" else "bearer"
