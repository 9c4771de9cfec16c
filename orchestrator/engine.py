"""The engine: commands in, events out, and work started as soon as it may start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from orchestrator import commands as c
from orchestrator.autonomy import Autonomy
from orchestrator.changes import Changes
from orchestrator.deciding import Deciding
from orchestrator.dispatch import Dispatch
from orchestrator.errors import CommandRefused
from orchestrator.events import (
    BackendsChecked,
    Event,
    GoalSubmitted,
    NoticeGiven,
    Paused,
    Resumed,
    TasksAdded,
)
from orchestrator.planning.plan import is_reserved, next_task_id
from orchestrator.quality.running.command import argv_of
from orchestrator.questions import Questions
from orchestrator.session import Beginning, begin_session, resume_session
from orchestrator.state import SessionState
from orchestrator.viewing import Viewing
from orchestrator.workbench import Workbench

_KILL_SWITCH = CommandRefused(
    "LLM_DISABLED is set: no model is asked anything.", "Unset it to let work go on."
)
_UNASKED = 0.3
"""Seconds after which work begins though nobody asked for any; until then a room draws itself."""
_PATIENCE = 1.0
"""Seconds in which a session usually begins. The first snapshot of very many files takes longer:
then the session is opened meanwhile, empty, and commands wait for it."""
_LOOKS = (c.Show, c.CheckBackends)
"""Commands that change nothing: none waits for them, and they wait for none."""


class Engine:
    """One session at work. Use as an async context manager.

    Args:
        bench: the parts.
        session_id: name of the session; used when it is a new one.
        patience: how long opening waits for a new session to begin, in seconds.
    """

    def __init__(self, bench: Workbench, session_id: str, *, patience: float = _PATIENCE) -> None:
        self._bench = bench
        self._session_id = session_id
        self._patience = patience
        self._commands = asyncio.Lock()
        self._viewing = Viewing(bench)
        self._changes = Changes(bench)
        self._deciding = Deciding(bench, self._changes, self._cancel_job)
        autonomy = Autonomy(bench, self._deciding, self._commands)
        self._dispatch = Dispatch(
            bench,
            autonomy,
            self._changes,
            self._viewing,
            commands=self._commands,
            look=self._look,
        )
        self._questions = Questions(bench)
        self._asked = asyncio.Event()
        self._checked = asyncio.Event()
        self._closed = False
        self._beginning: Beginning | None = None
        self._first_look: asyncio.Task[None] | None = None
        self._doors: dict[type[c.Command], Callable[[Any], Awaitable[str]]] = {
            c.SubmitGoal: self._submit_goal,
            c.SubmitTask: self._submit_task,
            c.AskQuestion: self._ask,
            c.Approve: self._deciding.approve,
            c.Retry: self._deciding.retry,
            c.Escalate: self._deciding.escalate,
            c.Reject: self._deciding.reject,
            c.RetryTask: self._deciding.retry_task,
            c.Undo: self._deciding.undo,
            c.Cancel: self._deciding.cancel,
            c.Pause: self._pause,
            c.Resume: self._resume,
            c.Show: self._show,
            c.CheckBackends: self._check,
        }

    @property
    def state(self) -> SessionState:
        """The session as it is now."""
        return self._bench.stream.state

    async def __aenter__(self) -> Self:
        known = (await self._bench.stream.load()).seq > 0
        self._beginning = Beginning(self._begin(known=known))
        try:
            await self._beginning.wait(None if known else self._patience)
        except BaseException:
            await self._beginning.stop()
            raise
        self._viewing.start()
        self._first_look = asyncio.create_task(self._look_and_start(self._beginning))
        return self

    async def _begin(self, *, known: bool) -> None:
        if known:
            await resume_session(self._bench, self._changes)
        else:
            await begin_session(self._bench, self._session_id)
        if self._bench.settings.llm_disabled:
            await self._bench.stream.record(
                NoticeGiven(level="warning", message=_KILL_SWITCH.message, hint=_KILL_SWITCH.hint)
            )

    async def _look_and_start(self, beginning: Beginning) -> None:
        """Work begins when it is known which servers are there; commands are taken before that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_UNASKED):
                await self._asked.wait()
        await self._look()
        self._checked.set()
        await beginning.wait()
        self._dispatch.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._beginning:
            await self._beginning.stop()
        if self._first_look:
            self._first_look.cancel()
            await asyncio.gather(self._first_look, return_exceptions=True)
        self._checked.set()  # whoever waits for it is refused below
        async with self._commands:  # a command that is being carried out is not torn apart
            self._closed = True
        await self._questions.stop()
        await self._dispatch.stop()
        await self._viewing.stop()
        self._bench.stream.close()

    def subscribe(self, after: int = 0) -> AsyncIterator[Event]:
        """Events with a number above `after`, then everything that happens, without a gap."""
        return self._bench.stream.subscribe(after)

    async def submit(self, command: c.Command) -> str:
        """Carries out `command` and gives the id of what it made or acted on.

        What takes long (planning, writing, answering) goes on after this returns and is told as
        events; what changes the user's files has happened when this returns.

        Raises:
            OrchestratorError: the command does not fit the state, or could not be carried out;
                nothing was lost.
        """
        if not isinstance(command, c.Show):
            self._asked.set()
        if self._beginning and not isinstance(command, c.CheckBackends):
            await self._beginning.wait()
        if isinstance(command, c.AskQuestion):
            await self._checked.wait()
        try:
            if isinstance(command, _LOOKS):
                return await self._carry_out(command)
            async with self._commands:
                return await self._carry_out(command)
        finally:
            self._dispatch.wake()

    async def _carry_out(self, command: c.Command) -> str:
        if self._closed:
            raise CommandRefused("The engine has stopped.", "Open the session again.")
        return await self._doors[type(command)](command)

    # --- commands that begin something -------------------------------------------------------

    def _must_be_enabled(self) -> None:
        if self._bench.settings.llm_disabled:
            raise _KILL_SWITCH

    async def _submit_goal(self, command: c.SubmitGoal) -> str:
        self._must_be_enabled()
        if not command.text.strip():
            raise CommandRefused("The goal is empty.", "Say in a sentence what you want.")
        goal_id = f"G{len(self.state.goals) + 1}"
        await self._bench.stream.record(GoalSubmitted(goal_id=goal_id, text=command.text.strip()))
        return goal_id

    async def _submit_task(self, command: c.SubmitTask) -> str:
        self._must_be_enabled()
        spec = command.spec
        free = f"Name it {next_task_id(set(self.state.tasks))}, for example."
        if spec.task_id in self.state.tasks:
            raise CommandRefused(f"This session has a task {spec.task_id} already.", free)
        if is_reserved(spec.task_id):
            raise CommandRefused(f"{spec.task_id} is a name for goals and questions.", free)
        if spec.task_id in spec.depends_on:
            raise CommandRefused(
                f"{spec.task_id} depends on itself: it could never start.",
                "Take it out of depends_on.",
            )
        if spec.test_command:
            argv_of(spec.test_command)  # said before a model is asked for nothing
        await self._bench.stream.record(TasksAdded(tasks=(spec,)))
        return spec.task_id

    async def _ask(self, command: c.AskQuestion) -> str:
        self._must_be_enabled()
        return await self._questions.ask(command.text)

    async def _cancel_job(self, subject: str) -> bool:
        return await self._dispatch.cancel(subject)

    # --- commands about the whole ------------------------------------------------------------

    async def _pause(self, _command: c.Pause) -> str:
        if not self.state.paused:
            await self._bench.stream.record(Paused())
        return self.state.session_id

    async def _resume(self, _command: c.Resume) -> str:
        if self.state.paused:
            await self._bench.stream.record(Resumed())
        return self.state.session_id

    async def _show(self, command: c.Show) -> str:
        await self._viewing.show(command.subject_id)
        return command.subject_id

    async def _check(self, _command: c.CheckBackends) -> str:
        if self._checked.is_set():
            await self._look()
        else:
            await self._checked.wait()  # the first look is under way, and is told to everyone
        return self.state.session_id

    async def _look(self) -> None:
        statuses = await asyncio.gather(*(b.check() for b in self._bench.backends.values()))
        self._bench.health.saw(statuses)
        self._bench.stream.show(
            BackendsChecked(backends=tuple(statuses), claude=self._bench.router.claude)
        )
