"""What a service wrote before it died."""

from __future__ import annotations

from loadcell.service.output import cause_in, last_of

STARTUP = """INFO:     Started server process [7]
ERROR:    Traceback (most recent call last):
  File "main.py", line 3, in lifespan
    await connect("postgresql://anna:hunter2@db/shop")
ConnectionError: postgresql://anna:hunter2@db/shop refuses
\x1b[31m
ERROR:    Application startup failed. Exiting.
"""


def test_the_cause_is_how_the_last_traceback_ends() -> None:
    assert cause_in(STARTUP) == "ConnectionError: postgresql://anna:***@db/shop refuses"
    first = "Traceback (most recent call last):\n  File x\nKeyError: 1\n\nDuring the handling …:\n\n"
    chained = f"{first}Traceback (most recent call last):\n  File y\nOSError: 2\n"
    assert cause_in(chained) == "OSError: 2"


def test_without_a_traceback_it_is_an_error_that_was_logged_or_the_last_line() -> None:
    taken = "ERROR:    [Errno 98] error while attempting to bind on address: address already in use\nINFO:     Waiting\n"
    assert cause_in(taken) == "[Errno 98] error while attempting to bind on address: address already in use"
    assert cause_in("/usr/bin/python3: No module named uvicorn\n") == "/usr/bin/python3: No module named uvicorn"
    assert cause_in("") == ""


def test_the_last_lines_are_fit_to_be_shown() -> None:
    shown = last_of(STARTUP, 3)
    assert shown.splitlines() == [
        "ConnectionError: postgresql://anna:***@db/shop refuses",
        "�[31m",
        "ERROR:    Application startup failed. Exiting.",
    ]
