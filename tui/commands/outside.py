"""What commands take from outside, in one place, so that tests can put other things there."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from orchestrator.config import Loaded, Settings
from orchestrator.settings import find_settings_file, load_settings
from orchestrator.values import BackendStatus
from tui.commands.choice import Choice
from tui.commands.ending import Misuse
from tui.door import EngineDoor
from tui.headless import Waits


class Opener(Protocol):
    """Opens an engine on a session of a workspace."""

    def __call__(
        self,
        loaded: Loaded,
        *,
        workspace: Path,
        session_id: str | None = None,
        new: bool = False,
    ) -> AbstractAsyncContextManager[EngineDoor]:
        """See `tui.compose.open_engine`."""
        ...


Checker = Callable[[Settings, Mapping[str, str]], Coroutine[None, None, tuple[BackendStatus, ...]]]
"""Looks which model servers are there; one status for each backend that would be used."""


def _open_engine(
    loaded: Loaded, *, workspace: Path, session_id: str | None = None, new: bool = False
) -> AbstractAsyncContextManager[EngineDoor]:
    from tui.compose import open_engine

    return open_engine(loaded, workspace=workspace, session_id=session_id, new=new)


async def _check_backends(settings: Settings, env: Mapping[str, str]) -> tuple[BackendStatus, ...]:
    import asyncio

    from tui.compose import make_backends

    backends = make_backends(settings, env)
    try:
        return tuple(await asyncio.gather(*(one.check() for one in backends.values())))
    finally:
        await asyncio.gather(*(one.aclose() for one in backends.values()), return_exceptions=True)


@dataclass(frozen=True)
class Outside:
    """The environment, the engine and the servers.

    Attributes:
        env: environment variables.
        open_engine: how an engine is opened.
        check_backends: how servers are looked for.
        waits: how long a standstill is watched.
        folder: the folder the command was typed in.
    """

    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    open_engine: Opener = _open_engine
    check_backends: Checker = _check_backends
    waits: Waits = field(default_factory=Waits)
    folder: Callable[[], Path] = Path.cwd

    def settings(self, choice: Choice) -> Loaded:
        """The settings that hold for what was chosen.

        Raises:
            ConfigError: they can't be used.
        """
        return load_settings(self.env, self.settings_file(choice), choice.flags())

    def settings_file(self, choice: Choice) -> Path | None:
        """The configuration file that is read; None when there is none."""
        return find_settings_file(self.env, choice.config)

    def workspace(self, choice: Choice) -> Path:
        """Where to work.

        Raises:
            Misuse: there is no such folder.
        """
        folder = self.folder() / choice.workspace if choice.workspace else self.folder()
        if not folder.is_dir():
            raise Misuse(f"There is no folder {folder} to work in.", "Name one with --workspace.")
        return folder
