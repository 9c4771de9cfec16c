"""Recorded answers, played back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.backends.base import Backend, Message
from orchestrator.backends.recorded import Recorded, RecordedAnswer, Recording, load_recording
from orchestrator.errors import ConfigError, ModelMissing
from tests.backends.asking import SCHEMA, a_request, ask


class Sleeper:
    """A sleep that takes no time and remembers."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def playing(*answers: RecordedAnswer) -> Recorded:
    return Recorded("demo", Recording(answers=answers))


async def said(backend: Recorded, prompt: str) -> str:
    return (await ask(backend, a_request(prompt))).completion.text


async def test_the_answer_that_fits_the_prompt_is_played() -> None:
    backend = playing(
        RecordedAnswer(match=("T-001", "write"), text="one"),
        RecordedAnswer(match=("T-002",), text="two"),
    )
    assert await said(backend, "Please write T-001") == "one"
    assert await said(backend, "T-002") == "two"


async def test_all_of_a_match_must_be_there() -> None:
    with pytest.raises(ModelMissing, match="T-001") as caught:
        await said(playing(RecordedAnswer(match=("T-001", "test"))), "review T-001")
    assert caught.value.hint


async def test_answers_that_fit_are_played_in_their_order_and_the_last_again() -> None:
    backend = playing(
        RecordedAnswer(match=("T-001",), text="first try"),
        RecordedAnswer(match=("T-001",), text="second try"),
        RecordedAnswer(text="anything else"),
    )
    assert await said(backend, "T-001") == "first try"
    assert await said(backend, "other") == "anything else"
    assert await said(backend, "T-001") == "second try"
    assert await said(backend, "T-001") == "anything else"


async def test_a_single_answer_is_played_again_and_again() -> None:
    backend = playing(RecordedAnswer(match=("T-001",), text="one"))
    assert [await said(backend, "T-001") for _ in range(3)] == ["one"] * 3


async def test_the_system_s_message_counts_as_prompt() -> None:
    backend = playing(RecordedAnswer(match=("You review",), text="fine"))
    messages = (Message("system", "You review code."), Message("user", "x = 1"))
    assert (await ask(backend, a_request(messages=messages))).completion.text == "fine"


async def test_it_comes_in_pieces_at_the_recorded_speed() -> None:
    sleeper = Sleeper()
    answer = RecordedAnswer(text="def slugify(text):\n    return text\n", thinking="Hm.")
    recording = Recording(answers=(answer,), tokens_per_second=50)
    answered = await ask(Recorded("demo", recording, sleep=sleeper), a_request())
    assert answered.joined() == answered.completion.text == answer.text
    assert answered.joined("thinking") == answered.completion.thinking == "Hm."
    assert len(answered.chunks) > 5
    assert sleeper.slept == [0.02] * len(answered.chunks)


async def test_without_a_speed_nothing_is_waited_for() -> None:
    sleeper = Sleeper()
    recording = Recording(answers=(RecordedAnswer(text="a b c"),))
    await ask(Recorded("demo", recording, sleep=sleeper), a_request())
    assert sleeper.slept == []


async def test_counts_are_the_recorded_ones_or_marked_as_estimates() -> None:
    counted = RecordedAnswer(match=("a",), text="x", model="qwen", input_tokens=5, output_tokens=7)
    backend = playing(counted, RecordedAnswer(match=("b",), text="x"))
    done = (await ask(backend, a_request("a"))).completion
    assert (done.usage.input_tokens, done.usage.output_tokens, done.usage.counted) == (5, 7, True)
    assert done.model == "qwen"
    done = (await ask(backend, a_request("b", model="wanted"))).completion
    assert not done.usage.counted
    assert done.model == "wanted"


async def test_a_value_is_answered_as_json() -> None:
    backend = playing(RecordedAnswer(value={"verdict": "pass", "score": 3}))
    done = (await ask(backend, a_request(schema=SCHEMA))).completion
    assert json.loads(done.text) == {"verdict": "pass", "score": 3}


async def test_it_says_that_it_is_recorded() -> None:
    backend: Backend = playing(RecordedAnswer(model="qwen"), RecordedAnswer())
    status = await backend.check()
    assert (status.kind, status.version, status.installed) == ("recorded", "recorded", ("qwen",))
    assert status.reachable
    assert isinstance(backend, Backend)
    assert backend.name == "demo"


# ------------------------------------------------------------------------------------- files

YAML = """
tokens_per_second: 80
answers:
  - match: [T-001, slugify]
    text: |
      def slugify(text): ...
    input_tokens: 512
  - value: {verdict: pass}
"""


def test_a_recording_can_be_yaml_or_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(YAML, "utf-8")
    recording = load_recording(tmp_path / "a.yaml")
    assert recording.tokens_per_second == 80
    assert recording.answers[0].text == "def slugify(text): ...\n"
    assert recording.answers[1].content() == '{"verdict":"pass"}'
    (tmp_path / "b.json").write_text('{"answers": [{"text": "x"}]}', "utf-8")
    assert load_recording(tmp_path / "b.json").answers[0].text == "x"


@pytest.mark.parametrize(
    "content",
    [
        b"answers: [{text: 1}]",
        b"answers: [{txt: x}]",
        b"answers: {",
        b"speed: 1",
        b"- a\n- b",
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_a_recording_that_can_not_be_used_says_which(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.yaml"):
        load_recording(path)


def test_a_recording_runs_no_code(tmp_path: Path) -> None:
    made = tmp_path / "made"
    (tmp_path / "a.yaml").write_text(f"!!python/object/apply:os.mkdir ['{made}']", "utf-8")
    with pytest.raises(ConfigError):
        load_recording(tmp_path / "a.yaml")
    assert not made.exists()


def test_a_recording_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_recording(tmp_path / "none.yaml")
