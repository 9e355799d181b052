"""Logging as scripts set it up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from loadcell.compat.locust import log
from loadcell.scenario.events import UNHANDLED


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(UNHANDLED, "seen", False)
    root, tables = logging.getLogger(), logging.getLogger("locust.stats_logger")
    before = (root.handlers[:], root.level, tables.handlers[:], tables.level, tables.propagate)
    yield
    for handler in {*root.handlers, *tables.handlers} - {*before[0], *before[2]}:
        handler.close()
    root.handlers[:], root.level, tables.handlers[:], tables.level, tables.propagate = before


def test_lines_go_to_the_file_and_tables_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "x.log"
    log.setup_logging("info", str(target))
    logging.getLogger("locust.main").info("one")
    logging.getLogger("own").debug("not this")
    logging.getLogger("locust.stats_logger").info("a table")
    assert target.read_text().endswith("/INFO/locust.main: one\n")
    assert capsys.readouterr().err == "a table\n"
    assert [line.rsplit("/", 1)[1] for line in log.get_logs()] == ["locust.main: one", "locust.stats_logger: a table"]


def test_the_last_500_lines_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_logging("INFO")
    for n in range(600):
        logging.getLogger("own").info("line %d", n)
    assert len(log.get_logs()) == 500
    assert log.get_logs()[0].endswith("line 100")


def test_no_lines_before_it_is_set_up() -> None:
    assert log.get_logs() == []


def test_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="configure"):
        log.setup_logging("nope")


def test_failed_greenlet_is_logged_and_remembered(caplog: pytest.LogCaptureFixture) -> None:
    greenlet = gevent.Greenlet(lambda: 1 / 0)
    hub_says = gevent.get_hub().NOT_ERROR
    gevent.get_hub().NOT_ERROR = (*hub_says, ZeroDivisionError)
    try:
        greenlet.start()
        greenlet.join()
    finally:
        gevent.get_hub().NOT_ERROR = hub_says
    assert not log.unhandled_greenlet_exception
    log.greenlet_exception_logger(logging.getLogger("own"))(greenlet)
    assert caplog.messages[0].startswith("Unhandled exception in greenlet")
    assert "ZeroDivisionError" in caplog.text
    assert caplog.records[0].exc_info
    assert log.unhandled_greenlet_exception


def test_a_script_may_say_itself_whether_something_failed() -> None:
    log.unhandled_greenlet_exception = True
    assert UNHANDLED.seen is log.unhandled_greenlet_exception is True
    log.unhandled_greenlet_exception = False
    assert not UNHANDLED.seen
