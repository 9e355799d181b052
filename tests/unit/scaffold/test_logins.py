"""How a scenario gets in, by the security schemes, with credentials from the environment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.scaffold.conftest import Write, answered, document, taken

GET = {"get": {"operationId": "read", "responses": {}}}
CREDENTIALS = {
    "required": ["username", "password"],
    "properties": {"username": {"type": "string"}, "password": {"type": "string"}},
}
TOKEN = {"properties": {"access_token": {"type": "string"}}}


def secured(scheme: dict[str, Any], **paths: Any) -> dict[str, Any]:
    """A service that asks for this everywhere."""
    more = {"components": {"securitySchemes": {"its": scheme}}, "security": [{"its": []}]}
    return document({"/items": GET, **paths}, **more)


def login(schema: Any = CREDENTIALS, kind: str = "application/json", answer: Any = TOKEN) -> dict[str, Any]:
    return {
        "post": {
            "operationId": "log_in_here",
            "security": [],
            "requestBody": taken(schema, kind),
            "responses": answered(answer),
        }
    }


@pytest.mark.parametrize(
    ("scheme", "lines"),
    [
        (
            {"type": "http", "scheme": "basic"},
            ["self.client.auth = (USERNAME, PASSWORD)", 'USERNAME = os.environ["API_USERNAME"]'],
        ),
        ({"type": "http", "scheme": "bearer"}, ['self.client.headers["Authorization"] = f"Bearer {TOKEN}"']),
        ({"type": "openIdConnect"}, ['self.client.headers["Authorization"] = f"Bearer {TOKEN}"']),
        (
            {"type": "apiKey", "in": "header", "name": "X-Key"},
            ['self.client.headers["X-Key"] = KEY', 'KEY = os.environ["API_KEY"]'],
        ),
        ({"type": "apiKey", "in": "query", "name": "key"}, ['self.client.params["key"] = KEY']),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, ['self.client.cookies["sid"] = KEY']),
    ],
)
def test_schemes_that_need_no_request(write: Write, scheme: dict[str, Any], lines: list[str]) -> None:
    source = write(secured(scheme))
    for line in lines:
        assert line in source


def test_oauth_with_a_password(write: Write) -> None:
    scheme = {"type": "oauth2", "flows": {"password": {"tokenUrl": "token", "scopes": {}}}}
    source = write(secured(scheme, **{"/token": login(kind="application/x-www-form-urlencoded")}))
    assert 'data={"username": USERNAME, "password": PASSWORD, "grant_type": "password"}' in source
    assert 'token = response.json()["access_token"]' in source
    assert "log_in_here" not in source


def test_oauth_of_another_service(write: Write) -> None:
    scheme = {"type": "oauth2", "flows": {"password": {"tokenUrl": "https://id.example.com/token", "scopes": {}}}}
    source = write({**secured(scheme), "servers": [{"url": "http://127.0.0.1:8000"}]})
    assert '"https://id.example.com/token"' in source


def test_oauth_of_a_client(write: Write) -> None:
    scheme = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}}}
    source = write(secured(scheme))
    assert "auth=(CLIENT_ID, CLIENT_SECRET)" in source
    assert 'CLIENT_SECRET = os.environ["API_CLIENT_SECRET"]' in source


def test_a_bearer_token_by_the_login_that_there_is(write: Write) -> None:
    deeper = {"properties": {"data": {"type": "object", "properties": {"accessToken": {"type": "string"}}}}}
    source = write(secured({"type": "http", "scheme": "bearer"}, **{"/auth/signin": login(answer=deeper)}))
    assert '"/auth/signin"' in source
    assert 'token = response.json()["data"]["accessToken"]' in source


def test_a_login_that_sets_a_cookie(write: Write) -> None:
    source = write(secured({"type": "apiKey", "in": "cookie", "name": "sid"}, **{"/login": login(answer={})}))
    assert 'self.client.post("/login", json={"username": USERNAME, "password": PASSWORD})' in " ".join(
        source.split()
    ).replace("( ", "(").replace(", )", ")")
    assert "API_KEY" not in source


def test_a_registration_is_no_login(write: Write) -> None:
    source = write(secured({"type": "http", "scheme": "bearer"}, **{"/register": login()}))
    assert "log_in(" not in source
    assert "TOKEN" in source


def test_credentials_that_the_specification_shows(write: Write) -> None:
    shown = {
        "properties": {
            "email": {"type": "string", "example": "a@example.com"},
            "password": {"type": "string", "default": "pw"},
        }
    }
    source = write(secured({"type": "http", "scheme": "bearer"}, **{"/login": login(shown)}))
    assert 'USERNAME = os.environ.get("API_USERNAME", "a@example.com")' in source
    assert 'PASSWORD = os.environ.get("API_PASSWORD", "pw")' in source


def test_logging_out_is_left_out(write: Write) -> None:
    leaving = {"post": {"operationId": "leave", "responses": {}}}
    source = write(secured({"type": "http", "scheme": "bearer"}, **{"/log-out": leaving}), writes=True)
    assert "def leave" not in source
    assert "# - POST /log-out: it ends the session." in source


def test_two_schemes_that_need_the_same_header(write: Write) -> None:
    spec = secured({"type": "http", "scheme": "bearer"})
    spec["components"]["securitySchemes"]["other"] = {"type": "http", "scheme": "basic"}
    spec["paths"]["/admin"] = {"get": {"operationId": "admin", "security": [{"other": []}], "responses": {}}}
    spec["paths"]["/more"] = GET
    source = write(spec)
    assert "# - GET /admin: it asks for other, which the others don't." in source
    assert "self.client.auth" not in source


def test_a_secret_in_a_query(write: Write) -> None:
    names = ("password", "key")
    asked = [{"name": name, "in": "query", "required": True, "schema": {"type": "string"}} for name in names]
    source = write(document({"/items": {"get": {"operationId": "read", "parameters": asked, "responses": {}}}}))
    assert 'params={"password": PASSWORD, "key": "text"}' in source


def test_a_secret_header(write: Write) -> None:
    header = {"name": "X-Token", "in": "header", "required": True, "schema": {"type": "string"}}
    source = write(document({"/items": {"get": {"operationId": "read", "parameters": [header], "responses": {}}}}))
    assert 'headers={"X-Token": TOKEN}' in source
    assert 'TOKEN = os.environ["API_TOKEN"]' in source


@pytest.mark.parametrize(
    ("description", "word"), [("", "Bearer"), ('Token-based authentication with required prefix "Token"', "Token")]
)
def test_a_token_that_is_described_as_a_key(write: Write, description: str, word: str) -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}
    source = write(secured(scheme, **{"/login": login()}))
    assert f'self.client.headers["Authorization"] = f"{word} {{token}}"' in source
    assert "API_KEY" not in source
    assert "KEY = " in write(secured(scheme, **{"/login": login(answer={})}))


def test_one_login_for_a_cookie_and_a_token(write: Write) -> None:
    spec = secured({"type": "http", "scheme": "bearer"}, **{"/login": login()})
    spec["components"]["securitySchemes"]["other"] = {"type": "apiKey", "in": "cookie", "name": "sid"}
    spec["paths"]["/admin"] = {"get": {"operationId": "admin", "security": [{"other": []}], "responses": {}}}
    assert write(spec).count("self.log_in()") == 1
