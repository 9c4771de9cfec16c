"""Is the terminal still there? And what to do when it is not.

Measured with Textual 8.2 on Linux, when a terminal vanishes while SIGHUP is ignored (nohup):
- its reader asks an ended terminal again and again, at 85 to 109 % CPU;
- its writer dies of the first write that fails, and the program blocks for ever once thirty more
  writes wait for it;
- the SIGCONT that the kernel sends along makes it start the terminal once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import sys
import termios
from collections.abc import Callable
from types import FrameType
from typing import TextIO


class Terminal:
    """The terminal on one file descriptor.

    Args:
        descriptor: usually standard input, 0.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._was_there = os.isatty(descriptor)

    def gone(self) -> bool:
        """True when there was a terminal and it has hung up."""
        return self._was_there and has_hung_up(self._descriptor)

    @staticmethod
    def let_go(descriptors: tuple[int, ...] = (0, 1, 2)) -> None:
        """Lead what is still written to a terminal that hung up to nowhere, so nothing blocks."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in descriptors:
            if has_hung_up(descriptor):
                os.dup2(nowhere, descriptor)
        os.close(nowhere)


def has_hung_up(descriptor: int) -> bool:
    """True when the terminal behind `descriptor` is gone: it answers every question with EIO."""
    try:
        termios.tcgetattr(descriptor)
    except termios.error as error:
        return bool(error.args) and error.args[0] == errno.EIO
    return False


def on_ending_signals(end: Callable[[], None]) -> None:
    """Call `end` on SIGTERM and SIGHUP, unless they are ignored, so that all is closed in order.

    By default they kill a Textual program without restoring the terminal.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, end)


def on_continue_without_terminal(terminal: Terminal, end: Callable[[], None]) -> None:
    """Call `end` when the program is continued because its terminal hung up.

    Continued for any other reason (`fg` in a shell), it does what it did before.
    """
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGCONT)

    def continued(number: int, frame: FrameType | None) -> None:
        if terminal.gone():
            loop.call_soon_threadsafe(end)
        elif callable(before):
            before(number, frame)

    signal.signal(signal.SIGCONT, continued)


class Forgiving:
    """A text stream to a terminal; what is written after the terminal's end is dropped.

    Args:
        stream: where to write.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or drop."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with contextlib.suppress(OSError):
            self._stream.flush()

    def fileno(self) -> int:
        """The file descriptor."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """True while there is a terminal."""
        return self._stream.isatty()


def forgive_output() -> Callable[[], None]:
    """Have Textual, which draws on `sys.__stderr__`, draw through `Forgiving`.

    Returns:
        What puts the stream back.
    """
    names, stream = vars(sys), sys.__stderr__
    if stream is not None:
        names["__stderr__"] = Forgiving(stream)

    def put_back() -> None:
        names["__stderr__"] = stream

    return put_back
