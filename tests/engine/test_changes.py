"""The user's files: written only as approved, never over an edit, never half."""

import asyncio
import shutil
from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator.changes import Changes
from orchestrator.engine import Engine
from orchestrator.errors import CommandRefused, Conflict, OrchestratorError, WorkspaceError
from orchestrator.events import BreakpointResolved, TasksAdded
from orchestrator.following import raise_breakpoint
from orchestrator.state import Candidate
from orchestrator.values import FileChange
from orchestrator.workbench import Workbench
from tests.engine.house import House, breakpoint_of, digest, run_task, soon, task, until, waits
from tests.engine.models import ADD

HEAD = '"""Sums."""\n\nSIGN = "+"\n'
BODY = "\n\ndef add(a, b):\n    return a - b\n"
FIXED = "\n\ndef add(a, b):\n    return a + b\n"


def said(content: str) -> str:
    return f"```python\n{content}```"


async def a_diff(engine: Engine, house: House, before: str = HEAD + BODY) -> None:
    """A task that waits with a diff for calc/add.py."""
    (house.workspace / "calc" / "add.py").write_text(before)
    house.local.script = said(before.replace(BODY, FIXED))
    await run_task(engine, task("T-001"))
    assert breakpoint_of(engine.state, "T-001")[0] == "diff"


async def test_an_edit_made_meanwhile_elsewhere_in_the_file_is_kept(house: House) -> None:
    async with house.engine() as engine:
        await a_diff(engine, house)
        edited = HEAD.replace('"+"', '"plus"')
        (house.workspace / "calc" / "add.py").write_text(edited + BODY)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("calc/add.py") == edited + FIXED
        change = engine.state.changes[engine.state.tasks["T-001"].change_id]
        assert change.merged == ("calc/add.py",)
        await engine.submit(c.Undo(task_id="T-001"))
        assert house.text("calc/add.py") == edited + BODY


async def test_an_edit_of_the_same_lines_is_a_conflict_and_nothing_is_written(
    house: House,
) -> None:
    mine = HEAD + BODY.replace("a - b", "b + a")
    async with house.engine() as engine:
        await a_diff(engine, house)
        (house.workspace / "calc" / "add.py").write_text(mine)
        with pytest.raises(Conflict, match=r"calc/add\.py"):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("calc/add.py") == mine
        assert engine.state.open_breakpoints == ("T-001:2",)
        kind, reason = breakpoint_of(engine.state, "T-001")
        assert (kind, "calc/add.py" in reason) == ("conflict", True)
        with pytest.raises(Conflict):  # still so: it goes on waiting, once
            await engine.submit(c.Approve(breakpoint_id="T-001:2"))
        assert engine.state.open_breakpoints == ("T-001:2",)
        (house.workspace / "calc" / "add.py").write_text(HEAD + BODY)
        await engine.submit(c.Approve(breakpoint_id="T-001:2"))
        assert house.text("calc/add.py") == HEAD + FIXED


async def test_a_conflict_can_be_written_anew_on_top_of_the_edit(house: House) -> None:
    mine = HEAD + BODY.replace("a - b", "b + a")
    async with house.engine() as engine:
        await a_diff(engine, house)
        (house.workspace / "calc" / "add.py").write_text(mine)
        with pytest.raises(Conflict):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        house.local.script = said(HEAD + FIXED)
        await engine.submit(c.Retry(breakpoint_id="T-001:2"))
        await until(engine, waits("T-001:3"))
        assert "b + a" in house.local.asked[-1].messages[-1].content
        await engine.submit(c.Approve(breakpoint_id="T-001:3"))
        assert house.text("calc/add.py") == HEAD + FIXED


@pytest.mark.parametrize("note", ["", "with a docstring"])
async def test_a_retry_shows_the_model_the_file_with_the_edit_made_meanwhile(
    house: House, note: str
) -> None:
    mine = HEAD.replace('"+"', '"plus"') + BODY
    async with house.engine() as engine:
        await a_diff(engine, house)
        (house.workspace / "calc" / "add.py").write_text(mine)
        await engine.submit(c.Retry(breakpoint_id="T-001:1", note=note))
        await until(engine, waits("T-001:2"))
        assert '"plus"' in house.local.asked[1].messages[-1].content
        assert note in house.local.asked[1].messages[-1].content


async def test_a_file_that_appeared_meanwhile_is_not_overwritten(house: House) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        (house.workspace / "calc" / "add.py").write_text("mine = 1\n")
        with pytest.raises(Conflict):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("calc/add.py") == "mine = 1\n"


async def test_a_file_that_was_removed_meanwhile_does_not_come_back(house: House) -> None:
    async with house.engine() as engine:
        await a_diff(engine, house)
        (house.workspace / "calc" / "add.py").unlink()
        with pytest.raises(Conflict):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("calc/add.py") is None


async def test_two_approvals_of_one_diff_write_once(house: House) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        approve = c.Approve(breakpoint_id="T-001:1")
        outcomes = await soon(
            asyncio.gather(*(engine.submit(approve) for _ in range(3)), return_exceptions=True)
        )
        assert outcomes.count("T-001") == 1
        refused = [one for one in outcomes if isinstance(one, CommandRefused)]
        assert len(refused) == 2
        assert "approved already" in str(refused[0])
        assert len(engine.state.changes) == 1


async def test_approving_something_that_never_was_is_refused(house: House) -> None:
    async with house.engine() as engine:
        for command in (
            c.Approve(breakpoint_id="T-404:1"),
            c.Retry(breakpoint_id=""),
            c.Escalate(breakpoint_id="x"),
            c.Reject(breakpoint_id="T-404:1"),
            c.Undo(task_id="T-404"),
            c.RetryTask(task_id="T-404"),
            c.Cancel(task_id="T-404"),
        ):
            with pytest.raises(CommandRefused):
                await engine.submit(command)


async def test_a_file_that_steers_tools_needs_an_approval_of_its_own(house: House) -> None:
    house.local.script = "```make\nall:\n\techo hi\n```"
    async with house.engine() as engine:
        await run_task(engine, task("T-001", output_file="Makefile", category="docs"))
        with pytest.raises(OrchestratorError, match="its own approval"):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("Makefile") is None
        assert engine.state.open_breakpoints == ("T-001:1",)
        await engine.submit(c.Approve(breakpoint_id="T-001:1", protected=True))
        assert house.text("Makefile") == "all:\n\techo hi\n"


async def test_undo_keeps_what_was_edited_since(house: House) -> None:
    async with house.engine() as engine:
        await a_diff(engine, house)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        edited = HEAD.replace('"+"', '"plus"')
        (house.workspace / "calc" / "add.py").write_text(edited + FIXED)
        await engine.submit(c.Undo(task_id="T-001"))
        assert house.text("calc/add.py") == edited + BODY


async def test_undo_over_an_edit_of_the_same_lines_writes_nothing(house: House) -> None:
    mine = HEAD + FIXED.replace("a + b", "b + a")
    async with house.engine() as engine:
        await a_diff(engine, house)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        (house.workspace / "calc" / "add.py").write_text(mine)
        with pytest.raises(Conflict):
            await engine.submit(c.Undo(task_id="T-001"))
        assert house.text("calc/add.py") == mine
        assert engine.state.tasks["T-001"].status == "applied"


async def test_redo_after_undo_and_undo_again(house: House) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        for number in (1, 2, 3):
            await engine.submit(c.Approve(breakpoint_id=f"T-001:{number}"))
            assert house.text("calc/add.py") == ADD
            await engine.submit(c.Undo(task_id="T-001"))
            assert house.text("calc/add.py") is None
            assert breakpoint_of(engine.state, "T-001")[0] == "undone"
        with pytest.raises(CommandRefused):
            await engine.submit(c.Undo(task_id="T-001"))


async def test_an_undone_task_can_be_written_anew_or_dropped(house: House) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        await engine.submit(c.Undo(task_id="T-001"))
        house.local.script = said("def add(a, b):\n    return b + a\n")
        await engine.submit(c.Retry(breakpoint_id="T-001:2", note="other way round"))
        await until(engine, waits("T-001:3"))
        await engine.submit(c.Reject(breakpoint_id="T-001:3"))
        assert engine.state.tasks["T-001"].status == "rejected"
        assert house.text("calc/add.py") is None


async def test_two_tasks_on_one_file_are_put_together(house: House) -> None:
    middle = "\n".join(f"# line {number}" for number in range(8)) + "\n"
    (house.workspace / "calc" / "add.py").write_text("A = 1\n" + middle + "B = 1\n")
    async with house.engine() as engine:
        house.local.script = [
            said("A = 2\n" + middle + "B = 1\n"),
            said("A = 1\n" + middle + "B = 2\n"),
        ]
        await engine.submit(c.SubmitTask(spec=task("T-1")))
        await engine.submit(c.SubmitTask(spec=task("T-2")))
        await until(engine, waits("T-1:1", "T-2:1"))
        await engine.submit(c.Approve(breakpoint_id="T-1:1"))
        await engine.submit(c.Approve(breakpoint_id="T-2:1"))
        assert house.text("calc/add.py") == "A = 2\n" + middle + "B = 2\n"
        await engine.submit(c.Undo(task_id="T-1"))
        assert house.text("calc/add.py") == "A = 1\n" + middle + "B = 2\n"


# --- a workspace that can't be written ------------------------------------------------------------


async def test_a_folder_that_became_a_file_is_said_and_the_diff_waits_on(house: House) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001", output_file="deep/er/add.py"))
        (house.workspace / "deep").write_text("in the way")
        with pytest.raises(WorkspaceError) as refused:
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert refused.value.hint
        state = engine.state
        assert state.open_breakpoints == ("T-001:1",)
        assert state.tasks["T-001"].status == "approval"
        assert not state.open_changes
        assert house.text("deep") == "in the way"
        (house.workspace / "deep").unlink()
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("deep/er/add.py") == ADD


async def test_a_file_that_became_a_link_is_not_followed(house: House, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("secret\n")
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        (house.workspace / "calc" / "add.py").symlink_to(outside)
        with pytest.raises(WorkspaceError, match="link"):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
    assert outside.read_text() == "secret\n"


async def test_a_workspace_that_is_gone_is_said_and_the_diff_waits_on(house: House) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        aside = house.folder / "aside"
        shutil.move(house.workspace, aside)
        with pytest.raises(WorkspaceError, match="gone"):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert engine.state.open_breakpoints == ("T-001:1",)
        shutil.move(aside, house.workspace)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("calc/add.py") == ADD


async def test_work_in_a_workspace_that_is_gone_ends_with_a_person(house: House) -> None:
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        shutil.rmtree(house.workspace)
        state = await until(engine, lambda state: bool(state.tasks["T-001"].breakpoint_id))
    assert "gone" in breakpoint_of(state, "T-001")[1]


# --- two files at a time --------------------------------------------------------------------------


def change_of(path: str, before: str | None, after: str | None) -> FileChange:
    return FileChange(
        path=path,
        before=digest(before.encode() if before is not None else None),
        after=digest(after.encode() if after is not None else None),
    )


async def candidate_of_two(house: House, bench: Workbench) -> Candidate:
    """A candidate that changes one file and makes another."""
    (house.workspace / "one.py").write_text("one = 1\n")
    base = await bench.repository.snapshot()
    files = {"one.py": b"one = 2\n", "two/two.py": b"two = 2\n"}
    snapshot = await bench.repository.write_snapshot(base, files)
    changes = (
        change_of("one.py", "one = 1\n", "one = 2\n"),
        change_of("two/two.py", None, "two = 2\n"),
    )
    return Candidate(base, snapshot, changes)


async def test_when_the_second_of_two_files_can_not_be_written_the_first_is_as_before(
    house: House,
) -> None:
    bench = house.bench()
    changes = Changes(bench)
    candidate = await candidate_of_two(house, bench)
    record = bench.stream.record
    await record(TasksAdded(tasks=(task("T-001"),)))
    raised = raise_breakpoint(bench.stream.state, bench.stream.state.tasks["T-001"], "diff", "r")
    await record(raised)
    approved = BreakpointResolved(breakpoint_id="T-001:1", resolution="approved", by="person")
    (house.workspace / "two").write_text("a file where a folder is needed")
    with pytest.raises(WorkspaceError):
        await changes.apply("T-001", candidate, approved)
    assert house.text("one.py") == "one = 1\n"
    assert not bench.stream.state.open_changes
    (house.workspace / "two").unlink()
    await changes.apply("T-001", candidate, approved)
    assert (house.text("one.py"), house.text("two/two.py")) == ("one = 2\n", "two = 2\n")
