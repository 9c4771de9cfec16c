"""What there is to work with, and how to get what is missing."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.widget import Widget

from orchestrator.events import BackendsChecked
from orchestrator.values import BackendStatus
from tui.screens.card import Card, Plain, Row

_GET = {
    "ollama": "Install it from ollama.com, then: ollama serve",
    "openai": "Start its server: in LM Studio lms server start; llama.cpp: llama-server -m MODEL",
    "anthropic": "export ANTHROPIC_API_KEY=...",
    "claude_code": "npm install -g @anthropic-ai/claude-code, then once: claude",
}
"""What to do about a server that did not say it better itself, by its kind."""

DEMO = "It needs no model. Leave with q, then run: orchestrator-tui demo"


class FirstRunScreen(Card[str]):
    """Which model servers were found, what is missing and the command that gets it.

    Any key goes on; `d` tells about the demonstration first. Gives "goal" when the key was `n`.
    """

    def __init__(self, checked: BackendsChecked) -> None:
        super().__init__("Welcome", "any key goes on · d demonstration")
        self._checked = checked

    def body(self) -> Iterable[Widget]:
        """A verdict, a row for each server, and what to do next."""
        yield Plain(verdict(self._checked), "verdict")
        for status in self._checked.backends:
            mark = "✓" if status.reachable else "✗"
            yield Row(f"{mark} {status.name}", found(status), _colour(status))
            if not status.reachable:
                yield Row("", status.hint or _GET.get(status.kind, ""), "hint")
        yield Plain(next_step(self._checked), "next")

    def on_key(self, event: events.Key) -> None:
        """Any key goes on."""
        event.stop()
        event.prevent_default()
        if event.key == "d":
            self.query_one(".next", Plain).say(DEMO)
        else:
            self.close("goal" if event.key == "n" else None)


def usable(checked: BackendsChecked) -> bool:
    """True when at least one model can be asked."""
    return any(status.reachable for status in checked.backends)


def verdict(checked: BackendsChecked) -> str:
    """In a sentence: can work begin?"""
    local = [s for s in checked.backends if s.reachable and s.name != checked.claude]
    if not usable(checked):
        return "No model server answers, so nothing can be written yet."
    if not checked.claude:
        return "Claude is not there: a local model plans, and nothing can be escalated."
    if not local:
        return "No local model server answers: Claude would write everything."
    return "Claude plans and reviews, local models write. All is there."


def found(status: BackendStatus) -> str:
    """One line about a server."""
    if not status.reachable:
        return status.error or f"Nothing answers at {status.url}."
    models = f"{len(status.installed)} models" if len(status.installed) != 1 else "1 model"
    parts = (status.url, status.version, models if status.installed else "")
    return " · ".join(part for part in parts if part)


def next_step(checked: BackendsChecked) -> str:
    """What the person may do next."""
    if usable(checked):
        return "n states a goal, ? lists the keys."
    return "Start one of them, then press g: the room looks again."


def _colour(status: BackendStatus) -> str:
    return "good" if status.reachable else "danger"
