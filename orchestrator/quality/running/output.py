"""A command's output: decoded, capped, its beginning and its end kept."""

from __future__ import annotations

import codecs
import re
from collections import deque

_HEAD_SHARE = 4
"""One part in four is kept of the beginning: the end tells more."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


class CappedOutput:
    """Takes bytes as they arrive and keeps at most `limit` characters of their text."""

    def __init__(self, limit: int) -> None:
        self._head_limit = limit // _HEAD_SHARE
        self._tail_limit = limit - self._head_limit
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._head = ""
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._seen = 0

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """Take bytes; gives their text, invalid UTF-8 replaced."""
        text = self._decode(data, final)
        self._seen += len(text)
        room = self._head_limit - len(self._head)
        self._head += text[:room]
        self._keep_end(text[room:])
        return text

    def text(self) -> str:
        """What is kept, with a line that tells how much is not."""
        tail = "".join(self._tail)[-self._tail_limit :]
        left_out = self._seen - len(self._head) - len(tail)
        note = f"\n[... {left_out:,} characters left out ...]\n" if left_out else ""
        return self._head + note + tail

    def _keep_end(self, text: str) -> None:
        if not text:
            return
        self._tail.append(text[-self._tail_limit :])
        self._tail_size += len(self._tail[-1])
        while self._tail_size - len(self._tail[0]) >= self._tail_limit:
            self._tail_size -= len(self._tail.popleft())


def plain(text: str) -> str:
    """`text` without terminal escapes, and of lines redrawn with CR only what was last seen."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
