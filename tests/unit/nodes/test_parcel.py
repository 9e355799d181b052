"""What is packed for other machines, and that it is the same there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from loadcell.errors import UsageError
from loadcell.nodes import parcel
from loadcell.nodes.parcel import Parcel, encoded, pack, unpack


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(packed: Parcel, folder: Path) -> set[str]:
    return {str(Path(path).relative_to(folder)) for path in packed.files}


def test_all_of_the_scenarios_folder_is_packed_but_what_is_hidden_or_made(tmp_path: Path) -> None:
    write(tmp_path, locustfile_py="", data__users="anna")
    for name in (".git/config", ".env", "__pycache__/x.pyc", "node_modules/a.js", "env/pyvenv.cfg", "env/lib.py", "runs/1"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    packed = pack([tmp_path / "locustfile.py"], tmp_path, {}, leave_out=[tmp_path / "runs"])
    assert names(packed, tmp_path) == {"locustfile.py", "data/users"}


def test_what_is_imported_from_the_current_folder_is_packed_and_no_more(tmp_path: Path) -> None:
    write(
        tmp_path,
        load__locustfile_py="import shared.names\nimport single\nfrom locust import HttpUser\nimport requests, json",
        shared__names_py="from shared import deeper",
        shared__deeper_py="import third",
        single_py="",
        other_py="",
        third_py="",
    )
    packed = pack([tmp_path / "load" / "locustfile.py"], tmp_path, {})
    assert names(packed, tmp_path) == {
        "load/locustfile.py",
        "shared/names.py",
        "shared/deeper.py",
        "single.py",
        "third.py",
    }
    assert packed.packages == ["requests"]


def test_what_else_lies_in_the_folder_may_need_what_it_likes(tmp_path: Path) -> None:
    write(
        tmp_path,
        locustfile_py="from helpers import rows",
        other_py="import faker; import os; os.environ['OTHER']; open('../secret')",
        helpers____init___py="",
        helpers__rows_py="import pandas",
        helpers__unused_py="import numpy",
    )
    packed = pack([tmp_path / "locustfile.py"], tmp_path, {"OTHER": "x"})
    assert {"other.py", "helpers/rows.py", "helpers/unused.py"} <= names(packed, tmp_path)
    assert packed.packages == ["pandas"]
    assert packed.environment == {}


def test_files_that_are_named_are_packed(tmp_path: Path) -> None:
    write(
        tmp_path,
        project__load__locustfile_py="open('data/users.csv'); open('../bodies/one.json'); open('.env'); get('/'); get('..')",
        project__other="",
    )
    project = tmp_path / "project"
    for name in ("data/users.csv", "data/more.csv", "bodies/one.json", ".env"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("x")
    packed = pack([project / "load" / "locustfile.py"], project, {})
    assert names(packed, project) == {"load/locustfile.py", "data/users.csv", "bodies/one.json", ".env"}


def test_files_that_the_command_line_names_are_packed(tmp_path: Path) -> None:
    write(tmp_path, load__locustfile_py="", one="1", two="2", three="3")
    words = ["--users-from", "one", "--more=two", '{"a": 1}']
    packed = pack([tmp_path / "load" / "locustfile.py"], tmp_path, {}, words=words)
    assert names(packed, tmp_path) == {"load/locustfile.py", "one", "two"}


def test_only_the_variables_that_are_read_travel(tmp_path: Path) -> None:
    write(tmp_path, locustfile_py="import os; os.environ['TOKEN']; os.environ.get('UNSET')")
    packed = pack([tmp_path / "locustfile.py"], tmp_path, {"TOKEN": "t", "PASSWORD": "p"})
    assert packed.environment == {"TOKEN": "t"}


def test_too_much_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, locustfile_py="", big="x" * 2_000_000)
    monkeypatch.setattr(parcel, "MAX_BYTES", 1 << 20)
    with pytest.raises(UsageError, match=r"more than 1 MB in 10,000 files. The largest is '.*big', 1.9 MB"):
        pack([tmp_path / "locustfile.py"], tmp_path, {})


def test_there_all_is_where_it_was_to_one_another(tmp_path: Path) -> None:
    home, there = tmp_path / "home", tmp_path / "there"
    write(home, load__locustfile_py="open('data/x')", data__x="content")
    packed = pack([home / "load" / "locustfile.py"], home, {"A": "b"})
    unpacked = unpack(encoded(packed), there)
    assert unpacked.scenarios == [f"{there}{home}/load/locustfile.py"]
    assert unpacked.folder == f"{there}{home}"
    assert (Path(unpacked.folder) / "data" / "x").read_text() == "content"


@pytest.mark.parametrize("path", ["../../outside", "relative", "/a/../../b"])
def test_a_path_that_leads_out_is_refused(path: str, tmp_path: Path) -> None:
    body = msgspec.msgpack.encode(Parcel({path: b"x"}, [], "/work", {}, []))
    with pytest.raises(ValueError, match="a parcel holds the path"):
        unpack(body, tmp_path / "there")
    assert not any(tmp_path.rglob("*outside*"))
