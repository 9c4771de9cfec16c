"""Sessions on the disk, written with the real store."""

import asyncio
from pathlib import Path

import msgspec

from orchestrator import events as e
from orchestrator.events import to_record
from sessions.store import SessionStore


def keep(state_dir: Path, workspace: Path, *events: e.Event, title: str = "shop") -> str:
    """Keep a session with these events; gives its name. In its events it is called so too."""

    async def write() -> str:
        store = await SessionStore.create(state_dir, workspace=str(workspace), title=title)
        async with store:
            started = e.SessionStarted(
                session_id=store.session_id, workspace=str(workspace), version="0"
            )
            numbered = [
                msgspec.structs.replace(event, seq=number, at=1_750_000_000.0)
                for number, event in enumerate((started, *events), start=1)
            ]
            await store.append([to_record(event) for event in numbered])
            return store.session_id

    return asyncio.run(write())
