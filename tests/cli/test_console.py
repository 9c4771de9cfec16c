"""Colour only where a person sees it, and never a control character from outside."""

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from orchestrator.errors import OrchestratorError
from tui.commands.console import Console


class Terminal(io.TextIOWrapper):
    """A terminal that remembers what was drawn on it."""

    def __init__(self, encoding: str = "utf-8", *, real: bool = True) -> None:
        self.bytes = io.BytesIO()
        self._real = real
        super().__init__(self.bytes, encoding=encoding)

    def isatty(self) -> bool:
        return self._real

    def drawn(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


@contextmanager
def on(terminal: Terminal) -> Iterator[Terminal]:
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = terminal
    try:
        yield terminal
    finally:
        sys.stdout, sys.stderr = before


def test_a_terminal_gets_colour() -> None:
    with on(Terminal()) as terminal:
        Console({}).line("fine", "green")
    assert terminal.drawn() == "\x1b[32mfine\x1b[0m\n"


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_none_gets_none(env: Mapping[str, str]) -> None:
    with on(Terminal()) as terminal:
        Console(env).line("fine", "green")
    assert terminal.drawn() == "fine\n"


def test_a_pipe_gets_none() -> None:
    with on(Terminal(real=False)) as terminal:
        Console({}).line("fine", "green")
    assert terminal.drawn() == "fine\n"


def test_text_from_outside_can_t_steer_the_terminal() -> None:
    with on(Terminal()) as terminal:
        console = Console({"NO_COLOR": "1"})
        console.line("a\x1b[2Jb\nc")
        console.say("\x9b31m")
        console.text("one\ntwo\x07\r")
        console.complain(OrchestratorError("\x1b]0;x\x07", "\x1b]52;c;eA==\x07"))
        console.json({"text": "\x1b[2J\u202e"})
    assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e"} & set(terminal.drawn())
    assert "one\ntwo" in terminal.drawn()


def test_a_long_line_of_an_answer_is_not_cut() -> None:
    with on(Terminal()) as terminal:
        Console({}).text("x" * 100_000)
    assert terminal.drawn() == "x" * 100_000 + "\n"


def test_a_character_the_terminal_lacks_is_replaced() -> None:
    with on(Terminal("ascii")) as terminal:
        Console({}).line("grün → blau")
    assert terminal.drawn() == "gr?n ? blau\n"
