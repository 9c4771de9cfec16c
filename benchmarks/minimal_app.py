"""The smallest full-screen Textual app: one Static. What the room is compared with.

It measures nothing by itself; `first_frame.py` and `idle.py` start it. Leave it with Ctrl+Q.
"""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class MinimalApp(App[None]):
    """Nothing but Textual."""

    def compose(self) -> ComposeResult:
        """One line of text."""
        yield Static("minimal app")


if __name__ == "__main__":
    MinimalApp().run()
