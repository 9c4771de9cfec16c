"""A stand-in for OpenAI-compatible servers: llama.cpp b11549 as seen, LM Studio as documented."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from typing import Any, Literal

from tests.servers.script import Answer, Asked, Fault, Script, count_tokens
from tests.servers.serving import Reply, StandIn, fail, send_raw

_SSE = "text/event-stream"


class OpenAIServer(StandIn):
    """Attributes:
    ready: clear it and llama.cpp answers 503 "Loading model", and /health likewise.
    states: LM Studio's models, "loaded" or "not-loaded"; a chat loads.
    may_load: clear it and LM Studio's loads wait, without a byte.
    """

    def __init__(
        self,
        answer: Script = "Hello",
        *,
        flavour: Literal["llamacpp", "lmstudio", "plain"] = "llamacpp",
        models: Mapping[str, str] | Collection[str] = ("tiny.gguf",),
        n_ctx: int = 4096,
        key: str = "",
        refuses: Collection[str] = (),
    ) -> None:
        """Args:
        answer: what it says.
        flavour: whose extra paths it has; "plain" has none, not even /health.
        models: names, for LM Studio with their state. llama.cpp serves the first to everyone.
        n_ctx: longer prompts get a 400.
        key: others than this get a 401.
        refuses: parameters that get a 400, as newer OpenAI models do.
        """
        super().__init__(answer)
        self.ready = asyncio.Event()
        self.ready.set()
        self.may_load = asyncio.Event()
        self.may_load.set()
        named = models if isinstance(models, Mapping) else dict.fromkeys(models, "loaded")
        self.states = dict(named)
        self._flavour = flavour
        self._n_ctx = n_ctx
        self._key = key
        self._refuses = refuses
        self._routes = {
            ("POST", "/v1/chat/completions"): self._chat,
            ("GET", "/v1/models"): self._models,
        }
        if flavour == "llamacpp":
            self._routes[("GET", "/health")] = self._health
            self._routes[("GET", "/props")] = self._props
        if flavour == "lmstudio":
            self._routes[("GET", "/api/v0/models")] = self._models

    async def _chat(self, asked: Asked, reply: Reply) -> None:
        if await self._refused(asked, reply):
            return
        model = asked.model
        if self._flavour == "llamacpp":
            model = next(iter(self.states))
        elif self._flavour == "lmstudio" and self.states.get(model) == "not-loaded":
            await self.may_load.wait()
            self.states[model] = "loaded"
        answer = Answer("H") if _is_warm_up(asked) else self._script.next(asked)
        if self._flavour == "plain":
            await stream_chat(asked, reply, answer, model=model)
        else:
            await stream_chat(asked, reply, answer, model=model, begins_with_null=True)

    async def _refused(self, asked: Asked, reply: Reply) -> bool:
        if self._key and asked.headers.get("authorization") != f"Bearer {self._key}":
            said = {"message": "Incorrect API key provided.", "type": "invalid_request_error"}
            await reply.json({"error": said | {"code": "invalid_api_key"}}, 401)
            return True
        if not self.ready.is_set():
            await _loading(reply)
            return True
        if name := next((name for name in self._refuses if _has(asked.body, name)), ""):
            said = {"message": f"Unsupported parameter: '{name}'.", "param": name}
            await reply.json({"error": said | {"code": "unsupported_parameter"}}, 400)
            return True
        counted = count_tokens(asked.prompt)
        if counted > self._n_ctx:
            await reply.json({"error": _overflow(counted, self._n_ctx)}, 400)
            return True
        return False

    async def _models(self, asked: Asked, reply: Reply) -> None:
        if self._key and asked.headers.get("authorization") != f"Bearer {self._key}":
            await reply.json({"error": {"message": "Incorrect API key provided."}}, 401)
            return
        with_state = asked.path.startswith("/api")
        rows = [
            {"id": name, "object": "model"} | ({"state": state} if with_state else {})
            for name, state in self.states.items()
        ]
        await reply.json({"object": "list", "data": rows})

    async def _health(self, _asked: Asked, reply: Reply) -> None:
        if self.ready.is_set():
            await reply.json({"status": "ok"})
        else:
            await _loading(reply)

    async def _props(self, _asked: Asked, reply: Reply) -> None:
        settings = {"n_ctx": self._n_ctx}
        await reply.json({"default_generation_settings": settings, "build_info": "b11549"})

    async def unknown(self, asked: Asked, reply: Reply) -> None:
        said = {"message": "File Not Found", "type": "not_found_error", "code": 404}
        await reply.json({"error": said}, 404)


async def stream_chat(
    asked: Asked, reply: Reply, answer: Answer, *, model: str, begins_with_null: bool = False
) -> None:
    """Answers `/v1/chat/completions`, streamed or not, faults included."""
    fault = answer.fault
    if fault is not None and fault.kind == "status":
        body = {"error": {"message": "failed", "code": fault.status}}
        await reply.json(
            body if fault.body is None else fault.body, fault.status, dict(fault.headers)
        )
        return
    if fault is not None and fault.kind == "raw":
        await send_raw(reply, _SSE, answer)
        return
    chat = _Chat(asked, reply, answer, model)
    if not asked.body.get("stream"):
        await reply.json(chat.whole())
        return
    if begins_with_null and not (fault and fault.kind == "stall" and not fault.after):
        await chat.delta({"role": "assistant", "content": None})
    await chat.send()


class _Chat:
    """One answer as server-sent events."""

    def __init__(self, asked: Asked, reply: Reply, answer: Answer, model: str) -> None:
        self._asked = asked
        self._reply = reply
        self._answer = answer
        self._model = model
        most = asked.body.get("max_tokens") or asked.body.get("max_completion_tokens")
        self._pieces = answer.pieces(most)
        refused = {"length": "length", "refusal": "content_filter", "stop": "stop"}
        self._reason = "length" if self._pieces != answer.pieces() else refused[answer.stop]

    def whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(self._pieces)}
        choice = {"index": 0, "message": message, "finish_reason": self._reason}
        return {"object": "chat.completion", "model": self._model, "choices": [choice]} | {
            "usage": self._usage()
        }

    async def send(self) -> None:
        fault = self._answer.fault
        if fault is not None and fault.kind == "endless":
            while True:
                await self.delta({"content": "more" * 500})
        if self._answer.thinking:
            await self.delta({"reasoning_content": self._answer.thinking})
        for piece in self._pieces[: fault.after if fault else None]:
            await self.delta({"content": piece})
        if fault is None:
            await self._finish()
        else:
            await self._fail(fault)
        await self._reply.end()

    async def delta(self, delta: dict[str, Any]) -> None:
        await self._event(self._chunk([{"index": 0, "delta": delta, "finish_reason": None}]))

    async def _finish(self) -> None:
        last = {"index": 0, "delta": {}, "finish_reason": self._reason}
        await self._event(self._chunk([last]))
        if self._asked.body.get("stream_options", {}).get("include_usage"):
            await self._event(self._chunk([]) | {"usage": self._usage()})
        await self._write(b"data: [DONE]\n\n")

    async def _fail(self, fault: Fault) -> None:
        match fault.kind:
            case "cut":
                await self._begin()
            case "crash":  # Ollama 0.33: an empty chunk without a model, then a clean end
                empty = {"index": 0, "delta": {"content": ""}, "finish_reason": None}
                await self._event(self._chunk([empty]) | {"model": ""})
            case "error":
                said = {"message": "the model failed", "type": "server_error", "code": 500}
                await self._event({"error": fault.body or said})
            case _:
                if fault.kind != "stall":
                    await self._begin()
                await fail(fault, self._reply, b'data: {"model":')

    def _usage(self) -> dict[str, int]:
        answer = self._answer
        read = count_tokens(self._asked.prompt)
        read = read if answer.input_tokens is None else answer.input_tokens
        written = len(self._pieces) if answer.output_tokens is None else answer.output_tokens
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"object": "chat.completion.chunk", "model": self._model, "choices": choices}

    async def _event(self, content: dict[str, Any]) -> None:
        line = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        await self._write(f"data: {line}\n\n".encode())

    async def _write(self, data: bytes) -> None:
        await self._begin()
        await self._reply.write(data, self._answer.write)

    async def _begin(self) -> None:
        if not self._reply.begun:
            await self._reply.stream(_SSE)


async def _loading(reply: Reply) -> None:
    said = {"message": "Loading model", "type": "unavailable_error", "code": 503}
    await reply.json({"error": said}, 503)


def _overflow(counted: int, room: int) -> dict[str, Any]:
    return {
        "code": 400,
        "message": f"request ({counted} tokens) exceeds the available context size "
        f"({room} tokens), try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": counted,
        "n_ctx": room,
    }


def _is_warm_up(asked: Asked) -> bool:
    return asked.body.get("max_tokens") == 1


def _has(body: dict[str, Any], name: str) -> bool:
    if name == "response_format":
        return bool(body.get(name, {}).get("json_schema", {}).get("strict"))
    return name in body
