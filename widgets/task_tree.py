"""Goals and their tasks: what is done, what moves, what waits and for what."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from orchestrator.state import SessionState, Task
from widgets.line import Line
from widgets.rows import Key, RowsPane
from widgets.standing import of_goal, of_task
from widgets.task_line import draft_line, goal_line, task_line, workspace_line
from widgets.task_rows import WORKSPACE, TaskRows
from widgets.wording import plural


class TaskTree(RowsPane):
    """The tree of goals and tasks. Only rows in view are looked up and drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "fold", "Fold", show=False, id="tree.fold"),
        Binding("l,right", "unfold", "Unfold", show=False, id="tree.unfold"),
    ]

    class Selected(Message):
        """A person moved the cursor to another row.

        Attributes:
            subject_id: task or goal; empty for the workspace.
        """

        def __init__(self, subject_id: str) -> None:
            super().__init__()
            self.subject_id = subject_id

        def can_replace(self, message: Message) -> bool:
            """Of several moves in a row only the last one matters."""
            return isinstance(message, TaskTree.Selected)

    class Opened(Message):
        """A person pressed Enter on a row.

        Attributes:
            subject_id: task or goal; empty for the workspace.
        """

        def __init__(self, subject_id: str) -> None:
            super().__init__()
            self.subject_id = subject_id

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._state = SessionState()
        self._now = 0.0
        self._rows = TaskRows()
        self._counted: tuple[object, str] = (None, "")
        self.heading("Tasks")
        self.say("Opening the session ...")

    # --- what the screen uses ---------------------------------------------------------------

    def show(self, state: SessionState, now: float) -> None:
        """Show `state` as it is at the Unix time `now`."""
        self._state, self._now = state, now
        self._take_rows()
        self.heading("Tasks", self._counts())

    @property
    def selected(self) -> str:
        """The task or goal under the cursor; a draft counts as its goal; empty: the workspace."""
        return self._subject(self.cursor_key)

    def select(self, subject_id: str) -> None:
        """Put the cursor on a task or goal, unfolding its goal; nothing happens if unknown."""
        task = self._state.tasks.get(subject_id)
        if task is not None and task.goal_id in self._rows.folded:
            self._rows.folded.discard(task.goal_id)
            self.set_rows(self._rows.keys(self._state))
        key = (task.goal_id, subject_id) if task else (subject_id, "")
        if self.put_cursor(key):
            self._tell_why()
            self.repaint()

    # --- rows -------------------------------------------------------------------------------

    def row_line(self, key: Key, width: int, *, cursor: bool) -> Line:
        """A workspace, goal, task or draft row."""
        goal_id, task_id = key
        state, look = self._state, {"cursor": cursor, "ascii_only": self.ascii_only}
        if key == WORKSPACE:
            return workspace_line(_base_name(state.workspace), width, cursor=cursor)
        if not task_id:
            goal = state.goals[goal_id]
            point = of_goal(goal, state, self._now)
            return goal_line(goal, point, width, folded=goal_id in self._rows.folded, **look)
        if task := self._task_of(key):
            return task_line(task, of_task(task, state, self._now), width, **look)
        draft = self._rows.draft(goal_id, task_id)
        return draft_line(draft, width, **look) if draft else ()

    def cursor_moved(self) -> None:
        """Tell the screen."""
        self._tell_why()
        self.post_message(self.Selected(self.selected))

    def row_opened(self) -> None:
        """Tell the screen."""
        self.post_message(self.Opened(self.selected))

    # --- folding ----------------------------------------------------------------------------

    def action_fold(self) -> None:
        """Fold the goal under the cursor; on a task go to its goal."""
        goal_id, task_id = self.cursor_key or WORKSPACE
        if not goal_id:
            return
        if task_id:
            self._go_to_key((goal_id, ""))
        else:
            self._rows.folded.add(goal_id)
            self._take_rows()

    def action_unfold(self) -> None:
        """Unfold the goal under the cursor; if it is, go to its first task."""
        goal_id, task_id = self.cursor_key or WORKSPACE
        if not goal_id or task_id:
            return
        if goal_id in self._rows.folded:
            self._rows.folded.discard(goal_id)
            self._take_rows()
        else:
            self.action_move(1)

    # --- inside -----------------------------------------------------------------------------

    def _take_rows(self) -> None:
        keys = self._rows.keys(self._state)
        self.set_rows(keys)
        self.say(*(() if keys else ("No goal yet.", "Press n and say what you want.")))
        self._tell_why()
        self.repaint()

    def _go_to_key(self, key: Key) -> None:
        if self.put_cursor(key):
            self.repaint()
            self.cursor_moved()

    def _subject(self, key: Key | None) -> str:
        goal_id, task_id = key or WORKSPACE
        return task_id if self._task_of((goal_id, task_id)) else goal_id

    def _task_of(self, key: Key) -> Task | None:
        """The row's task; None for a draft, even if another goal's task has the same id."""
        task = self._state.tasks.get(key[1])
        return task if task is not None and task.goal_id == key[0] else None

    def _tell_why(self) -> None:
        state, subject = self._state, self.selected
        why = ""
        if task := state.tasks.get(subject):
            why = of_task(task, state, self._now).why
        elif goal := state.goals.get(subject):
            why = of_goal(goal, state, self._now).why
        self.footing(why)

    def _counts(self) -> str:
        tasks = self._state.tasks
        if self._counted[0] is not tasks:
            self._counted = (tasks, _counts(self._state))
        return self._counted[1]


def _counts(state: SessionState) -> str:
    if not len(state.tasks):
        return ""
    by = Counter(task.status for task in state.tasks.values())
    running = by["running"] + by["applying"]
    parts = (
        plural(len(state.tasks), "task")
        if not by["applied"] and not running
        else f"{len(state.tasks):,}",
        f"{by['applied']:,} applied" if by["applied"] else "",
        f"{running:,} running" if running else "",
        f"{by['failed']:,} failed" if by["failed"] else "",
    )
    return " · ".join(part for part in parts if part)


def _base_name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
