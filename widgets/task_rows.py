"""Which rows the tree has: the workspace, goals with their tasks or drafts, loose tasks. Pure."""

from __future__ import annotations

from typing import Final

from orchestrator.state import Goal, SessionState
from orchestrator.values import TaskSpec
from widgets.rows import Key

WORKSPACE: Final[Key] = ("", "")
"""The row of everything that changed since the session began."""


class TaskRows:
    """The rows, and what is folded away.

    A key is (goal, task): a draft and the task it becomes have the same one, so the cursor stays.
    A goal's rows are made again only when its list of tasks changed.
    """

    def __init__(self) -> None:
        self.folded: set[str] = set()
        self._drafts: dict[str, tuple[TaskSpec, ...]] = {}
        self._made: dict[str, tuple[tuple[object, ...], tuple[Key, ...]]] = {}

    def keys(self, state: SessionState) -> tuple[Key, ...]:
        """Every row that is not folded away, from top to bottom; none in an empty session."""
        if not state.goal_order and not state.loose_tasks:
            return ()
        keys: list[Key] = [WORKSPACE]
        for goal_id in state.goal_order:
            keys.append((goal_id, ""))
            if goal_id not in self.folded:
                keys.extend(self._of_goal(state.goals[goal_id]))
        keys.extend(("", task_id) for task_id in state.loose_tasks)
        return tuple(keys)

    def draft(self, goal_id: str, task_id: str) -> TaskSpec | None:
        """The draft shown in a row."""
        drafts = self._drafts.get(goal_id, ())
        return next((spec for spec in reversed(drafts) if spec.task_id == task_id), None)

    def _of_goal(self, goal: Goal) -> tuple[Key, ...]:
        # An accepted plan's drafts are gone one event before its tasks are there: keep them.
        if goal.drafts or goal.status != "accepted" or goal.task_ids:
            self._drafts[goal.goal_id] = goal.drafts
        drafts = self._drafts.get(goal.goal_id, ())
        made_of = (goal.task_ids, drafts)
        made, keys = self._made.get(goal.goal_id, ((), ()))
        if len(made) != len(made_of) or any(a is not b for a, b in zip(made, made_of, strict=True)):
            ids = (*goal.task_ids, *(spec.task_id for spec in drafts))
            keys = tuple(dict.fromkeys((goal.goal_id, task_id) for task_id in ids))
            self._made[goal.goal_id] = (made_of, keys)
        return keys
