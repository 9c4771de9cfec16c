"""What happens is told in calm sentences, once."""

import pytest

from orchestrator import events as e
from orchestrator.values import FileChange, Usage
from tests.cli import scripted as s
from tui.progress import sentence

FILE = FileChange(path="slug.py", before=None, after="0" * 64, added=3, removed=1)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (s.attempt(1, s.PROVEN)[0], "T-001 try 1: qwen on ollama writes, atomic work stays local"),
        (s.attempt(1, s.PROVEN)[1], "T-001 answered in 6.2 s, 1,200 tokens in, 310 out"),
        (
            e.ResponseReceived(
                attempt_id="G1.1", usage=Usage(input_tokens=9, counted=False), seconds=1
            ),
            "G1 answered in 1.0 s, about 9 tokens in, 0 out",
        ),
        (s.attempt(1, s.PROVEN)[3], "T-001 tests: 6/6 tests"),
        (s.attempt(1, s.AGAIN)[-1], "T-001 is not right yet: 5/6 tests passed."),
        (
            s.unreachable()[1],
            'T-001 got no answer: Ollama does not answer. "ollama serve" starts it.',
        ),
        (e.TaskRetried(task_id="T-001", feedback="", by="rule"), ""),
        (
            e.TaskRetried(task_id="T-001", feedback="", by="person"),
            "T-001 is written once more, as asked",
        ),
        (e.TaskEscalated(task_id="T-001", reason="x", by="rule"), "T-001 goes to Claude"),
        (e.TaskWaiting(task_id="T-001", reason="quota critical"), "T-001 waits: quota critical"),
        (e.GoalWaiting(goal_id="G1", reason=""), ""),
        (e.PlanFailed(goal_id="G1", error="A cycle.", hint="r"), "G1 has no plan: A cycle. r"),
        (s.waits(), ""),
        (s.waits("conflict", "You edited it."), "T-001 waits for you: You edited it."),
        (
            e.ChangeApplied(change_id="C1", task_id="T-001", files=(FILE,), merged=("slug.py",)),
            "T-001 is applied: slug.py (+3 -1); your own edits in slug.py were kept",
        ),
        (e.NoticeGiven(level="warning", message="Odd.", hint="Look."), "Odd. Look."),
        (e.Paused(), ""),
        (e.OutputArrived(attempt_id="T-001.1", text="def"), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_sentences(event: e.Event, words: str) -> None:
    assert sentence(event) == words
