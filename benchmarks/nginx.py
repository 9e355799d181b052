"""The fixed target of the benchmarks: nginx with one worker, bound to one core, answering 22 bytes of JSON."""

import argparse
import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

BODY = '{"status":"ok","id":1}'

_CONFIGURATION = """
daemon off;
master_process off;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 16000; use epoll; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=16000;
    location / {{ default_type application/json; return 200 '{body}'; }}
  }}
}}
"""


def nginx_binary() -> str | None:
    """The path of nginx, also where /usr/sbin is not on the PATH; None where it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def nginx_server(core: int = 0, port: int = 0) -> Iterator[str]:
    """Run nginx on one core and yield its URL; a port of 0 picks a free one.

    Raises FileNotFoundError where nginx is not installed, RuntimeError where it does not start.
    """
    binary = nginx_binary()
    if binary is None:
        raise FileNotFoundError("nginx is not installed")
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as name:
        folder = Path(name)
        configuration = folder / "nginx.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, body=BODY))
        arguments = ["-p", name, "-c", str(configuration), "-e", str(folder / "error.log")]
        command = ["taskset", "-c", str(core), binary, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _wait_until_open(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate()


def _wait_until_open(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    process.terminate()
    raise RuntimeError(f"nginx did not start: {process.communicate()[1].strip()}")


def main() -> None:
    """Run nginx in the foreground for a while, for trials by hand."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long to run (default: 120)")
    parser.add_argument("--port", type=int, default=0, help="the port (default: a free one)")
    parser.add_argument("--core", type=int, default=0, help="the core to run on (default: 0)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with nginx_server(options.core, options.port) as url, contextlib.suppress(KeyboardInterrupt):
        print(f"nginx: listening on {url}", flush=True)
        time.sleep(options.seconds)


if __name__ == "__main__":
    main()
