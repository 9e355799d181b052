"""`python -m tests.init_services.serve NAME`: one of the services on a free port of 127.0.0.1, which it prints."""

from __future__ import annotations

import socket
import sys
from importlib import import_module
from typing import Any

import uvicorn
from fastapi import FastAPI

PREFIXES = {"library": "/api/v1"}


def main(name: str) -> None:
    app: Any = import_module(f"tests.init_services.{name}").app
    if name in PREFIXES:
        outer = FastAPI(openapi_url=None)
        outer.mount(PREFIXES[name], app)
        outer.add_api_route("/openapi.json", app.openapi)
        app = outer
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])


if __name__ == "__main__":
    main(sys.argv[1])
