"""How servers were started, as their command lines tell."""

from __future__ import annotations

from typing import Any

import pytest

from loadcell.service.command_line import server_of


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (
            "/v/bin/python /v/bin/uvicorn app:app --workers 4 --loop uvloop --http=httptools --no-access-log",
            {"server": "uvicorn", "workers": 4, "loop": "uvloop", "http": "httptools", "no_access_log": True},
        ),
        ("python -m uvicorn app:app --reload", {"server": "uvicorn", "reload": True}),
        (
            "/usr/bin/python3 /usr/bin/gunicorn -w 3 -k uvicorn.workers.UvicornWorker app:app",
            {"server": "gunicorn", "workers": 3, "worker_class": "uvicorn.workers.UvicornWorker"},
        ),
        ("gunicorn: master [app:app]", {"server": "gunicorn"}),
        ("hypercorn -w 2 -k uvloop app:app", {"server": "hypercorn", "workers": 2, "worker_class": "uvloop"}),
        (
            "granian --interface asgi --workers 2 --backlog 512 app:app",
            {"server": "granian", "workers": 2, "backlog": 512},
        ),
        ("fastapi run app.py --workers", {"server": "fastapi"}),
        ("python serve.py --workers 4", {}),
        ("", {}),
    ],
)
def test_server_and_flags(command: str, found: dict[str, Any]) -> None:
    assert server_of(command.split(" ") if "master" not in command else [command]) == found
