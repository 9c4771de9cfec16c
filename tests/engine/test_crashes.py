"""A program that dies at any point: files are exactly before or after, and work goes on.

Death is a store that keeps nothing more from one step on: whatever the engine does after that is
lost, as with a kill. `tests/journey/test_faults_kill.py` does the same with real kills.
"""

import asyncio
import os

import pytest

from orchestrator import commands as c
from orchestrator.changes import Changes
from orchestrator.errors import OrchestratorError, SessionError
from orchestrator.events import BreakpointRaised, TasksAdded, WriteIntended
from orchestrator.state import SessionState
from orchestrator.values import FileChange
from tests.engine.house import (
    PASSES,
    House,
    digest,
    event_names,
    plan,
    planned,
    records_of,
    soon,
    status,
    task,
    until,
    waits,
)
from tests.engine.memory import MemoryStore
from tests.engine.models import ADD, Said
from tests.engine.stores import DyingStore

INIT = {"calc/__init__.py": ""}
DONE = {**INIT, "calc/add.py": ADD}


def revive(house: House) -> None:
    """What is on the disk is all that is left."""
    house.store = MemoryStore(records_of(house.store))


async def proposed(house: House) -> None:
    """A session in which T-001 waits with a diff."""
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("T-001:1"))


async def die_with(house: House, command: c.Command, **at: str) -> None:
    """Carries out `command` with a program that dies at a point, and leaves what is on disk."""
    store = DyingStore(records_of(house.store), **at)  # type: ignore[arg-type]
    house.store = store
    async with house.engine() as engine:
        with pytest.raises(OrchestratorError):
            await soon(engine.submit(command))
        assert store.died.is_set()
    revive(house)


def notices(state: SessionState) -> str:
    return "\n".join(one.message for one in state.notices)


# --- at the write itself --------------------------------------------------------------------------


async def test_dead_after_the_intent_and_before_the_write(house: House) -> None:
    await proposed(house)
    await die_with(house, c.Approve(breakpoint_id="T-001:1"), after="write_intended")
    house.files()
    async with house.engine() as engine:
        state = engine.state
        assert not state.open_changes
        if house.text("calc/add.py") is None:  # it died before the first byte
            assert "taken back" in notices(state)
            assert state.open_breakpoints == ("T-001:1",)
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert engine.state.tasks["T-001"].status == "applied"
    assert house.files() == DONE


async def test_dead_after_the_write_and_before_it_was_recorded(house: House) -> None:
    await proposed(house)
    await die_with(house, c.Approve(breakpoint_id="T-001:1"), before="change_applied")
    assert house.files() == DONE
    async with house.engine() as engine:
        state = engine.state
        assert state.tasks["T-001"].status == "applied"
        assert not state.open_breakpoints
        assert "written completely" in notices(state)
        assert [one.status for one in state.changes.values()] == ["done"]
        await engine.submit(c.Undo(task_id="T-001"))  # the backup is the right one
    assert house.files() == INIT


async def test_dead_in_the_middle_of_an_undo(house: House) -> None:
    await proposed(house)
    async with house.engine() as engine:
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
    await die_with(house, c.Undo(task_id="T-001"), before="change_undone")
    assert house.files() == INIT
    async with house.engine() as engine:
        assert engine.state.open_breakpoints == ("T-001:2",)
        assert engine.state.tasks["T-001"].status == "approval"
        assert "Recovered" in notices(engine.state)
        await engine.submit(c.Approve(breakpoint_id="T-001:2"))
    assert house.files() == DONE


async def test_an_edit_made_after_the_death_is_never_touched(house: House) -> None:
    await proposed(house)
    await die_with(house, c.Approve(breakpoint_id="T-001:1"), before="change_applied")
    (house.workspace / "calc" / "add.py").write_text("mine = 1\n")
    async with house.engine() as engine:
        state = engine.state
        assert house.text("calc/add.py") == "mine = 1\n"
        assert state.tasks["T-001"].status == "approval"
        assert state.open_breakpoints == ("T-001:1",)
        assert any(one.level == "warning" and one.hint for one in state.notices)


async def test_a_link_put_there_after_the_death_is_the_users(house: House) -> None:
    await proposed(house)
    await die_with(house, c.Approve(breakpoint_id="T-001:1"), before="change_applied")
    file, aside = house.workspace / "calc" / "add.py", house.folder / "aside.py"
    file.rename(aside)
    file.symlink_to(aside)
    async with house.engine() as engine:
        assert any(one.level == "warning" and one.hint for one in engine.state.notices)
        assert engine.state.open_breakpoints == ("T-001:1",)
        with pytest.raises(OrchestratorError, match="link"):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
    assert file.is_symlink()
    assert aside.read_text() == ADD


async def test_a_write_that_can_not_be_ended_yet_is_ended_as_soon_as_it_can(house: House) -> None:
    await proposed(house)
    await die_with(house, c.Approve(breakpoint_id="T-001:1"), before="change_applied")
    house.workspace.rename(house.folder / "aside")
    async with house.engine() as engine:
        assert any("gone" in one.message for one in engine.state.notices)
        assert engine.state.open_changes == ("C1",)
        with pytest.raises(OrchestratorError, match="gone"):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        await engine.submit(c.Pause())  # all that needs no file goes on
        (house.folder / "aside").rename(house.workspace)
        await engine.submit(c.Resume())
        state = await until(engine, status("T-001", "applied"))
        assert not state.open_changes
        assert not state.open_breakpoints
    assert house.files() == DONE


@pytest.mark.parametrize("written", [0, 1, 2])
async def test_dead_between_the_two_files_of_one_change(house: House, written: int) -> None:
    before = {"one.py": "one = 1\n", "two.py": "two = 1\n"}
    after = {"one.py": "one = 2\n", "two.py": "two = 2\n"}
    for path, text in before.items():
        (house.workspace / path).write_text(text)
    bench = house.bench()
    backup = await bench.repository.snapshot()
    contents = {path: text.encode() for path, text in after.items()}
    snapshot = await bench.repository.write_snapshot(backup, contents)
    files = tuple(
        FileChange(
            path=path, before=digest(before[path].encode()), after=digest(after[path].encode())
        )
        for path in before
    )
    await bench.stream.record(
        TasksAdded(tasks=(task("T-001"),)),
        BreakpointRaised(
            breakpoint_id="T-001:1", kind="diff", title="t", reason="r", task_id="T-001"
        ),
        WriteIntended(
            change_id="C1",
            task_id="T-001",
            direction="apply",
            before=backup,
            files=files,
            snapshot=snapshot,
        ),
    )
    for path in list(after)[:written]:
        (house.workspace / path).write_text(after[path])
    await Changes(bench).recover()
    state = bench.stream.state
    found = {path: house.text(path) for path in before}
    assert found == (after if written == 2 else before)
    assert state.tasks["T-001"].status == ("applied" if written == 2 else "approval")
    assert bool(state.open_breakpoints) == (written != 2)
    assert "Recovered" in notices(state)


# --- in the middle of work ------------------------------------------------------------------------


async def test_dead_in_the_middle_of_a_stream(house: House) -> None:
    house.local.script = [Said(hold=asyncio.Event()), Said()]
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await soon(house.local.until_asked(1))
        revive(house)
    assert house.files() == INIT
    async with house.engine() as engine:
        state = await until(engine, waits("T-001:1"))
        attempts = state.tasks["T-001"].attempts
        assert [one.status for one in attempts] == ["interrupted", "finished"]
        assert [one.attempt_id for one in attempts] == ["T-001.1", "T-001.2"]


async def test_dead_again_and_again_costs_no_tries(house: House) -> None:
    house.local.script = Said(hold=asyncio.Event())
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await soon(house.local.until_asked(1))
    for number in (2, 3, 4):
        async with house.engine() as engine:
            await soon(house.local.until_asked(number))
    house.local.script = [Said(text="no code")] * 5 + [Said()]
    async with house.engine() as engine:
        state = await until(engine, waits("T-001:1"))
    owners = [one.route.owner for one in state.tasks["T-001"].attempts]
    assert owners == ["local"] * 6


async def test_dead_in_the_middle_of_a_test_run(house: House) -> None:
    house.local.script = Said()
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001", test_command="sleep 9")))
        await until(engine, lambda state: bool(state.tasks["T-001"].candidate_attempt))
        revive(house)
    assert house.files() == INIT
    async with house.engine(llm_disabled=True) as engine:
        found = engine.state.tasks["T-001"]
        assert found.status == "waiting"
        assert [one.status for one in found.attempts] == ["interrupted"]


async def test_dead_at_every_step_of_a_journey_and_every_time_it_goes_on_to_the_end(
    house: House,
) -> None:
    house.claude.script = plan(task("T-001", test_command=PASSES))
    steps = 0
    while True:
        steps += 1
        house.store = store = DyingStore(steps=steps)
        (house.workspace / "calc" / "add.py").unlink(missing_ok=True)
        try:
            async with house.engine(autonomy="nothing") as engine:
                await engine.submit(c.SubmitGoal(text="Add sums"))
                died = asyncio.create_task(store.died.wait())
                done = asyncio.create_task(until(engine, status("T-001", "applied")))
                await soon(asyncio.wait([died, done], return_when=asyncio.FIRST_COMPLETED))
                for waiting in (died, done):
                    waiting.cancel()
                await asyncio.gather(died, done, return_exceptions=True)
        except SessionError:
            assert store.died.is_set()
        if not store.died.is_set():
            break
        assert house.files() in (INIT, DONE)
        revive(house)
        await _goes_on_to_the_end(house)
    assert steps > 10


async def _goes_on_to_the_end(house: House) -> None:
    async with house.engine(autonomy="nothing") as engine:
        if not engine.state.goals:
            await engine.submit(c.SubmitGoal(text="Add sums"))
        # What was proposed before the death waits for a person: nobody was asked about it yet.
        while engine.state.open_breakpoints:
            await engine.submit(c.Approve(breakpoint_id=engine.state.open_breakpoints[0]))
        await until(engine, status("T-001", "applied"))
        assert not engine.state.open_changes
        assert not engine.state.open_breakpoints
    assert house.files() == DONE
    names = event_names(records_of(house.store))
    assert names.count("change_applied") == 1
    assert names.count("plan_accepted") == 1
    assert names.count("tasks_added") == 1


async def test_locks_that_a_dead_machine_left_behind_do_not_stop_the_next_start(
    house: House,
) -> None:
    await proposed(house)
    home = house.folder / "state" / "workspace"
    for name in ("workspace.index.lock", "candidate.index.lock"):
        (home / name).write_text("")
        os.utime(home / name, (1, 1))
    async with house.engine() as engine:
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        await engine.submit(c.SubmitTask(spec=task("T-002", output_file="calc/two.py")))
        await until(engine, waits("T-002:1"))
