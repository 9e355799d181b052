"""A scenario is loaded, or one sentence says why not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from loadcell.compat import modules
from loadcell.compat.loading import chosen_classes, load_module, require_tasks, settle_host
from loadcell.errors import ScenarioError
from loadcell.scenario import HttpUser, User, task


@pytest.fixture(autouse=True)
def _untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        del sys.modules[name]


def write(folder: Path, text: str, name: str = "shop_scenario.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_a_file_is_a_module_of_its_name_with_its_folder_on_the_path(tmp_path: Path) -> None:
    write(tmp_path, "PRICE = 5", "prices_beside_it.py")
    module = load_module(write(tmp_path, "from prices_beside_it import PRICE\nassert __name__ == 'shop_scenario'"))
    assert module.PRICE == 5
    assert sys.modules["shop_scenario"] is module


def test_a_file_called_locust_does_not_stand_in_the_way_of_locust(tmp_path: Path) -> None:
    text = "from locust import User\nfrom locust.env import Environment\nclass Shopper(User): ..."
    modules.install()
    module = load_module(write(tmp_path, text, "locust.py"))
    assert module.Shopper.fullname() == "locustfile.Shopper"
    # Nor of the next one.
    assert load_module(write(tmp_path, text)).Shopper.fullname() == "shop_scenario.Shopper"


def test_the_ending_may_be_left_out(tmp_path: Path) -> None:
    write(tmp_path, "PRICE = 6")
    assert load_module(str(tmp_path / "shop_scenario")).PRICE == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def broken(:\n    pass", "line 1: invalid syntax"),
        ("\n\nimport no_such_module_anywhere", "line 3: there is no module named 'no_such_module_anywhere'"),
        ("\nfrom locust import NoSuchThing", "line 2: Loadcell does not have locust.NoSuchThing yet"),
        ("import locust.no_such_part", "line 1: Loadcell does not have locust.no_such_part yet"),
        ("def f():\n    return 1 / 0\n\nf()", "line 2: ZeroDivisionError: division by zero"),
        ("import os\nos.environ['NO_SUCH_VARIABLE']", "line 2: the environment has no NO_SUCH_VARIABLE."),
        ("{}['a']", "line 1: KeyError: 'a'"),
    ],
)
def test_a_file_that_can_not_be_loaded(tmp_path: Path, text: str, said: str) -> None:
    modules.install()
    with pytest.raises(ScenarioError) as caught:
        load_module(write(tmp_path, text))
    assert said in caught.value.message
    assert "shop_scenario.py" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "said"), [("missing.py", "There is no file"), (".", "is a folder"), ("a.txt", "no Python file")]
)
def test_what_is_no_scenario(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(ScenarioError, match=said):
        load_module(str(tmp_path / name))


class Shopper(HttpUser):
    @task
    def shop(self) -> None:
        """Nothing."""


class Rare(User):
    weight = 0


class Admin(User):
    weight = 0
    fixed_count = 1


def module_of(*classes: type[User]) -> ModuleType:
    module = ModuleType("shop_scenario")
    for cls in classes:
        setattr(module, cls.__name__, cls)
    return module


def test_all_classes_that_can_get_users_run() -> None:
    assert list(chosen_classes(module_of(Shopper, Rare, Admin, HttpUser), [], "shop.py")) == ["Shopper", "Admin"]


def test_named_classes_run_alone() -> None:
    assert list(chosen_classes(module_of(Shopper, Admin), ["Admin"], "shop.py")) == ["Admin"]


def test_nothing_to_run() -> None:
    with pytest.raises(ScenarioError, match=r"shop.py has no user class\."):
        chosen_classes(module_of(HttpUser), [], "shop.py")
    with pytest.raises(ScenarioError, match="no user class Typo") as caught:
        chosen_classes(module_of(Shopper, Admin), ["Typo"], "shop.py")
    assert "Admin, Shopper" in caught.value.hint
    with pytest.raises(ScenarioError, match="weight or fixed_count above 0"):
        chosen_classes(module_of(Rare), [], "shop.py")


def test_the_host_of_the_command_line_is_that_of_all_classes() -> None:
    class Own(Shopper):
        host = "http://127.0.0.1:1"

    class Without(Shopper):
        pass

    assert settle_host([Own], None) == "http://127.0.0.1:1"
    assert settle_host([Own, Without], "http://127.0.0.1:2") == "http://127.0.0.1:2"
    assert (Own.host, Without.host) == ("http://127.0.0.1:2",) * 2


def test_who_sends_requests_needs_a_host() -> None:
    assert settle_host([Admin], None) == ""
    with pytest.raises(ScenarioError, match="no host to send the requests of Shopper to"):
        settle_host([Shopper], None)


def test_a_host_that_is_none() -> None:
    class Wrong(Shopper):
        host = "http://"

    with pytest.raises(ScenarioError, match="host of Wrong can't be used"):
        settle_host([Wrong], None)


def test_a_folder_is_no_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (".", str(tmp_path)):
        with pytest.raises(ScenarioError, match="is a folder"):
            load_module(folder)


def test_users_without_anything_to_do_are_refused() -> None:
    class Idle(User):
        pass

    class MakesItsOwn(User):
        def on_start(self) -> None:
            self.tasks = [print]

    class Busy(User):
        @task
        def work(self) -> None:
            pass

    with pytest.raises(ScenarioError, match="no task for Idle"):
        require_tasks({"Idle": Idle}, "locustfile.py")
    require_tasks({"Idle": Idle, "Busy": Busy}, "locustfile.py")
    require_tasks({"MakesItsOwn": MakesItsOwn}, "locustfile.py")
