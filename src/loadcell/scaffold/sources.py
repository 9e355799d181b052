"""Where a specification comes from: a URL, a file, or an application that is asked in an interpreter of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadcell.errors import UsageError
from loadcell.scaffold import parsing
from loadcell.text import masked, one_line

LARGEST = 32 * 1024 * 1024
"""Bytes of the largest document that is read."""
_PATIENCE_S = 15.0
_IMPORT_PATIENCE_S = 60.0
_APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")
_ADDRESS = re.compile(r"\w+://|localhost\b|[\w.-]+:\d+(/|$)", re.IGNORECASE)
_ASK = """
import importlib, json, os, sys, traceback
answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.path.insert(0, os.getcwd())
module, _, attribute = sys.argv[1].partition(":")
def told(error):
    frames = traceback.extract_tb(error.__traceback__)
    places = [f" ({frame.filename}, line {frame.lineno})" for frame in frames if os.path.exists(frame.filename)]
    return f"{type(error).__name__}: {error}{places[-1] if places else ''}"
def ask():
    try:
        app = importlib.import_module(module)
    except BaseException as error:
        return {"error": f"{module} can't be imported: {told(error)}"}
    for name in attribute.removesuffix("()").split("."):
        if not hasattr(app, name):
            return {"error": f"{module} has no {attribute}."}
        app = getattr(app, name)
    try:
        app = app() if attribute.endswith("()") else app
        if not callable(getattr(app, "openapi", None)):
            return {"error": f"{sys.argv[1]} is {type(app).__name__}, without openapi(): not a FastAPI application."}
        return {"document": app.openapi()}
    except BaseException as error:
        return {"error": f"{sys.argv[1]} can't say its specification: {told(error)}"}
json.dump(ask(), answer, default=str)
answer.close()
"""
"""Run by the application's own interpreter; what the application prints goes to stderr."""


def load(named: str, python: str = sys.executable) -> tuple[dict[str, Any], str]:
    """The document that is named, and the URL it came from, if it came from one. UsageError where there is none."""
    if named.lower().startswith(("http://", "https://")):
        if not urlsplit(named).netloc:
            raise UsageError(f"{named} names no host.", "Write it as http://127.0.0.1:8000.")
        # FastAPI's own place for it, where only the service is named.
        url = named if urlsplit(named).path.strip("/") else f"{named.rstrip('/')}/openapi.json"
        return parsing.parse(_fetched(url), masked(url)), url
    if is_application(named):
        return parsing.parse(json.dumps(_asked(named, python)), named), ""
    address = "An address begins with http:// or https://." if _ADDRESS.match(named) else ""
    hint = address or "Name a file that exists; an application is named as module:app."
    return parsing.parse(read_file(Path(named).expanduser(), hint=hint), named), ""


def is_application(named: str) -> bool:
    """Whether this is `module:app`, and neither a file nor a URL."""
    return _APPLICATION.fullmatch(named) is not None and not Path(named).exists()


def read_file(path: Path, errors: str = "strict", hint: str = "Name a file that exists.") -> str:
    """The text of a file; UsageError where it can't be read. What is no text in a log is a visitor's."""
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} is larger than {LARGEST // 2**20} MB.", "Name a smaller file, or a part of it.")
        return path.read_text(encoding="utf-8-sig", errors=errors)
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", hint) from None
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.", "Name a file that you may read.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text.", "Name a file in UTF-8.") from None


def _fetched(url: str) -> str:
    """What a URL answers; UsageError, which says why, if it is no document."""
    import httpx

    hint = "Is the service up, and is this where it shows its specification? FastAPI does at /openapi.json."
    deadline = time.monotonic() + _PATIENCE_S
    content = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=_PATIENCE_S) as answer:
            if answer.status_code >= 400:
                raise UsageError(f"{masked(url)} answers {answer.status_code} {answer.reason_phrase}.", hint)
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > LARGEST:
                    raise UsageError(f"{masked(url)} answers more than {LARGEST // 2**20} MB.", hint)
                if time.monotonic() > deadline:
                    raise UsageError(f"{masked(url)} takes longer than {_PATIENCE_S:g} s to answer.", hint)
            return content.decode(answer.encoding or "utf-8", "replace")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UsageError(
            f"{masked(url)} doesn't answer: {one_line(str(error)).rstrip('.') or type(error).__name__}.", hint
        ) from None


def _asked(application: str, python: str) -> Any:
    """The document of an application; UsageError, which says why, if it has none."""
    hint = "For app = FastAPI() in main.py that is main:app, in the folder of main.py; --app-python names its interpreter."
    try:
        done = subprocess.run(
            [python, "-c", _ASK, application],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_IMPORT_PATIENCE_S,
            check=False,
        )
    except OSError as error:
        raise UsageError(f"{python} can't be started: {error.strerror}.", "Name an interpreter with --app-python.") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{application} is not imported after {_IMPORT_PATIENCE_S:g} s.", hint) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        last = one_line((done.stderr.decode(errors="replace").strip().splitlines() or ["it wrote nothing"])[-1])
        raise UsageError(f"{application} ends its interpreter while it is imported: {last}.", hint) from None
    if "error" in answer:
        raise UsageError(one_line(answer["error"]), hint)
    return answer["document"]
