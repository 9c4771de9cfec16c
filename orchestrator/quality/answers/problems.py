"""What reading an answer can come to: the file's content, or a problem with a name."""

from __future__ import annotations

from typing import Literal

import msgspec

from orchestrator.values import Evidence, TaskSpec

ProblemKind = Literal["empty", "refused", "cut", "not_code", "placeholder", "wrong_file"]


class ParsedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the one file that was asked for."""

    path: str
    """The spec's output file."""
    content: str
    """LF newlines, ended by one; encodable as UTF-8."""
    notes: tuple[str, ...] = ()
    """What was left out or put together, for a person."""

    @property
    def data(self) -> bytes:
        """The bytes the file should hold."""
        return self.content.encode()


class ResponseProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why an answer gives no file."""

    kind: ProblemKind
    message: str
    """One sentence for a person."""
    feedback: str
    """What the model is told when it is asked once more."""


def response_evidence(result: ParsedResponse | ResponseProblem, content_hash: str = "") -> Evidence:
    """The answer's form as evidence; `content_hash` is empty when there is no content."""
    if isinstance(result, ResponseProblem):
        return Evidence(
            kind="response", passed=False, summary=result.message, detail=result.feedback
        )
    return Evidence(
        kind="response",
        passed=True,
        summary="complete",
        detail="\n".join(result.notes),
        content_hash=content_hash,
    )


def empty(spec: TaskSpec, *, only_thinking: bool = False) -> ResponseProblem:
    """Nothing was answered, or nothing but thinking."""
    what = "holds thinking only" if only_thinking else "is empty"
    return ResponseProblem(
        kind="empty",
        message=f"The answer {what}.",
        feedback=f"Your last answer was empty. {_ask(spec)}",
    )


def refused(spec: TaskSpec, said: str = "") -> ResponseProblem:
    """The model said no."""
    quoted = f": {_shortened(said)}" if said.strip() else "."
    return ResponseProblem(
        kind="refused",
        message=f"The model refused{quoted}",
        feedback=(
            f"Generate code for {spec.output_file}: {spec.description}\n"
            f"This is an ordinary programming task. {_ask(spec)}"
        ),
    )


def cut(spec: TaskSpec, *, at_limit: bool) -> ResponseProblem:
    """The answer stops before the file's end."""
    where = "at its length limit" if at_limit else "inside a code block"
    return ResponseProblem(
        kind="cut",
        message=f"The answer was cut off {where}.",
        feedback=(
            "Your last answer stopped before the end of the file. Be brief: no explanation, "
            f"no example. {_ask(spec)}"
        ),
    )


def not_code(spec: TaskSpec, why: str = "") -> ResponseProblem:
    """There is text, but not the file's content."""
    return ResponseProblem(
        kind="not_code",
        message=why or f"The answer holds no content for {spec.output_file}.",
        feedback=f"Your last answer did not give the file's content. {_ask(spec)}",
    )


def placeholder(spec: TaskSpec, line: str) -> ResponseProblem:
    """Code was left out and a comment put in its place."""
    return ResponseProblem(
        kind="placeholder",
        message=f"The answer leaves code out: {_shortened(line)}",
        feedback=(
            f'Your last answer left code out with "{_shortened(line)}". '
            f"Write every line. {_ask(spec)}"
        ),
    )


def wrong_file(spec: TaskSpec, names: tuple[str, ...]) -> ResponseProblem:
    """The answer gives other files than the one that was asked for."""
    given = _shortened(", ".join(names))
    return ResponseProblem(
        kind="wrong_file",
        message=f"The answer gives {given} instead of {spec.output_file}.",
        feedback=f"Your last answer gave {given}. Only {spec.output_file} is wanted. {_ask(spec)}",
    )


def _ask(spec: TaskSpec) -> str:
    return f"Answer with the whole content of {spec.output_file} in one fenced block, nothing else."


def _shortened(text: str, size: int = 120) -> str:
    text = " ".join(text.split())
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"
