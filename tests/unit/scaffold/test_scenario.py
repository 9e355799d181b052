"""From a specification to a scenario: which tasks, where ids come from, what is written and what is commented out."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadcell import scaffold
from loadcell.errors import UsageError
from loadcell.scaffold.naming import RESERVED
from loadcell.scenario import HttpUser
from tests.unit.scaffold.conftest import OBJECT, Write, answered, check, document, taken

GOLDEN = Path(__file__).with_name("golden")
ITEM = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
ITEMS = {"type": "array", "items": ITEM}
NUMBER = {"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer"}}
WORD = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}
LIST = {"get": {"operationId": "list_items", "responses": answered(ITEMS)}}
SHOW = {"get": {"operationId": "show_item", "parameters": [NUMBER], "responses": answered(ITEM)}}
ADD = {"post": {"operationId": "add_item", "requestBody": taken(ITEM), "responses": answered(ITEM)}}


def methods(source: str) -> dict[str, ast.FunctionDef]:
    """The methods of a scenario's class, those that are comments left out."""
    (user,) = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {node.name: node for node in user.body if isinstance(node, ast.FunctionDef)}


def weights(source: str) -> dict[str, int]:
    """The weights of the tasks that are enabled."""
    found = {}
    for name, method in methods(source).items():
        for decorator in method.decorator_list:
            found[name] = ast.literal_eval(decorator.args[0]) if isinstance(decorator, ast.Call) else 1
    return found


@pytest.mark.parametrize(("name", "writes"), [("notes", False), ("library", True)])
def test_a_whole_file(monkeypatch: pytest.MonkeyPatch, name: str, writes: bool) -> None:
    monkeypatch.chdir(GOLDEN)
    source = scaffold.from_specification(
        f"{name}.json", file="locustfile.py", host="http://127.0.0.1:8000", writes=writes
    ).source
    check(source)
    # Where another one is wanted: loadcell init --openapi NAME.json -H http://127.0.0.1:8000 -o - > NAME.py, and read it.
    assert source == Path(f"{name}.py").read_text()


@pytest.mark.parametrize("host", ["", "https://shop.example.com"])
def test_the_scenario_to_begin_with_is_code_as_it_should_be(host: str) -> None:
    source = scaffold.to_begin_with(file="locustfile.py", host=host).source
    check(source)
    assert f'host = "{host or "http://127.0.0.1:8000"}"' in source


def test_reads_over_writes(write: Write) -> None:
    spec = document({"/items": {**LIST, **ADD}, "/items/{item_id}": SHOW, "/health": {"get": {"responses": {}}}})
    assert weights(write(spec, writes=True)) == {"list_items": 5, "show_item": 10, "add_item": 2, "get_health": 1}


def test_what_changes_data_is_a_comment(write: Write) -> None:
    source = write(document({"/items": {**LIST, **ADD}, "/items/{item_id}": SHOW}))
    assert "add_item" not in methods(source)
    assert "    # def add_item(self) -> None:" in source
    head, _, commented = source.partition("    # What follows changes data.")
    _, _, commented = commented.partition("\n\n")
    assert "add_item" in methods(head + commented.replace("    # ", "    "))


def test_a_helper_that_only_comments_need_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    source = scaffold.from_specification("library.json", file="locustfile.py", host="http://127.0.0.1:8000").source
    check(source)
    assert "\n# def digits(count: int) -> str:\n#     " in source
    assert "\ndef digits" not in source
    assert "import string\n" not in source
    assert "    # It also needs: import string; import uuid; digits(), above\n" in source


def test_a_search_changes_nothing(write: Write) -> None:
    source = write(document({"/items/search": {"post": {"requestBody": taken(OBJECT), "responses": {}}}}))
    assert list(weights(source)) == ["search_items"]


def test_ids_come_from_the_list(write: Write) -> None:
    source = write(document({"/items": LIST, "/items/{item_id}": SHOW}))
    assert 'self.item_ids = [item["id"] for item in response.json()]' in source
    assert "item_id = random.choice(self.item_ids)" in source
    assert 'self.client.get(f"/items/{item_id}", name="/items/{item_id}")' in source


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({"properties": {"data": ITEMS, "total": {"type": "integer"}}}, '[item["id"] for item in response.json()["data"]]'),
        ({"type": "array", "items": {"type": "integer"}}, "self.item_ids = response.json()"),
        ({"type": "array", "items": {"properties": {"itemId": {"type": "integer"}}}}, '[item["itemId"] for item in'),
    ],
)
def test_lists_of_every_form(write: Write, answer: Any, line: str) -> None:
    spec = document({"/items/": {"get": {"responses": answered(answer)}}, "/items/{item_id}": SHOW})
    assert line in write(spec)


@pytest.mark.parametrize("keys", [("_embedded", "things"), ("data", "list")])
def test_lists_in_two_envelopes(write: Write, keys: tuple[str, str]) -> None:
    answer = {"properties": {"code": {"type": "integer"}, keys[0]: {"properties": {keys[1]: ITEMS}}}}
    source = write(document({"/items": {"get": {"responses": answered(answer)}}, "/items/{item_id}": SHOW}))
    assert f'response.json()["{keys[0]}"]["{keys[1]}"]' in source
    assert "self.item_ids = [item[" in source


def test_what_is_done_to_one_of_many_behind_a_colon(write: Write) -> None:
    cancel = {"post": {"parameters": [NUMBER], "responses": {}}}
    source = write(document({"/items": {**LIST, **ADD}, "/items/{item_id}:cancel": cancel}), writes=True)
    assert "    def cancel_item(self)" in source
    assert 'f"/items/{item_id}:cancel"' in source
    assert "item_id = self.my_item_ids.pop(0)" in source


def test_ids_come_from_answers_of_any_type_and_of_any_status(write: Write) -> None:
    any_type = {"200": {"content": {"*/*": {"schema": ITEMS}}}}
    otherwise = {"default": {"content": {"application/json": {"schema": ITEMS}}}}
    for responses in (any_type, otherwise):
        source = write(document({"/items": {"get": {"responses": responses}}, "/items/{item_id}": SHOW}))
        assert 'self.item_ids = [item["id"] for item in response.json()]' in source


def test_an_object_of_pages_is_asked_for_without_an_order_that_nobody_knows(write: Write) -> None:
    pages = {"page": {"type": "integer"}, "sort": {"type": "array", "items": {"type": "string"}}}
    pageable = {"name": "pageable", "in": "query", "required": True, "schema": {"type": "object", "properties": pages}}
    source = write(document({"/items": {"get": {"parameters": [pageable], "responses": {}}}}))
    assert 'params={"page": random.randint(1, 3)}' in source


@pytest.mark.parametrize("path", ["/reports/{year}-{month}", "/repos/{repo}/compare/{base}...{head}"])
def test_two_parameters_in_one_part_are_left_out_alone(write: Write, path: str) -> None:
    source = write(document({path: {"get": {"responses": {}}}, "/items": LIST}))
    assert list(weights(source)) == ["list_items"]
    assert "a part of its path has two parameters." in " ".join(source.replace("#", "").split())


def test_values_stand_in_a_path_as_they_must(write: Write) -> None:
    file = {**WORD, "name": "file", "example": "docs/a b?.md"}
    flag = {**WORD, "name": "flag", "schema": {"type": "boolean"}}
    several = {**WORD, "name": "several", "schema": {"type": "array", "items": {"enum": ["a"]}}}
    spec = document(
        {
            "/files/{file}": {"get": {"operationId": "file", "parameters": [file], "responses": {}}},
            "/flags/{flag}/{several}": {"get": {"parameters": [flag, several], "responses": {}}},
            "/projects/{slug}": {"get": {"operationId": "project", "parameters": [WORD], "responses": {}}},
        }
    )
    source = write(spec, log='"GET /projects/group%2Fone 200\n"GET /files/a 200\n"GET /flags/a/b 200')
    assert 'SLUGS = ("group%2Fone",)' in source
    source = write(spec)
    assert 'FILES = ("docs%2Fa b%3F.md",)' in source
    assert 'flag = "true"' in source
    assert 'several = "a"' in source


@pytest.mark.parametrize(
    ("kind", "body", "sent"),
    [
        ("*/*", {"const": 1}, "json=1"),
        ("text/csv", {}, 'data="a,b", headers={"Content-Type": "text/csv"}'),
    ],
)
def test_bodies_of_other_types(write: Write, kind: str, body: Any, sent: str) -> None:
    example = {} if body else {"example": "a,b"}
    source = write(document({"/a": {"post": {"requestBody": taken(body, kind, **example), "responses": {}}}}), writes=True)
    assert sent in " ".join(source.split())


def test_names_in_latin_letters_with_marks(write: Write) -> None:
    source = write(document({"/a": {"get": {"operationId": "mostrarAños", "responses": {}}}}, info={"title": "Café"}))
    assert "class CafeUser(HttpUser):" in source
    assert "def mostrar_anos(self)" in source


def test_a_list_elsewhere_of_the_same_objects(write: Write) -> None:
    item = {"$ref": "#/components/schemas/Item"}
    show = {"get": {**SHOW["get"], "responses": answered(item)}}
    spec = document(
        {"/item/{item_id}": show, "/find": {"get": {"responses": answered({"type": "array", "items": item})}}},
        components={"schemas": {"Item": ITEM}},
    )
    assert 'self.item_ids = [item["id"] for item in response.json()]' in write(spec)


TICKET = {"type": "object", "properties": {"id": {"type": "string"}}, "title": "Ticket"}
TICKETS = {"schemas": {"Ticket": TICKET}}
A_TICKET = {"$ref": "#/components/schemas/Ticket"}
KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
ID = {**KEY, "name": "ticket_id"}
WORDS = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
PROJECTS = {"get": {"responses": answered({"type": "array", "items": {"properties": {"key": {"type": "string"}}}})}}
PAGE = {"type": "object", "properties": {"total": {"type": "integer"}, "items": {"type": "array", "items": A_TICKET}}}
SHOW_TICKET = {"get": {"operationId": "show_ticket", "parameters": [ID], "responses": answered(A_TICKET)}}
SEARCH = {"get": {"operationId": "search", "parameters": [WORDS], "responses": answered(PAGE)}}


def below(parameter: Any, answer: Any, name: str) -> dict[str, Any]:
    return {"operationId": name, "parameters": [parameter], "responses": answered(answer)}


def test_a_list_below_another_of_what_stands_by_itself_comes_before_a_search(write: Write) -> None:
    paths = {"/tickets/{ticket_id}": SHOW_TICKET, "/search": SEARCH, "/projects": PROJECTS}
    listing = {"get": below(KEY, PAGE, "tickets"), "post": below(KEY, A_TICKET, "open_ticket")}
    delete = {"delete": {"operationId": "delete", "parameters": [ID], "responses": {}}}
    nested = {**paths, "/projects/{key}/tickets": listing, "/tickets/{ticket_id}": {**SHOW_TICKET, **delete}}
    source = write(document(nested, components=TICKETS), writes=True)
    assert 'self.ticket_ids = [ticket["id"] for ticket in response.json()["items"]]' in source
    assert "            self.tickets()\n            return\n        ticket_id = random.choice(self.ticket_ids)" in source
    assert 'self.my_ticket_ids.append(response.json()["id"])' in source
    assert "ticket_id = self.my_ticket_ids.pop(0)" in source
    # Better than nothing, where there is nothing else; an access log is something else.
    alone = document(paths, components=TICKETS)
    assert "            self.search()\n            return\n        ticket_id" in write(alone)
    assert 'TICKET_IDS = ("t7",)' in write(alone, log="GET /tickets/t7 200\nGET /search?q=a 200\n")


def test_what_is_only_listed_below_each_other_is_not_waited_for(write: Write) -> None:
    tickets = {"/tickets/{ticket_id}": SHOW_TICKET, "/projects/{key}/tickets": {"get": below(KEY, PAGE, "tickets")}}
    project = {"type": "object", "properties": {"key": {"type": "string"}}}
    projects = {
        "/projects/{key}": {"get": below(KEY, project, "project")},
        "/tickets/{ticket_id}/projects": {"get": below(ID, {"type": "array", "items": project}, "projects")},
    }
    source = write(document(tickets | projects | {"/": {"get": {"responses": {}}}}, components=TICKETS))
    assert "def show_ticket" not in source
    assert "nothing tells which values {ticket_id} may have" in source


def test_names_that_are_words_of_python(write: Write) -> None:
    number = {**NUMBER, "name": "a"}
    listing = {"get": {"responses": answered({"type": "array", "items": {"properties": {"a": {"type": "integer"}}}})}}
    source = write(document({"/classes": listing, "/classes/{a}": {"get": {"parameters": [number], "responses": {}}}}))
    assert 'self.as_ = [one["a"] for one in response.json()]' in source


def test_ids_of_what_is_nested_go_with_those_above(write: Write) -> None:
    nested = {"get": {"operationId": "show_review", "parameters": [NUMBER, WORD], "responses": answered(ITEM)}}
    reviews = {"type": "array", "items": {"properties": {"slug": {"type": "string"}}}}
    spec = document(
        {
            "/items": LIST,
            "/items/{item_id}/reviews": {
                "get": {"operationId": "list_reviews", "parameters": [NUMBER], "responses": answered(reviews)}
            },
            "/items/{item_id}/reviews/{slug}": nested,
        }
    )
    source = write(spec)
    assert "self.slugs: list[tuple[int, str]] = []" in source
    assert 'self.slugs = [(item_id, review["slug"]) for review in response.json()]' in source
    assert "item_id, slug = random.choice(self.slugs)" in source


def test_what_is_changed_and_deleted_is_what_the_scenario_has_made(write: Write) -> None:
    change = {"operationId": "change", "parameters": [NUMBER], "requestBody": taken(ITEM), "responses": {}}
    delete = {"operationId": "delete", "parameters": [NUMBER], "responses": {}}
    spec = document({"/items": {**LIST, **ADD}, "/items/{item_id}": {**SHOW, "put": change, "delete": delete}})
    source = write(spec, writes=True)
    assert 'self.my_item_ids.append(response.json()["id"])' in source
    assert "item_id = random.choice(self.my_item_ids)" in source
    assert "item_id = self.my_item_ids.pop(0)" in source
    assert "self.item_ids.remove(item_id)" in source


def test_nothing_is_deleted_that_the_scenario_has_not_made(write: Write) -> None:
    delete = {"delete": {"operationId": "delete_item", "parameters": [NUMBER], "responses": {}}}
    source = write(document({"/items": LIST, "/items/{item_id}": {**SHOW, **delete}}), writes=True)
    assert "delete_item" not in source
    assert "# - DELETE /items/{item_id}: nothing makes what it could delete." in source


UNTOLD: dict[str, Any] = answered({})


def test_ids_come_from_answers_of_which_nothing_is_told(write: Write) -> None:
    listing = {"get": {"operationId": "list_items", "responses": UNTOLD}, "post": {**ADD["post"], "responses": UNTOLD}}
    show = {
        "get": {**SHOW["get"], "responses": UNTOLD},
        "delete": {"operationId": "drop", "parameters": [NUMBER], "responses": UNTOLD},
    }
    source = write(document({"/items": listing, "/items/{item_id}": show}), writes=True)
    assert 'self.item_ids = values_of(response.json(), "item_id", "id")' in source
    assert 'self.my_item_ids += values_of(response.json(), "item_id", "id")[:1]' in source
    assert "item_id = self.my_item_ids.pop(0)" in source
    scope: dict[str, Any] = {}
    exec(source.partition("class ")[0], scope)
    for answer in (
        [{"id": 1}, {"id": 2}],
        {"items": [{"id": 1}, {"id": 2}]},
        {"n": 2, "page": {"rows": [{"item_id": 1}, {"id": 2}]}},
    ):
        assert scope["values_of"](answer, "item_id", "id") == [1, 2]
    assert scope["values_of"]({"id": 3, "lines": [{"id": 4}]}, "item_id", "id") == [3]
    assert scope["values_of"]("pong", "id") == scope["values_of"]({"ok": True}, "id") == []


@pytest.mark.parametrize("answer", [OBJECT, {"type": "array", "items": {}}, {"type": "array", "items": OBJECT}])
def test_ids_come_from_answers_of_which_no_property_is_told(write: Write, answer: Any) -> None:
    listing = {"get": {"operationId": "list_items", "responses": answered(answer)}}
    source = write(document({"/items": listing, "/items/{item_id}": SHOW}))
    assert 'self.item_ids = values_of(response.json(), "item_id", "id")' in source


def test_words_are_no_objects_that_may_have_an_id(write: Write) -> None:
    listing = {"get": {"responses": answered({"type": "array", "items": {"type": "number"}})}}
    assert "values_of" not in write(document({"/items": listing, "/items/{item_id}": SHOW}))


def test_ids_below_others_come_from_answers_of_which_nothing_is_told(write: Write) -> None:
    owner = {**NUMBER, "name": "owner_id"}
    listing = {"get": {"operationId": "list_items", "parameters": [owner], "responses": UNTOLD}}
    show = {"get": {"operationId": "show_item", "parameters": [owner, NUMBER], "responses": UNTOLD}}
    spec = document(
        {
            "/owners": {"get": {"responses": UNTOLD}},
            "/owners/{owner_id}/items": listing,
            "/owners/{owner_id}/items/{item_id}": show,
        }
    )
    source = write(spec)
    assert 'found = values_of(response.json(), "item_id", "id")\n' in source
    assert "self.item_ids = [(owner_id, one) for one in found]" in source


def test_what_a_log_has_is_surer_than_what_nothing_is_told_of(write: Write) -> None:
    spec = document(
        {
            "/items": {"get": {"responses": UNTOLD}},
            "/items/{item_id}": {"get": {"parameters": [NUMBER], "responses": UNTOLD}},
        }
    )
    log = '127.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /items/77 HTTP/1.1" 200 5\n'
    source = write(spec, log=log)
    assert "77" in source.partition("class ")[0]
    assert "values_of" not in source


KEYED = {"type": "apiKey", "in": "query", "name": "apikey"}
SIGN_IN = {"type": "object", "properties": {"username": {"type": "string"}, "password": {"type": "string"}}}


@pytest.mark.parametrize(
    ("method", "path", "why"),
    [
        ("delete", "/things", "it may delete what the scenario has not made"),
        ("delete", "/users/me", "it may delete what the scenario has not made"),
        ("post", "/things/bulk-delete", "it may delete what the scenario has not made"),
        ("post", "/cache/purge", "it may delete what the scenario has not made"),
        ("post", "/things/{slug}/remove", "by its name it deletes something"),
        ("get", "/delete-account", "it may delete what the scenario has not made"),
        ("delete", "/session", "it ends the session"),
        ("post", "/auth/sign-out", "it ends the session"),
        ("post", "/admin/shutdown", "by its name it ends the service"),
        ("put", "/users/me/password", "it may change what is logged in with"),
        ("patch", "/users/me", "it may change what is logged in with"),
    ],
)
def test_what_ends_more_than_the_scenario_began_is_left_alone(write: Write, method: str, path: str, why: str) -> None:
    login = {
        "post": {"operationId": "login", "requestBody": taken(SIGN_IN), "responses": answered({"properties": {"token": {}}})}
    }
    body = {"requestBody": taken(SIGN_IN)} if method in ("put", "patch") else {}
    spec = document({"/login": login, "/items": LIST, path: {method: {"responses": answered(ITEM), **body}}})
    source = write(spec, writes=True)
    assert set(weights(source)) == {"list_items"}
    assert f"# - {method.upper()} {path}: {why}." in source


def test_a_session_that_is_deleted_by_another_name_is_left_alone(write: Write) -> None:
    end = {"delete": {"operationId": "logOut", "responses": {}}}
    source = write(
        document({"/items": LIST, "/me/{device}/presence": {**end, "parameters": [{**WORD, "name": "device"}]}}), writes=True
    )
    assert "DELETE /me/{device}/presence: it ends the session." in source


def test_nothing_is_deleted_of_what_others_have_made(write: Write) -> None:
    clear = {"delete": {"operationId": "clear_notes", "parameters": [NUMBER], "responses": {}}}
    source = write(document({"/items": LIST, "/items/{item_id}": SHOW, "/items/{item_id}/notes": clear}), writes=True)
    assert "clear_notes" not in methods(source)
    source = write(
        document({"/items": {**LIST, **ADD}, "/items/{item_id}": SHOW, "/items/{item_id}/notes": clear}), writes=True
    )
    assert "item_id = self.my_item_ids.pop(0)" in ast.unparse(methods(source)["clear_notes"])


def test_a_key_in_the_address_is_in_no_name(write: Write) -> None:
    spec = document({"/items": LIST}, components={"securitySchemes": {"key": KEYED}}, security=[{"key": []}])
    source = write(spec)
    assert 'self.client.params["apikey"] = KEY' in source
    assert 'self.client.get("/items", name="/items")' in source


def test_a_stream_is_left_out(write: Write) -> None:
    events = {"get": {"responses": {"200": {"description": "", "content": {"text/event-stream": {}}}}}}
    source = write(document({"/items": LIST, "/events": events}))
    assert set(weights(source)) == {"list_items"}
    assert "# - GET /events: its answer is a stream, which may not end." in source


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"minimum": 100, "maximum": 500, "multipleOf": 100}, "range(100, 501, 100)"),
        ({"exclusiveMinimum": 3, "maximum": 5}, "range(4, 6)"),
        ({}, "range(1, 11)"),
    ],
)
def test_a_guess_keeps_to_the_bounds(write: Write, schema: dict[str, Any], values: str) -> None:
    number = {**NUMBER, "schema": {"type": "integer", **schema}}
    assert f"ITEM_IDS = {values}\n" in write(
        document({"/items/{item_id}": {"get": {"parameters": [number], "responses": {}}}})
    )


def test_no_variable_is_called_like_something_of_python(write: Write) -> None:
    kind = {**WORD, "name": "format", "schema": {"type": "string", "enum": ["csv", "pdf"]}}
    source = write(document({"/exports/{format}": {"get": {"parameters": [kind], "responses": {}}}}))
    assert 'export_format = random.choice(["csv", "pdf"])' in source


def test_one_of_several_that_may_be_joined_needs_no_joining(write: Write) -> None:
    kinds = {"type": "array", "items": {"enum": ["a", "b"]}}
    listed = {"name": "kinds", "in": "query", "required": True, "explode": False, "schema": kinds}
    assert "join(" not in write(document({"/items": {"get": {"parameters": [listed], "responses": {}}}}))


def test_what_is_added_to_does_not_use_up_what_it_is_added_to(write: Write) -> None:
    add = {"post": {"operationId": "add_task", "parameters": [NUMBER], "requestBody": taken(ITEM), "responses": {}}}
    source = write(
        document({"/lists": {**LIST, **ADD}, "/lists/{item_id}/tasks": add, "/lists/{item_id}": SHOW}), writes=True
    )
    assert "random.choice(" in ast.unparse(methods(source)["add_task"])
    assert 'self.item_ids = [one["id"] for one in response.json()]' in source


def test_a_number_is_guessed_and_said_to_be_and_a_word_is_not(write: Write) -> None:
    page = {"get": {"operationId": "page", "parameters": [WORD], "responses": {}}}
    source = write(document({"/items/{item_id}": SHOW, "/pages/{slug}": page}))
    assert "# A guess: the specification doesn't tell which there are.\nITEM_IDS = range(1, 11)" in source
    assert "# - GET /pages/{slug}: nothing tells which values {slug} may have." in source


def test_examples_of_parameters(write: Write) -> None:
    page = {"get": {"operationId": "page", "parameters": [{**WORD, "example": "about"}], "responses": {}}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}, "example": 5}
    listing = {"get": {**LIST["get"], "parameters": [limit]}}
    source = write(document({"/pages/{slug}": page, "/items": listing}))
    assert 'SLUGS = ("about",)' in source
    assert 'self.client.get("/items", params={"limit": 5}, name="/items")' in source


def test_a_body_refers_to_what_there_is(write: Write) -> None:
    order = {"required": ["itemId"], "properties": {"itemId": {"type": "integer"}}}
    ordering = {"post": {"operationId": "order", "requestBody": taken(order), "responses": {}}}
    source = write(document({"/items": LIST, "/items/{item_id}": SHOW, "/orders": ordering}), writes=True)
    assert 'json={"itemId": random.choice(self.item_ids)}' in source


def test_the_server_says_where(write: Write) -> None:
    spec = document(
        {"/items": LIST}, servers=[{"url": "https://{name}.example.com/v2/", "variables": {"name": {"default": "eu"}}}]
    )
    source = write(spec)
    assert 'host = "https://eu.example.com"' in source
    assert 'self.client.get("/v2/items")' in source
    elsewhere = write(spec, host="http://127.0.0.1:8000")
    assert 'host = "http://127.0.0.1:8000"' in elsewhere
    assert '"/v2/items"' in elsewhere
    assert '"/items"' in write(spec, host="http://127.0.0.1:8000/test")


def test_an_access_log_gives_the_mix_and_the_ids(write: Write) -> None:
    spec = document({"/items": LIST, "/items/{item_id}": SHOW, "/other": {"get": {"responses": {}}}})
    log = 'a - "GET /items/17?x=1 HTTP/1.1" 200\n' * 30 + 'a - "GET /items/99 HTTP/1.1" 404\n' + "GET /items 200\n" * 10
    assert weights(write(spec, log=log)) == {"list_items": 6, "show_item": 19}
    without_list = document({"/items/{item_id}": SHOW})
    assert "# As the access log has them.\nITEM_IDS = (17,)" in write(without_list, log=log)


def test_a_log_with_what_is_no_text(write: Write, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b'a - "GET /\xff\xfe HTTP/1.1" 404\na - "GET /items HTTP/1.1" 200\n')
    assert list(weights(write(document({"/items": LIST}), access_log=log))) == ["list_items"]


def test_what_fills_in_ids_is_there_without_being_a_task(write: Write) -> None:
    source = write(document({"/items": LIST, "/items/{item_id}": SHOW}), log="GET /items/1 200")
    assert weights(source) == {"show_item": 1}
    assert "list_items" in methods(source)


def test_names_that_mean_something_to_users_are_not_taken(write: Write) -> None:
    spec = document({"/wait": {"get": {"operationId": "wait", "responses": {}}}})
    assert list(weights(write(spec))) == ["wait_"]
    assert {name for name in dir(HttpUser) if not name.startswith("_")} <= RESERVED


@pytest.mark.parametrize("name", ["task", "between", "HttpUser", "str", "__init__"])
def test_no_operation_takes_the_name_of_what_the_scenario_uses(write: Write, name: str) -> None:
    paths = {f"/{path}": {"get": {"operationId": path, "responses": {}}} for path in (name, "after")}
    found: dict[str, Any] = {}
    exec(write(document(paths, info={"title": "HTTP"})), found)
    assert len(found["ApiUser"].tasks) > 1


def test_no_attribute_takes_the_name_of_a_method(write: Write) -> None:
    words = {"get": {"operationId": "tags", "responses": answered({"type": "array", "items": {"type": "string"}})}}
    word = {"get": {"parameters": [{**WORD, "name": "tag"}], "responses": {}}}
    source = write(document({"/tags": words, "/tags/{tag}": word}))
    assert "self.known_tags = response.json()" in source
    assert "    def tags(self)" in source


def test_what_has_no_name_in_latin_letters_is_named_by_what_it_does(write: Write) -> None:
    assert list(weights(write(document({"/items": {"get": {"operationId": "获取", "responses": {}}}})))) == ["get_items"]


def test_values_stand_in_a_query_as_their_style_has_it(write: Write) -> None:
    def taking(name: str, schema: Any, place: str = "query", **more: Any) -> dict[str, Any]:
        return {"name": name, "in": place, "required": True, "schema": schema, **more}

    numbers = {"type": "array", "items": {"type": "integer"}, "example": [1, 2]}
    words = {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2}
    state = {"properties": {"state": {"enum": ["open"]}, "old": {"type": "boolean"}}}
    parameters = [
        taking("each", numbers), taking("comma", numbers, explode=False), taking("pipe", words, style="pipeDelimited"),
        taking("filter", state, style="deepObject"), taking("on", {"type": "boolean"}),
        taking("X-On", {"type": "boolean"}, "header"),
        {"name": "json", "in": "query", "required": True, "content": {"application/json": {"schema": numbers}}},
        taking("X-Numbers", numbers, "header"), taking("Accept", WORD["schema"], "header"),
        taking("Content-Type", WORD["schema"], "header"), taking("Idempotency-Key", WORD["schema"], "header"),
    ]  # fmt: skip
    source = write(document({"/items": {"get": {"parameters": parameters, "responses": {}}}}))
    for line in (
        '"each": [1, 2]', '"comma": "1,2"', '"pipe": "|".join([random.choice(["a", "b"]), random.choice(["a", "b"])])',
        '"filter[state]": "open"', '"filter[old]": "true"', '"on": "true"', '"json": json.dumps([1, 2])', '"X-On": "true"',
        '"X-Numbers": "1,2"', '"Idempotency-Key": str(uuid.uuid4())',
    ):  # fmt: skip
        assert line in " ".join(source.split()).replace("[ ", "[").replace(", ]", "]").replace("( ", "(").replace(", )", ")")
    assert "Accept" not in source
    assert "Content-Type" not in source


def test_a_file_is_sent_in_parts(write: Write) -> None:
    form = {
        "required": ["file", "title"],
        "properties": {"file": {"type": "string", "format": "binary"}, "title": {"type": "string"}},
    }
    spec = document({"/files": {"post": {"requestBody": taken(form, "multipart/form-data"), "responses": {}}}})
    source = write(spec, writes=True)
    assert 'files=[("file", ("sample.txt", b"Written under load.\\n", "text/plain"))]' in source
    fields = {"properties": {"title": {"type": "string"}, "stars": {"type": "integer", "default": 5}}}
    spec = document({"/stars": {"post": {"requestBody": taken(fields, "multipart/form-data"), "responses": {}}}})
    assert 'files={"title": (None, f"Title {uuid.uuid4().hex[:8]}"), "stars": (None, "5")}' in " ".join(
        write(spec, writes=True).split()
    ).replace("{ ", "{").replace(", }", "}")


def test_what_is_no_text_in_a_form(write: Write) -> None:
    fields = {
        "properties": {
            "on": {"type": "boolean", "example": True},
            "card": {"properties": {"number": {"example": "4242"}}, "example": {}},
            "tags": {"type": "array", "items": {"type": "string"}, "example": ["a", "b"]},
        }
    }

    def sent(kind: str) -> str:
        spec = document({"/pay": {"post": {"requestBody": taken(fields, kind), "responses": {}}}})
        return " ".join(write(spec, writes=True).split())

    assert 'data={"on": "true", "card[number]": "4242", "tags": ["a", "b"]}' in sent("application/x-www-form-urlencoded")
    parts = sent("multipart/form-data")
    for part in ('("on", (None, "true"))', '("card", (None, json.dumps({"number": "4242"})))', '("tags", (None, "b"))'):
        assert part in parts


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("api.example.com/v2", "https://api.example.com", "/v2/items"),
        ("localhost:8080", "http://localhost:8080", "/items"),
        ("v2", "", "/v2/items"),
        ("https://{region}.example.com/v2", "", "/v2/items"),
    ],
)
def test_servers_as_people_write_them(write: Write, url: str, host: str, path: str) -> None:
    source = write(document({"/items": LIST}, servers=[{"url": url}]))
    assert f'self.client.get("{path}")' in source
    assert f'host = "{host}"' in source if host else "host = " not in source


def test_an_operation_with_a_server_of_its_own(write: Write) -> None:
    elsewhere = {"servers": [{"url": "https://files.example.com/"}], "get": {"responses": {}}}
    beside = {"get": {"servers": [{"url": "/v3"}], "responses": {}}}
    paths = {"/items": LIST, "/files": elsewhere, "/beside": beside}
    source = write(document(paths, servers=[{"url": "https://shop.example.com/v2"}]))
    assert 'self.client.get("/v2/items")' in source
    assert 'self.client.get("/v3/beside")' in source
    assert "# - GET /files: it is another service's, https://files.example.com." in source


def test_what_other_files_say_is_told_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    elsewhere = {"$ref": "./paths/items.yaml"}
    path.write_text(json.dumps(document({"/items": elsewhere, "/others": LIST})))
    notes = scaffold.from_specification(str(path), file="locustfile.py").notes
    assert notes[-1] == "what ./paths/items.yaml says isn't known: join the files, with 'redocly bundle' for one"
    path.write_text(json.dumps(document({"/items": elsewhere})))
    with pytest.raises(UsageError, match="no operation that can be asked for") as caught:
        scaffold.from_specification(str(path), file="locustfile.py")
    assert "redocly bundle" in caught.value.hint


@pytest.mark.parametrize("text", ["\ud800", "\u202e", "\u2066", "\ufeff", "\u200b"])
def test_text_that_can_not_be_seen_is_not_written(write: Write, text: str) -> None:
    shown = {"get": {"summary": f"One{text} of many", "responses": {}}}
    lost = {"get": {"parameters": [{**WORD, "name": f"a{text}"}], "responses": {}}}
    source = write(document({"/items": shown, f"/lost/{{a{text}}}": lost}, info={"title": f"Shop{text}"}))
    assert text not in source
    assert "One of many." in source


def test_numbers_without_an_end(write: Write, tmp_path: Path) -> None:
    def asking(**schema: Any) -> dict[str, Any]:
        number = {"name": "q", "in": "query", "required": True, "schema": {"type": "number", **schema}}
        return document({"/items": {"get": {"parameters": [number], "responses": {}}}})

    assert 'float("inf")' in write(asking(example=float("inf")))
    with pytest.raises(UsageError, match="is not what OpenAPI asks for: OverflowError"):
        write(asking(minimum=float("inf")))


@pytest.mark.parametrize("file", ['a""".py', "C:\\new\\users.py"])
def test_the_name_of_the_file_is_no_code(write: Write, tmp_path: Path, file: str) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(document({"/items": LIST})))
    compile(scaffold.from_specification(str(tmp_path / "spec.json"), file=file).source, "", "exec")
    compile(scaffold.to_begin_with(file=file).source, "", "exec")


def test_what_has_to_be_very_long(write: Write) -> None:
    def sending(schema: Any) -> str:
        return write(document({"/a": {"post": {"requestBody": taken(schema), "responses": {}}}, "/b": LIST}), writes=True)

    assert 'json="x" * 500' in sending({"type": "string", "minLength": 500})
    assert "a list has to have 9000000 elements" in sending({"type": "array", "minItems": 9_000_000})
    assert "no text is known that matches" in sending({"type": "string", "pattern": "^([a-z]{9000}){9000}$"})


WORDS = st.text(max_size=12) | st.sampled_from(
    ['"""', "\\", "'", '"', "{", "}", "\n", "\r", "a\nimport os", "# x", "{x}", "}{"]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(WORDS, WORDS, WORDS, WORDS, WORDS)
def test_nothing_in_a_document_becomes_code(
    tmp_path: Path, title: str, path: str, name: str, text: str, pattern: str
) -> None:
    schema = {
        "required": [name],
        "properties": {name: {"type": "string", "example": text}, text: {"type": "string", "pattern": pattern}},
    }
    parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string", "example": text}}
    secret = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    operation = {
        "summary": text, "operationId": title, "parameters": [parameter, secret],
        "requestBody": taken(schema, example={name: text}), "responses": answered({"type": "array", "items": schema}),
    }  # fmt: skip
    key = {"type": "apiKey", "in": "header", "name": name}
    paths = {"/always": LIST, f"/{path}/{{{name}}}": {"post": operation, "get": operation}, f"/{path}": {"get": operation}}
    spec = document(paths)
    spec |= {"info": {"title": title}, "components": {"securitySchemes": {text: key}}, "security": [{text: []}]}
    spec["servers"] = [{"url": f"https://{''.join(c for c in title if c.isalnum() and c.isascii())}.example.com"}]
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(spec))
    for writes in (False, True):
        tree = ast.parse(scaffold.from_specification(str(file), file="locustfile.py", writes=writes).source)
        imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        assert imported <= {"os", "random", "string", "uuid"}
        assert all(
            isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.Assign, ast.Expr))
            for node in tree.body
        )
