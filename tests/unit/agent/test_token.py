"""Tokens are kept in files that nobody else may read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loadcell.agent.token import is_shown, read_token
from loadcell.errors import UsageError

TOKEN = "0123456789abcdef"


def kept(folder: Path, content: bytes = TOKEN.encode() + b"\n", mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_token_is_read_without_its_line_end(tmp_path: Path) -> None:
    assert read_token(kept(tmp_path)) == TOKEN
    assert read_token(kept(tmp_path, mode=0o400)) == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777])
def test_a_file_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match=r"can be read by others") as refused:
        read_token(kept(tmp_path, mode=mode))
    assert refused.value.exit_code == 2
    assert refused.value.hint.startswith("Close it: chmod 600 ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is too short: it needs 16 characters"),
        (b"tiny\n", "is too short"),
        (b"two words that are long enough", "is no token"),
        ("schlüsselschlüssel".encode(), "is no token"),
        (b"x" * 2000, "is no token"),
        (b"0123456789abcdef\n0123456789abcdef\n", "is no token"),
    ],
)
def test_what_is_no_token_is_said_without_showing_it(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        read_token(kept(tmp_path, content))
    assert not content.strip() or content.decode().split()[0] not in str(refused.value)


def test_neither_pipes_nor_folders_nor_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match="is no file"):
        read_token(tmp_path / "pipe")
    with pytest.raises(UsageError, match="No such file"):
        read_token(tmp_path / "absent")
    with pytest.raises(UsageError, match="is no file"):
        read_token(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path)
    os.chown(path, 65534, 65534)
    with pytest.raises(UsageError, match="belongs to another user"):
        read_token(path)


def test_only_the_whole_token_opens() -> None:
    assert is_shown(TOKEN, f"Bearer {TOKEN}")
    for wrong in ("", "Bearer ", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN} ", "Bearer \xff\u20ac"):
        assert not is_shown(TOKEN, wrong)
