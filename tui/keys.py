"""The one table of keys. Bindings, key bar, help, command palette and README are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from textual.binding import Binding

from tui.situation import Situation, candidate_of, needs_diff


def _always(now: Situation) -> bool:
    del now
    return True


def _unsaid(now: Situation) -> bool:
    """For keys that everyone finds: they work, but take no place in the key bar."""
    del now
    return False


def _waits(now: Situation) -> bool:
    return now.entry is not None


def _has_diff(now: Situation) -> bool:
    return now.entry is not None and needs_diff(now.state, now.entry)


def _approves(now: Situation) -> bool:
    return _has_diff(now) or (now.entry is not None and now.entry.kind != "exhausted")


def _retries(now: Situation) -> bool:
    return _waits(now) or now.reopens


def _escalates(now: Situation) -> bool:
    return now.entry is not None and bool(now.entry.task_id)


def _stops(now: Situation) -> bool:
    return now.running and not _waits(now)


def _undoes(now: Situation) -> bool:
    return bool(now.to_undo)


def _several_proven(now: Situation) -> bool:
    return len(now.proven) > 1


def _opens(now: Situation) -> bool:
    return now.pane in {"needs", "tasks"} and bool(now.subject or now.listed)


def _selected(now: Situation) -> bool:
    return bool(now.subject)


def _moves(now: Situation) -> bool:
    return bool(now.busy) and not now.state.paused


def _paused(now: Situation) -> bool:
    return now.state.paused


def _has_hunks(now: Situation) -> bool:
    return bool(candidate_of(now.state, now.subject))


def _in_output(now: Situation) -> bool:
    return now.pane == "output"


def _in_tasks(now: Situation) -> bool:
    return now.pane == "tasks" and bool(now.state.goal_order)


class Key(msgspec.Struct, frozen=True):
    """One row: what a key does and when it applies."""

    id: str
    """Name of the row, for keymaps."""
    key: str
    """As Textual writes it; several separated by commas."""
    label: str
    """One or two words for key bar and palette."""
    action: str
    """What the room does; empty when the focused pane answers the key itself."""
    group: str
    """Heading in the help."""
    when: Callable[[Situation], bool]
    """True when the key bar should offer it."""
    help: str
    """A sentence for help, palette and README."""
    written: str = ""
    """How the key is written for people; empty: as `key`."""

    @property
    def display(self) -> str:
        """The key as people write it."""
        return self.written or self.key


# fmt: off
KEYS: tuple[Key, ...] = (
    Key("approve", "a", "approve", "decide('approve')", "Decide", _approves,
        "Say yes to what is shown: apply the diff, accept the plan."),
    Key("retry", "r", "retry", "decide('retry')", "Decide", _retries,
        "Once more, with an optional note to the model."),
    Key("escalate", "e", "escalate", "decide('escalate')", "Decide", _escalates,
        "Let Claude write it."),
    Key("reject", "x", "reject", "decide('reject')", "Decide", _waits,
        "Drop the diff or the plan."),
    Key("stop", "x", "stop", "decide('reject')", "Decide", _stops,
        "Stop the selected task while it is being written."),
    Key("open", "enter", "open", "open", "Move", _opens,
        "Read the diff of the selected entry or task.", "⏎"),
    Key("help", "?", "help", "help", "Room", _always,
        "This list."),
    Key("undo", "u", "undo", "decide('undo')", "Decide", _undoes,
        "Take the selected change, or the last one, back out."),
    Key("goal", "n", "goal", "decide('goal')", "Work", _always,
        "State a new goal."),
    Key("why", "w", "why", "why", "Look", _selected,
        "Tell in sentences why the selected thing is as it is."),
    Key("approve_all", "A", "all proven", "decide('approve_all')", "Decide",
        _several_proven, "Apply every diff whose tests ran and passed; asks once."),
    Key("pause", "p", "pause", "decide('pause')", "Work", _moves,
        "Start nothing new; what runs goes on."),
    Key("resume", "p", "go on", "decide('pause')", "Work", _paused,
        "Start work again after a pause."),
    Key("follow", "f", "follow", "follow", "Look", _in_output,
        "Follow the end of the output, or let go of it."),
    Key("fold", "h,l", "fold", "", "Move", _in_tasks,
        "Fold and unfold in Tasks; to the side in Diff.", "h l"),
    Key("zoom", "z", "zoom", "zoom", "Look", _always,
        "The focused pane alone, and back."),
    Key("commands", ":,ctrl+p", "commands", "app.command_palette", "Room", _always,
        "Find any of these by name.", ":"),
    Key("quit", "q,ctrl+c,ctrl+q", "quit", "app.quit", "Room", _always,
        "Leave; asks once more while something runs.", "q"),
    Key("next_hunk", "]", "next hunk", "hunk(1)", "Look", _has_hunks,
        "Next hunk of the diff."),
    Key("previous_hunk", "[", "previous hunk", "hunk(-1)", "Look", _unsaid,
        "Previous hunk."),
    Key("next_file", "}", "next file", "file(1)", "Look", _unsaid,
        "Next file of the diff."),
    Key("previous_file", "{", "previous file", "file(-1)", "Look", _unsaid,
        "Previous file."),
    Key("backends", "g", "servers", "decide('backends')", "Work", _unsaid,
        "Look again which model servers are there."),
    Key("move", "j,k", "move", "", "Move", _unsaid,
        "Move in the focused pane; arrows and PgUp, PgDn do too.", "j k"),
    Key("next_pane", "tab", "next pane", "step_pane(1)", "Move", _unsaid,
        "Next pane.", "Tab"),
    Key("previous_pane", "shift+tab", "previous pane", "step_pane(-1)", "Move", _unsaid,
        "Previous pane.", "Shift+Tab"),
    Key("pane_tasks", "1", "tasks", "pane('tasks')", "Move", _unsaid, "Go to Tasks."),
    Key("pane_output", "2", "output", "pane('output')", "Move", _unsaid, "Go to Output."),
    Key("pane_diff", "3", "diff", "pane('diff')", "Move", _unsaid, "Go to Diff."),
    Key("pane_needs", "4", "needs you", "pane('needs')", "Move", _unsaid, "Go to Needs you."),
    Key("pane_quota", "5", "quota", "pane('quota')", "Move", _unsaid, "Go to Quota."),
    Key("back", "escape", "back", "back", "Move", _unsaid,
        "Leave the zoom; in a small terminal back to the list.", "Esc"),
)
# fmt: on
"""In order of importance: the key bar drops from the end."""

GROUPS = ("Decide", "Work", "Look", "Move", "Room")


def bindings() -> list[Binding]:
    """A Textual binding for every key that the room answers, each with its id."""
    return [
        Binding(key.key, key.action, key.label, show=False, id=key.id)
        for key in KEYS
        if key.action and key.id not in _TWINS
    ]


_TWINS = {"stop", "resume"}
"""Second names of a key whose action asks the situation itself."""


def applicable(now: Situation) -> tuple[tuple[str, str], ...]:
    """(key, label) of what can be done now, the most important first."""
    return tuple((key.display, key.label) for key in KEYS if key.when(now))


def by_group() -> Iterator[tuple[str, tuple[Key, ...]]]:
    """Headings and their rows, for the help."""
    for group in GROUPS:
        yield group, tuple(key for key in KEYS if key.group == group)


def keys_markdown() -> str:
    """The README's table of keys."""
    rows = [f"| {_code(key.display)} | {key.help} |" for _, keys in by_group() for key in keys]
    return "\n".join(["| Key | What it does |", "|---|---|", *rows])


def _code(display: str) -> str:
    return " ".join(f"`{part}`" for part in display.split())
