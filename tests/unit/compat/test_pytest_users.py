"""Test functions as users."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from loadcell.compat.pytest_users import pytest_users_of
from loadcell.errors import ScenarioError

FILE = """
import pytest

calls = []

@pytest.fixture
def basket(user):
    calls.append("open")
    yield [user.host]
    calls.append("close")

def test_{name}(basket):
    calls.append(basket)
    raise ConnectionError

@pytest.mark.parametrize("word", ["a", "b"])
def test_{name}_words(basket, word):
    calls.append(word)
"""


def load(folder: Path, name: str, text: str) -> ModuleType:
    path = folder / f"test_{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts functions in the place of what pytest itself would collect: there is one pytest in a process."""

    def put(module: ModuleType, names: list[str], **makers: Any) -> None:
        functions = [
            SimpleNamespace(name=name, obj=getattr(module, name), fixture_makers=makers, settled={}) for name in names
        ]
        monkeypatch.setattr("loadcell.compat.pytest_users._collected", lambda path: functions)

    return put


def test_a_file_without_test_functions_has_no_such_users(tmp_path):
    assert pytest_users_of(load(tmp_path, "none", "import os\nvalue = 3\n")) == {}


def test_a_function_becomes_a_user_class_that_calls_it(tmp_path, collected):
    module = load(tmp_path, "one", FILE.format(name="shop"))

    def basket(user):
        module.calls.append("open")
        yield [user.host]
        module.calls.append("close")

    collected(module, ["test_shop"], basket=basket)
    users = pytest_users_of(module)
    assert list(users) == ["test_shop"]
    cls: Any = users["test_shop"]
    assert cls.abstract is False
    cls.host = "http://shop"
    user = cls(SimpleNamespace())
    assert user.wait_time() == 0
    user.on_start()
    for task in 2 * user.tasks:
        task(user)  # The failed request was counted: its exception ends nothing.
    user.on_stop()
    assert module.calls == ["open", ["http://shop"], ["http://shop"], "close"]


def test_a_failed_assertion_is_left_to_the_user(tmp_path, collected):
    module = load(tmp_path, "two", "def test_wrong():\n    assert 1 == 2\n")
    collected(module, ["test_wrong"])
    user: Any = pytest_users_of(module)["test_wrong"](SimpleNamespace())
    user.on_start()
    with pytest.raises(AssertionError):
        user.tasks[0](user)


def test_pytest_collects_functions_fixtures_and_parameters(tmp_path):
    """In a process of its own, as a generator is."""
    (tmp_path / "test_shop.py").write_text(FILE.format(name="shop"))
    script = (
        "import test_shop; from loadcell.compat.pytest_users import pytest_users_of\n"
        "users = pytest_users_of(test_shop); print(sorted(users))\n"
        "cls = users['test_shop_words[b]']; user = cls(None); user.on_start(); user.call_all(); print(test_shop.calls)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines()[-2:] == [
        "['test_shop', 'test_shop_words[a]', 'test_shop_words[b]']",
        "['open', 'b']",
    ], done.stderr


def test_an_argument_that_nothing_makes_is_refused(tmp_path):
    (tmp_path / "test_shop.py").write_text("def test_shop(basket):\n    pass\n")
    script = (
        "import test_shop; from loadcell.compat.pytest_users import pytest_users_of\n"
        "try: pytest_users_of(test_shop)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert ScenarioError.__name__ in done.stdout
    assert "'basket' in test_shop" in done.stdout
