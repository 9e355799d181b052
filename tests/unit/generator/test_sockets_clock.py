"""Bringing the kernel's wall-clock stamps to the monotonic clock. Needs no socket."""

from __future__ import annotations

import struct
import subprocess
import sys

# In a process of its own: the module needs gevent's hub, which a test process should not have.
SCRIPT = """
import struct, time
from loadcell.generator import sockets

def stamp(wall):
    seconds = int(wall)
    return [(1, 35, struct.pack("@ll", seconds, int((wall - seconds) * 1e9)))]

network = sockets.GeventNetwork()
now, wall = time.monotonic(), time.time()
print(abs(network.arrival(stamp(wall - 0.25)) - (now - 0.25)) < 0.001)          # a stamp of the past is taken over
print(abs(network.arrival(stamp(wall + 5.0)) - time.monotonic()) < 0.1)        # one of the future is not
print(abs(network.arrival([]) - time.monotonic()) < 0.1)                       # none: just now

times = iter([10.0, 10.5, 11.0, 11.000001, 12.0, 12.4, 13.0, 13.3, 14.0, 14.2])
network.now = lambda: next(times)
before = network._offset
sockets._EPOCH_S = 0
sockets.time = type("Clock", (), {"time_ns": staticmethod(lambda: 1_000_000_000)})
network._set_offset()
print(abs(network._offset - (11.0000005 - 1.0)) < 1e-6)                        # the quickest of the readings counts

times = iter([10.0, 10.5, 11.0, 11.1, 12.0, 12.4, 13.0, 13.3, 14.0, 14.2])
kept = network._offset
network._set_offset()
print(network._offset == kept)                                                 # interrupted readings change nothing
"""


def test_stamps_are_brought_to_the_monotonic_clock() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 5, done.stderr
    assert struct.calcsize("@ll") == 16
