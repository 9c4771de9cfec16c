"""What may start next: dependencies, cycles, and what stands still until a person acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.state import SessionState, Task


def find_cycle(depends_on: Mapping[str, Sequence[str]]) -> list[str]:
    """The tasks of one cycle in order, the first repeated at the end; empty when there is none.

    Dependencies on tasks that are not keys are ignored.
    """
    done: set[str] = set()
    for start in depends_on:
        path: list[str] = []
        stack = [(start, iter(depends_on[start]))] if start not in done else []
        if stack:
            path.append(start)
        while stack:
            key, rest = stack[-1]
            following = next((k for k in rest if k in depends_on and k not in done), None)
            if following is None:
                done.add(key)
                stack.pop()
                path.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            else:
                path.append(following)
                stack.append((following, iter(depends_on[following])))
    return []


def ready(state: SessionState, now: float) -> list[Task]:
    """Tasks that may start: waiting, their time has come, all they depend on is applied.

    In order of the plan; a task that others wait for comes before one that nobody waits for.
    """
    if state.paused:
        return []
    wanted = [
        task
        for task in state.tasks_in_order()
        if task.status == "waiting"
        and (task.wait_until is None or task.wait_until <= now)
        and not state.unmet(task)
    ]
    followers = _followers(state)
    return sorted(wanted, key=lambda task: -followers.get(task.spec.task_id, 0))


def _followers(state: SessionState) -> dict[str, int]:
    counts: dict[str, int] = {}
    for task in state.tasks.values():
        for key in task.spec.depends_on:
            counts[key] = counts.get(key, 0) + 1
    return counts


def next_wake(state: SessionState, now: float = 0.0) -> float | None:
    """When the next waiting goal or task may be tried, in Unix seconds; None when none waits.

    Always later than `now`: what may start already, and does not, waits for something else.
    """
    if state.paused:
        return None
    goals = [goal.wait_until for goal in state.goals.values() if goal.status == "planning"]
    tasks = [
        task.wait_until
        for task in state.tasks.values()
        if task.status == "waiting" and not state.unmet(task)
    ]
    return min((at for at in (*goals, *tasks) if at is not None and at > now), default=None)
