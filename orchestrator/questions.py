"""Questions: answered by a model, without changing anything."""

from __future__ import annotations

from contextlib import suppress

from orchestrator.errors import BackendError, CommandRefused, OrchestratorError, unforeseen
from orchestrator.events import QuestionAnswered, QuestionAsked, QuestionFailed
from orchestrator.generation import generate, request_for
from orchestrator.jobs import Jobs
from orchestrator.routing.complexity import classify_text
from orchestrator.routing.router import Wait
from orchestrator.values import Route
from orchestrator.workbench import Workbench


class Questions:
    """Asks models the user's questions, several at a time."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._jobs = Jobs(on_crash=self._crashed)

    async def ask(self, text: str) -> str:
        """Starts to answer `text`; gives the question's id.

        Raises:
            CommandRefused: the question is empty, or has to wait for quota.
            NoRoute: no usable backend.
        """
        if not text.strip():
            raise CommandRefused("The question is empty.", "Write what you want to know.")
        route = self._bench.router.answer(classify_text(text), self._bench.quota())
        if isinstance(route, Wait):
            raise CommandRefused(route.reason, "Ask with --local to use a local model.")
        question_id = f"Q{len(self._bench.stream.state.questions) + 1}"
        await self._bench.stream.record(
            QuestionAsked(question_id=question_id, text=text, route=route)
        )
        self._jobs.start(question_id, self._answer(question_id, text, route))
        return question_id

    async def stop(self) -> None:
        """Ends what is being answered."""
        await self._jobs.stop()

    async def _answer(self, question_id: str, text: str, route: Route) -> None:
        try:
            answer = await self._generate(question_id, text, route)
        except OrchestratorError as error:
            await self._failed(question_id, error)
        else:
            await self._bench.stream.record(QuestionAnswered(question_id=question_id, text=answer))

    async def _failed(self, question_id: str, error: OrchestratorError) -> None:
        await self._bench.stream.record(
            QuestionFailed(question_id=question_id, error=error.message, hint=error.hint)
        )

    async def _crashed(self, question_id: str, error: Exception) -> None:
        """An error that nobody foresaw. Where it can't be recorded, whoever listens was told."""
        with suppress(OrchestratorError):
            await self._failed(question_id, unforeseen(error))

    async def _generate(self, question_id: str, text: str, route: Route) -> str:
        bench = self._bench
        messages = bench.prompts.render("answer", question=text)
        request = request_for(
            bench, route, messages, max_tokens=bench.settings.budget.answer_tokens
        )
        completion = await generate(
            bench, route, request, attempt_id=f"{question_id}.1", role="answer"
        )
        if not completion.text.strip():
            raise BackendError(f"{route.backend} answered nothing.", "Ask again in other words.")
        if completion.stop == "length":
            raise BackendError(
                "The answer was cut off at its length limit; what came is in the output.",
                "Ask for less, or raise budget.answer_tokens or context_tokens.",
            )
        return completion.text
