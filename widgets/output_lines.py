"""The newest lines of an output, kept in bounded memory. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final, Literal, NamedTuple

from orchestrator.text import Safe, SafeStream, safe
from widgets.wording import plural

Kind = Literal["text", "thinking", "test"]

KEPT_LINES: Final = 5000
"""Lines one can scroll back; the whole text is in the session's log."""
_TITLES: Final[dict[Kind, str]] = {"text": "answer", "thinking": "thinking", "test": "test output"}


class OutputLine(NamedTuple):
    """A line as it is shown."""

    text: Safe
    kind: Kind | Literal["title"]


class OutputLines:
    """A ring of lines, numbered from the first one ever fed, so that a place stays a place."""

    def __init__(self, kept: int = KEPT_LINES) -> None:
        self._ring: deque[OutputLine] = deque(maxlen=kept)
        self._stream = SafeStream()
        self._kind: Kind = "text"
        self._open = ""
        self._ended = 0

    @property
    def first(self) -> int:
        """Number of the oldest line that is kept."""
        return self._ended - len(self._ring)

    @property
    def last(self) -> int:
        """Number of the line that still grows; smaller than `first` when there is nothing."""
        return self._ended if self._growing else self._ended - 1

    @property
    def _growing(self) -> bool:
        return bool(self._open or self._stream.pending)

    def at(self, number: int) -> OutputLine:
        """The line of that number, between `first` and `last`."""
        if number == self._ended:
            return OutputLine(Safe(self._open + self._stream.pending), self._kind)
        return self._ring[number - self.first]

    def feed(self, text: str, kind: Kind) -> None:
        """Append a piece. A piece of another kind begins a new line below a title."""
        if kind != self._kind:
            self._end_line()
            self._kind = kind
            if self._ended or kind != "text":
                self._push(OutputLine(Safe(_TITLES[kind]), "title"))
        self._append(self._stream.feed(text))

    def load(self, text: str) -> None:
        """Take a stored text in place of everything."""
        kept = self._ring.maxlen or KEPT_LINES
        lines = text.rsplit("\n", kept)
        cut = len(lines) > kept
        self.clear()
        if cut:
            earlier = plural(lines[0].count("\n") + 1, "earlier line")
            self._push(OutputLine(Safe(f"{earlier} in the session's log"), "title"))
        shown = "\n".join(lines[1:] if cut else lines)
        # The last piece of the text may go on: it must pass the gate as part of a stream.
        whole, newline, rest = shown.rpartition("\n")
        self._append(Safe(safe(whole) + newline))
        self._append(self._stream.feed(rest))

    def clear(self) -> None:
        """Forget everything."""
        self._ring.clear()
        self._stream.finish()
        self._kind, self._open, self._ended = "text", "", 0

    def _append(self, shown: Safe) -> None:
        first, *others = shown.split("\n")
        self._open += first
        for line in others:
            self._push(OutputLine(Safe(self._open), self._kind))
            self._open = line

    def _end_line(self) -> None:
        self._open += self._stream.finish()
        if self._open:
            self._push(OutputLine(Safe(self._open), self._kind))
        self._open = ""

    def _push(self, line: OutputLine) -> None:
        self._ring.append(line)
        self._ended += 1
