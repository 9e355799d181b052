"""What a scenario needs on another machine: its files and what they need, packed here and unpacked there.

Files keep their full paths, below a folder of the run's own: so what they are to one another, and to the current folder,
stays as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from loadcell.errors import UsageError
from loadcell.nodes.imports import Needs, needs_of

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 10_000
_SKIPPED = {"__pycache__", "node_modules", "site-packages"}
_OURS = {"loadcell", "locust"}


class Parcel(msgspec.Struct, frozen=True):
    """Files by their full paths, what to run, and where."""

    files: dict[str, bytes]
    scenarios: list[str]
    folder: str
    """The current folder."""
    environment: dict[str, str]
    """Variables that the files read, as far as they are set."""
    packages: list[str]
    """Modules that are imported and are not among the files, by the first part of their names."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Parcel)


def pack(
    scenarios: Sequence[Path],
    folder: Path,
    environment: Mapping[str, str],
    *,
    words: Iterable[str] = (),
    leave_out: Collection[Path] = (),
) -> Parcel:
    """All that these scenarios need when they are run in `folder`. UsageError if that is too much to be sent.

    All that lies in the folder of a scenario or below; modules that are imported from the current folder; files and folders
    that a string in any of these names, seen from there or from the current folder, and those that `words` name, which the
    scenario gets from the command line. Not what is hidden, unless it is named.
    """
    packing = _Packing(folder.resolve(), [path.resolve() for path in leave_out])
    for scenario in scenarios:
        packing.add_folder(scenario.resolve().parent)
        packing.read(scenario.resolve())
    for word in words:
        packing.add_named(word, [packing.folder])
        packing.add_named(word.partition("=")[2], [packing.folder])
    packing.follow([scenario.resolve().parent for scenario in scenarios])
    needs = packing.needs
    return Parcel(
        packing.files,
        [str(scenario.resolve()) for scenario in scenarios],
        str(folder.resolve()),
        {name: environment[name] for name in sorted(needs.variables) if name in environment},
        sorted(needs.required - packing.found - set(sys.stdlib_module_names) - _OURS),
    )


def encoded(parcel: Parcel) -> bytes:
    """The parcel as it is sent."""
    return _encoder.encode(parcel)


def unpack(body: bytes, into: Path) -> Parcel:
    """Write the files below `into`; returns the parcel with the paths that they have there. ValueError if it is broken."""
    parcel = _decoder.decode(body)
    root = into.resolve()

    def place(path: str) -> Path:
        there = root.joinpath(*Path(path).parts[1:])
        if not Path(path).is_absolute() or ".." in Path(path).parts:
            raise ValueError(f"a parcel holds the path {path}")
        return there

    for path, content in parcel.files.items():
        there = place(path)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(content)
    folder = place(parcel.folder)
    folder.mkdir(parents=True, exist_ok=True)
    scenarios = [str(place(path)) for path in parcel.scenarios]
    return msgspec.structs.replace(parcel, files={}, scenarios=scenarios, folder=str(folder))


class _Packing:
    def __init__(self, folder: Path, leave_out: list[Path]) -> None:
        self.files: dict[str, bytes] = {}
        self.needs = Needs()
        self.found: set[str] = set()
        """First parts of the names of modules that are among the files."""
        self.folder = folder
        self._leave_out = leave_out
        self._size = 0
        self._read: set[Path] = set()
        """Python files that the scenarios are made of: what else lies in their folders may need what it likes."""
        self._unread: list[Path] = []
        """Those of them whose needs were not looked at yet."""

    def add_file(self, path: Path) -> None:
        if str(path) in self.files:
            return
        try:
            size = path.stat().st_size
            if self._size + size > MAX_BYTES or len(self.files) == MAX_FILES:
                self._refuse(path, size)
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(
                f"'{path}' can't be sent to the cluster: {error.strerror}.", "Make it readable, or move it away."
            ) from error
        self.files[str(path)] = content
        self._size += len(content)

    def read(self, path: Path) -> None:
        """Add a Python file that is carried out, so that what it needs counts."""
        self.add_file(path)
        if path not in self._read:
            self._read.add(path)
            self._unread.append(path)

    def _refuse(self, path: Path, size: int) -> None:
        most = f"{MAX_BYTES >> 20} MB in {MAX_FILES:,} files"
        sizes = {str(path): size} | {name: len(content) for name, content in self.files.items()}
        largest = max(sizes, key=sizes.__getitem__)
        raise UsageError(
            f"What is beside the scenario is too much to be sent to the cluster: more than {most}."
            f" The largest is '{largest}', {sizes[largest] / (1 << 20):.1f} MB.",
            "Put the scenario and its data into a folder of their own.",
        )

    def add_folder(self, folder: Path) -> None:
        for path in _files_below(folder, self._leave_out):
            self.add_file(path)

    def follow(self, roots: Sequence[Path]) -> None:
        """Look through the Python files, and add what they need, until nothing new comes up."""
        places = list(dict.fromkeys([*roots, self.folder]))
        while self._unread:
            path = self._unread.pop()
            needs = needs_of(self.files[str(path)], _package_of(path, places))
            self.needs.add(needs)
            for module in needs.modules:
                self._add_module(module, places)
            for text in needs.texts:
                self.add_named(text, (path.parent, self.folder))

    def _add_module(self, module: str, places: Sequence[Path]) -> None:
        parts = module.split(".")
        first = parts[0]
        if first in _OURS:
            return
        for place in places:
            package = place / first
            if package.is_dir() and any(package.rglob("*.py")):
                self.found.add(first)
                self.add_folder(package)
            elif package.with_suffix(".py").is_file():
                self.found.add(first)
            for path in (place.joinpath(*parts[:n]) for n in range(1, len(parts) + 1)):
                for file in (path / "__init__.py", path.with_suffix(".py")):
                    if file.is_file():
                        self.read(file)

    def add_named(self, text: str, places: Sequence[Path]) -> None:
        named = Path(text)
        if named.is_absolute() or not named.name.strip("."):
            return
        for place in places:
            try:
                there = (place / named).resolve()
                if there.is_file():
                    self.add_file(there)
                elif there.is_dir() and there not in (place, *place.parents):
                    self.add_folder(there)
            except OSError:  # A text that no file system takes for a name.
                continue


def _files_below(folder: Path, leave_out: Collection[Path]) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if _is_sent(here / name, leave_out))
        for name in sorted(names):
            path = here / name
            if not name.startswith(".") and path.is_file() and path.suffix != ".pyc":
                yield path


def _is_sent(folder: Path, leave_out: Collection[Path]) -> bool:
    if folder.name.startswith(".") or folder.name in _SKIPPED or folder in leave_out:
        return False
    return not (folder / "pyvenv.cfg").exists()


def _package_of(path: Path, places: Sequence[Path]) -> str:
    """The package a file belongs to, as it is imported from one of these folders; empty for a module of its own."""
    for place in places:
        if path.is_relative_to(place):
            return ".".join(path.relative_to(place).parts[:-1])
    return ""
