"""The files a run leaves: checked before the run, so that an hour of load is not lost to a misspelt folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli.speech import emit
from loadcell.config import RunConfig
from loadcell.errors import ConfigError

if TYPE_CHECKING:
    from loadcell.store import RunReader


def check_writable(path: Path) -> str:
    """Why the file can't be written, as the end of a sentence; empty if it can. Makes its folder."""
    if path.is_dir():
        return "is a folder: name a file"
    if path.is_file():
        try:
            path.open("ab").close()
        except OSError as error:
            return f"can't be written: {error.strerror}"
        return ""
    return _check_folder(path.parent)


def check(config: RunConfig) -> None:
    """ConfigError that names every place that the run could not write to."""
    files = {
        f"--json '{config.json_file}'": config.json_file,
        f"--json-file '{config.json_list_file}'": _list_file(config),
        f"--html '{config.html_file}'": config.html_file,
        f"--csv '{config.csv_prefix}'": Path(f"{config.csv_prefix}_stats.csv") if config.csv_prefix else None,
        f"--logfile '{config.logfile}'": config.logfile,
    }
    mistakes = [f"{told} {why}" for told, path in files.items() if path and (why := check_writable(path))]
    if why := _check_folder(config.runs_dir):
        mistakes.append(f"--runs-dir '{config.runs_dir}' {why}")
    if mistakes:
        raise ConfigError(mistakes)


def write(config: RunConfig, reader: RunReader) -> list[str]:
    """Write what the configuration asks for; returns the names of the files."""
    from loadcell import report

    written = []
    if config.json_list or config.json_list_file:
        import json

        text = json.dumps(report.locust_json(reader), indent=4)
        if config.json_list:
            emit(text)
        if path := _list_file(config):
            path.write_text(f"{text}\n", encoding="utf-8")
            written.append(str(path))
    if config.json_file:
        report.write_json(reader, config.json_file)
        written.append(str(config.json_file))
    if config.csv_prefix:
        report.write_csv(reader, config.csv_prefix, config.csv_full_history)
        written.append(f"{config.csv_prefix}_*.csv")
    if config.html_file:
        report.write_html(reader, config.html_file)
        written.append(str(config.html_file))
    return written


def _list_file(config: RunConfig) -> Path | None:
    return Path(f"{config.json_list_file}.json").expanduser() if config.json_list_file else None


def _check_folder(folder: Path) -> str:
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Access bits do not tell of full or read-only file systems.
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except FileExistsError:
        return f"can't be written: {folder} is not a folder"
    except OSError as error:
        return f"can't be written: {error.strerror} ({folder})"
