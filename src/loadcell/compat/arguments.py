"""The scenario's own command-line arguments, declared in listeners of `init_command_line_parser`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any, NoReturn

from loadcell.errors import UsageError
from loadcell.scenario.events import Events

_TRUE = ("1", "true", "yes", "on")
_LISTS = ("*", "+")


class ScenarioParser(argparse.ArgumentParser):
    """An argparse parser that takes Locust's additional keywords and reports mistakes instead of ending the process."""

    def __init__(self, **keywords: Any) -> None:
        settings: dict[str, Any] = {"prog": "loadcell", "add_help": False, "allow_abbrev": True} | keywords
        super().__init__(**settings)
        self.secret: set[str] = set()
        """The names of arguments whose values nobody else may read."""
        self.hidden: set[str] = set()
        """The names of arguments that do not belong on a page."""
        self.asked_for: set[str] = set()
        """The names of arguments without which a page would not start a test."""
        self.several: set[str] = set()
        """The names of arguments of which a page lets several values be chosen; on the command line `nargs` decides."""
        self.variables: dict[str, str] = {}
        """The environment variables of arguments, by name."""

    def add_argument(self, *flags: Any, **keywords: Any) -> argparse.Action:
        """As argparse's, with `env_var`, `include_in_web_ui`, `is_secret`, `is_required` and `is_multiple`."""
        return self._declare(super().add_argument, flags, keywords)

    def add_argument_group(self, *args: Any, **keywords: Any) -> Any:
        """As argparse's; its arguments take the additional keywords as well."""
        group = super().add_argument_group(*args, **keywords)
        plain = group.add_argument
        group.add_argument = lambda *flags, **given: self._declare(plain, flags, given)  # type: ignore[method-assign]
        return group

    def _declare(self, add: Callable[..., argparse.Action], flags: Any, keywords: dict[str, Any]) -> argparse.Action:
        env_var = keywords.pop("env_var", None)
        on_page = keywords.pop("include_in_web_ui", True)
        secret = keywords.pop("is_secret", False)
        # On the command line these two have no effect, as in Locust.
        needed = keywords.pop("is_required", False)
        several = keywords.pop("is_multiple", False)
        action = add(*flags, **keywords)
        if needed:
            self.asked_for.add(action.dest)
        if several:
            self.several.add(action.dest)
        if secret:
            self.secret.add(action.dest)
        if not on_page:
            self.hidden.add(action.dest)
        if env_var:
            self.variables[action.dest] = env_var
            if env_var in os.environ:
                action.default = self._from_environment(action, os.environ[env_var])
                action.required = False
        return action

    def _from_environment(self, action: argparse.Action, text: str) -> Any:
        if isinstance(action.const, bool):
            return action.const if text.lower() in _TRUE else action.default
        words = text.strip("[]").split(",") if action.nargs in _LISTS else [text]
        values = [self._get_value(action, word.strip()) for word in words]
        for value in values:
            if action.choices is not None and value not in action.choices:
                choices = ", ".join(map(str, action.choices))
                self.error(f"{self.variables[action.dest]}={text!r} is none of {choices}")
        return values if action.nargs in _LISTS else values[0]

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


def secret_flags(parser: ScenarioParser) -> list[str]:
    """The flags of the scenario's own options whose values nobody else may read."""
    return [flag for action in parser._actions if action.dest in parser.secret for flag in action.option_strings]


def describe_arguments(parser: ScenarioParser) -> list[dict[str, Any]]:
    """The scenario's own options for a help text: flags, help, metavar, and whether their values are secret."""
    return [
        {
            "flags": list(action.option_strings) or [action.dest],
            "help": _help_of(parser, action),
            "metavar": "" if action.nargs == 0 else _metavar_of(action),
            "secret": action.dest in parser.secret,
        }
        for action in parser._actions
    ]


def _metavar_of(action: argparse.Action) -> str:
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest.upper())


def _help_of(parser: ScenarioParser, action: argparse.Action) -> str:
    said = (action.help or "").replace("%(default)s", str(action.default))
    notes = []
    secret = action.dest in parser.secret
    if action.default not in (None, False, argparse.SUPPRESS, "") and "default" not in said.lower() and not secret:
        notes.append(f"default: {action.default}")
    if variable := parser.variables.get(action.dest):
        notes.append(f"env: {variable}")
    return f"{said} ({', '.join(notes)})".strip() if notes else said
