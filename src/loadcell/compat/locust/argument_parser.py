"""Locust's command line as scripts parse it: its options under its names, and those of the scenario."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from loadcell.compat.arguments import ScenarioParser
from loadcell.config import ABSENT, OPTIONS, RunConfig
from loadcell.errors import UsageError
from loadcell.scenario import events


class LocustArgumentParser(ScenarioParser):
    """The parser that listeners of `init_command_line_parser` get. A mistake ends the script with exit code 2."""

    @property
    def args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        """The arguments that may be shown, by name."""
        return {action.dest: action for action in self._actions if action.dest not in self.hidden}

    @property
    def secret_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        """Those among them whose values are secret, by name."""
        return {name: action for name, action in self.args_included_in_web_ui.items() if name in self.secret}

    def error(self, message: str) -> Any:
        self.exit(2, f"{self.prog}: {message}\n")


def get_empty_argument_parser(add_help: bool = True, default_config_files: Any = ()) -> LocustArgumentParser:
    """A parser without options."""
    return LocustArgumentParser(prog=sys.argv[0].rpartition("/")[2], add_help=add_help)


def setup_parser_arguments(parser: LocustArgumentParser) -> None:
    """Give the parser all options of Loadcell and of Locust, under Locust's names."""
    defaults = RunConfig().options()
    for field_name, option in OPTIONS.items():
        dest = option.dest or field_name
        default = defaults.get(dest)
        if not option.flags:
            parser.add_argument(dest, nargs="*", default=default, help=option.help)
        elif option.kind == "flag":
            parser.add_argument(*option.flags, dest=dest, action="store_true", help=option.help, env_var=option.env)
        elif option.kind == "repeated":
            parser.add_argument(*option.flags, dest=dest, action="append", default=default, help=option.help)
        else:
            nargs = {"list": "*", "optional": "?"}.get(option.kind)
            parse = _typed(option.parse)
            text = option.help.replace("%", "%%")
            parser.add_argument(
                *option.flags, dest=dest, nargs=nargs, type=parse, default=default, help=text, env_var=option.env
            )
    for name, absent in ABSENT.items():
        if absent.default is False:
            parser.add_argument(f"--{name}", action="store_true", help=argparse.SUPPRESS)
        else:
            parser.add_argument(f"--{name}", default=absent.default, help=argparse.SUPPRESS)


def _typed(parse: Any) -> Any:
    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} {error}") from error

    return read


def get_parser(default_config_files: Any = ()) -> LocustArgumentParser:
    """A parser with all options, those of the scenario included."""
    parser = get_empty_argument_parser()
    setup_parser_arguments(parser)
    events.init_command_line_parser.fire(parser=parser)
    return parser


def parse_options(args: list[str] | None = None) -> argparse.Namespace:
    """The options of a command line, the script's own by default."""
    try:
        return get_parser().parse_args(args)
    except UsageError as error:
        sys.exit(f"{error}")


def default_args_dict() -> dict[str, Any]:
    """Every option's default by name."""
    parser = get_empty_argument_parser()
    setup_parser_arguments(parser)
    return vars(parser.parse_args([]))


def ui_extra_args_dict(args: list[str] | None = None) -> dict[str, Any]:
    """The scenario's own options and their values, secret ones left out."""
    known = default_args_dict()
    parser = get_parser()
    values = vars(parser.parse_args(args))
    return {name: value for name, value in values.items() if name not in known and name not in parser.secret | parser.hidden}


def parse_locustfile_option(args: list[str] | None = None) -> list[str]:
    """The files that `-f` names."""
    options, _ = get_parser().parse_known_args(args)
    return parse_locustfile_paths(str(options.locustfile).split(","))


def parse_locustfile_paths(paths: list[str]) -> list[str]:
    """The Python files of paths, folders and all. ScenarioError if one is not there."""
    from loadcell.config import find_scenarios

    return [str(path) for path in find_scenarios(",".join(paths))]
