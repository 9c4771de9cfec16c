"""Opens the room on a fake engine and waits for what should come, without sleeping."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from rich.cells import cell_len
from textual.pilot import Pilot
from textual.screen import Screen

from tests.tui.fake_engine import NOON, FakeEngine
from tui.app import RoomApp

WIDE, NARROW, TINY = (120, 40), (80, 24), (50, 20)


class ListeningApp(RoomApp):
    """The app, with a memory for what it said in passing."""

    def __init__(self, engine: FakeEngine, **options: Any) -> None:
        super().__init__(engine, title="shop-api", clock=lambda: NOON, **options)
        self.told: list[tuple[str, str]] = []

    def notify(self, message: str, **options: Any) -> None:
        self.told.append((options.get("severity", "information"), message))
        super().notify(message, **options)


class Room:
    """The running app, its engine, and a person's hands."""

    def __init__(self, app: ListeningApp, engine: FakeEngine, pilot: Pilot[None]) -> None:
        self.app, self.engine, self.pilot = app, engine, pilot
        self.screen, self.panes = app.room, app.room.panes

    async def press(self, *keys: str) -> None:
        """Press keys, and let everything that follows from them happen."""
        await self.pilot.press(*keys)
        await self.quiet()

    async def write(self, text: str) -> None:
        await self.press(*("space" if char == " " else char for char in text))

    async def emit(self, *events: Any) -> None:
        """Let the engine tell events, and wait until they are drawn."""
        self.engine.emit(*events)
        await self.quiet()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not reached():
                await self.pilot.pause()

    async def quiet(self) -> None:
        """Until the newest event was drawn and what was asked for has arrived."""
        await self.pilot.pause()
        await self.until(self._is_quiet)
        await self.pilot.pause()

    def _is_quiet(self) -> bool:
        asked = [w for w in self.app.workers if w.group in {"commands", "looks"}]
        return (
            self.engine.delivered
            and self.screen.bridge.idle
            and self.screen.state.seq == self.engine.state.seq
            and all(worker.is_finished for worker in asked)
        )

    def shows(self, screen: type[Screen[Any]]) -> bool:
        """True when such a screen lies on top."""
        return isinstance(self.app.screen, screen)

    @property
    def at_home(self) -> bool:
        """True when no card lies over the room."""
        return self.app.screen is self.screen

    @property
    def selected(self) -> str:
        return self.screen.selection.subject

    @property
    def told(self) -> list[str]:
        """Every passing remark so far."""
        return [text for _, text in self.app.told]

    @property
    def text(self) -> str:
        """The screen as a person reads it."""
        return text_of(self.app.export_screenshot())


@asynccontextmanager
async def opened(
    engine: FakeEngine, size: tuple[int, int] = WIDE, **options: Any
) -> AsyncIterator[Room]:
    app = ListeningApp(engine, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        room = Room(app, engine, pilot)
        await room.quiet()
        yield room
    assert engine.subscribers == 0, "the app left its subscription open"


_PIECE = re.compile(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')
_CELL = 12.2


def text_of(svg: str) -> str:
    """The characters of a screenshot, each where it stands."""
    rows: dict[float, dict[int, str]] = {}
    for x, y, piece in _PIECE.findall(svg):
        row = rows.setdefault(float(y), {})
        row[round(float(x) / _CELL)] = html.unescape(piece).replace("\xa0", " ")
    return "\n".join(_joined(rows[y]) for y in sorted(rows))


def _joined(row: dict[int, str]) -> str:
    line = ""
    for column in sorted(row):
        line += " " * (column - cell_len(line)) + row[column]
    return line
