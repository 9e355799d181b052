"""What a file needs, read from its text."""

from __future__ import annotations

import pytest

from loadcell.nodes.imports import needs_of


def test_modules_are_found_wherever_they_are_imported() -> None:
    needs = needs_of(b"import a.b\nfrom c import d\ndef f():\n    import e\n")
    assert needs.modules == {"a.b", "c", "c.d", "e"}
    assert needs.required == {"a", "c"}


def test_a_relative_import_is_one_of_the_package() -> None:
    needs = needs_of(b"from . import x\nfrom .y import z\nfrom ..up import w\n", "pack.sub")
    assert needs.modules == {"pack.sub", "pack.sub.x", "pack.sub.y", "pack.sub.y.z", "pack.up", "pack.up.w"}
    assert needs.required == set()


@pytest.mark.parametrize(
    "source",
    [
        b"try:\n    import fast\nexcept ImportError:\n    pass\n",
        b"if TYPE_CHECKING:\n    import fast\n",
        b"def f():\n    import fast\n",
    ],
)
def test_what_the_file_can_be_loaded_without_is_not_required(source: bytes) -> None:
    needs = needs_of(source)
    assert needs.modules == {"fast"}
    assert needs.required == set()


@pytest.mark.parametrize(
    "source",
    [
        b"import os\nos.environ['TOKEN']",
        b"import os\nos.environ.get('TOKEN', 'x')",
        b"import os\nos.getenv('TOKEN')",
        b"from os import environ\nenviron['TOKEN']",
        b"from os import getenv\ngetenv('TOKEN')",
        b"parser.add_argument('--token', env_var='TOKEN')",
    ],
)
def test_variables_that_are_read_are_found(source: bytes) -> None:
    assert needs_of(source).variables == {"TOKEN"}


def test_a_dictionary_is_not_the_environment() -> None:
    assert needs_of(b"settings.get('TOKEN'); settings['TOKEN']").variables == set()


def test_strings_may_name_files() -> None:
    assert {"users.csv", "data/"} <= needs_of(b"open('users.csv'); open(f'data/{n}.csv')").texts


def test_of_what_is_no_python_nothing_is_known() -> None:
    assert needs_of(b"this is not python").modules == set()
