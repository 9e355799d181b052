"""The options of a run, each declared once: its field, flags, variable, help and parser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from loadcell.config import courses, values
from loadcell.objectives import Objective, parse_objective
from loadcell.plan import Course
from loadcell.plan.named import ABOUT

Kind = Literal["value", "flag", "list", "optional", "repeated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """How one option is written, wherever it is written."""

    name: str
    """The long option without its dashes: also the key in a configuration file."""
    flags: tuple[str, ...]
    """As on the command line; none for words that stand alone."""
    help: str
    group: str
    parse: Callable[[str], Any]
    """From text to value; for a list, from one item. ValueError says what is wrong with the text."""
    kind: Kind
    """Takes one value, none, any number, at most one, or one each time it is written."""
    env: str
    """Locust's environment variable, "" where it has none."""
    dest: str
    """Locust's name in `environment.parsed_options`, "" for the field's own."""
    metavar: str
    alias: str = ""
    """Another key for it in a configuration file."""

    @property
    def told(self) -> str:
        """How messages call it."""
        return self.flags[-1] if self.flags else f"--{self.name}"

    @property
    def own_env(self) -> str:
        """Loadcell's environment variable."""
        return "LOADCELL_" + self.name.upper().replace("-", "_")


def _option(
    *flags: str,
    help: str,
    group: str,
    parse: Callable[[str], Any] = values.some_text,
    kind: Kind = "value",
    default: Any = None,
    name: str = "",
    env: str = "",
    dest: str = "",
    metavar: str = "",
    alias: str = "",
) -> Any:
    option = Option(
        name=name or flags[-1].lstrip("-"),
        flags=flags,
        help=help,
        group=group,
        parse=values.truth if kind == "flag" else parse,
        kind=kind,
        env=env,
        dest=dest,
        metavar=metavar,
        alias=alias,
    )
    return field(default=False if kind == "flag" else default, metadata={"option": option})


_WHAT, _LOAD, _JUDGE, _WATCH = "what to run", "how much load", "what to demand", "what to watch"
_WHERE = "where the load comes from"
_RESULT, _EXPORT, _PAGE, _OTHER = "what to write", "where else the figures go", "the page", "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """Everything that was decided about a run before it starts. Times in seconds."""

    # fmt: off
    scenario: str = _option(
        "-f", "--locustfile", group=_WHAT, default="locustfile.py", env="LOCUST_LOCUSTFILE", dest="locustfile",
        metavar="FILE", help="the scenario: a Locust file",
    )
    host: str | None = _option(
        "-H", "--host", group=_WHAT, parse=values.host, env="LOCUST_HOST", metavar="URL",
        help="base URL of the service, for example http://localhost:8000; goes before the host in the scenario",
    )
    app: str | None = _option(
        "--app", group=_WHAT, metavar="MODULE:APP",
        help="start this ASGI application with uvicorn for the time of the run, the probe in it; -H may then be left out",
    )
    workers: int = _option(
        "--workers", group=_WHAT, parse=values.positive_int, default=1, metavar="N",
        help="with --app: its worker processes; 1 when absent",
    )
    app_python: str | None = _option(
        "--app-python", group=_WHAT, metavar="PATH",
        help="with --app: the Python that has uvicorn and the application's libraries; this one when absent",
    )
    target_owned: bool = _option(
        "--target-owned", group=_WHAT, kind="flag",
        help="the service is yours to test: needed unless it is on this machine or in a private network",
    )
    allowed_targets: tuple[str, ...] = _option(
        "--allowed-targets", group=_WHAT, kind="list", parse=values.allowed_target, default=(), metavar="HOST",
        help="hosts (*.example.com too), addresses and networks that are yours to test",
    )
    read_only: bool = _option(
        "--read-only", group=_WHAT, kind="flag",
        help="leave out requests that may change data: all but GET, HEAD, OPTIONS, TRACE",
    )
    user_classes: tuple[str, ...] = _option(
        name="user-classes", group=_WHAT, kind="list", default=(), env="LOCUST_USER_CLASSES", metavar="UserClass",
        help="only these user classes of the scenario",
    )
    tags: tuple[str, ...] = _option(
        "-T", "--tags", group=_WHAT, kind="list", default=(), env="LOCUST_TAGS", metavar="TAG",
        help="only tasks with one of these tags",
    )
    exclude_tags: tuple[str, ...] = _option(
        "-E", "--exclude-tags", group=_WHAT, kind="list", default=(), env="LOCUST_EXCLUDE_TAGS", metavar="TAG",
        help="no tasks with one of these tags",
    )

    users: int = _option(
        "-u", "--users", group=_LOAD, parse=values.positive_int, default=1, env="LOCUST_USERS", dest="num_users",
        metavar="N", help="peak number of users; 1 when absent",
    )
    spawn_rate: float = _option(
        "-r", "--spawn-rate", group=_LOAD, parse=values.positive_float, default=1.0, env="LOCUST_SPAWN_RATE",
        metavar="RATE", help="users started a second; 1 when absent",
    )
    run_time_s: float | None = _option(
        "-t", "--run-time", group=_LOAD, parse=values.positive_duration, env="LOCUST_RUN_TIME", dest="run_time",
        metavar="TIME", help="stop after this time, the ramp included: 300, 20m, 1h30m10s; until Ctrl-C when absent",
    )
    rate: float | None = _option(
        "--rate", group=_LOAD, parse=values.positive_float, metavar="RATE",
        help="the open model: start this many iterations a second, whoever is slow; -u users are there before the first",
    )
    plan: str | None = _option(
        "--plan", group=_LOAD, parse=values.plan_name, metavar="NAME",
        help="a usual course of the load up to -u users or --rate, within -t: " + "; ".join(
            f"{name} ({about})" for name, about in ABOUT.items()
        ),
    )
    stages: tuple[courses.Step, ...] = _option(
        "--stages", group=_LOAD, parse=courses.stages, default=(), metavar="STAGES",
        help='the load by hand: "30s:50, 2m:200, 1m:0" goes in straight lines to 50, 200 and 0 users, "30s:50/s" to 50 '
        "iterations a second; a phase may stand before a stage, as in \"spike 10s:200\"",
    )
    max_users: int | None = _option(
        "--max-users", group=_LOAD, parse=values.positive_int, metavar="N",
        help="with --rate: the most users that may be needed to keep it up; 10 times the rate and at least 100 when absent",
    )
    arrivals: str = _option(
        "--arrivals", group=_LOAD, parse=values.arrivals, default="uniform", metavar="HOW",
        help="with --rate: uniform (evenly spaced; when absent) or poisson (at random, the same in every run)",
    )
    stop_timeout_s: float = _option(
        "-s", "--stop-timeout", group=_LOAD, parse=values.parse_duration, default=0.0, env="LOCUST_STOP_TIMEOUT",
        dest="stop_timeout", metavar="TIME", help="at the end, wait this long for tasks under way",
    )
    reset_stats: bool = _option(
        "--reset-stats", group=_LOAD, kind="flag", env="LOCUST_RESET_STATS",
        help="what was measured before all users were there does not count",
    )
    equal_weights: bool = _option(
        "--equal-weights", group=_LOAD, kind="flag",
        help="the same share for all user classes, the same chance for all tasks",
    )
    config_users: tuple[str, ...] = _option(
        "--config-users", group=_LOAD, kind="list", default=(), env="LOCUST_CONFIG_USERS", metavar="JSON",
        help="attributes of user classes, as JSON or in JSON files; user_class_name says whose they are",
    )
    processes: int = _option(
        "--processes", group=_WHERE, parse=values.processes, default=1, env="LOCUST_PROCESSES", metavar="N",
        help="generator processes, on each machine of a cluster; auto or -1: one a core",
    )
    cluster: str | None = _option(
        "--cluster", group=_WHERE, parse=values.cluster, metavar="ADDRESS",
        help="generate the load on the workers of this Dask cluster, tcp://HOST:8786; local:N starts one of N workers here",
    )
    nodes: int | None = _option(
        "--nodes", group=_WHERE, parse=values.positive_int, metavar="N",
        help="how many of the cluster's workers to use; those that are not there yet are waited for; all when absent",
    )
    on_node_loss: str = _option(
        "--on-node-loss", group=_WHERE, parse=values.on_node_loss, default="rebalance", metavar="WHAT",
        help="when a machine is lost: rebalance (the others carry its users; the default) or stop",
    )

    objectives: tuple[Objective, ...] = _option(
        "--objective", name="objectives", alias="objective", group=_JUDGE, kind="repeated", parse=parse_objective,
        default=(), metavar="TEXT",
        help="what the service must keep to, such as \"p95 < 300ms\"; once for each objective; exit code 99 if one fails",
    )
    abort_on_fail: bool = _option(
        "--abort-on-fail", group=_JUDGE, kind="flag", help="end the run as soon as an objective fails"
    )
    fail_on_invalid: bool = _option(
        "--fail-on-invalid", group=_JUDGE, kind="flag",
        help="exit code 98 if the generators were the limit, without any objective too",
    )

    postgres: str | None = _option(
        "--postgres", group=_WATCH, metavar="DSN",
        help="watch the service's PostgreSQL too; a role with pg_monitor is enough",
    )
    prometheus: tuple[str, ...] = _option(
        "--prometheus", group=_WATCH, kind="repeated", parse=values.metrics_url, default=(), metavar="URL",
        help="read this page of Prometheus metrics as well; once for each page",
    )
    probe_dir: Path | None = _option(  # noqa: RUF009
        "--probe-dir", group=_WATCH, parse=values.path, metavar="FOLDER",
        help="read the probes of the service's workers there: its LOADCELL_PROBE_DIR; with --app this is done by itself",
    )
    agents: tuple[str, ...] = _option(
        "--agent", name="agents", alias="agent", group=_WATCH, kind="repeated", parse=values.agent_url, default=(),
        metavar="HOST:PORT",
        help="read the service through loadcell agent on its host; once for each host; over TLS unless on this machine",
    )
    agent_token_file: Path | None = _option(  # noqa: RUF009
        "--agent-token-file", group=_WATCH, parse=values.path, metavar="FILE",
        help="the token that the agents were started with",
    )
    agent_ca: Path | None = _option(  # noqa: RUF009
        "--agent-ca", group=_WATCH, parse=values.path, metavar="FILE",
        help="trust the agents' certificates if this authority (PEM) has signed them; the system's authorities when absent",
    )
    no_monitors: bool = _option(
        "--no-monitors", group=_WATCH, kind="flag",
        help="don't watch the service; when absent, one on this machine is watched from outside",
    )

    json: str | None = _option(
        "--json", group=_RESULT, kind="optional", parse=str, metavar="FILE",
        help="write the result document to FILE; without FILE, print Locust's list of entries",
    )
    json_list_file: str | None = _option(
        "--json-file", group=_RESULT, dest="json_file", metavar="NAME",
        help="write Locust's list of entries to NAME.json",
    )
    csv_prefix: str | None = _option(
        "--csv", group=_RESULT, env="LOCUST_CSV", metavar="PREFIX",
        help="write PREFIX_stats.csv, _stats_history.csv, _failures.csv and _exceptions.csv",
    )
    csv_full_history: bool = _option(
        "--csv-full-history", group=_RESULT, kind="flag", env="LOCUST_CSV_FULL_HISTORY", dest="stats_history_enabled",
        help="every entry in the CSV history, not only their sum",
    )
    html: str | None = _option(
        "--html", group=_RESULT, env="LOCUST_HTML", dest="html_file", metavar="FILE",
        help="write the report to FILE; {u}, {r}, {t} in it: users, spawn rate, run time",
    )
    junit_file: Path | None = _option(  # noqa: RUF009
        "--junit", group=_RESULT, parse=values.path, metavar="FILE",
        help="write each objective as a test case to FILE, in the form of JUnit that CI servers read",
    )
    runs_dir: Path = _option(  # noqa: RUF009
        "--runs-dir", group=_RESULT, parse=values.path, default=Path(".loadcell/runs"), metavar="FOLDER",
        help="where runs are kept; .loadcell/runs when absent",
    )

    metrics_port: int | None = _option(
        "--metrics-port", group=_EXPORT, parse=values.port, metavar="PORT",
        help="serve the figures of the run to Prometheus, at http://127.0.0.1:PORT/metrics; 0 takes a free port",
    )
    metrics_host: str = _option(
        "--metrics-host", group=_EXPORT, parse=values.listening_address, default="127.0.0.1", metavar="ADDRESS",
        help="with --metrics-port: the address to listen on, 0.0.0.0 for all; 127.0.0.1 when absent",
    )
    otlp: str | None = _option(
        "--otlp", group=_EXPORT, parse=values.otlp_url, metavar="URL",
        help="send the figures to OpenTelemetry every 10 s, as OTLP over HTTP; keys are given in OTEL_EXPORTER_OTLP_HEADERS",
    )

    headless: bool = _option(
        "--headless", group=_OTHER, kind="flag", env="LOCUST_HEADLESS", help="no page: run at once, in the terminal"
    )
    web_host: str = _option(
        "--web-host", group=_PAGE, default="127.0.0.1", env="LOCUST_WEB_HOST", metavar="HOST",
        help="where the page listens; 127.0.0.1 when absent, elsewhere it needs a login",
    )
    web_port: int = _option(
        "-P", "--web-port", group=_PAGE, parse=values.port, default=8089, env="LOCUST_WEB_PORT",
        metavar="PORT", help="its port, 0 for a free one; 8089 when absent",
    )
    web_login: bool = _option(
        "--web-login", group=_PAGE, kind="flag", env="LOCUST_WEB_LOGIN",
        help="let nobody in without LOADCELL_WEB_PASSWORD, or the token that is printed at the start",
    )
    autostart: bool = _option(
        "--autostart", group=_PAGE, kind="flag", env="LOCUST_AUTOSTART", help="start the run at once"
    )
    autoquit: int = _option(
        "--autoquit", group=_PAGE, parse=values.seconds_or_never, default=-1, env="LOCUST_AUTOQUIT", metavar="SECONDS",
        help="with --autostart, end so many seconds after the run has ended",
    )
    tls_cert: Path | None = _option(  # noqa: RUF009
        "--tls-cert", group=_PAGE, parse=values.path, env="LOCUST_TLS_CERT", metavar="FILE",
        help="serve the page with HTTPS: this certificate, with --tls-key",
    )
    tls_key: Path | None = _option(  # noqa: RUF009
        "--tls-key", group=_PAGE, parse=values.path, env="LOCUST_TLS_KEY", metavar="FILE", help="and the key of it"
    )
    only_summary: bool = _option(
        "--only-summary", group=_OTHER, kind="flag", env="LOCUST_ONLY_SUMMARY", help="nothing until the final tables"
    )
    print_stats: bool = _option(
        "--print-stats", group=_OTHER, kind="flag", env="LOCUST_PRINT_STATS",
        help="accepted as in Locust; the terminal shows figures anyway",
    )
    dry_run: bool = _option(
        "--dry-run", group=_OTHER, kind="flag", help="show what would be sent, where to and how much, and send nothing"
    )
    show_task_ratio: bool = _option(
        "--show-task-ratio", group=_OTHER, kind="flag", help="print how often each task runs, and end"
    )
    show_task_ratio_json: bool = _option(
        "--show-task-ratio-json", group=_OTHER, kind="flag", help="the same as JSON"
    )
    profile: str | None = _option(
        "--profile", group=_OTHER, metavar="NAME", help="a label for the run"
    )
    skip_log_setup: bool = _option(
        "--skip-log-setup", group=_OTHER, kind="flag", env="LOCUST_SKIP_LOG_SETUP",
        help="leave logging to the scenario: only what it sets up itself is shown",
    )
    exit_code_on_error: int = _option(
        "--exit-code-on-error", group=_OTHER, parse=values.exit_code, default=1, env="LOCUST_EXIT_CODE_ON_ERROR",
        metavar="CODE", help="exit code when a request or task failed; 1 when absent",
    )
    loglevel: str = _option(
        "-L", "--loglevel", group=_OTHER, parse=values.log_level, default="INFO", env="LOCUST_LOGLEVEL",
        metavar="LEVEL", help="DEBUG, INFO, WARNING, ERROR or CRITICAL; INFO when absent",
    )
    logfile: Path | None = _option(  # noqa: RUF009
        "--logfile", group=_OTHER, parse=values.path, env="LOCUST_LOGFILE", metavar="FILE",
        help="write log lines to FILE rather than to the terminal",
    )

    given: frozenset[str] = field(default=frozenset(), compare=False)
    """The fields that a source gave a value."""
    effort: str = ""
    """How thoroughly the service is assessed: short (the capacity only), quick, usual or thorough; empty for a plain run."""
    search_s: float | None = None
    """How long an assessment may search for the capacity; None leaves it to the effort."""
    is_hosted: bool = False
    """Whether the service is started for this run although `app` doesn't name it, as that of a retest is."""
    arguments: tuple[str, ...] = ()
    """The scenario's own words: what Loadcell itself does not know."""

    @property
    def course(self) -> Course | None:
        """The stages of the load; None for a plain number of users."""
        return courses.course_of(self)

    @property
    def most_users(self) -> int:
        """The most users there may be."""
        return courses.most_users(self)

    @property
    def json_list(self) -> bool:
        """Whether Locust's list of entries goes to stdout."""
        return self.json == ""

    @property
    def json_file(self) -> Path | None:
        """Where the result document goes."""
        return Path(self.json).expanduser() if self.json else None

    @property
    def html_file(self) -> Path | None:
        """Where the report goes: users, spawn rate and run time (in s, if there is one) filled in."""
        if not self.html:
            return None
        name = self.html.replace("{u}", str(self.users)).replace("{r}", f"{self.spawn_rate:g}")
        if self.run_time_s is not None:
            name = name.replace("{t}", f"{self.run_time_s:g}")
        return Path(name).expanduser()

    def options(self) -> dict[str, Any]:
        """All options under Locust's names and of Locust's types, for `environment.parsed_options`."""
        named: dict[str, Any] = {name.replace("-", "_"): absent.default for name, absent in ABSENT.items()}
        for field_name, option in OPTIONS.items():
            if field_name in _OF_THE_METHOD:
                continue
            value = getattr(self, field_name)
            if isinstance(value, tuple):
                value = [item.text if isinstance(item, Objective) else item for item in value] or None
            elif isinstance(value, Path):
                value = str(value)
            named[option.dest or field_name] = value
        named["json"] = self.json_list
        named["html_file"] = str(self.html_file) if self.html else None
        named["user_classes"] = list(self.user_classes)
        if self.run_time_s is not None and self.run_time_s.is_integer():
            named["run_time"] = int(self.run_time_s)
        if self.stop_timeout_s.is_integer():
            named["stop_timeout"] = int(self.stop_timeout_s)
        return named


OPTIONS: dict[str, Option] = {f.name: f.metadata["option"] for f in fields(RunConfig) if "option" in f.metadata}
"""By the field's name, in the order of the help."""


_OF_THE_METHOD = (
    "rate",
    "plan",
    "stages",
    "max_users",
    "arrivals",
    "junit_file",
    "metrics_port",
    "metrics_host",
    "otlp",
    "cluster",
    "nodes",
    "on_node_loss",
)
"""What Locust has no name for: a scenario's own options may have these."""


@dataclass(frozen=True, slots=True)
class Absent:
    """An option of Locust's that Loadcell does not have."""

    default: Any
    """Locust's default; False for an option without a value."""
    why: str
    """Why it is not here and what to use instead, as a sentence without its end."""
    env: str = ""
    refused: bool = False
    """Whether a run without it would not be the run that was asked for."""


_OTHER_PAGE = "the page is Loadcell's own"
_NO_MASTER = "one command runs all: --processes N on this machine, --cluster tcp://HOST:8786 on many (docs/distributed.md)"
_NO_WORKER = "'dask worker tcp://HOST:8786' makes a machine a worker that a run with --cluster uses (docs/distributed.md)"

ABSENT: dict[str, Absent] = {
    "web-base-path": Absent("", "the page is at / only", "LOCUST_WEB_BASE_PATH"),
    "web-host-display-name": Absent(None, _OTHER_PAGE, "LOCUST_WEB_HOST_DISPLAY_NAME"),
    "web-auth": Absent(None, "--web-login asks for LOADCELL_WEB_PASSWORD", "LOCUST_WEB_AUTH", refused=True),
    "legacy-ui": Absent(False, _OTHER_PAGE, "LOCUST_LEGACY_UI"),
    "build-path": Absent("", _OTHER_PAGE, "LOCUST_BUILD_PATH"),
    "headful": Absent(False, _OTHER_PAGE, "LOCUST_HEADFUL"),
    "class-picker": Absent(False, "the page always has it", "LOCUST_USERCLASS_PICKER"),
    "master": Absent(False, _NO_MASTER, "LOCUST_MODE_MASTER", refused=True),
    "master-bind-host": Absent("*", _NO_MASTER, "LOCUST_MASTER_BIND_HOST"),
    "master-bind-port": Absent(5557, _NO_MASTER, "LOCUST_MASTER_BIND_PORT"),
    "expect-workers": Absent(1, "--cluster ADDRESS --nodes N waits for N machines", "LOCUST_EXPECT_WORKERS"),
    "expect-workers-max-wait": Absent(
        0,
        "machines are waited for 60 s, a process that is not ready within 120 s ends the run",
        "LOCUST_EXPECT_WORKERS_MAX_WAIT",
    ),
    "enable-rebalancing": Absent(False, "the users of a process or machine that is lost are started elsewhere"),
    "worker": Absent(False, _NO_WORKER, "LOCUST_MODE_WORKER", refused=True),
    "slave": Absent(False, _NO_WORKER, refused=True),
    "expect-slaves": Absent(None, "--cluster ADDRESS --nodes N waits for N machines"),
    "master-host": Absent("127.0.0.1", _NO_MASTER, "LOCUST_MASTER_NODE_HOST"),
    "master-port": Absent(5557, _NO_MASTER, "LOCUST_MASTER_NODE_PORT"),
    "otel": Absent(
        False, "there are no traces; --otlp URL sends the figures to OpenTelemetry", "LOCUST_ENABLE_OPENTELEMETRY"
    ),
    "no-web": Absent(False, "since Locust 1.0 it is called --headless"),
    "clients": Absent(None, "since Locust 1.0 it is called --users", refused=True),
    "hatch-rate": Absent(None, "since Locust 1.0 it is called --spawn-rate", refused=True),
    "no-reset-stats": Absent(False, "statistics are only reset with --reset-stats"),
}
"""Locust's options that are not here, by name: ignored with a warning, or refused."""
