"""Files in folders."""

from __future__ import annotations

from pathlib import Path


def get_abspaths_in(path: str, extension: str | None = None) -> list[str]:
    """The files in a folder and its subfolders that end in `extension` and whose names do not begin with _."""
    found = sorted(each for each in Path(path).rglob("*") if each.is_file() and not each.name.startswith("_"))
    return [str(each.absolute()) for each in found if extension is None or each.name.endswith(extension)]
