"""A generator that carries no load but follows a script: for faults that a real one can't produce on command.

It speaks the link as `python -m loadcell.process` does. Its seconds may be short, and every user in them makes one request.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from loadcell.histogram import Histogram
from loadcell.messages import (
    Assign,
    Begin,
    Begun,
    Command,
    EntryCounts,
    ErrorCount,
    Event,
    Frames,
    Go,
    Health,
    Interval,
    Load,
    Quit,
    Ready,
    Refused,
    Report,
    Stop,
    Stopped,
    command_of,
    frame,
)
from loadcell.plan import Part, Plan

MODES = (
    "normal",
    "refuse",  # answers Load with Refused
    "exit-early",  # ends before it is ready
    "never-ready",  # does not answer Load
    "die",  # is killed right after its second interval
    "hang",  # does not answer Stop
    "linger",  # does not exit after Quit
    "quit-requested",  # asks for the end of the run after its first interval
    "unreachable",  # every request fails, no connection is opened
    "chatter",  # writes to stdout and stderr
    "garble",  # sends bytes that are no message
)


class ScriptedGenerator:
    def __init__(self, link: socket.socket, mode: str, only: str | None, second_s: float, ledger: Path | None) -> None:
        self._link = link
        self._mode = mode
        self._only = only
        self._second_s = second_s
        self._ledger = ledger
        self._load: Load | None = None
        self._plan: Plan | None = None
        self._parts: list[Part] = []
        self._start_at = 0.0
        self._second = 0
        self._sent = 0

    def run(self) -> int:
        frames = Frames()
        while True:
            readable, _, _ = select.select([self._link], [], [], self._pause_s())
            if readable:
                data = self._link.recv(65536)
                if not data:
                    return 1
                for body in frames.feed(data):
                    code = self._obey(command_of(body))
                    if code is not None:
                        return code
            elif self._plan is not None:
                self._end_second()

    def _pause_s(self) -> float | None:
        if self._plan is None:
            return None
        return max(0.0, self._start_at + (self._second + 1) * self._second_s - time.monotonic())

    def _plays(self, mode: str) -> bool:
        name = self._load.generator if self._load else ""
        return self._mode == mode and self._only in (None, name)

    def _obey(self, command: Command) -> int | None:
        match command:
            case Load():
                self._load = command
                return self._answer_load(command)
            case Begin():
                self._send(Begun())
            case Go():
                self._plan, self._parts, self._start_at = command.plan, list(command.parts), command.start_at
                self._second = max(0, int((time.monotonic() - command.start_at) / self._second_s))
                if self._plays("garble"):
                    self._link.sendall(b"\x00\x00\x00\x05\x63none")
            case Assign():
                self._parts.append(command.part)
            case Stop() if not self._plays("hang"):
                if self._plan is not None:
                    self._end_second()
                self._plan = None
                self._send(Stopped())
            case Quit() if not self._plays("linger"):
                return command.exit_code
        return None

    def _answer_load(self, load: Load) -> int | None:
        if self._plays("refuse"):
            self._send(Refused("The scenario has no user class.", "Write one."))
            return 2
        if self._plays("exit-early"):
            return 7
        if self._plays("chatter"):
            sys.stdout.write("to stdout: grüße\n")
            sys.stderr.write("to stderr, without an end of line")
        if not self._plays("never-ready"):
            self._send(Ready(os.getpid(), load.scenario, ["Scripted"], "http://service.test", "3", {}))
        return None

    def _end_second(self) -> None:
        assert self._plan is not None
        assert self._load is not None
        target = self._plan.target((self._second + 1) * self._second_s)
        users = sum(part.size(target) for part in self._parts)
        self._send(self._interval(self._load.generator, users))
        self._second += 1
        self._sent += 1
        if self._plays("die") and self._sent == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._plays("quit-requested") and self._sent == 1:
            self._send(Event("quit_requested", "The scenario ended the run.", data={"exit_code": 9}))

    def _interval(self, name: str, users: int) -> Interval:
        fails = self._plays("unreachable")
        latencies = Histogram()
        for _ in range(users):
            latencies.record(1000)
        counts = EntryCounts("GET", "/", users, total_us=1000 * users, min_us=1000, max_us=1000)
        if fails:
            counts.failures, counts.failed = users, latencies.to_bytes()
        else:
            counts.ok = latencies.to_bytes()
        if self._ledger is not None:
            with (self._ledger / name).open("a") as file:
                file.write(f"{users}\n")
        return Interval(
            second=self._second,
            start_s=self._second * self._second_s,
            end_s=(self._second + 1) * self._second_s,
            users=users,
            users_by_class={"Scripted": users},
            entries=[counts] if users else [],
            errors=[ErrorCount("GET", "/", "ConnectionRefusedError(111, 'Connection refused')", users, 0.0, 1.0)]
            if fails and users
            else [],
            health={name: Health(cpu=1.0)},
            connections=0 if fails else users,
        )

    def _send(self, report: Report) -> None:
        self._link.sendall(frame(report))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=MODES, default="normal")
    parser.add_argument("--only", help="the generator that the mode is for; without it, all")
    parser.add_argument("--second", type=float, default=1.0, help="how long a second of the script lasts, in s")
    parser.add_argument("--ledger", type=Path, help="a folder where each generator notes the requests it reports")
    parser.add_argument("--link", type=int, required=True)
    parser.add_argument("--parent", type=int)
    options, _ = parser.parse_known_args()  # What follows is the command line that a scenario would see.
    with socket.socket(fileno=options.link) as link:
        return ScriptedGenerator(link, options.mode, options.only, options.second, options.ledger).run()


if __name__ == "__main__":
    sys.exit(main())
