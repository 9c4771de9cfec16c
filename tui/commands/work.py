"""exec, run and ask: work that a script hands over."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orchestrator.commands import AskQuestion, SubmitGoal, SubmitTask
from orchestrator.config import Loaded
from orchestrator.errors import OrchestratorError, SpecError
from orchestrator.events import Event, QuestionAnswered, QuestionFailed
from orchestrator.planning.spec_file import read_spec
from orchestrator.state import SessionState
from orchestrator.values import TaskSpec
from tui.commands.choice import Choice
from tui.commands.console import Console
from tui.commands.ending import Disabled, exit_code
from tui.commands.outside import Outside
from tui.door import EngineDoor
from tui.headless import Watch, run_to_end
from tui.progress import sentence
from tui.report import (
    AnswerReport,
    Commands,
    GoalReport,
    Report,
    TaskReport,
    answer_report,
    goal_report,
    summary,
    task_report,
)

Step = Callable[[EngineDoor, Watch, Commands], Awaitable[Report]]
"""Uses an open engine and gives what came of it."""


def execute(file: str, choice: Choice, outside: Outside, console: Console) -> int:
    """Run the task in a spec file; "-" is standard input. Gives the exit code."""
    known = TaskReport()

    async def step(door: EngineDoor, watch: Watch, commands: Commands) -> Report:
        _refuse_unknown_dependencies(spec, door.state, file)
        task_id = await watch.carry_out(SubmitTask(spec=spec))
        return task_report(door.state, task_id, commands)

    try:
        loaded = outside.settings(choice)
        spec = _spec(file, choice, loaded)
        known = TaskReport(task_id=spec.task_id, file=spec.output_file)
        return Job(loaded, outside.workspace(choice), choice, outside, console).perform(step)
    except OrchestratorError as error:
        return refused(error, known, choice, console)


def run(goal: str, choice: Choice, outside: Outside, console: Console) -> int:
    """Plan a goal and run its tasks as far as the autonomy allows. Gives the exit code."""

    async def step(door: EngineDoor, watch: Watch, commands: Commands) -> Report:
        goal_id = await watch.carry_out(SubmitGoal(text=goal))
        return goal_report(door.state, goal_id, commands)

    try:
        loaded = outside.settings(choice)
        return Job(loaded, outside.workspace(choice), choice, outside, console).perform(step)
    except OrchestratorError as error:
        return refused(error, GoalReport(goal=goal), choice, console)


def ask(question: str, choice: Choice, outside: Outside, console: Console) -> int:
    """Have a question answered. Gives the exit code."""

    def answered(event: Event, question_id: str) -> bool:
        if isinstance(event, QuestionAnswered | QuestionFailed):
            return event.question_id == question_id
        return False

    async def step(door: EngineDoor, watch: Watch, commands: Commands) -> Report:
        question_id = await watch.carry_out(AskQuestion(text=question), until=answered)
        return answer_report(door.state.questions[question_id], commands.session)

    try:
        loaded = outside.settings(choice)
        return Job(loaded, outside.workspace(choice), choice, outside, console).perform(step)
    except OrchestratorError as error:
        return refused(error, AnswerReport(), choice, console)


# --- shared --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """Work on one session.

    Attributes:
        loaded: the settings.
        workspace: where.
        choice: the session to go on with, if any, and how to print.
        outside: the engine.
        console: where to print.
        new: begin a new session when none is named; it is refused when the kill switch is on.
    """

    loaded: Loaded
    workspace: Path
    choice: Choice
    outside: Outside
    console: Console
    new: bool = True

    def perform(self, step: Step) -> int:
        """Open an engine, take `step`, print what came of it, and give the exit code.

        Raises:
            Disabled: the kill switch is on.
            OrchestratorError: the engine can't be opened, or refused.
        """
        if self.loaded.settings.llm_disabled and self.new:
            origin = self.loaded.origins.get("llm_disabled", "")
            message = f"No model is asked anything: llm_disabled is on ({origin})."
            raise Disabled(message, "Unset LLM_DISABLED.")
        opened: list[str] = []

        def stopped() -> None:
            program = program_for(self.choice)
            kept = f" Go on with: {program} --session {opened[0]}" if opened else ""
            self.console.say(f"Stopped.{kept}")

        return run_to_end(self._work(step, opened.append), stopped)

    async def _work(self, step: Step, opened: Callable[[str], None]) -> int:
        opening = self.outside.open_engine(
            self.loaded,
            workspace=self.workspace,
            session_id=self.choice.session,
            new=self.new and not self.choice.session,
        )
        async with opening as door:
            session = door.state.session_id
            opened(session)
            watch = watching(door, self.loaded, self.outside, self.console)
            report = await step(door, watch, Commands(session, program_for(self.choice)))
            show(report, self.choice, self.console)
            return report.exit_code


def watching(door: EngineDoor, loaded: Loaded, outside: Outside, console: Console) -> Watch:
    """A watch that tells what happens on standard error."""

    def tell(event: Event, _state: SessionState) -> None:
        if line := sentence(event):
            console.say(line)

    return Watch(
        door,
        tell,
        autonomy=loaded.settings.autonomy,
        dispatches=not loaded.settings.llm_disabled,
        waits=outside.waits,
    )


def show(report: Report, choice: Choice, console: Console) -> None:
    """Print the outcome: one JSON object, or a few lines."""
    if choice.json:
        console.json(as_json(report))
    elif isinstance(report, AnswerReport) and report.answer:
        console.text(report.answer)
    else:
        for line in summary(report):
            console.line(line)


def as_json(report: Report) -> object:
    """The report as scripts get it."""
    built = msgspec.to_builtins(report)
    built.pop("exit_code")
    for task in built.get("tasks", ()):
        task.pop("exit_code")
    return built


def program_for(choice: Choice) -> str:
    """The program's name with the options that the next command has to repeat."""
    config = f" --config {shlex.quote(str(choice.config))}" if choice.config else ""
    return f"orchestrator-tui{config}"


def refused(error: OrchestratorError, report: Report, choice: Choice, console: Console) -> int:
    """Tell that work could not begin or go on; with --json as `report`. Gives the exit code."""
    if choice.json:
        told = msgspec.structs.replace(report, error=error.message, hint=error.hint)
        console.json(as_json(told))
    console.complain(error)
    return exit_code(error)


# --- the spec ------------------------------------------------------------------------------------


def _spec(file: str, choice: Choice, loaded: Loaded) -> TaskSpec:
    settings = loaded.settings
    spec = read_spec(
        _read(file),
        "standard input" if file == "-" else file,
        profiles=settings.profiles,
        context_files=settings.contract.context_files,
    )
    # A profile named on the command line is the stronger wish.
    return msgspec.structs.replace(spec, profile="") if choice.profile else spec


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except FileNotFoundError:
        raise SpecError(
            f"There is no file {file}.", 'Name a spec file, or "-" for input.'
        ) from None
    except OSError as error:
        raise SpecError(f"{file} can't be read: {error.strerror}.") from None


def _refuse_unknown_dependencies(spec: TaskSpec, state: SessionState, file: str) -> None:
    unknown = [key for key in spec.depends_on if key not in state.tasks]
    if unknown:
        raise SpecError(
            f'{file}: "depends_on" names {", ".join(unknown)}, which this session does not have.',
            "Run it first, and go on with its session: --session ID.",
        )
