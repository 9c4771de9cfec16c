from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.events import Event, Paused, TasksAdded, TaskWaiting
from orchestrator.reduce import reduce_all
from orchestrator.scheduling import find_cycle, next_wake, ready
from orchestrator.state import SessionState
from orchestrator.values import TaskSpec


def session(*events: Event) -> SessionState:
    return reduce_all(events)


def tasks(**depends_on: tuple[str, ...]) -> TasksAdded:
    return TasksAdded(
        tasks=tuple(
            TaskSpec(task_id=key, description="d", output_file=f"{key}.py", depends_on=value)
            for key, value in depends_on.items()
        )
    )


def names(state: SessionState, now: float = 0.0) -> list[str]:
    return [task.spec.task_id for task in ready(state, now)]


def test_a_task_waits_until_all_it_depends_on_is_applied() -> None:
    assert names(session(tasks(A=(), B=("A",), C=("A", "B")))) == ["A"]


def test_independent_tasks_are_ready_together() -> None:
    assert names(session(tasks(A=(), B=(), C=()))) == ["A", "B", "C"]


def test_what_others_wait_for_comes_first() -> None:
    assert names(session(tasks(A=(), B=(), C=("B",)))) == ["B", "A"]


def test_nothing_is_ready_in_a_pause() -> None:
    assert names(session(tasks(A=()), Paused())) == []


def test_a_task_that_waits_for_a_time_is_ready_when_it_has_come() -> None:
    state = session(tasks(A=()), TaskWaiting(task_id="A", reason="quota", until=100.0))
    assert names(state, now=99.0) == []
    assert next_wake(state) == 100.0
    assert names(state, now=100.0) == ["A"]


def test_a_cycle_is_named_in_order() -> None:
    assert find_cycle({"A": ["B"], "B": ["C"], "C": ["A"], "D": []}) == ["A", "B", "C", "A"]


def test_a_task_that_waits_for_itself_is_a_cycle() -> None:
    assert find_cycle({"A": ["A"]}) == ["A", "A"]


def test_a_diamond_is_no_cycle() -> None:
    assert find_cycle({"A": ["B", "C"], "B": ["D"], "C": ["D"], "D": []}) == []


@given(st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9))
def test_a_cycle_is_found_exactly_when_there_is_one(graph: dict[int, list[int]]) -> None:
    named = {str(key): [str(item) for item in value] for key, value in graph.items()}
    cycle = find_cycle(named)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(after in named[before] for before, after in pairwise(cycle))
    else:
        assert all(_can_be_ordered(named))


def _can_be_ordered(graph: dict[str, list[str]]) -> list[bool]:
    """Kahn's way of ordering, as a second opinion."""
    left = {key: {item for item in value if item in graph} for key, value in graph.items()}
    while free := [key for key, value in left.items() if not value]:
        for key in free:
            del left[key]
        for value in left.values():
            value.difference_update(free)
    return [not left]
