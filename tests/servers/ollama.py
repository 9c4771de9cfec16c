"""A stand-in for Ollama 0.33, as a real server was seen to behave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.servers.openai import stream_chat
from tests.servers.script import Answer, Asked, Fault, Script, count_tokens
from tests.servers.serving import Reply, StandIn, fail, send_raw

CRASHED = "an error was encountered while running the model: unexpected EOF"
BUSY = "server busy, please try again.  maximum pending requests exceeded"
DEFAULT_NUM_CTX = 4096
_NDJSON = "application/x-ndjson"


class OllamaServer(StandIn):
    """Models are loaded on the first request, and again when the context size changes.

    Attributes:
        installed: names with their tag; take one out and it answers 404.
        loaded: context size by name; empty while a model loads.
        loads: every load that began, as (name, context size).
        aborted: how many loads were given up because the client left.
        load_began: set with the first load.
        may_load: clear it and loads wait, without a byte, until it is set.
        busy: how many of the next requests get a 503.
    """

    def __init__(
        self,
        answer: Script = "Hello",
        *,
        models: Iterable[str] = ("tiny:latest",),
        loaded: Mapping[str, int] | None = None,
        version: str = "0.33.0",
        knows_truncate: bool = True,
    ) -> None:
        super().__init__(answer)
        self.installed = {_full(name) for name in models}
        self.loaded = {_full(name): size for name, size in (loaded or {}).items()}
        self.loads: list[tuple[str, int]] = []
        self.aborted = 0
        self.load_began = asyncio.Event()
        self.may_load = asyncio.Event()
        self.may_load.set()
        self.busy = 0
        self._loading = asyncio.Lock()
        self._version = version
        self._knows_truncate = knows_truncate
        self._routes = {
            ("POST", "/api/chat"): self._chat,
            ("POST", "/api/generate"): self._generate,
            ("POST", "/v1/chat/completions"): self._openai_chat,
            ("GET", "/api/tags"): self._tags,
            ("GET", "/api/ps"): self._ps,
            ("GET", "/api/version"): self._tell_version,
            ("GET", "/"): self._root,
        }

    # ------------------------------------------------------------------------------- generating

    async def _chat(self, asked: Asked, reply: Reply) -> None:
        if await self._refuses(asked, reply):
            return
        await self._load(asked)
        if not asked.body.get("messages"):
            await self._tell_loaded(asked, reply, "message")
            return
        counted = await self._counted(asked, reply)
        if counted is not None:
            await self._answer(asked, reply, counted, "message")

    async def _generate(self, asked: Asked, reply: Reply) -> None:
        if await self._refuses(asked, reply):
            return
        await self._load(asked)
        prompt = asked.body.get("prompt", "")
        if not prompt:
            await self._tell_loaded(asked, reply, "response")
            return
        counted = count_tokens(prompt)
        if counted > _num_ctx(asked) and asked.body.get("truncate") is False:
            await self._overflows(reply, counted, _num_ctx(asked))
            return
        await self._answer(asked, reply, min(counted, _num_ctx(asked)), "response")

    async def _openai_chat(self, asked: Asked, reply: Reply) -> None:
        if _full(asked.model) not in self.installed:
            said = {"message": f"model '{asked.model}' not found", "type": "not_found_error"}
            await reply.json({"error": said | {"param": None, "code": None}}, 404)
            return
        await stream_chat(asked, reply, self._script.next(asked), model=asked.model)

    async def _answer(self, asked: Asked, reply: Reply, counted: int, key: str) -> None:
        answer = self._script.next(asked)
        if answer.fault is not None and answer.fault.kind == "status":
            await _refuse(reply, answer.fault)
            return
        if answer.fault is not None and answer.fault.kind == "raw":
            await send_raw(reply, _NDJSON, answer)
            return
        most = asked.body.get("options", {}).get("num_predict")
        pieces = answer.pieces(most)
        last = _last_line(asked.model, answer, counted, len(pieces), key)
        last["done_reason"] = "length" if pieces != answer.pieces() else answer.stop
        if asked.body.get("stream", True):
            await _Stream(asked, reply, answer, key).send(pieces, last)
        else:
            await reply.json(last | _content(key, answer.text, answer.thinking))

    # ------------------------------------------------------------------------------- loading

    async def _load(self, asked: Asked) -> None:
        name, size = _full(asked.model), _num_ctx(asked)
        async with self._loading:
            if self.loaded.get(name) == size:
                return
            self.loaded.pop(name, None)
            self.loads.append((name, size))
            self.load_began.set()
            try:
                await self.may_load.wait()
            except asyncio.CancelledError:
                self.aborted += 1
                raise
            self.loaded[name] = size

    async def _tell_loaded(self, asked: Asked, reply: Reply, key: str) -> None:
        """Answers a request without a prompt, which loads or, with keep_alive 0, unloads."""
        unload = asked.body.get("keep_alive") == 0
        if unload:
            self.loaded.pop(_full(asked.model), None)
        done = {"done": True, "done_reason": "unload" if unload else "load"}
        await reply.json({"model": asked.model} | _content(key, "") | done)

    # ------------------------------------------------------------------------------- refusing

    async def _refuses(self, asked: Asked, reply: Reply) -> bool:
        for status, message in self._complaints(asked):
            await reply.json({"error": message}, status)
            return True
        return False

    def _complaints(self, asked: Asked) -> Iterator[tuple[int, str]]:
        if not asked.body:
            yield 400, "missing request body"
        if not asked.model:
            yield 400, "model is required"
        if _full(asked.model) not in self.installed:
            yield 404, f"model '{asked.model}' not found"
        if self.busy:
            self.busy -= 1
            yield 503, BUSY
        for name in ("num_ctx", "num_predict"):
            if not isinstance(asked.body.get("options", {}).get(name, 0), int):
                yield 500, f'option "{name}" must be of type integer'
        wanted = asked.body.get("format")
        if isinstance(wanted, str) and wanted not in {"", "json"}:
            shown = json.dumps(json.dumps(wanted))
            yield 500, f'invalid format: {shown}; expected "json" or a valid JSON Schema object'
        if asked.body.get("think"):
            yield 400, f'"{asked.model}" does not support thinking'

    async def _counted(self, asked: Asked, reply: Reply) -> int | None:
        """The tokens of the prompt after the oldest messages are dropped; None when refused."""
        sizes = [count_tokens(m.get("content") or "") for m in asked.body["messages"]]
        room = _num_ctx(asked)
        keeps_all = asked.body.get("truncate") is False and self._knows_truncate
        if sum(sizes) > room and (keeps_all or sizes[-1] > room):
            await self._overflows(reply, sum(sizes), room)
            return None
        while sum(sizes) > room:
            sizes.pop(0)
        return sum(sizes)

    async def _overflows(self, reply: Reply, counted: int, room: int) -> None:
        """What llama.cpp says, as a string inside `error`."""
        message = (
            f"request ({counted} tokens) exceeds the available context size ({room} tokens), "
            "try increasing it"
        )
        inner = {
            "code": 400,
            "message": message,
            "type": "exceed_context_size_error",
            "n_prompt_tokens": counted,
            "n_ctx": room,
        }
        await reply.json({"error": json.dumps({"error": inner})}, 400)

    async def unknown(self, asked: Asked, reply: Reply) -> None:
        if any(path == asked.path for _, path in self._routes):
            await reply.json("405 method not allowed", 405)
        else:
            await super().unknown(asked, reply)

    # ------------------------------------------------------------------------------- telling

    async def _tags(self, _asked: Asked, reply: Reply) -> None:
        rows = [{"name": name, "model": name, "size": 521696} for name in sorted(self.installed)]
        await reply.json({"models": rows})

    async def _ps(self, _asked: Asked, reply: Reply) -> None:
        rows = [
            {"name": name, "model": name, "size_vram": 521696, "context_length": size}
            for name, size in self.loaded.items()
        ]
        await reply.json({"models": rows})

    async def _tell_version(self, _asked: Asked, reply: Reply) -> None:
        await reply.json({"version": self._version})

    async def _root(self, _asked: Asked, reply: Reply) -> None:
        await reply.json("Ollama is running")


class _Stream:
    """One answer as lines of JSON, faults included. The status goes out with the first piece."""

    def __init__(self, asked: Asked, reply: Reply, answer: Answer, key: str) -> None:
        self._asked = asked
        self._reply = reply
        self._answer = answer
        self._key = key

    async def send(self, pieces: tuple[str, ...], last: dict[str, Any]) -> None:
        fault = self._answer.fault
        if fault is not None and fault.kind == "endless":
            while True:
                await self._piece("more" * 500)
        if self._answer.thinking:
            await self._line(_content(self._key, "", self._answer.thinking) | {"done": False})
        for piece in pieces[: fault.after if fault else None]:
            await self._piece(piece)
        if fault is None:
            await self._line(last)
        else:
            await self._fail(fault)
        await self._reply.end()

    async def _fail(self, fault: Fault) -> None:
        if fault.kind in {"crash", "error"}:
            if not self._reply.begun:
                await self._reply.json({"error": fault.body or CRASHED}, 500)
                return
            await self._line({"error": fault.body or CRASHED}, bare=True)
        elif fault.kind != "cut":
            if fault.kind != "stall":
                await self._begin()
            await fail(fault, self._reply, b'{"model":')
        else:
            await self._begin()

    async def _piece(self, text: str) -> None:
        await self._line(_content(self._key, text) | {"done": False})

    async def _line(self, content: dict[str, Any], *, bare: bool = False) -> None:
        await self._begin()
        head = {} if bare else {"model": self._asked.model, "created_at": "2026-11-21T02:21:37Z"}
        line = json.dumps(head | content, ensure_ascii=False, separators=(",", ":"))
        await self._reply.write(line.encode() + b"\n", self._answer.write)

    async def _begin(self) -> None:
        if not self._reply.begun:
            await self._reply.stream(_NDJSON)


def _last_line(model: str, answer: Answer, counted: int, pieces: int, key: str) -> dict[str, Any]:
    """The line with `done`. Durations are nanoseconds; fields that are zero are left out."""
    read = counted if answer.input_tokens is None else answer.input_tokens
    written = pieces if answer.output_tokens is None else answer.output_tokens
    numbers = {
        "total_duration": 6_366_286,
        "load_duration": 1_359_344,
        "prompt_eval_count": read,
        "prompt_eval_duration": 777_000,
        "eval_count": written,
        "eval_duration": 1_427_000,
    }
    kept = {name: number for name, number in numbers.items() if number}
    return {"model": model} | _content(key, "") | {"done": True, "done_reason": answer.stop} | kept


def _content(key: str, text: str, thinking: str = "") -> dict[str, Any]:
    if key == "response":
        return {"response": text} | ({"thinking": thinking} if thinking else {})
    turn = {"role": "assistant", "content": text}
    return {"message": turn | ({"thinking": thinking} if thinking else {})}


async def _refuse(reply: Reply, fault: Fault) -> None:
    body = {"error": CRASHED} if fault.body is None else fault.body
    await reply.json(body, fault.status, dict(fault.headers))


def _full(name: str) -> str:
    return name if ":" in name else f"{name}:latest"


def _num_ctx(asked: Asked) -> int:
    return int(asked.body.get("options", {}).get("num_ctx") or DEFAULT_NUM_CTX)
