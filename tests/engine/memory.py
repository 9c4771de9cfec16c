"""Parts for engine tests that stand in for the disk."""

from collections.abc import Mapping, Sequence
from typing import Any


class MemoryStore:
    """An event store that forgets with the process; `records` can be handed to another one."""

    def __init__(self, records: list[dict[str, Any]] | None = None) -> None:
        self.records: list[dict[str, Any]] = records or []
        self.outputs: dict[str, str] = {}

    async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.records.extend(dict(event) for event in events)

    async def read(self, after: int = 0) -> list[dict[str, Any]]:
        return [record for record in self.records if record.get("seq", 0) > after]

    async def append_output(self, attempt_id: str, text: str) -> None:
        self.outputs[attempt_id] = self.outputs.get(attempt_id, "") + text

    async def read_output(self, attempt_id: str) -> str:
        return self.outputs.get(attempt_id, "")
