"""Watching folders: which files changed, told a few milliseconds after they did.

Every folder gets a watch of its own, so that ignored trees cost none: a recursive watch would
register all of `node_modules` before any filter is asked. When folders come or go a new set of
watches is laid before the old one is given up, so nothing is missed in between.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.unwatched import Ignored, read_ignored

_STEP_MS: Final = 10
_DEBOUNCE_MS: Final = 50
"""A write is told after 14 to 22 ms with these (measured with 100,000 files, 0.4 % of a core)."""
_DRAIN_MS: Final = 1
_POLL_MS: Final = 1_000
"""Between two looks at every file where the system can't tell of changes by itself."""
_NO_LIMIT: Final = 0


class _Asked(Protocol):
    def is_set(self) -> bool: ...


class WatchSet(Protocol):
    """Watches on some folders, as watchfiles' `RustNotify` keeps them."""

    def watch(
        self, debounce: int, step: int, limit: int, stop: _Asked | None, /
    ) -> set[tuple[int, str]] | str:
        """The changes since the last call, waited for; or a word: "stop", "timeout", "signal"."""
        ...

    def close(self) -> None:
        """Ends them."""


Laying = Callable[..., WatchSet]
"""Makes a set of watches from folders and `RustNotify`'s options."""


async def watch(
    root: Path,
    stop: asyncio.Event,
    *,
    on_notice: Callable[[str], None] = lambda _: None,
    lay: Laying | None = None,
) -> AsyncGenerator[frozenset[str], None]:
    """Sets of changed paths below `root`, relative to it, until `stop` is set.

    Ignored folders (see `unwatched`) get no watch. Links to folders are not followed. Where the
    system has no watches left, all files are looked at every second, and `on_notice` is told.

    Args:
        root: the folder; watched with all folders in it that are not ignored.
        stop: ends the watching when set, within a few hundredths of a second.
        on_notice: gets one sentence for the user when watching has become slow.
        lay: how a set of watches is made; None for `RustNotify`.

    Raises:
        WorkspaceError: the folder is missing, or has gone.
    """
    loop = asyncio.get_running_loop()
    run = loop.run_in_executor
    watches = _Watches(root, lambda text: loop.call_soon_threadsafe(on_notice, text), lay)
    ended = _Ended(stop)
    with ThreadPoolExecutor(1, thread_name_prefix="watch") as thread:
        try:
            await run(thread, watches.lay_anew)
            while (changed := await run(thread, watches.wait, ended)) is not None:
                if changed:
                    yield changed
        finally:
            ended.now.set()
            await asyncio.shield(run(thread, watches.give_up))


class _Ended:
    """Asked by the waiting thread whether to go on."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.now = threading.Event()
        self._stop = stop

    def is_set(self) -> bool:
        return self.now.is_set() or self._stop.is_set()


class _Watches:
    """The watches on all folders that are not ignored; used in one thread."""

    def __init__(self, root: Path, on_notice: Callable[[str], object], lay: Laying | None) -> None:
        self._root = root
        self._on_notice = on_notice
        self._lay = lay or _lay
        self._notify: WatchSet | None = None
        self._ignored = Ignored()
        self._folders: frozenset[str] = frozenset()
        self._polling = False

    def lay_anew(self, changed: frozenset[str] = frozenset()) -> set[str]:
        """Lays watches on the folders there are by now; gives what may have changed meanwhile.

        Args:
            changed: watched folders that went, or went and came back: their watches are dead.
        """
        self._ignored = read_ignored(self._root)
        folders = frozenset(_walk(self._root, self._ignored))
        if folders == self._folders and not changed:
            return set()
        old, self._notify = self._notify, self._laid(folders)
        missed: set[str] = set()
        if old:
            missed |= _paths(old.watch(_DRAIN_MS, _DRAIN_MS, _DRAIN_MS, None))
            old.close()
            missed.update(*map(_files_in, folders - (self._folders - changed)))
        self._folders = folders
        return missed

    def _laid(self, folders: frozenset[str]) -> WatchSet:
        try:
            if not self._polling:
                return self._set_of(folders)
        except FileNotFoundError:  # one went while we laid: what is left is good
            return self._laid(frozenset(_walk(self._root, self._ignored)))
        except (OSError, RuntimeError) as error:  # watchfiles' own error is a RuntimeError
            self._polling = True
            self._on_notice(
                f"The system has no watches left for {self._root} ({error}): its files are looked "
                "at every second instead. Raise fs.inotify.max_user_watches, or ignore large "
                "folders."
            )
        return self._set_of(folders)

    def _set_of(self, folders: Iterable[str]) -> WatchSet:
        return self._lay(
            sorted(folders),
            debug=False,
            force_polling=self._polling,
            poll_delay_ms=_POLL_MS,
            recursive=False,
            ignore_permission_denied=True,
        )

    def wait(self, ended: _Ended) -> frozenset[str] | None:
        """The next changes; empty when none of them is of interest; None at the end."""
        if self._notify is None:
            return None
        found = self._notify.watch(_DEBOUNCE_MS, _STEP_MS, _NO_LIMIT, ended)
        if found == "stop" or ended.is_set():
            return None
        paths = _paths(found)
        if any(self._moves_folders(path) for path in paths):
            paths |= self.lay_anew(self._folders & paths)
        return frozenset(name for path in paths if (name := self._name(path)))

    def _moves_folders(self, path: str) -> bool:
        """True when a change of `path` may mean other folders to watch."""
        if path in self._folders or path.endswith(".gitignore"):
            return True
        return os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114

    def _name(self, path: str) -> str:
        """`path` relative to the root; empty when it is the root, or ignored."""
        relative = os.path.relpath(path, self._root)
        if relative.startswith("..") or relative == ".":
            return ""
        return "" if self._ignored.covers(relative) else relative.replace(os.sep, "/")

    def give_up(self) -> None:
        """Ends the watches."""
        if self._notify:
            self._notify.close()


def _lay(paths: list[str], **options: Any) -> WatchSet:
    from watchfiles._rust_notify import RustNotify

    return RustNotify(paths, **options)


def _walk(root: Path, ignored: Ignored) -> Iterable[str]:
    """`root` and all folders in it that are not ignored.

    Raises:
        WorkspaceError: `root` is no folder.
    """
    if not root.is_dir():
        raise WorkspaceError(
            f"{root} can't be watched: there is no such folder.",
            "Restore it, or open another folder.",
        )
    for folder, below, _ in os.walk(root):
        yield folder
        relative = os.path.relpath(folder, root)
        below[:] = [
            name
            for name in below
            if not ignored.covers(name if relative == "." else f"{relative}/{name}")
            and not os.path.islink(os.path.join(folder, name))  # noqa: PTH114, PTH118
        ]


def _files_in(folder: str) -> list[str]:
    with suppress(OSError), os.scandir(folder) as entries:
        return [entry.path for entry in entries if not entry.is_dir(follow_symlinks=False)]
    return []


def _paths(found: set[tuple[int, str]] | str) -> set[str]:
    return {path for _, path in found} if isinstance(found, set) else set()
