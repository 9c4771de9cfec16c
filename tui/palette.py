"""The command palette: every row of the table of keys, found by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.keys import KEYS, Key


class KeyCommands(Provider):
    """Offers what the keys do; choosing one does what its key would do on the same screen."""

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for key in _offered():
            yield DiscoveryHit(_name(key), self._run(key), help=key.help)

    async def search(self, query: str) -> Hits:
        """What fits the query, the best first."""
        matcher = self.matcher(query)
        for key in _offered():
            text = f"{key.label} {key.help}"
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, _name(key), self._run(key), text=text, help=key.help)

    def _run(self, key: Key) -> Callable[[], Awaitable[bool]]:
        return partial(self.app.run_action, key.action, self.screen)


def _offered() -> list[Key]:
    """Rows that do something from anywhere, each action once."""
    by_action = {key.action: key for key in reversed(KEYS) if key.action and key.id != "commands"}
    return list(reversed(by_action.values()))


def _name(key: Key) -> Content:
    return Content.assemble(f"{key.label}  ", (key.display, "dim"))
