"""From keyword arguments to the options of a run: their names are the options', with _ for -."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from loadcell.config import OPTIONS, Option, Raw, closest

_BY_KEYWORD = {
    keyword.replace("-", "_"): option for option in OPTIONS.values() for keyword in (option.name, option.alias) if keyword
}
_IN_OTHER_WORDS = {
    "locustfile": "the scenario is the first argument",
    "run_time": "say seconds=…",
    "json": "Result.document has it",
    "html": "Result.html(path) writes it",
    "junit": "Result.junit(path) writes it",
    "csv": "Result.to_pandas() has the figures",
    "headless": "there is no page here",
}
"""Options that are asked for otherwise here."""
_OF_THE_COMMAND = frozenset(
    ("json_file", "csv_full_history", "only_summary", "print_stats", "dry_run", "show_task_ratio", "show_task_ratio_json",
     "logfile", "autostart", "autoquit", "web_host", "web_port", "web_login", "tls_cert", "tls_key")
)  # fmt: skip
"""Options about a terminal or the page."""


def flags_of(function: str, keywords: Mapping[str, Any]) -> dict[str, Raw]:
    """The options by name, as on a command line; what is None is left out. TypeError for what `function` does not take."""
    flags: dict[str, Raw] = {}
    for keyword, value in keywords.items():
        option = _option(function, keyword)
        if value is not None:
            flags[option.name] = _raw(option, value)
    return flags


def words_of(flags: Mapping[str, Raw]) -> list[str]:
    """The same as words of a command line, which the run file keeps: it does the same again."""
    words = []
    by_name = {option.name: option for option in OPTIONS.values()}
    # Classes have no flag of their own, and would be taken for values of the one before them.
    for name in sorted(flags, key=lambda name: bool(by_name[name].flags)):
        option, value = by_name[name], flags[name]
        if not option.flags:
            words += value if isinstance(value, list) else [str(value)]
        elif isinstance(value, bool):
            words += [option.told] if value else []
        elif option.kind == "repeated" and isinstance(value, list):
            words += [word for item in value for word in (option.told, item)]
        else:
            words += [option.told, *(value if isinstance(value, list) else [value])]
    return words


def _option(function: str, keyword: str) -> Option:
    if keyword in _IN_OTHER_WORDS:
        raise TypeError(f"{function}() has no argument {keyword!r}: {_IN_OTHER_WORDS[keyword]}")
    if keyword in _OF_THE_COMMAND:
        raise TypeError(f"{function}() has no argument {keyword!r}: it is an option of the command line only")
    if keyword == "seconds":
        return _BY_KEYWORD["run_time"]
    if keyword not in _BY_KEYWORD:
        taken = [*(name for name in _BY_KEYWORD if name not in _OF_THE_COMMAND), "seconds", "arguments", "watch"]
        raise TypeError(f"{function}() has no argument {keyword!r}{closest(keyword, taken)}")
    return _BY_KEYWORD[keyword]


def _raw(option: Option, value: Any) -> Raw:
    if isinstance(value, bool):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_text(item) for item in value]
    text = _text(value)
    return [text] if option.kind in ("repeated", "list") else text


def _text(value: Any) -> str:
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)
