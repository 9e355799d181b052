"""`loadcell init` as a newcomer meets it: what is written, what is said, and what mistakes lead to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from loadcell.cli.main import main
from loadcell.scaffold import sources

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell

PATHS = {"/items": {"get": {"operationId": "list_items", "responses": {}}}}
SPEC = {"openapi": "3.1.0", "info": {"title": "Shop"}, "paths": PATHS}
APP = """
from fastapi import FastAPI
print("imported")
app = FastAPI(title="Shop", servers=[{"url": "https://shop.example.com/v1"}])
number = 7

@app.get("/items")
def list_items() -> list[int]:
    return []

def make():
    return app
"""
ANSWERS = {
    "/openapi.json": (200, json.dumps(SPEC)),
    "/page": (200, "<!doctype html><html></html>"),
    "/text": (200, "not: [yaml"),
    "/missing": (404, "{}"),
}


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, text = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server with a specification, and with what is none."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that commands are given in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is said to a command line that can't be carried out: one sentence, and what to do."""
    assert main(["init", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert captured.err.startswith("error: ")
    assert len(captured.err.splitlines()) <= 2, captured.err
    return captured.err


def test_the_scenario_to_begin_with_runs_at_once(shell: Shell, target: str) -> None:
    written = shell.run("init", "-H", target)
    assert (written.code, written.out) == (0, "")
    assert written.err == "locustfile.py: a scenario to begin with\nNext: loadcell -f locustfile.py\n"
    assert (shell.folder / "locustfile.py").read_text().count("# ") > 10
    before = shell.truth(target)
    shell.run("run", "-t", "1s")
    assert shell.truth(target) != before


def test_the_specification_of_an_application_is_asked_in_another_process(shell: Shell) -> None:
    shell.write("main.py", APP)
    done = shell.run("init", "--openapi", "main:app", "-o", "-")
    assert done.code == 0, done.err
    assert "class ShopUser(HttpUser):" in done.out
    assert "Run it with: loadcell -f locustfile.py --app main:app" in done.out
    assert "imported" not in done.out
    assert done.err == ""


def test_what_is_there_is_not_overwritten(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "locustfile.py").write_text("mine")
    assert "locustfile.py is there already." in refused(capsys)
    assert (folder / "locustfile.py").read_text() == "mine"
    assert main(["init", "--force"]) == 0
    assert "HttpUser" in (folder / "locustfile.py").read_text()


def test_a_url_is_fetched_and_says_where_the_service_is(folder: Path, url: str) -> None:
    assert main(["init", "--openapi", f"{url}/openapi.json", "-o", "one.py"]) == 0
    assert main(["init", "--openapi", url, "-o", "other.py"]) == 0
    for name in ("one.py", "other.py"):
        assert f'host = "{url}"' in (folder / name).read_text()


def test_credentials_are_told(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    schemes = {"its": {"type": "http", "scheme": "basic"}}
    spec = {**SPEC, "components": {"securitySchemes": schemes}, "security": [{"its": []}]}
    (folder / "spec.json").write_text(json.dumps(spec))
    assert main(["init", "--openapi", "spec.json"]) == 0
    assert "Next: API_USERNAME=… API_PASSWORD=… loadcell -f locustfile.py -H URL" in capsys.readouterr().err


def test_what_is_written_of_an_application_runs_as_it_is_told_to(shell: Shell) -> None:
    shell.write("main.py", APP)
    told = shell.run("init", "--openapi", "main:app").err.splitlines()[-1]
    assert told == "Next: loadcell -f locustfile.py --app main:app"
    done = shell.run("run", *told.split()[2:], "-t", "1s")
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--openapi", "nowhere.json"], "There is no file nowhere.json."),
        (["--openapi", "."], ". can't be read: Is a directory."),
        (["--openapi", "binary"], "binary is not text."),
        (["--openapi", "broken.json"], "broken.json is broken JSON: "),
        (["--openapi", "broken.yaml"], "broken.yaml is neither JSON nor YAML: "),
        (["--openapi", "wrong.json"], "wrong.json is not what OpenAPI asks for: "),
        (["--openapi", "http://127.0.0.1:1/openapi.json"], "http://127.0.0.1:1/openapi.json doesn't answer: "),
        (["--openapi", "http://"], "http:// names no host.\n"),
        (["--openapi", " "], "--openapi is empty."),
        (["--openapi", "127.0.0.1:8000/openapi.json"], "An address begins with http:// or https://."),
        (["--openapi", "nowhere:app"], "nowhere can't be imported: ModuleNotFoundError: No module named 'nowhere'"),
        (["--openapi", "broken:app"], "broken can't be imported: ZeroDivisionError: division by zero ("),
        (["--openapi", "leaving:app"], "leaving can't be imported: SystemExit: 3"),
        (["--openapi", "dying:app"], "dying:app ends its interpreter while it is imported: "),
        (["--openapi", "main:nothing"], "main has no nothing."),
        (["--openapi", "main:number"], "main:number is int, without openapi(): not a FastAPI application."),
        (["--openapi", "main:app", "--app-python", "/nowhere"], "/nowhere can't be started: No such file or directory."),
        (["--har", "nowhere.har"], "There is no file nowhere.har."),
        (["--har", "broken.json"], "broken.json is broken: a HAR is JSON, and this is not: "),
        (["--har", "spec.json"], "spec.json is not a HAR: it has no log.entries."),
        (["--openapi", "spec.json", "--access-log", "nowhere.log"], "There is no file nowhere.log."),
        (["--openapi", "spec.json", "--access-log", "main.py"], "main.py has no line with a request."),
        (["--openapi", "spec.json", "--access-log", "other.log"], "None of the 1 requests in other.log is for a path"),
        (["--openapi", "spec.json", "--har", "a.har"], "--openapi and --har can't go into one scenario."),
        (["--access-log", "other.log"], "--access-log needs --openapi."),
        (["--har", "a.har", "--writes"], "--writes needs --openapi."),
        (["-H", "localhost:8000"], "--host 'localhost:8000' has no scheme: write http://localhost:8000"),
        (["-o", "main.py/x.py"], "-o 'main.py/x.py' can't be written: "),
        (["-o", "."], "-o '.' is a folder: name a file."),
        (["--opnapi", "x"], "unrecognized arguments: --opnapi x"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], folder: Path, words: list[str], message: str) -> None:
    files = {
        "broken.json": '{"openapi": ', "broken.yaml": "openapi: [", "main.py": APP, "spec.json": json.dumps(SPEC),
        "broken.py": "1 / 0", "leaving.py": "raise SystemExit(3)", "dying.py": "import os; os._exit(1)",
        "other.log": "GET /nowhere 200\n", "wrong.json": '{"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": 7}}}}',
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    assert message in refused(capsys, *words)
    assert not (folder / "locustfile.py").exists()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/page", "/page is a web page, not a specification."),
        ("/text", "/text is neither JSON nor YAML: "),
        ("/missing", "/missing answers 404 Not Found."),
    ],
)
def test_urls_that_answer_something_else(
    capsys: pytest.CaptureFixture[str], folder: Path, url: str, path: str, message: str
) -> None:
    assert message in refused(capsys, "--openapi", f"{url}{path}")


def test_what_is_too_large_is_not_read(
    capsys: pytest.CaptureFixture[str], folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LARGEST", 10)
    (folder / "spec.json").write_text(json.dumps(SPEC))
    assert "spec.json is larger than 0 MB." in refused(capsys, "--openapi", "spec.json")
    assert "/openapi.json answers more than 0 MB." in refused(capsys, "--openapi", url)


def test_a_service_that_does_not_answer_is_not_waited_for(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = refused(capsys, "--openapi", f"http://127.0.0.1:{silent.getsockname()[1]}/openapi.json")
    assert "doesn't answer: timed out." in message


def test_a_password_in_a_url_is_not_repeated(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert "secret" not in refused(capsys, "--openapi", "http://anna:secret@127.0.0.1:1/openapi.json")
