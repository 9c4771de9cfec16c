"""Opening a session: nothing slow is waited for that the first look at the room does not need."""

import asyncio

import msgspec
import pytest

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.errors import CommandRefused, WorkspaceError
from orchestrator.values import BackendStatus
from orchestrator.workspace.snapshots import ShadowRepository
from tests.engine.house import House, no_task_left_behind, soon, task, until, waits
from tests.engine.models import ScriptedModel


class VeryManyFiles(ShadowRepository):
    """A workspace whose snapshot takes until `gate` is set, and may then fail."""

    def __init__(self, house: House, failure: WorkspaceError | None = None) -> None:
        super().__init__(house.workspace, house.folder / "state" / "workspace")
        self.gate = asyncio.Event()
        self._failure = failure

    async def snapshot(self) -> str:
        await self.gate.wait()
        if self._failure:
            raise self._failure
        return await super().snapshot()


def opening(house: House, repository: ShadowRepository, patience: float = 0.0) -> Engine:
    bench = msgspec.structs.replace(house.bench(), repository=repository)
    return Engine(bench, "s1", patience=patience)


async def test_a_session_opens_while_very_many_files_are_read_and_commands_wait(
    house: House,
) -> None:
    repository = VeryManyFiles(house)
    async with asyncio.timeout(10), opening(house, repository) as engine:
        assert engine.state.seq == 0
        submitted = asyncio.create_task(engine.submit(c.SubmitTask(spec=task("T-001"))))
        await soon(engine.submit(c.CheckBackends()))
        assert not submitted.done()
        assert engine.state.seq == 0
        repository.gate.set()
        assert await soon(submitted) == "T-001"
        state = await until(engine, waits("T-001:1"))
    assert (state.session_id, bool(state.base)) == ("s1", True)


async def test_a_workspace_that_can_not_be_read_is_said_at_once_or_with_the_first_command(
    house: House,
) -> None:
    repository = VeryManyFiles(house, WorkspaceError("The disk is broken."))
    async with asyncio.timeout(10), opening(house, repository) as engine:
        repository.gate.set()
        for _ in range(2):
            with pytest.raises(WorkspaceError, match="broken"):
                await soon(engine.submit(c.SubmitTask(spec=task("T-001"))))
    with pytest.raises(WorkspaceError, match="broken"):
        async with opening(house, repository, patience=10.0):
            pass


async def test_leaving_while_very_many_files_are_read_refuses_what_waits(house: House) -> None:
    async with no_task_left_behind():
        async with asyncio.timeout(10), opening(house, VeryManyFiles(house)) as engine:
            submitted = asyncio.create_task(engine.submit(c.Show()))
            await asyncio.sleep(0)
        with pytest.raises(CommandRefused, match="stopped"):
            await soon(submitted)
    async with house.engine() as engine:
        assert engine.state.base


class Silent(ScriptedModel):
    """A server that takes the question whether it is there, and does not answer."""

    def __init__(self) -> None:
        super().__init__("local")
        self.reached = asyncio.Event()
        self.speaks = asyncio.Event()

    async def check(self) -> BackendStatus:
        self.reached.set()
        await self.speaks.wait()
        return await super().check()


async def test_a_server_that_says_nothing_holds_up_no_command(house: House) -> None:
    silent = Silent()
    house.models["local"] = silent
    async with house.engine() as engine:
        checked = asyncio.create_task(engine.submit(c.CheckBackends()))
        await soon(silent.reached.wait())
        await soon(engine.submit(c.Show()))
        await soon(engine.submit(c.Pause()))
        assert engine.state.paused
        assert not checked.done()
        silent.speaks.set()
        await soon(checked)
        assert silent.checks == 1


async def test_nothing_is_asked_of_a_server_before_anyone_asks_for_something(house: House) -> None:
    silent = Silent()
    house.models["local"] = silent
    async with house.engine() as engine:
        for _ in range(10):
            await asyncio.sleep(0)
        assert not silent.reached.is_set()
        asked = asyncio.create_task(engine.submit(c.CheckBackends()))
        await soon(silent.reached.wait())
        silent.speaks.set()
        await soon(asked)


async def test_work_goes_on_after_opening_though_nobody_asks(house: House) -> None:
    async with house.engine() as engine:
        await engine.submit(c.Pause())
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await engine.submit(c.Resume())
    async with house.engine() as engine:
        await until(engine, waits("T-001:1"))
