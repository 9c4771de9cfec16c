"""A terminal that goes away is noticed, and what is written to it then blocks nobody."""

import asyncio
import os
import pty
import signal
import sys

from tui.terminal import (
    Forgiving,
    Terminal,
    forgive_output,
    has_hung_up,
    on_continue_without_terminal,
    on_ending_signals,
)


def test_a_terminal_is_there_until_its_other_end_is_closed() -> None:
    master, slave = pty.openpty()
    terminal = Terminal(slave)
    assert not terminal.gone()
    os.close(master)
    assert terminal.gone()
    os.close(slave)


def test_what_never_was_a_terminal_does_not_go_away() -> None:
    reading, writing = os.pipe()
    terminal = Terminal(reading)
    os.close(writing)
    assert not terminal.gone()
    os.close(reading)


def test_what_is_written_after_the_end_goes_nowhere() -> None:
    master, slave = pty.openpty()
    os.close(master)
    Terminal.let_go((slave,))
    assert not has_hung_up(slave)
    assert os.write(slave, b"gone") == 4
    os.close(slave)


def test_drawing_goes_on_without_a_terminal() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as stream:
        drawing = Forgiving(stream)
        drawing.write("seen")
        drawing.flush()
        assert os.read(master, 4) == b"seen"
        os.close(master)
        for _ in range(100):
            drawing.write("nobody sees this")
            drawing.flush()
        assert not drawing.isatty()
        Terminal.let_go((slave,))


def test_the_stream_is_put_back() -> None:
    before = sys.__stderr__
    put_back = forgive_output()
    assert type(vars(sys)["__stderr__"]) is Forgiving
    put_back()
    assert sys.__stderr__ is before


async def test_being_told_to_end_ends_in_order() -> None:
    ended = asyncio.Event()
    on_ending_signals(ended.set)
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(ended.wait(), 5)
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_an_ignored_hangup_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        on_ending_signals(lambda: None)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGHUP, before)


async def test_a_program_that_is_continued_without_its_terminal_ends() -> None:
    master, slave = pty.openpty()
    continued: list[int] = []
    before = signal.signal(signal.SIGCONT, lambda number, _: continued.append(number))
    ended = asyncio.Event()
    try:
        on_continue_without_terminal(Terminal(slave), ended.set)
        os.kill(os.getpid(), signal.SIGCONT)
        assert continued == [signal.SIGCONT], "with a terminal it goes on as it did before"
        os.close(master)
        os.kill(os.getpid(), signal.SIGCONT)
        await asyncio.wait_for(ended.wait(), 5)
        assert len(continued) == 1
    finally:
        signal.signal(signal.SIGCONT, before)
        os.close(slave)
