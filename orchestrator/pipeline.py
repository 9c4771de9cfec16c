"""One attempt at one task, from prompt to verdict. It reads in the order in which it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypedDict

from orchestrator.backends.base import Completion, Message
from orchestrator.config import AttemptSettings
from orchestrator.errors import OrchestratorError, PromptTooLong, WorkspaceError
from orchestrator.events import AttemptStarted, CandidateStaged, EvidenceGathered, OutputArrived
from orchestrator.following import after_failure, after_verdict, raise_breakpoint, tries_in_round
from orchestrator.generation import generate, request_for
from orchestrator.planning.budget import cut_to_budget, estimate_tokens
from orchestrator.planning.context import context_files, fenced, may_hold_secrets
from orchestrator.quality.answers.problems import ResponseProblem, response_evidence
from orchestrator.quality.checks import check_candidate, content_hash
from orchestrator.quality.decision import decide, decide_on_problem
from orchestrator.quality.feedback import evidence_of_tests, evidence_without_tests, feedback_for
from orchestrator.quality.gate import run_tests
from orchestrator.quality.response import parse_response
from orchestrator.state import Attempt, Task
from orchestrator.values import Evidence, Owner, Route, TaskSpec, Verdict
from orchestrator.viewing import Viewing
from orchestrator.workbench import Workbench
from orchestrator.workspace.apply import describe_change
from orchestrator.workspace.beneath import read_file
from orchestrator.workspace.stage import Stage

_TEMPLATES = {"tests": "test", "docs": "doc", "refactor": "refactor"}
"""Prompt template by category; everything else is code."""
_FEEDBACK_TOKENS = 1200
_SHARE_OF_CURRENT_FILE = 2
"""The file as it is may take half of a prompt's budget, context files the other half."""


class Pipeline:
    """Runs attempts.

    Args:
        bench: the parts.
        viewing: told when a candidate is in a stage, so that the room can follow the files.
    """

    def __init__(self, bench: Workbench, viewing: Viewing) -> None:
        self._bench = bench
        self._viewing = viewing

    async def attempt(self, task_id: str, route: Route, on_answered: Callable[[], None]) -> None:
        """One attempt; every outcome is told as events, and how the task goes on with it.

        Args:
            task_id: a task that is ready.
            route: who writes it.
            on_answered: called when the model is no longer needed.
        """
        attempt_id = await self._begin(task_id, route)
        try:
            completion, base = await self._write(task_id, attempt_id, route)
            on_answered()
            await self._judge(task_id, attempt_id, completion, base)
        except OrchestratorError as error:
            await self._failed(task_id, error)

    async def give_up(self, task: Task, error: OrchestratorError) -> None:
        """Ends what was tried with `error` and puts the task in front of a person."""
        if task.last and task.last.status == "running":
            await self._failed(task.spec.task_id, error)
            return
        state = self._bench.stream.state
        await self._bench.stream.record(raise_breakpoint(state, task, "exhausted", str(error)))

    # --- route, prompt, stream ---------------------------------------------------------------

    def _task(self, task_id: str) -> Task:
        return self._bench.stream.state.tasks[task_id]

    def _attempt(self, task_id: str) -> Attempt:
        attempt = self._task(task_id).last
        assert attempt is not None, "an attempt was begun"  # noqa: S101 - told to mypy
        return attempt

    async def _begin(self, task_id: str, route: Route) -> str:
        number = len(self._task(task_id).attempts) + 1
        attempt_id = f"{task_id}.{number}"
        await self._bench.stream.record(
            AttemptStarted(task_id=task_id, attempt_id=attempt_id, number=number, route=route)
        )
        return attempt_id

    async def _write(self, task_id: str, attempt_id: str, route: Route) -> tuple[Completion, str]:
        """The model's answer, and the snapshot of the workspace it was asked about."""
        task = self._task(task_id)
        # A folder, a link, a path below a file: said before a model is asked for nothing.
        path, repository = task.spec.output_file, self._bench.repository
        current = await asyncio.to_thread(read_file, self._bench.workspace, path)
        base = await repository.with_files(await repository.snapshot(), {path: current})
        messages = await self._prompt(task, route, base, current)
        whole = estimate_tokens((current or b"").decode("utf-8", "replace"))
        answer = self._bench.settings.budget.answer_tokens + whole
        request = request_for(self._bench, route, messages, max_tokens=answer)
        completion = await generate(
            self._bench, route, request, attempt_id=attempt_id, role="write"
        )
        return completion, base

    async def _prompt(
        self, task: Task, route: Route, base: str, current: bytes | None
    ) -> tuple[Message, ...]:
        budget = self._bench.settings.budget
        local = route.owner == "local"
        tokens = budget.local_prompt_tokens if local else budget.cloud_prompt_tokens
        share = tokens // _SHARE_OF_CURRENT_FILE
        spec = task.spec
        files = {path: await self._bench.repository.read(base, path) for path in spec.context_files}
        if not local and may_hold_secrets(spec.output_file):
            raise WorkspaceError(
                f"{spec.output_file} may hold secrets: it is not sent to a cloud.",
                "Write it yourself, or run the task with --local.",
            )
        previous = await self._previous(task, share, current) if task.feedback else ""
        name = "fix" if task.feedback else _TEMPLATES.get(spec.category.lower(), "code")
        return self._bench.prompts.render(
            name,
            spec=spec,
            current="" if previous else _whole(spec.output_file, current, share),
            context=context_files(files, share, cloud=not local),
            feedback=cut_to_budget(task.feedback, _FEEDBACK_TOKENS),
            previous=previous,
        )

    async def _previous(self, task: Task, tokens: int, current: bytes | None) -> str:
        """What the last attempt wrote, fenced.

        Empty when there is no candidate, and when the file was edited since: then it is written
        anew on top of the edit.
        """
        attempt = task.candidate_attempt
        if attempt is None or attempt.candidate is None:
            return ""
        path, read = task.spec.output_file, self._bench.repository.read
        if await read(attempt.candidate.base, path) != current:
            return ""
        return _whole(path, await read(attempt.candidate.snapshot, path), tokens)

    # --- parse, stage, check, test, verdict --------------------------------------------------

    async def _judge(
        self, task_id: str, attempt_id: str, completion: Completion, base: str
    ) -> None:
        spec = self._task(task_id).spec
        before = await self._bench.repository.read(base, spec.output_file)
        known = None if before is None else before.decode("utf-8", "replace")
        parsed = parse_response(completion.text, spec=spec, stop=completion.stop, base=known)
        if isinstance(parsed, ResponseProblem):
            await self._found(task_id, attempt_id, response_evidence(parsed))
            await self._end(task_id, lambda terms: decide_on_problem(parsed, **terms))
            return
        if parsed.data == before:
            await self._found(task_id, attempt_id, response_evidence(_UNCHANGED))
            await self._end(task_id, lambda terms: decide_on_problem(_UNCHANGED, **terms))
            return
        digest = content_hash(parsed.data)
        snapshot = await self._stage_candidate(task_id, attempt_id, base, before, parsed.data)
        async with self._bench.stages.stage(snapshot) as stage:
            with self._viewing.following(task_id, stage):
                await self._gather_evidence(spec, attempt_id, stage, before, parsed.data)
        evidence = self._attempt(task_id).evidence
        await self._end(task_id, lambda terms: decide(evidence, content_hash=digest, **terms))

    async def _stage_candidate(
        self, task_id: str, attempt_id: str, base: str, before: bytes | None, content: bytes
    ) -> str:
        path = self._task(task_id).spec.output_file
        snapshot = await self._bench.repository.write_snapshot(base, {path: content})
        await self._bench.stream.record(
            CandidateStaged(
                task_id=task_id,
                attempt_id=attempt_id,
                base=base,
                snapshot=snapshot,
                files=(describe_change(path, before, content),),
            )
        )
        return snapshot

    async def _gather_evidence(
        self,
        spec: TaskSpec,
        attempt_id: str,
        stage: Stage,
        before: bytes | None,
        content: bytes,
    ) -> None:
        local = self._attempt(spec.task_id).route.owner == "local"
        checks = await asyncio.to_thread(
            check_candidate,
            spec,
            spec.output_file,
            content,
            base=before,
            contract=self._bench.settings.contract if local else None,
            stage_root=stage.path,
            tool_path=self._bench.settings.tests.path,
        )
        await self._found(spec.task_id, attempt_id, *checks)
        if any(evidence.passed is False for evidence in checks):
            return
        tests = await self._test(spec, attempt_id, stage, content)
        await self._found(spec.task_id, attempt_id, tests)

    async def _test(
        self, spec: TaskSpec, attempt_id: str, stage: Stage, content: bytes
    ) -> Evidence:
        digest = content_hash(content)
        if not spec.test_command:
            return evidence_without_tests(digest)
        stream = self._bench.stream

        def on_output(text: str) -> None:
            stream.show(
                OutputArrived(attempt_id=attempt_id, text=text, kind="test", task_id=spec.task_id)
            )

        run = await run_tests(spec.test_command, stage.path, self._bench.settings.tests, on_output)
        await stream.log(f"{attempt_id}.tests", run.output)
        return evidence_of_tests(run, digest, spec)

    async def _found(self, task_id: str, attempt_id: str, *found: Evidence) -> None:
        await self._bench.stream.record(
            *(
                EvidenceGathered(task_id=task_id, attempt_id=attempt_id, evidence=evidence)
                for evidence in found
            )
        )

    async def _end(self, task_id: str, judge: Callable[[Terms], Verdict]) -> None:
        bench, task, attempt = self._bench, self._task(task_id), self._attempt(task_id)
        terms = Terms(
            attempt_number=tries_in_round(task, attempt.route.owner),
            owner=attempt.route.owner,
            limits=bench.settings.attempts,
            claude_there=self._claude_may_write(),
        )
        await bench.stream.record(
            *after_verdict(
                bench.stream.state, task, attempt, judge(terms), feedback_for(attempt.evidence)
            )
        )

    async def _failed(self, task_id: str, error: OrchestratorError) -> None:
        bench, task, attempt = self._bench, self._task(task_id), self._attempt(task_id)
        follow = after_failure(
            bench.stream.state,
            task,
            attempt,
            error,
            limits=bench.settings.attempts,
            claude=self._claude_may_write(),
        )
        await bench.stream.record(*follow)

    def _claude_may_write(self) -> bool:
        router = self._bench.router
        return bool(router.claude) and router.only != "local"


def _whole(path: str, data: bytes | None, tokens: int) -> str:
    """A file that is to be written anew, fenced; never cut, for what is not seen would be lost.

    Raises:
        PromptTooLong: it does not fit `tokens`.
        WorkspaceError: it is no text.
    """
    if not data:
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise WorkspaceError(f"{path} is no UTF-8 text: a model can't rewrite it.") from error
    needed = estimate_tokens(text)
    if needed > tokens:
        raise PromptTooLong(
            f"{path} has about {needed:,} tokens; {tokens:,} fit, and it is never cut.",
            "Split the file, or raise budget in the configuration.",
            needed,
            tokens,
        )
    return fenced(path, text, tokens)


_UNCHANGED = ResponseProblem(
    kind="not_code",
    message="The answer changes nothing.",
    feedback="The answer is the file as it already was. Make the change that is described.",
)


class Terms(TypedDict):
    """What a verdict depends on beside the evidence."""

    attempt_number: int
    owner: Owner
    limits: AttemptSettings
    claude_there: bool
