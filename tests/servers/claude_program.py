"""A stand-in for the `claude` program (2.1.329): a real process that prints what it is told.

The process connects back to the test and does what it hears there, so answers are scripted like
those of the other stand-ins.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.script import Answer, Asked, Fault, Script, Scripted, count_tokens

VERSION = "2.1.329"
MODELS = {
    "haiku": "claude-haiku-4-5",
    "sonnet": "claude-sonnet-5-5",
    "opus": "claude-opus-5-5",
}

_PROGRAM = """#!/bin/sh
exec "{python}" -IS "{folder}/program.py" "$@"
"""

_BODY = """
import json, os, signal, socket, subprocess, sys

argv = sys.argv[1:]
system = ""
if "--system-prompt-file" in argv:
    with open(argv[argv.index("--system-prompt-file") + 1], encoding="utf-8") as file:
        system = file.read()
asked = {
    "argv": argv, "stdin": sys.stdin.read(), "system": system, "cwd": os.getcwd(),
    "files": os.listdir("."), "env": dict(os.environ), "pid": os.getpid(),
}
test = socket.socket(socket.AF_UNIX)
test.connect(SOCKET)
test.sendall(json.dumps(asked).encode() + b"\\n")
for line in test.makefile("rb"):
    order = json.loads(line)
    if "out" in order:
        sys.stdout.buffer.write(order["out"].encode("latin-1"))
        sys.stdout.buffer.flush()
    elif "err" in order:
        print(order["err"], file=sys.stderr, flush=True)
    elif "ignore_term" in order:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif "child" in order:
        child = subprocess.Popen(["sleep", "1000"])
        test.sendall(b"%d\\n" % child.pid)
    elif "exit" in order:
        os._exit(order["exit"])
"""


@dataclass(slots=True)
class Started(Asked):
    """One start of the program."""

    argv: list[str] = field(default_factory=list)
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ""
    files: list[str] = field(default_factory=list)
    """What lay in its folder."""
    pid: int = 0

    def option(self, name: str) -> str | None:
        """The value of an option of the command line."""
        return self.argv[self.argv.index(name) + 1] if name in self.argv else None


class ClaudeProgram:
    """A program named `claude`, there as long as its `async with`.

    Faults mean: "status" 401, 429, 5xx: `api_retry` lines and no end; other statuses, and 429
    with the header retry-after: a result with that error; "unreachable": like "status", without
    one; "cut", "crash": it ends without a
    result; "error": a result with an error; "malformed": a line of rubbish, then all is well.

    Attributes:
        command: its path.
        asked: every start, in order.
        rate_limit_info: printed as a `rate_limit_event` before the result.
        exit_code: what it ends with after its result.
        ignores_term: True makes it live on after TERM.
        leaves_child: True makes it start a child, whose process id is in `children`.
    """

    def __init__(self, answer: Script = "Hello") -> None:
        self._script = Scripted(answer)
        self._folder = Path()
        self._server: asyncio.Server | None = None
        self._arrived = asyncio.Condition()
        self.command = ""
        self.asked: list[Started] = []
        self.rate_limit_info: dict[str, Any] | None = None
        self.exit_code = 0
        self.ignores_term = False
        self.leaves_child = False
        self.children: list[int] = []

    async def __aenter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="claude-"))
        socket = self._folder / "socket"
        self._server = await asyncio.start_unix_server(self._serve, socket, limit=64 * 1024 * 1024)
        (self._folder / "program.py").write_text(f"SOCKET = {str(socket)!r}\n{_BODY}", "utf-8")
        program = self._folder / "claude"
        program.write_text(_PROGRAM.format(python=sys.executable, folder=self._folder), "utf-8")
        program.chmod(0o755)
        self.command = str(program)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        shutil.rmtree(self._folder)

    async def until_asked(self, count: int = 1) -> Started:
        """Waits for the start number `count` and gives it."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked) >= count)
        return self.asked[count - 1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started = _started(json.loads(await reader.readline()))
        try:
            await self._prepare(reader, writer)
            self.asked.append(started)
            async with self._arrived:
                self._arrived.notify_all()
            async for order in self._orders(started):
                await _tell(writer, order)
            started.answered.set()
            await reader.read()
        except ConnectionError:
            pass
        finally:
            started.gone.set()
            writer.close()

    async def _prepare(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.ignores_term:
            await _tell(writer, {"ignore_term": True})
        if self.leaves_child:
            await _tell(writer, {"child": True})
            self.children.append(int(await reader.readline()))

    async def _orders(self, started: Started) -> AsyncIterator[dict[str, Any]]:
        if "--version" in started.argv:
            yield {"out": f"{VERSION} (Claude Code)\n"}
            yield {"exit": 0}
            return
        run = _Run(started, self._script.next(started), self.rate_limit_info, self.exit_code)
        for order in run.orders():
            yield order


class _Run:
    """The lines of one run, as the real program prints them."""

    def __init__(
        self,
        started: Started,
        answer: Answer,
        rate_limit_info: dict[str, Any] | None,
        exit_code: int,
    ) -> None:
        self._started = started
        self._answer = answer
        self._rate_limit_info = rate_limit_info
        self._exit_code = exit_code
        asked_for = started.option("--model") or "sonnet"
        self._model = MODELS.get(asked_for, asked_for)
        self._schema = started.option("--json-schema")

    def orders(self) -> Iterator[dict[str, Any]]:
        fault = self._answer.fault
        yield _line("system", subtype="init", model=self._model, tools=[])
        yield _line("system", subtype="status", status="requesting")
        if fault is not None and fault.kind in {"status", "unreachable"}:
            yield from self._refused(fault)
            return
        yield from self._begin()
        pieces = self._answer.pieces()[: fault.after if fault else None]
        yield from map(self._piece, pieces)
        if fault is not None:
            yield from self._fail(fault)
            return
        yield from self._finish()

    def _begin(self) -> Iterator[dict[str, Any]]:
        message = {"model": self._model, "role": "assistant", "usage": self._usage(1)}
        yield _event("message_start", message=message)
        if self._answer.thinking:
            delta = {"type": "thinking_delta", "thinking": self._answer.thinking}
            yield _event("content_block_delta", index=0, delta=delta)
        yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""})

    def _piece(self, text: str) -> dict[str, Any]:
        delta = {"type": "text_delta", "text": text}
        if self._schema:
            delta = {"type": "input_json_delta", "partial_json": text}
        return _event("content_block_delta", index=0, delta=delta)

    def _finish(self) -> Iterator[dict[str, Any]]:
        answer = self._answer
        told = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal"}[answer.stop]
        yield _event("content_block_stop", index=0)
        written = {"output_tokens": self._usage(len(answer.pieces()))["output_tokens"]}
        yield _event("message_delta", delta={"stop_reason": told}, usage=written)
        if answer.stop != "stop":
            return  # the real one asks again by itself
        yield _event("message_stop")
        yield from self._limits()
        yield self._result(is_error=False, terminal_reason="completed", result=answer.text)
        yield {"exit": self._exit_code}

    def _limits(self) -> Iterator[dict[str, Any]]:
        if self._rate_limit_info is not None:
            yield _line("rate_limit_event", rate_limit_info=self._rate_limit_info)

    def _result(self, **fields: Any) -> dict[str, Any]:
        usage = self._usage(len(self._answer.pieces()))
        if self._schema and not fields["is_error"]:
            fields["structured_output"] = json.loads(self._answer.text)
        return _line("result", subtype="success", usage=usage, **fields)

    def _refused(self, fault: Fault) -> Iterator[dict[str, Any]]:
        status = fault.status if fault.kind == "status" else None
        retried = status is None or status in {401, 429} or status >= 500
        if retried and "retry-after" not in fault.headers:
            for attempt in range(1, 11):
                yield _line("system", subtype="api_retry", attempt=attempt, error_status=status)
            return
        yield from self._limits()
        said = fault.body or f"API Error: {status} failed"
        yield self._result(
            is_error=True, result=said, terminal_reason="api_error", api_error_status=status
        )
        yield {"exit": 1}

    def _fail(self, fault: Fault) -> Iterator[dict[str, Any]]:
        match fault.kind:
            case "cut":
                yield {"exit": 0}
            case "crash":
                yield {"err": fault.body or "Segmentation fault"}
                yield {"exit": 139}
            case "error":
                said = fault.body or "it went wrong"
                yield self._result(is_error=True, result=said, terminal_reason="api_error")
                yield {"exit": 1}
            case "malformed":
                yield {"out": '\x1b[33mwarning: {"type":\n\xff\xfe\n[1, 2]\n{"type": 7}\n'}
                yield from map(self._piece, self._answer.pieces()[fault.after :])
                yield from self._finish()
            case "endless":
                while True:
                    yield self._piece("more" * 1000)
            case "stall":
                return
            case _:
                raise AssertionError(f"{fault.kind} is nothing a program does")

    def _usage(self, written: int) -> dict[str, int]:
        answer = self._answer
        read = count_tokens(self._started.prompt)
        read = read if answer.input_tokens is None else answer.input_tokens
        written = written if answer.output_tokens is None else answer.output_tokens
        return {"input_tokens": 0, "cache_read_input_tokens": read, "output_tokens": written}


def _started(told: dict[str, Any]) -> Started:
    messages = [{"role": "user", "content": told["stdin"]}]
    started = Started("RUN", told["cwd"], {"system": told["system"], "messages": messages})
    started.argv, started.env, started.cwd = told["argv"], told["env"], told["cwd"]
    started.files, started.pid = told["files"], told["pid"]
    started.body["model"] = started.option("--model") or ""
    return started


def _line(kind: str, **fields: Any) -> dict[str, Any]:
    text = json.dumps({"type": kind} | fields, ensure_ascii=False) + "\n"
    return {"out": text.encode().decode("latin-1")}


def _event(kind: str, **fields: Any) -> dict[str, Any]:
    return _line("stream_event", event={"type": kind} | fields, parent_tool_use_id=None)


async def _tell(writer: asyncio.StreamWriter, order: dict[str, Any]) -> None:
    writer.write(json.dumps(order).encode() + b"\n")
    await writer.drain()


def alive(pid: int) -> bool:
    """True while there is a process of this number that has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # a process that ended but was not asked for its exit code yet is no longer at work
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return sys.platform != "linux"
