"""What a configuration is settled to, and what is said about mistakes in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loadcell.config import ABSENT, RunConfig, Sources, duration_text, parse_duration, settle, settle_one, values
from loadcell.errors import ConfigError


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    return folder, home


@pytest.fixture
def sources(folders: tuple[Path, Path]) -> Sources:
    return Sources(env={}, folder=folders[0], home=folders[1])


def with_env(sources: Sources, **env: str) -> Sources:
    return Sources(env=env, folder=sources.folder, home=sources.home)


def mistakes(flags: dict[str, str | bool | list[str]], sources: Sources) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        settle(flags, sources)
    assert caught.value.exit_code == 2
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300", 300), ("0", 0), ("20m", 1200), ("1h30m10s", 5410), ("500ms", 0.5), ("1m500ms", 60.5), ("1.5h", 5400)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5x", "-5", "1s1h", "m", "5 m", "inf", "nan", "1e3", "9" * 400])
def test_texts_that_are_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


@pytest.mark.parametrize(("seconds", "text"), [(5410, "1h30m10s"), (0, "0s"), (60, "1m"), (0.25, "250ms"), (59.6, "1m")])
def test_durations_as_people_write_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_nothing_given_is_one_user_of_the_locustfile_here(sources: Sources) -> None:
    config = settle({}, sources).config
    assert config == RunConfig()
    assert (config.scenario, config.users, config.spawn_rate, config.run_time_s) == ("locustfile.py", 1, 1.0, None)


def test_later_sources_win(sources: Sources) -> None:
    steps = [
        (sources.home / ".locust.conf", "users = 2\n"),
        (sources.folder / "locust.conf", "users = 3\n"),
        (sources.folder / "pyproject.toml", "[tool.locust]\nusers = 4\n"),
        (sources.folder / "pyproject.toml", "[tool.locust]\nusers = 4\n[tool.loadcell]\nusers = 5\n"),
        (sources.folder / "loadcell.toml", "users = 6\n"),
    ]
    for expected, (path, text) in enumerate(steps, 2):
        path.write_text(text)
        assert settle({}, sources).config.users == expected
    named = sources.folder / "other.conf"
    named.write_text("users = 7")
    with_file = Sources(env={}, folder=sources.folder, home=sources.home, config_file=named)
    assert settle({}, with_file).config.users == 7
    with_locust = Sources(env={"LOCUST_USERS": "8"}, folder=sources.folder, home=sources.home, config_file=named)
    assert settle({}, with_locust).config.users == 8
    both = with_env(sources, LOCUST_USERS="8", LOADCELL_USERS="9")
    assert settle({}, both).config.users == 9
    assert settle({"users": "10"}, both).config.users == 10


def test_of_an_application_and_a_host_only_what_the_command_line_names_counts(sources: Sources) -> None:
    (sources.folder / "loadcell.toml").write_text('app = "shop.main:app"')
    elsewhere = with_env(sources, LOCUST_HOST="http://elsewhere")
    assert settle({}, elsewhere).config.host == "http://elsewhere"
    started = settle({"app": "main:app"}, elsewhere).config
    assert (started.app, started.host, "host" in started.given) == ("main:app", None, False)
    there = settle({"host": "http://there"}, elsewhere).config
    assert (there.app, there.host) == (None, "http://there")
    both = settle({"app": "main:app", "host": "http://there"}, elsewhere).config
    assert (both.app, both.host) == ("main:app", "http://there")


def test_a_locust_conf_in_all_its_forms(sources: Sources) -> None:
    (sources.folder / "locust.conf").write_text(
        "# a comment\n[ignored heading]\nhost = http://localhost:8000   # where\nspawn-rate: 2.5\nrun_time 1m\n"
        "csv = out  # where\n"
        'tags = [a, "b c"]\nheadless\nonly-summary = true\ncsv-full-history = false\n--users = 7\nlocustfile = "x.py"\n'
    )
    config = settle({}, sources).config
    assert config == RunConfig(
        host="http://localhost:8000",
        spawn_rate=2.5,
        run_time_s=60,
        csv_prefix="out",
        tags=("a", "b c"),
        headless=True,
        only_summary=True,
        users=7,
        scenario="x.py",
    )


def test_toml_values_keep_their_meaning(sources: Sources) -> None:
    (sources.folder / "loadcell.toml").write_text(
        "users = 5\nspawn-rate = 0.5\nrun-time = 300\n"
        'tags = ["a"]\nheadless = true\nuser-classes = ["A", "B"]\njson = true\n'
    )
    config = settle({}, sources).config
    assert (config.users, config.spawn_rate, config.run_time_s, config.tags) == (5, 0.5, 300, ("a",))
    assert (config.headless, config.user_classes, config.json_list) == (True, ("A", "B"), True)


def test_lists_in_the_environment(sources: Sources) -> None:
    env = with_env(sources, LOCUST_TAGS="a b", LOCUST_EXCLUDE_TAGS="[c, d]", LOCUST_USER_CLASSES="One Two")
    config = settle({}, env).config
    assert (config.tags, config.exclude_tags, config.user_classes) == (("a b",), ("c", "d"), ("One", "Two"))


def test_an_empty_variable_is_as_good_as_none(sources: Sources) -> None:
    settled = settle({}, with_env(sources, LOCUST_HOST="", LOCUST_HEADLESS=" ", LOCUST_WEB_PORT=""))
    assert settled.config == RunConfig()
    assert settled.warnings == []


def test_all_mistakes_are_told_at_once_with_their_sources(sources: Sources) -> None:
    (sources.folder / "pyproject.toml").write_text("[tool.loadcell]\nusers = 'x'\nspawnrate = 3\n")
    told = mistakes({"run-time": "5x", "host": "localhost:8000"}, with_env(sources, LOCUST_HEADLESS="maybe"))
    assert told == (
        "in pyproject.toml: [tool.loadcell] users = 'x': is not a whole number",
        "LOCUST_HEADLESS='maybe': is neither true nor false",
        "--run-time '5x' is not a duration: write for example 300, 20m, 1h30m10s or 500ms",
        "--host 'localhost:8000' has no scheme: write http://localhost:8000",
        "in pyproject.toml: [tool.loadcell] spawnrate is not an option; did you mean spawn-rate?",
    )


@pytest.mark.parametrize(
    ("option", "text", "why"),
    [
        ("users", "0", "must be at least 1"),
        ("users", "1.5", "is not a whole number"),
        ("spawn-rate", "0", "must be a finite number above 0"),
        ("spawn-rate", "nan", "must be a finite number above 0"),
        ("spawn-rate", "inf", "must be a finite number above 0"),
        ("run-time", "0", "is no time at all: give a duration above 0"),
        ("processes", "0", "must be at least 1; auto or -1 means one process a core"),
        ("processes", "all", "is not a whole number; auto or -1 means one process a core"),
        ("exit-code-on-error", "256", "is not an exit code: give a whole number from 0 to 255"),
        ("loglevel", "loud", "is not a log level: it must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("host", "ftp://x", "has the scheme 'ftp': it must be one of http, https, http+unix"),
        ("host", "http://", "names no host: write for example http://localhost:8000"),
        ("host", "http://x:99999", "is not a URL: Port out of range 0-65535"),
        ("host", "http://a b", "has a space in it"),
        ("csv", "", "is empty"),
    ],
)
def test_values_that_are_refused(sources: Sources, option: str, text: str, why: str) -> None:
    assert mistakes({option: text}, sources) == (f"--{option} {text!r} {why}",)


@pytest.mark.parametrize("host", ["http://localhost:8000", "https://a.example/base", "http+unix://%2Ftmp%2Fsocket"])
def test_hosts_that_are_taken(sources: Sources, host: str) -> None:
    assert settle({"host": host}, sources).config.host == host


@pytest.mark.parametrize("text", ["auto", "-1"])
def test_all_cores(sources: Sources, text: str) -> None:
    assert settle({"processes": text}, sources).config.processes == len(os.sched_getaffinity(0))


def test_a_history_without_a_csv_is_a_mistake(sources: Sources) -> None:
    assert mistakes({"csv-full-history": True}, sources) == ("--csv-full-history needs --csv PREFIX",)


def test_options_of_locust_that_are_not_here_are_warned_about_once_for_each_reason(sources: Sources) -> None:
    (sources.folder / "pyproject.toml").write_text("[tool.locust]\nlegacy-ui = true\n")
    settled = settle({"users": "3", "build-path": "x"}, with_env(sources, LOCUST_USERCLASS_PICKER="true"))
    assert settled.config.users == 3
    assert settled.warnings == [
        f"in pyproject.toml: [tool.locust] legacy-ui = true, --build-path 'x': {ABSENT['legacy-ui'].why} (ignored)",
        f"LOCUST_USERCLASS_PICKER='true': {ABSENT['class-picker'].why} (ignored)",
    ]


def test_a_switch_that_is_not_here_and_is_off_is_not_spoken_of(sources: Sources) -> None:
    (sources.folder / "locust.conf").write_text("master = false\nlegacy-ui = no\n")
    assert settle({}, with_env(sources, LOCUST_MODE_WORKER="0", LOCUST_USERCLASS_PICKER="false")).warnings == []


def test_an_option_that_would_change_the_load_is_refused_wherever_it_is_written(sources: Sources) -> None:
    why = ABSENT["worker"].why
    assert mistakes({"worker": True}, sources) == (f"--worker: {why}",)
    assert mistakes({}, with_env(sources, LOCUST_MODE_WORKER="1")) == (f"LOCUST_MODE_WORKER='1': {why}",)
    (sources.folder / "locust.conf").write_text("clients = 100\n")
    assert mistakes({}, sources) == (f"in locust.conf: clients = '100': {ABSENT['clients'].why}",)


def test_keys_of_the_scenarios_own_options_become_its_arguments(sources: Sources) -> None:
    (sources.folder / "locust.conf").write_text("tenant = acme\nverbose_mode = true\nids = [1, 2]\n")
    settled = settle({}, sources, arguments=("--tenant", "x"), own=lambda: {"tenant", "verbose-mode", "ids"})
    assert settled.config.arguments == ("--tenant=acme", "--verbose-mode", "--ids", "1", "2", "--tenant", "x")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.locust"),
        ("loadcell.toml", "[users]\na = 1"),
        ("locust.conf", "= 5"),
        ("locust.conf", "\xff"),
    ],
)
def test_files_that_cannot_be_read_are_named(sources: Sources, name: str, text: str) -> None:
    (sources.folder / name).write_bytes(text.encode("latin-1"))
    (told,) = mistakes({}, sources)
    assert told.startswith(f"in {name}")


def test_a_named_file_must_exist(sources: Sources) -> None:
    missing = Sources(env={}, folder=sources.folder, home=sources.home, config_file=Path("nowhere.conf"))
    assert mistakes({}, missing) == ("--config 'nowhere.conf' is not a file",)


def test_one_option_is_found_whatever_is_wrong_with_the_others(sources: Sources) -> None:
    (sources.folder / "locust.conf").write_text("users = x\nunknown = 1\nlocustfile = shop.py\n")
    assert settle_one("scenario", {}, sources) == "shop.py"
    assert settle_one("scenario", {"locustfile": "other.py"}, sources) == "other.py"


def test_options_under_locusts_names() -> None:
    config = RunConfig(users=5, run_time_s=300.0, tags=("a",), csv_prefix="c", json="", html="r_{u}_{r}_{t}.html")
    options = config.options()
    wanted = {
        "locustfile": "locustfile.py",
        "num_users": 5,
        "run_time": 300,
        "tags": ["a"],
        "exclude_tags": None,
        "user_classes": [],
        "csv_prefix": "c",
        "json": True,
        "html_file": "r_5_1_300.html",
        "stats_history_enabled": False,
        "master": False,
        "web_port": 8089,
    }
    assert {name: options[name] for name in wanted} == wanted
    assert type(options["run_time"]) is int


def test_a_report_name_without_run_time_keeps_its_placeholder() -> None:
    assert RunConfig(html="{u}-{t}.html", spawn_rate=0.5).html_file == Path("1-{t}.html")


# Objectives


def texts(config: RunConfig) -> list[str]:
    return [objective.text for objective in config.objectives]


def test_objectives_come_from_every_source_and_the_last_one_wins(folders: tuple[Path, Path], sources: Sources) -> None:
    (folders[0] / "pyproject.toml").write_text("[tool.loadcell]\nobjectives = ['p95 < 1s', 'rps >= 5', 'p95 < 1000ms']\n")
    assert texts(settle({}, sources).config) == ["p95 < 1s", "rps >= 5"]
    (folders[0] / "loadcell.toml").write_text("objective = 'p95 < 2s'\n")
    assert texts(settle({}, sources).config) == ["p95 < 2s"]
    several = with_env(sources, LOADCELL_OBJECTIVES="p95 of 'GET /a,b' < 3s, rps >= 5")
    assert texts(settle({}, several).config) == ["p95 of 'GET /a,b' < 3s", "rps >= 5"]
    assert texts(settle({"objectives": ["p95 < 4s"]}, several).config) == ["p95 < 4s"]


def test_every_mistaken_objective_is_told_with_its_caret(sources: Sources) -> None:
    found = mistakes({"objectives": ["p95", "rps >= 5", "avg < 5"]}, sources)
    assert [text.split("\n")[0] for text in found] == [
        "--objective: at column 4: expected <, <=, > or >= and a limit: p95 < …",
        "--objective: at column 7: avg needs a unit: write for example 300ms (or µs, s)",
    ]
    assert all(text.endswith("^") for text in found)


def test_objectives_that_nothing_can_meet(sources: Sources) -> None:
    (warning,) = settle({"objectives": ["p95 > 300ms"]}, sources).warnings
    assert warning.endswith("is < meant?")
    (told,) = mistakes({"objectives": ["rps >= 500", "rps < 400"]}, sources)
    assert "'rps >= 500' and 'rps < 400' contradict each other" in told


def test_to_abort_takes_an_objective(folders: tuple[Path, Path], sources: Sources) -> None:
    assert "needs an objective" in mistakes({"abort-on-fail": True}, sources)[0]
    (folders[0] / "loadcell.toml").write_text("objectives = ['p95 < 2s']\n")
    assert settle({"abort-on-fail": True}, sources).config.abort_on_fail


def test_scenarios_see_objectives_as_texts(sources: Sources) -> None:
    assert settle({"objectives": ["p95<2s"]}, sources).config.options()["objectives"] == ["p95 < 2s"]
    assert settle({}, sources).config.options()["objectives"] is None


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("web1", "https://web1:8900"),
        ("web1:9000", "https://web1:9000"),
        ("10.0.0.7", "https://10.0.0.7:8900"),
        ("https://web1.example.com/", "https://web1.example.com:8900"),
        ("127.0.0.1", "http://127.0.0.1:8900"),
        ("localhost:1", "http://localhost:1"),
        ("[::1]:8901", "http://[::1]:8901"),
        ("[2001:db8::7]", "https://[2001:db8::7]:8900"),
        ("https://127.0.0.1:8900", "https://127.0.0.1:8900"),
    ],
)
def test_an_agent_elsewhere_is_spoken_to_over_tls(written: str, url: str) -> None:
    assert values.agent_url(written) == url


@pytest.mark.parametrize(
    "written",
    ["", "http://web1:8900", "http+unix://x", "web1:x", "web1/path", "anna:x@web1", "web1?x=1", "ftp://web1"],
)
def test_what_is_no_agent(written: str) -> None:
    with pytest.raises(ValueError):
        values.agent_url(written)


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ({"metrics-port": "http"}, "--metrics-port 'http' is not a port: give a number from 0 to 65535; 0 takes a free one"),
        (
            {"metrics-port": "65536"},
            "--metrics-port '65536' is not a port: give a number from 0 to 65535; 0 takes a free one",
        ),
        ({"metrics-host": "::1"}, "--metrics-host needs --metrics-port PORT"),
        ({"otlp": "127.0.0.1:4318"}, "--otlp '127.0.0.1:4318' has no scheme: write http://127.0.0.1:4318"),
        (
            {"otlp": "https://otlp.example.com?key=1"},
            "--otlp 'https://otlp.example.com?key=1' has more than a path: keys are given in OTEL_EXPORTER_OTLP_HEADERS",
        ),
    ],
)
def test_where_figures_can_not_go(sources: Sources, flags: dict[str, str | bool | list[str]], why: str) -> None:
    assert mistakes(flags, sources) == (why,)


@pytest.mark.parametrize(
    ("given", "sent_to"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"),
        ("https://otlp.example.com/otlp/", "https://otlp.example.com/otlp/v1/metrics"),
        ("https://otlp.example.com/v1/metrics", "https://otlp.example.com/v1/metrics"),
    ],
)
def test_the_path_of_otlp_is_added(sources: Sources, given: str, sent_to: str) -> None:
    config = settle({"otlp": given, "metrics-port": "0", "metrics-host": "localhost"}, sources).config
    assert (config.otlp, config.metrics_port, config.metrics_host) == (sent_to, 0, "127.0.0.1")
