import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import PlanError
from orchestrator.planning.plan import GrowingPlan, next_task_id, plan_schema, read_plan


def task(task_id: str, **fields: Any) -> dict[str, Any]:
    return {"task_id": task_id, "description": "do it", "output_file": f"{task_id}.py", **fields}


def answer(*tasks: dict[str, Any], summary: str = "a plan") -> str:
    return json.dumps({"summary": summary, "tasks": list(tasks)})


def test_a_whole_plan_is_read() -> None:
    summary, tasks = read_plan(answer(task("T-001"), task("T-002", depends_on=["T-001"])))
    assert summary == "a plan"
    assert [one.task_id for one in tasks] == ["T-001", "T-002"]
    assert tasks[1].depends_on == ("T-001",)


def test_a_fence_and_words_around_the_plan_are_tolerated() -> None:
    text = f"Here is the plan:\n```json\n{answer(task('T-001'))}\n```\nGood luck!"
    assert len(read_plan(text)[1]) == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("I can't do that.", "not JSON"),
        ('{"tasks": [', "not valid JSON"),
        ('{"tasks": []}', "no tasks"),
        ('{"tasks": [{"task_id": "T-1"}]}', "description"),
        (answer(task("T-1"), task("T-1")), "twice: T-1"),
        (answer(task("T-1", depends_on=["T-9"])), "depends on T-9"),
        (
            answer(task("T-1", depends_on=["T-2"]), task("T-2", depends_on=["T-1"])),
            "T-1 -> T-2 -> T-1",
        ),
        (answer({**task("T-1"), "output_file": "../outside.py"}), "T-1"),
        (answer({**task("T-1"), "output_file": "/etc/passwd"}), "T-1"),
        (answer(task("T-1", context_files=["a", "b", "c"])), "more than 2"),
        (answer(task("../T")), "no task id"),
        (answer({**task("T-1"), "description": " "}), "no description"),
    ],
)
def test_a_plan_that_can_not_be_run_is_refused_with_the_reason(text: str, named: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(text)
    assert named in str(caught.value)


def test_ids_that_another_plan_uses_are_replaced_everywhere() -> None:
    text = answer(task("T-001"), task("T-002", depends_on=["T-001"]))
    _, tasks = read_plan(text, taken={"T-001"})
    assert [one.task_id for one in tasks] == ["T-003", "T-002"]
    assert tasks[1].depends_on == ("T-003",)


def test_the_next_task_id_is_the_first_free_one() -> None:
    assert next_task_id({"T-001", "T-003"}) == "T-002"


def test_tasks_are_found_while_the_plan_grows() -> None:
    text = answer(task("T-001"), task("T-002"))
    growing = GrowingPlan()
    seen = [[one.task_id for one in growing.feed(piece)] for piece in text]
    assert [ids for ids in seen if ids] == [["T-001"], ["T-002"]]
    assert seen[-1] == []  # both were given before the plan was whole


@given(st.lists(st.integers(0, 400), max_size=12), st.text(max_size=20))
def test_where_a_piece_ends_does_not_matter(cuts: list[int], description: str) -> None:
    words = f'say "}}" and {{ {description}'
    text = answer(task("T-1", constraints=["] } ,"]), {**task("T-2"), "description": words})
    growing, found, start = GrowingPlan(), [], 0
    for cut in [*sorted(cuts), len(text)]:
        found += [one.task_id for one in growing.feed(text[start:cut])]
        start = max(start, cut)
    assert found == ["T-1", "T-2"]


@given(st.text(max_size=200))
def test_noise_is_no_plan_and_no_crash(noise: str) -> None:
    assert list(GrowingPlan().feed(noise)) == []
    with pytest.raises(PlanError):
        read_plan(noise)


def test_the_schema_names_the_categories_and_forbids_other_fields() -> None:
    schema = plan_schema(["utility", "docs"])
    item = schema["properties"]["tasks"]["items"]
    assert item["properties"]["category"]["enum"] == ["docs", "utility"]
    assert item["additionalProperties"] is False
    assert set(item["required"]) == set(item["properties"])
