"""Locust's command line as scripts parse it: its options under its names, and those of the scenario."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from loadcell.compat.arguments import ScenarioParser
from loadcell.config import ABSENT, OPTIONS, ConfigFileError, RunConfig, Section, find_scenarios, read_config, read_defaults
from loadcell.errors import ScenarioError, UsageError
from loadcell.scenario.events import Events

DEFAULT_CONFIG_FILES = ("~/.locust.conf", "locust.conf", "pyproject.toml")
_TRUE = {True: "true", False: "false"}


class LocustArgumentParser(ScenarioParser):
    """The parser that listeners of `init_command_line_parser` get. A mistake ends the script with exit code 2.

    What is not on the command line comes from its environment variable, else from the configuration files.
    """

    def __init__(self, *, default_config_files: Sequence[str] = (), **keywords: Any) -> None:
        super().__init__(**keywords)
        self.config_files = tuple(default_config_files)
        """Read where they exist, a later one before an earlier one, and the file of --config before all."""

    @property
    def args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        """The arguments that may be shown, by name."""
        return {action.dest: action for action in self._actions if action.dest not in self.hidden}

    @property
    def secret_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        """Those among them whose values are secret, by name."""
        return self._shown(self.secret)

    @property
    def required_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        """Those among them without which a page would not start a test, by name."""
        return self._shown(self.asked_for)

    @property
    def multiple_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        """Those among them of which a page lets several values be chosen, by name."""
        return self._shown(self.several)

    def _shown(self, names: set[str]) -> dict[str, argparse.Action]:
        return {name: action for name, action in self.args_included_in_web_ui.items() if name in names}

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        words = sys.argv[1:] if args is None else list(args)
        strangers = []
        for section in self._sections(words):
            for key, raw in section.values.items():
                if not self._settle(key, raw):
                    strangers.append(f"--{key}={raw}")
        options, unknown = super().parse_known_args(words, namespace)
        return options, unknown + strangers

    def _sections(self, words: list[str]) -> Iterator[Section]:
        named = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        named.add_argument("--config")
        path = named.parse_known_args(words)[0].config
        try:
            if self.config_files == DEFAULT_CONFIG_FILES:
                yield from read_defaults(Path.cwd(), Path.home())
            else:
                there = (Path(each).expanduser() for each in self.config_files)
                yield from (read_config(each) for each in there if each.is_file())
            if path is not None:
                yield read_config(Path(path).expanduser())
        except ConfigFileError as error:
            self.error(str(error))

    def _settle(self, key: str, raw: str | bool | list[str]) -> bool:
        """Take a value of a configuration file; False if there is no such option."""
        flags = (f"--{key}", f"--{key.replace('_', '-')}")
        known = self._option_string_actions
        # As on the command line, a name may be cut short as long as only one option begins so.
        fitting = [known[flag] for flag in flags if flag in known] or [
            known[one] for one in known if one.startswith(flags[1])
        ]
        if len({action.dest for action in fitting}) != 1:
            return False
        action = fitting[0]
        if os.environ.get(self.variables.get(action.dest) or ""):
            return True
        if isinstance(action.const, bool):
            action.default = action.const if str(raw).lower() in ("true", "yes", "1") else action.default
        elif isinstance(raw, list) or action.nargs in ("*", "+"):
            action.default = [self._get_value(action, item) for item in (raw if isinstance(raw, list) else [str(raw)])]
        else:
            action.default = _TRUE[raw] if isinstance(raw, bool) else raw
        action.required = False
        return True

    def error(self, message: str) -> Any:
        self.exit(2, f"{self.prog}: error: {message}\n")


def get_empty_argument_parser(
    add_help: bool = True, default_config_files: Sequence[str] = DEFAULT_CONFIG_FILES
) -> LocustArgumentParser:
    """A parser that knows where the scenario and the configuration are."""
    parser = LocustArgumentParser(
        prog=sys.argv[0].rpartition("/")[2], add_help=add_help, default_config_files=default_config_files
    )
    option = OPTIONS["scenario"]
    parser.add_argument(*option.flags, default=RunConfig().scenario, help=option.help, env_var=option.env)
    parser.add_argument("--config", help="read options from this file as well")
    return parser


def setup_parser_arguments(parser: LocustArgumentParser) -> None:
    """Give the parser all options of Loadcell and of Locust, under Locust's names."""
    defaults = RunConfig().options()
    for field_name, option in OPTIONS.items():
        dest = option.dest or field_name
        default = defaults.get(dest)
        if field_name == "scenario":
            continue
        if not option.flags:
            words = os.environ.get(option.env, "").split() if option.env else []
            parser.add_argument(dest, nargs="*", default=words or default, help=option.help)
        elif option.kind == "flag":
            parser.add_argument(*option.flags, dest=dest, action="store_true", help=option.help, env_var=option.env)
        elif option.kind == "repeated":
            parser.add_argument(*option.flags, dest=dest, action="append", default=default, help=option.help)
        else:
            nargs = {"list": "*", "optional": "?"}.get(option.kind)
            # Where a host leads is asked when a request is sent.
            parse = str if field_name == "host" else _typed(option.parse)
            text = option.help.replace("%", "%%")
            parser.add_argument(
                *option.flags, dest=dest, nargs=nargs, type=parse, default=default, help=text, env_var=option.env
            )
    for name, absent in ABSENT.items():
        if absent.default is False:
            parser.add_argument(f"--{name}", action="store_true", help=argparse.SUPPRESS)
        else:
            parse = int if isinstance(absent.default, int) else str
            parser.add_argument(f"--{name}", type=parse, default=absent.default, help=argparse.SUPPRESS, env_var=absent.env)


def _typed(parse: Any) -> Any:
    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} {error}") from error

    return read


def get_parser(default_config_files: Sequence[str] = DEFAULT_CONFIG_FILES) -> LocustArgumentParser:
    """A parser with all options, those of the scenario included."""
    parser = get_empty_argument_parser(default_config_files=default_config_files)
    setup_parser_arguments(parser)
    # Asked for now: a script may have put events of its own there.
    events: Events = import_module("loadcell.compat.locust").events
    events.init_command_line_parser.fire(parser=parser)
    return parser


def parse_options(args: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of a command line, the script's own by default."""
    try:
        parser = get_parser()
        options = parser.parse_args(args)
    except UsageError as error:
        sys.exit(f"{error}")
    if options.stats_history_enabled and options.csv_prefix is None:
        parser.error("'--csv-full-history' requires '--csv'.")
    return options


def default_args_dict() -> dict[str, Any]:
    """Every option's default by name."""
    parser = get_empty_argument_parser(default_config_files=())
    setup_parser_arguments(parser)
    return vars(parser.parse_args([]))


def ui_extra_args_dict(args: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """The scenario's own options that may be shown, by name: value, help, choices, and what a page should know of them."""
    known = default_args_dict()
    parser = get_parser()
    values = vars(parser.parse_args(args))
    return {
        name: {
            "default_value": values[name],
            "is_secret": name in parser.secret,
            "is_required": name in parser.asked_for,
            "help_text": action.help,
            "is_multiple": name in parser.several,
            "choices": action.choices,
        }
        for name, action in parser.args_included_in_web_ui.items()
        if name in values and name not in known
    }


def parse_locustfile_option(args: Sequence[str] | None = None) -> argparse.Namespace:
    """Only what is needed to find the scenario, before it has declared options of its own; the others are left alone."""
    parser = get_empty_argument_parser(add_help=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-V", "--version", action="store_true")
    parser.add_argument("--worker", action="store_true", env_var="LOCUST_MODE_WORKER")
    parser.add_argument("--master", action="store_true", env_var="LOCUST_MODE_MASTER")
    parser.add_argument("--master-host", default="127.0.0.1", env_var="LOCUST_MASTER_NODE_HOST")
    parser.add_argument("--master-port", type=int, default=5557, env_var="LOCUST_MASTER_NODE_PORT")
    options: argparse.Namespace = parser.parse_known_args(args)[0]
    if options.help:
        get_parser().parse_args(args)
    return options


def get_locustfiles_locally(options: argparse.Namespace) -> list[str]:
    """The files that parsed options name, folders and all."""
    return parse_locustfile_paths([name.strip() for name in str(options.locustfile).split(",")])


def parse_locustfile_paths(paths: Sequence[str]) -> list[str]:
    """The Python files of paths, folders and all. A mistake ends the script with exit code 1."""
    try:
        return [str(path) for path in find_scenarios(",".join(paths))]
    except ScenarioError as error:
        sys.exit(str(error))
