"""A connection is opened only to addresses that are permitted, whatever name leads there. No packet is sent."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: the module needs gevent's hub, which a test process should not have.
SCRIPT = """
import socket, sys
from loadcell.generator import sockets
from loadcell.guard import Guard
from loadcell.http.failures import TargetNotAllowed
from loadcell.http.url import split

tried = []

def watch(event, arguments):
    if event == "socket.connect":
        tried.append(arguments[1][0])
        raise ConnectionRefusedError(111, "not in a test")

sys.addaudithook(watch)
NAMES = {
    "public.example": ["203.0.113.9", "2001:db8::9"],
    "private.example": ["10.0.0.9"],
    "both.example": ["203.0.113.9", "127.0.0.1"],
    "127.0.0.1": ["127.0.0.1"],
}

def look_up(host, port, family, kind):
    return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port)) for each in NAMES[host]]

def attempt(url, **guard):
    tried.clear()
    network = sockets.GeventNetwork(guard=Guard.of(**guard) if guard else None, look_up=look_up)
    try:
        network.connect(split(url), network.now() + 5, None)
    except (TargetNotAllowed, OSError) as error:
        print(type(error).__name__, *tried)
        return error

error = attempt("http://public.example/")
assert "public.example is neither" in str(error) and "--target-owned" in str(error), error
attempt("http://private.example:8000/")
attempt("http://127.0.0.1/")
attempt("http://both.example/")
attempt("http://public.example/", allowed=["public.example"])
attempt("http://public.example/", allowed=["2001:db8::/32"])
attempt("http://public.example/", allowed=["other.example"])
attempt("http://public.example/", allowed=[], owned=True)
"""
EXPECTED = """\
TargetNotAllowed
ConnectionRefusedError 10.0.0.9
ConnectionRefusedError 127.0.0.1
ConnectionRefusedError 127.0.0.1
ConnectionRefusedError 203.0.113.9 2001:db8::9
ConnectionRefusedError 2001:db8::9
TargetNotAllowed
ConnectionRefusedError 203.0.113.9 2001:db8::9
"""


def test_only_permitted_addresses_are_connected_to() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == EXPECTED, done.stderr
