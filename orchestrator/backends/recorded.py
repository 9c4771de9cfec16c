"""Plays recorded answers: for demonstrations and tests, without a model, a network or an account.

A recording is a YAML or JSON file:

    tokens_per_second: 80          # how fast answers come; left out or 0: at once
    answers:
      - match: [T-001, slugify]    # all of these must be in the prompt; an empty list fits all
        text: |                    # what is answered; or `value:`, any JSON, for a schema
          def slugify(text): ...
        model: qwen2.5:14b         # the model it is said to come from; left out: the one asked for
        thinking: ""               # what comes before the text
        input_tokens: 512          # left out: estimated, and marked as such
        output_tokens: 96

For each request the first answer that fits and was not given yet is played; when all that fit
were given, the last of them is played again. So two entries with the same `match` are a first
attempt and a second.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from orchestrator.backends.answer import GrowingAnswer
from orchestrator.backends.base import Chunk, Completion, Request
from orchestrator.errors import ConfigError, ModelMissing
from orchestrator.values import BackendStatus

_TOKEN = re.compile(r"\s*\S{1,6}|\s+")
"""What counts as a token: up to six characters with the space before them."""


class RecordedAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer; see the module."""

    match: tuple[str, ...] = ()
    text: str = ""
    value: Any = msgspec.UNSET
    model: str = ""
    thinking: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None

    def fits(self, prompt: str) -> bool:
        """True when everything of `match` is in the prompt."""
        return all(part in prompt for part in self.match)

    def content(self) -> str:
        """What is answered."""
        if self.value is msgspec.UNSET:
            return self.text
        return msgspec.json.encode(self.value).decode()


class Recording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file; see the module."""

    answers: tuple[RecordedAnswer, ...]
    tokens_per_second: float = 0.0


def load_recording(path: Path) -> Recording:
    """The recording in a file.

    Raises:
        ConfigError: it can't be read, or a field is missing, unknown or of the wrong type.
    """
    import yaml

    try:
        return msgspec.convert(yaml.safe_load(path.read_bytes()), Recording)
    except OSError as error:
        raise ConfigError(f"The recording {path} can't be read: {error.strerror}.") from None
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The recording {path} can't be used: {error}.",
            "See orchestrator/backends/recorded.py.",
        ) from None


class Recorded:
    """A backend that plays a recording.

    Args:
        name: its name in the configuration.
        recording: what is played.
        sleep: waits between two pieces.
        clock: seconds that never jump.
        now: Unix seconds.
    """

    def __init__(
        self,
        name: str,
        recording: Recording,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._recording = recording
        self._sleep = sleep
        self._clock = clock
        self._now = now
        self._given: set[int] = set()

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    async def stream(self, request: Request) -> AsyncGenerator[Chunk | Completion, None]:
        """The recorded answer in pieces; see `Backend.stream`.

        Raises:
            ModelMissing: no answer is recorded for this prompt.
        """
        recorded = self._choose(request)
        answer = GrowingAnswer(self._clock)
        for piece in _TOKEN.findall(recorded.thinking):
            await self._pause()
            yield answer.add(piece, "thinking")
        for piece in _TOKEN.findall(recorded.content()):
            await self._pause()
            yield answer.add(piece)
        yield answer.completed(
            model=recorded.model or request.model,
            usage=answer.usage(request, recorded.input_tokens, recorded.output_tokens),
        )

    async def check(self) -> BackendStatus:
        """Always there; says that it is recorded."""
        models = dict.fromkeys(answer.model for answer in self._recording.answers if answer.model)
        return BackendStatus(
            name=self._name,
            kind="recorded",
            url="",
            reachable=True,
            version="recorded",
            installed=tuple(models),
            loaded=tuple(models),
            seen_at=self._now(),
        )

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _pause(self) -> None:
        speed = self._recording.tokens_per_second
        if speed > 0:
            await self._sleep(1 / speed)

    def _choose(self, request: Request) -> RecordedAnswer:
        prompt = "\n".join(message.content for message in request.messages)
        answers = self._recording.answers
        fitting = [i for i, answer in enumerate(answers) if answer.fits(prompt)]
        if not fitting:
            raise ModelMissing(
                f"{self._name} has no recorded answer for this prompt: {prompt[:200]}",
                "A recording answers only the prompts it was made for.",
            )
        chosen = next((i for i in fitting if i not in self._given), fitting[-1])
        self._given.add(chosen)
        return answers[chosen]
