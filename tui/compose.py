"""Puts the parts together: settings in, a running engine out. Only this place knows them all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from orchestrator.backends.base import Backend
from orchestrator.backends.registry import make_backend
from orchestrator.config import Loaded, Settings
from orchestrator.engine import Engine
from orchestrator.errors import ConfigError, SessionError, WorkspaceError
from orchestrator.planning.prompts import Prompts
from orchestrator.routing.health import Health
from orchestrator.routing.router import Router
from orchestrator.state import SessionState
from orchestrator.stream import EventStream
from orchestrator.workbench import Workbench
from orchestrator.workspace.snapshots import ShadowRepository, folder_for
from orchestrator.workspace.stage import StagePool
from sessions.store import SessionStore
from sessions.summary import list_sessions

_STAGES = 4
"""Candidates that are tested at a time."""


@asynccontextmanager
async def open_engine(
    loaded: Loaded,
    *,
    workspace: Path,
    session_id: str | None = None,
    new: bool = False,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[Engine]:
    """A running engine on a session of `workspace`.

    Args:
        loaded: the settings.
        workspace: the folder to work in.
        session_id: the session to go on with; None for the newest one of this workspace.
        new: begin a new session instead.
        env: environment, for keys; None for the process's own.

    Raises:
        WorkspaceError: the workspace is gone, not a folder, or can't be read.
        SessionError: the session is missing, damaged, or open in another window.
        ConfigError: a backend's settings can't be used.
    """
    environ = os.environ if env is None else env
    settings, folder = loaded.settings, checked_workspace(workspace)
    state_dir = state_folder(settings)
    async with AsyncExitStack() as stack:
        repository = ShadowRepository(folder, folder_for(state_dir, folder))
        await repository.open()
        chosen = session_id or (None if new else newest_session(state_dir, folder))
        store = await stack.enter_async_context(await _store(state_dir, folder, chosen))
        backends = make_backends(settings, environ)
        for backend in backends.values():
            stack.push_async_callback(backend.aclose)
        bench = _workbench(settings, EventStream(store, time.time), backends, repository, environ)
        engine = await stack.enter_async_context(Engine(bench, store.session_id))
        try:
            yield engine
        finally:
            with suppress(SessionError):
                await store.put_meta(_about(engine.state, folder.name))


def _workbench(
    settings: Settings,
    stream: EventStream,
    backends: Mapping[str, Backend],
    repository: ShadowRepository,
    environ: Mapping[str, str],
) -> Workbench:
    health = Health(settings.routing.cooldown_seconds, time.monotonic)
    return Workbench(
        settings=settings,
        stream=stream,
        backends=backends,
        router=Router(settings, health, _claude_in(settings, environ), settings.only),
        health=health,
        prompts=Prompts(_own_templates(settings)),
        workspace=repository.workspace,
        repository=repository,
        stages=StagePool(repository, _STAGES),
        clock=time.time,
        monotonic=time.monotonic,
    )


def state_folder(settings: Settings) -> Path:
    """Where sessions and snapshots are kept."""
    return Path(settings.state_dir).expanduser()


def checked_workspace(workspace: Path) -> Path:
    """The folder's real path.

    Raises:
        WorkspaceError: it is gone, no folder, or can't be read.
    """
    folder = workspace.expanduser()
    if not folder.exists():
        raise WorkspaceError(f"The workspace {folder} does not exist.", "Name an existing folder.")
    if not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file.", "Name the folder it lies in.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise WorkspaceError(f"{folder} can't be read.", "Check its permissions.")
    return folder.resolve()


def _about(state: SessionState, name: str) -> dict[str, object]:
    """What the list of sessions says: the newest goal, task or question, and what waits."""
    texts = [
        *(state.goals[key].text for key in state.goal_order[-1:]),
        *(state.tasks[key].spec.description for key in state.loose_tasks[-1:]),
        *(one.text for one in state.questions.values()),
        name,
    ]
    return {
        "title": texts[0].strip().partition("\n")[0][:80],
        "waiting": len(state.open_breakpoints),
        "only_questions": bool(state.questions and not state.tasks and not state.goals),
    }


def newest_session(state_dir: Path, workspace: Path) -> str | None:
    """The session of `workspace` that was used last; None when there is none.

    Sessions that hold nothing but answered questions are passed over.
    """
    mine = [
        one
        for one in list_sessions(state_dir)
        if one.workspace == str(workspace) and not one.details.get("only_questions")
    ]
    newest = max(mine, key=lambda one: one.updated, default=None)
    return newest.id if newest else None


async def _store(state_dir: Path, workspace: Path, session_id: str | None) -> SessionStore:
    if session_id is None:
        return await SessionStore.create(state_dir, workspace=str(workspace), title=workspace.name)
    store = await SessionStore.open(state_dir, session_id)
    if store.read_only:
        await store.close()
        raise SessionError(
            f"The session {session_id} is open in another window.",
            "Close it there, or begin another one with --new.",
        )
    return store


def make_backends(settings: Settings, environ: Mapping[str, str]) -> dict[str, Backend]:
    """Every local backend, and the one that plays Claude."""
    claude = _claude_in(settings, environ)
    wanted = {
        name: backend
        for name, backend in settings.backends.items()
        if backend.owner != "claude" or name == claude
    }
    limits = settings.limits
    return {
        name: make_backend(
            name, backend, limits.local if backend.owner == "local" else limits.cloud, environ
        )
        for name, backend in wanted.items()
    }


def _claude_in(settings: Settings, environ: Mapping[str, str]) -> str:
    """Name of the backend that plays Claude: as configured, or the first that is usable."""
    via = settings.claude.via
    if via == "none":
        return ""
    if via != "auto":
        if via not in settings.backends:
            known = ", ".join(sorted(settings.backends))
            raise ConfigError(f"claude.via names no backend: {via!r}.", f"Backends: {known}.")
        return via
    for name, backend in settings.backends.items():
        if backend.owner != "claude":
            continue
        has_key = bool(backend.api_key_env and environ.get(backend.api_key_env))
        has_program = backend.kind == "claude_code" and bool(
            shutil.which(backend.command or "claude", path=environ.get("PATH"))
        )
        if has_key or has_program or backend.kind == "recorded":
            return name
    return ""


def _own_templates(settings: Settings) -> Path | None:
    return Path(settings.templates_dir).expanduser() if settings.templates_dir else None
