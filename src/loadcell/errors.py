"""What can go wrong, as one tree; each error says what to do and which exit code it ends with.

LoadcellError                  4  internal
├── UsageError                 2  the command line, the configuration, a run that does not exist
│   ├── ConfigError            2  every configuration mistake of one start, reported together
│   └── RunNotFound            2
├── ScenarioError              2  the user's file can't be loaded or has nothing to run
├── ServiceError               2  the application that was to be started for the run can't be
├── RunFileError               2  a run file can't be written, opened or understood
├── TargetUnreachable          3  no connection to the service ever succeeded
├── GeneratorLost              4  the last generator or the lead died
└── MonitorError               4  a source of readings can't be read; the run goes on without it
"""

from __future__ import annotations

from collections.abc import Sequence

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERNAL = 4
EXIT_INVALID = 98
EXIT_OBJECTIVE_FAILED = 99


class LoadcellError(Exception):
    """Something the user should read: one sentence, a hint what to do, an exit code."""

    exit_code = EXIT_INTERNAL

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(LoadcellError):
    """The command can't be carried out as it was written."""

    exit_code = EXIT_USAGE


class ConfigError(UsageError):
    """All mistakes found in the configuration, together."""

    def __init__(self, mistakes: Sequence[str], hint: str = "") -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes), hint)


class RunNotFound(UsageError):
    """No stored run answers to the name given."""


class ScenarioError(LoadcellError):
    """The user's file can't be loaded, or holds nothing to run."""

    exit_code = EXIT_USAGE


class ServiceError(LoadcellError):
    """The application that was to be started for the run can't be; the hint has the last of what it wrote, in lines."""

    exit_code = EXIT_USAGE


class RunFileError(LoadcellError):
    """A run file can't be written, opened or understood."""

    exit_code = EXIT_USAGE


class TargetUnreachable(LoadcellError):
    """No connection to the service ever succeeded."""

    exit_code = EXIT_UNREACHABLE


class GeneratorLost(LoadcellError):
    """Processes that the run can't do without have died."""


class MonitorError(LoadcellError):
    """A source of readings can't be read: a run tells of it and goes on without."""
