"""The scenario's own command-line arguments, declared in listeners of `init_command_line_parser`."""

from __future__ import annotations

import argparse
import os
from typing import Any, NoReturn

from loadcell.errors import UsageError
from loadcell.scenario.events import Events


class ScenarioParser(argparse.ArgumentParser):
    """An argparse parser that takes Locust's additional keywords and reports mistakes instead of ending the process."""

    def __init__(self) -> None:
        super().__init__(prog="loadcell", add_help=False, allow_abbrev=True)
        self._env_vars: dict[str, str] = {}

    def add_argument(self, *flags: str, **keywords: Any) -> argparse.Action:
        """As argparse's, with `env_var`, `include_in_web_ui`, `is_secret`, `is_required` and `is_multiple`."""
        env_var = keywords.pop("env_var", None)
        keywords.pop("include_in_web_ui", None)
        keywords.pop("is_secret", None)
        keywords.pop("is_required", None)
        if keywords.pop("is_multiple", False):
            keywords.setdefault("nargs", "*")
        action = super().add_argument(*flags, **keywords)
        if env_var and env_var in os.environ:
            action.default = self._from_environment(action, os.environ[env_var])
            action.required = False
        return action

    def _from_environment(self, action: argparse.Action, text: str) -> Any:
        if isinstance(action.const, bool):
            return action.const if text.lower() in ("1", "true", "yes", "on") else action.default
        words = text.strip("[]").split(",") if action.nargs in ("*", "+") else [text]
        values = [self._get_value(action, word.strip()) for word in words]
        return values if action.nargs in ("*", "+") else values[0]

    def error(self, message: str) -> NoReturn:
        said = f"{message[:1].upper()}{message[1:]}."
        raise UsageError(said, "`loadcell -f FILE --help` lists the scenario's own options.")


def scenario_parser(events: Events) -> ScenarioParser:
    """A parser of what the scenario's listeners declare."""
    parser = ScenarioParser()
    events.init_command_line_parser.fire(parser=parser)
    return parser


def parse_options(parser: ScenarioParser, words: list[str], settled: dict[str, Any]) -> argparse.Namespace:
    """The namespace for `environment.parsed_options`: the settled options and the scenario's own. UsageError."""
    options, unknown = parser.parse_known_args(words)
    if unknown:
        raise UsageError(
            f"Neither Loadcell nor the scenario knows {unknown[0]!r}.", "`loadcell -f FILE --help` lists all options."
        )
    for name, value in settled.items():
        setattr(options, name, value)
    return options


def describe_arguments(parser: ScenarioParser) -> list[dict[str, Any]]:
    """The scenario's own options for a help text: flags, help and metavar."""
    return [
        {
            "flags": list(action.option_strings) or [action.dest],
            "help": action.help or "",
            "metavar": "" if action.nargs == 0 else (action.metavar or action.dest.upper()),
        }
        for action in parser._actions
    ]
