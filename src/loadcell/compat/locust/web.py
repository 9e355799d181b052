"""Locust's web page, as scenarios that add to it see it: said once not to be served, and otherwise of no effect."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent

if TYPE_CHECKING:
    from loadcell.compat.locust.env import Environment

logger = logging.getLogger("loadcell.compat")

HOST_IS_REQUIRED = True
_GUARD = "`if environment.web_ui:`"


class App:
    """Takes what is done to a Flask app; of its routes it says once that nobody serves them."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self.jinja_env: Any = None
        self._told = False

    def route(self, rule: str, **options: Any) -> Callable[[Any], Any]:
        """Decorates a function as Flask's does."""
        self._tell(rule)
        return lambda view: view

    get = post = put = delete = patch = route

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        """As Flask's."""
        self._tell(rule)

    def register_blueprint(self, blueprint: Any, **options: Any) -> None:
        """As Flask's."""
        self._tell(getattr(blueprint, "name", "a blueprint"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _decorator_or_call

    def _tell(self, what: str) -> None:
        if not self._told:
            self._told = True
            logger.warning(
                "%s is not served: Loadcell has no page to which a scenario adds its own. Write the figures from a "
                "listener, or look at them in the report (`loadcell report last`); the load is not affected.",
                what,
            )


def _decorator_or_call(*args: Any, **options: Any) -> Any:
    """What serves as `@app.errorhandler(404)` as well as `@app.after_request`."""
    if len(args) == 1 and callable(args[0]) and not options:
        return args[0]
    return lambda view: view


class WebUI:
    """What a script's `environment.create_web_ui()` returns: its figures are in the run's report instead."""

    def __init__(self, environment: Environment, host: str = "", port: int = 8089, **options: Any) -> None:
        self.environment = environment
        self.host, self.port = host, port
        self.app = App()
        self.template_args: dict[str, Any] = {}
        self.auth_args: dict[str, Any] = {}
        self.userclass_picker_is_active = bool(options.get("userclass_picker_is_active"))
        self.greenlet = gevent.spawn(gevent.get_hub().wait, gevent.get_hub().loop.async_())
        logger.warning(
            "There is no page at port %s: Loadcell serves none from a script. The figures are in environment.stats; "
            "stats_printer(environment.stats) prints them.",
            port,
        )

    def start(self) -> None:
        """Of no effect."""

    def stop(self) -> None:
        """Let those who wait for the page's greenlet go on."""
        self.greenlet.kill(block=False)

    def update_template_args(self) -> None:
        """Of no effect."""

    def auth_required_if_enabled(self, view: Any) -> Any:
        """The view as it is."""
        return view


app = App()
"""What files written for Locust before 1.0 add routes to."""


def explain_missing_web_ui(error: BaseException) -> str | None:
    """What to tell about a listener that used `environment.web_ui` where there is no page; None if it was not that."""
    if isinstance(error, AttributeError) and error.obj is None and error.name in _OF_THE_PAGE:
        return (
            f"environment.web_ui is None in a run without a page, so its `{error.name}` can't be used: write {_GUARD} "
            "before it, and print what you want to see from a listener. The load goes on."
        )
    return None


_OF_THE_PAGE = frozenset(vars(WebUI)) | {"app", "template_args", "auth_args", "login_manager", "greenlet", "host", "port"}
