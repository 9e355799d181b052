"""One generator's process: started with an inherited socket, read until it is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loadcell.clock import SystemClock
from loadcell.messages import Command, Frames, Log, Report, frame, report_of
from loadcell.nodes.news import ProcessExit

# Unbuffered, so that a user's print() is seen when it happens although it goes through a pipe.
GENERATOR_COMMAND = (sys.executable, "-u", "-m", "loadcell.process")
UNLINKED_S = 5.0
"""How long a process may live on after it has closed its link."""
DRAIN_S = 1.0
"""How long to read on after the process has ended: a child of its own may still hold the other ends."""
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a generator finds around it; when nothing is said, what this process has."""

    words: Sequence[str] = field(default_factory=lambda: tuple(sys.argv))
    """The command line that the scenario sees."""
    folder: Path | None = None
    """The current folder."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those of this process."""
    lease: int | None = None
    """The descriptor of the lease that it must not outlive."""


class GeneratorProcess:
    """A process that is started with `--link FD --parent PID` and the words of its surroundings added to its command.

    It is in a session of its own.
    """

    def __init__(
        self,
        command: Sequence[str],
        surroundings: Surroundings | None = None,
        *,
        on_report: Callable[[Report], None],
        on_line: Callable[[str, str], None],
    ) -> None:
        """`on_line` gets the stream's name, "stdout" or "stderr", and one line without its end."""
        self._command = command
        self._surroundings = surroundings or Surroundings()
        self._on_report = on_report
        self._on_line = on_line
        self._process: asyncio.subprocess.Process | None = None
        self._unsent: asyncio.Queue[bytes] = asyncio.Queue()
        self._flaw = ""
        self._trouble_told = False
        self._kill_wanted = False

    @property
    def pid(self) -> int:
        """The process id; 0 before it is started."""
        return self._process.pid if self._process else 0

    def send(self, command: Command) -> None:
        """Send a command, once the process is started; without effect when it is gone."""
        self._unsent.put_nowait(frame(command))

    def kill(self) -> None:
        """End the process and what it has started, at once."""
        self._kill_wanted = True
        if self._process is not None and self._process.returncode is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    async def run(self) -> ProcessExit:
        """Start the process and stay until it is gone and all it sent was handed on. Cancelled, it takes it along."""
        try:
            near, far = socket.socketpair()
        except OSError as error:
            return ProcessExit(None, f"it could not be started: {error}")
        with near:
            near.setblocking(False)
            try:
                with far:
                    outputs = await self._start(far)
            except OSError as error:
                return ProcessExit(None, f"it could not be started: {error}")
            return await self._live(near, outputs)

    async def _start(self, far: socket.socket) -> dict[str, int]:
        """Start the process; returns the descriptors to read its output from."""
        # Pipes of our own: asyncio's would make the wait for the process a wait for everyone who has inherited them.
        around = self._surroundings
        lease = [] if around.lease is None else ["--lease", str(around.lease)]
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                "--link",
                str(far.fileno()),
                "--parent",
                str(os.getpid()),
                *lease,
                *around.words,
                cwd=around.folder,
                env={**os.environ, **around.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out_end,
                stderr=err_end,
                pass_fds=(far.fileno(),) if around.lease is None else (far.fileno(), around.lease),
                start_new_session=True,
            )
        except BaseException:
            os.close(out)
            os.close(err)
            raise
        finally:
            os.close(out_end)
            os.close(err_end)
        return {"stdout": out, "stderr": err}

    async def _live(self, near: socket.socket, outputs: dict[str, int]) -> ProcessExit:
        process = self._process
        assert process is not None
        forwards = [asyncio.create_task(self._forward(stream, fd)) for stream, fd in outputs.items()]
        link = asyncio.create_task(self._read_link(near))
        sending = asyncio.create_task(self._write_link(near))
        exit_ = asyncio.create_task(process.wait())
        try:
            if self._kill_wanted:
                self.kill()
            await asyncio.wait({link, exit_}, return_when=asyncio.FIRST_COMPLETED)
            if not exit_.done():
                await asyncio.wait({exit_}, timeout=UNLINKED_S)
                self.kill()
            await exit_
            await asyncio.wait({link, *forwards}, timeout=DRAIN_S)
            return ProcessExit(process.returncode, self._flaw)
        finally:
            self.kill()
            for task in (link, sending, *forwards):
                task.cancel()
            await asyncio.gather(link, sending, *forwards, exit_, return_exceptions=True)

    async def _read_link(self, near: socket.socket) -> None:
        # Not through a stream: one whose writing fails throws away what has not been read of it, and with it the last
        # seconds of a process that is gone.
        loop = asyncio.get_running_loop()
        frames = Frames()
        try:
            while data := await loop.sock_recv(near, _CHUNK):
                for body in frames.feed(data):
                    self._on_report(report_of(body))
        except OSError:
            pass
        except ValueError as error:
            self._flaw = f"it sent something that can't be understood ({error})"
            self.kill()

    async def _write_link(self, near: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                await loop.sock_sendall(near, await self._unsent.get())
        except OSError:
            pass

    async def _forward(self, stream: str, fd: int) -> None:
        reader = asyncio.StreamReader()
        pipe = os.fdopen(fd, "rb", buffering=0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        rest = b""
        try:
            while data := await reader.read(_CHUNK):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._hand_on(stream, line)
        finally:
            if rest:
                self._hand_on(stream, rest)
            transport.close()

    def _hand_on(self, stream: str, line: bytes) -> None:
        """Whatever becomes of the line: a process whose output is no longer read would stand still."""
        try:
            self._on_line(stream, line.decode(errors="replace"))
        except Exception as error:
            if not self._trouble_told:
                self._trouble_told = True
                said = f"Output of process {self.pid} can't be shown: {type(error).__name__}: {error}."
                self._on_report(Log("ERROR", "loadcell", said, SystemClock().wall()))
