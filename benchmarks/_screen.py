"""A program in a terminal of its own: a pty that is read, and that answers like a terminal.

Textual 8.2 asks whether updates can be synchronized (mode 2026) and whether the size is told in
band (mode 2048); terminals of today say yes to the first, tmux and many others no to the second.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS, ROWS = 120, 40
"""The size of the terminal in cells."""

_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}
_STYLES = re.compile(rb"\x1b\[[0-9;:]*m")
_ANYTHING = re.compile(rb"\x1b\[[0-9;:?<=>]*[ -/]*[@-~]")
_READ = 65536
_CLOSING_SECONDS = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of the process so far, and of its children that have ended (Linux)."""
    clock = (~pid << 3) | 2  # a process's CPU clock, see clock_getcpuclockid(3)
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = int(after_name[13]) + int(after_name[14])
    return time.clock_gettime(clock) + children / _TICKS


class Program:
    """A program that believes it is in a terminal of 120x40 cells. Use as a context manager.

    Args:
        command: program and arguments.
        environment: everything it sees of one.
        cwd: the folder it runs in.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._cwd = cwd
        self._drawn = bytearray()
        self._answered: set[bytes] = set()
        self._master = -1
        self._began = 0.0
        self.pid = 0
        """The program's process."""

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            self._become()
        return self

    def _become(self) -> None:
        """In the child: the program. Never returns."""
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.chdir(self._cwd)
            os.execve(self._command[0], self._command, self._environment)  # noqa: S606 - no shell
        finally:
            os._exit(127)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.perf_counter() + _CLOSING_SECONDS
        while not self._ended():
            if time.perf_counter() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            self._take(0.05)
        os.close(self._master)

    def _ended(self) -> bool:
        pid, _ = os.waitpid(self.pid, os.WNOHANG)
        return pid == self.pid

    def until(self, *texts: str, seconds: float = 30.0) -> float:
        """Seconds from the start of the process until all of `texts` have been drawn.

        Raises:
            TimeoutError: that took longer than `seconds`, or the program ended.
        """
        wanted = [text.encode() for text in texts]
        seen = 0
        while True:
            if len(self._drawn) > seen:
                seen = len(self._drawn)
                plain = _STYLES.sub(b"", bytes(self._drawn))
                wanted = [text for text in wanted if text not in plain]
                if not wanted:
                    return time.perf_counter() - self._began
            left = self._began + seconds - time.perf_counter()
            if left <= 0 or not self._take(left):
                missing = ", ".join(repr(text.decode()) for text in wanted)
                raise TimeoutError(f"{missing} was not drawn. The end of it:\n{self.tail()}")

    def rest(self, seconds: float) -> None:
        """Let the program be for so long, taking what it draws."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._take(left)

    def tail(self) -> str:
        """The last of what was drawn, without escape sequences."""
        return _ANYTHING.sub(b" ", bytes(self._drawn[-4000:])).decode("utf-8", "replace")

    def _take(self, seconds: float) -> bool:
        """Read what comes within `seconds`; False when the program has closed the terminal."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._master, _READ)
        except OSError:  # Linux says EIO once nobody holds the other end
            return False
        self._drawn += data
        for question, answer in _ANSWERS.items():
            if question not in self._answered and question in self._drawn:
                self._answered.add(question)
                os.write(self._master, answer)
        return bool(data)
