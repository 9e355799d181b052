"""Locust's Environment, as scenarios see it in listeners and at `self.environment`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from loadcell.compat.locust.runners import Runner
from loadcell.scenario.events import Events
from loadcell.scenario.runtime import Runtime
from loadcell.scenario.user import User


class Environment:
    """What belongs to one run in this process."""

    catch_exceptions = True
    """Whether a task's exception is counted and the user goes on."""

    def __init__(
        self,
        *,
        user_classes: Mapping[str, type[User]],
        events: Events,
        host: str | None,
        runtime: Runtime,
        parsed_options: Namespace,
        locustfile: str,
    ) -> None:
        self.user_classes = list(user_classes.values())
        self.user_classes_by_name = dict(user_classes)
        self.events = events
        self.host = host
        self.runtime = runtime
        self.parsed_options = parsed_options
        self.locustfile = locustfile
        self.tags: list[str] | None = getattr(parsed_options, "tags", None)
        self.exclude_tags: list[str] | None = getattr(parsed_options, "exclude_tags", None)
        self.stop_timeout: float = getattr(parsed_options, "stop_timeout", 0.0) or 0.0
        self.process_exit_code: int | None = None
        """Set it to end the command with this code, whatever was measured."""
        self.web_ui: Any = None
        self.runner: Runner | None = None
