"""Claude through the `claude` program, with the user's own login."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing

from msgspec.structs import replace

from orchestrator.backends import anthropic_wire
from orchestrator.backends import claude_wire as wire
from orchestrator.backends.answer import GrowingAnswer
from orchestrator.backends.anthropic_stream import MessageReader
from orchestrator.backends.base import Chunk, Completion, Limits, Request
from orchestrator.backends.claude_process import Program, found, running
from orchestrator.backends.limits import Piece, at_most, within
from orchestrator.backends.lines import lines, most_bytes
from orchestrator.backends.quota_signals import merged, reset_of_used_up, windows_in_event
from orchestrator.backends.refusals import cut_short
from orchestrator.errors import BackendError, RateLimited, ServerFailed
from orchestrator.values import BackendStatus, QuotaWindow

_EXIT_SECONDS = 5.0
"""What the program gets to end by itself after its result."""
_VERSION_SECONDS = 10.0
_FAMILIES = ("haiku", "sonnet", "opus")


class ClaudeCode:
    """A client of the `claude` program: a process for each answer.

    The program tries again by itself for up to 200 seconds; its `api_retry` lines are read, and
    it is ended as soon as they say that trying again is no use.

    Args:
        name: its name in the configuration.
        command: the program, a name on the PATH or a path.
        limits: how long to wait for what; `load` and `connect` are not used.
        environ: the environment it is given, without our own variables.
        clock: seconds that never jump.
        now: Unix seconds.
    """

    def __init__(
        self,
        name: str,
        command: str,
        limits: Limits,
        *,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._command = command
        self._limits = limits
        self._environ = os.environ if environ is None else environ
        self._clock = clock
        self._now = now

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    async def stream(self, request: Request) -> AsyncGenerator[Chunk | Completion, None]:
        """The answer in pieces; see `Backend.stream`.

        When the program repeats a request that broke off, the pieces of the first try stay in the
        stream; the completion's text is the program's own result and has them not.
        """
        pieces = within(self._limits, self._pieces(request), wire.WHO)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def check(self) -> BackendStatus:
        """Whether the program is there, and its version; never raises.

        It tells nothing about the login: only a request, which costs quota, would.
        """
        status = BackendStatus(
            name=self._name,
            kind="claude_code",
            url=self._command,
            reachable=False,
            seen_at=self._now(),
        )
        try:
            path = found(self._command, self._environ)
            async with at_most(_VERSION_SECONDS, "first token", wire.WHO):
                version = await self._version()
        except BackendError as error:
            return replace(status, error=error.message, hint=error.hint)
        return replace(status, url=path, reachable=True, version=version, installed=_FAMILIES)

    async def aclose(self) -> None:
        """Nothing is kept open between answers."""

    async def _version(self) -> str:
        env = wire.environment(self._environ, anthropic_wire.THINKING_TOKENS)
        async with running([self._command, "--version"], prompt="", files={}, env=env) as program:
            async with aclosing(program.output()) as output:
                said = b"".join([data async for data in output])
            if code := await program.exit_code(_EXIT_SECONDS):
                raise wire.error_of_exit(code, program.complaints()) or ServerFailed(
                    f"{self._command} --version ended with {code}."
                )
        words = said.decode("utf-8", "replace").split()
        return words[0] if words else ""

    async def _pieces(self, request: Request) -> AsyncGenerator[Piece, None]:
        answer = _ProgramsAnswer(request, GrowingAnswer(self._clock), self._now)
        most = request.max_tokens + anthropic_wire.THINKING_TOKENS
        try:
            async with running(
                wire.arguments(self._command, request),
                prompt=wire.prompt(request.messages),
                files={wire.SYSTEM_FILE: wire.system_prompt(request.messages)},
                env=wire.environment(self._environ, most),
            ) as program:
                async with (
                    aclosing(program.output()) as output,
                    aclosing(lines(output, most_bytes(most))) as arriving,
                ):
                    async for data in arriving:
                        for piece in answer.take(wire.read_line(data) or wire.Line()):
                            yield piece
                        if answer.completion:
                            break
                await _checked_end(program, answer)
            yield answer.completion
        except BackendError as error:
            raise answer.with_quota(error) from None


async def _checked_end(program: Program, answer: _ProgramsAnswer) -> None:
    """Compares what the program said with how it ended.

    Raises:
        BackendError: no result came, or the program failed after it.
    """
    if answer.cut_off:
        return
    code = await program.exit_code(_EXIT_SECONDS)
    if answer.completion is None:
        raise wire.error_of_exit(code, program.complaints()) or cut_short(wire.WHO)
    if code:
        raise ServerFailed(f"{wire.WHO} gave a result but ended with {code}.")


class _ProgramsAnswer:
    """What the program's lines add up to.

    Attributes:
        completion: the whole answer, None as long as there is none.
        cut_off: True when we stop at a limit where the program would go on: it answers a
            `max_tokens` with up to three more requests, and a refusal with one.
    """

    def __init__(self, request: Request, answer: GrowingAnswer, now: Callable[[], float]) -> None:
        self._request = request
        self._answer = answer
        self._now = now
        self._reader = MessageReader(wire.WHO, answer, as_json=request.schema is not None)
        self._quota: tuple[QuotaWindow, ...] = ()
        self.completion: Completion | None = None
        self.cut_off = False

    def take(self, line: wire.Line) -> Sequence[Piece]:
        """What a line adds, a lone None when it only shows that the program is alive.

        Raises:
            BackendError: the line says that there will be no answer.
        """
        if line.type == "stream_event" and line.event is not None:
            return self._event(line.event)
        if line.type == "rate_limit_event" and line.rate_limit_info is not None:
            self._quota = merged(self._quota, windows_in_event(line.rate_limit_info, self._now()))
        elif line.subtype == "api_retry" and (error := wire.error_of_retry(line)):
            raise error
        elif line.type == "result":
            self._result(line)
        return (None,)

    def with_quota(self, error: BackendError) -> BackendError:
        """The error, with what was told of the quota before it."""
        error.quota = self._quota
        if isinstance(error, RateLimited):
            error.resets_at = reset_of_used_up(self._quota)
        return error

    def _event(self, event: anthropic_wire.StreamEvent) -> Sequence[Piece]:
        if event.type == "error":
            return (None,)  # the program tries again by itself
        pieces = [piece if piece and piece.text else None for piece in self._reader.take(event)]
        if event.type == "message_delta" and self._reader.stop != "stop":
            self.cut_off = True
            self.completion = self._completed(self._reader.text)
        return pieces

    def _result(self, line: wire.Line) -> None:
        if line.is_error:
            raise wire.error_of_result(line)
        if line.usage is not None:
            self._reader.read, self._reader.written = line.usage.read(), line.usage.output_tokens
        text = wire.answer_text(line, as_json=self._request.schema is not None)
        self.completion = self._completed(self._reader.text if text is None else text)

    def _completed(self, text: str) -> Completion:
        reader = self._reader
        return self._answer.completed(
            model=reader.model or self._request.model,
            usage=self._answer.usage(self._request, reader.read, reader.written),
            stop=reader.stop,
            text=text,
            quota=self._quota,
        )
