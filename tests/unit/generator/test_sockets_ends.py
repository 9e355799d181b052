"""Connections whose other side is slow to take them, answers too early, or is dropped by the scenario."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: the module needs gevent's hub, which a test process should not have.
HEAD = """
import gc, os, socket, tempfile, threading, time
import gevent
from loadcell.generator.sockets import GeventNetwork
from loadcell.http.connection import Idle
from loadcell.http.failures import ConnectTimeout
from loadcell.http.url import split

network = GeventNetwork()

def expires(seconds):
    return network.now() + seconds

def listening(backlog=5):
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    return listener, split(f"http://127.0.0.1:{listener.getsockname()[1]}/")
"""
EARLY = """
def serve(listener):
    taken, _ = listener.accept()
    taken.recv(1000)
    taken.sendall(b"HTTP/1.1 413 Too Large\\r\\nContent-Length: 0\\r\\n\\r\\n")
    taken.close()

listener, url = listening()
threading.Thread(target=serve, args=(listener,), daemon=True).start()
stream = network.connect(url, expires(5), None)
print(stream.exchange(b"x" * 30_000_000, expires(5))[:12].decode())
"""
GONE = """
def serve(listener):
    taken, _ = listener.accept()
    taken.recv(1000)
    taken.close()

listener, url = listening()
threading.Thread(target=serve, args=(listener,), daemon=True).start()
stream = network.connect(url, expires(5), None)
try:
    print(stream.exchange(b"x" * 30_000_000, expires(5)))
except (BrokenPipeError, ConnectionResetError):
    print("gone")
"""
FULL = """
from urllib.parse import quote
path = os.path.join(tempfile.mkdtemp(), "s")
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(0)
url = split(f"http+unix://{quote(path, safe='')}/")
first = network.connect(url, expires(1), None)
try:
    network.connect(url, expires(0.3), None)
    print("connected")
except ConnectTimeout:
    print("waited")
threading.Timer(0.3, listener.accept).start()
network.connect(url, expires(5), None)
print("connected")
"""
DROPPED = """
listener, url = listening()
idle = Idle()
idle.give("one", network.connect(url, expires(5), None))
idle.give("one", network.connect(url, expires(5), None))
kept = network.connect(url, expires(5), None)
del idle
print(network.streams == {kept})
network.close()
kept.close()
print(network.streams)
"""


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param(EARLY, ["HTTP/1.1 413"], id="an answer before all is sent"),
        pytest.param(GONE, ["gone"], id="an end before all is sent"),
        pytest.param(FULL, ["waited", "connected"], id="a full queue of a unix socket"),
        pytest.param(DROPPED, ["True", "set()"], id="a pool that nobody has any more"),
    ],
)
def test_the_ends_of_connections(tmp_path: Path, script: str, told: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", HEAD + script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == told, done.stderr
    assert done.stderr == ""
