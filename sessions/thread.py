"""The one thread that touches the disk, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class StorageThread:
    """Runs calls one after another, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="session-store")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Awaits the call's result. If the caller is cancelled, the call still completes."""
        return await self._finish(self._executor.submit(call, *args, **kwargs))

    async def make(self, build: Callable[[], T], undo: Callable[[T], None]) -> T:
        """Like `run`, for something that must be undone if nobody is there to take it.

        Args:
            build: makes it.
            undo: called in the thread with what was made, if the caller was cancelled meanwhile.
        """
        future = self._executor.submit(build)
        try:
            return await self._finish(future)
        except asyncio.CancelledError:
            self._executor.submit(_undo, future, undo)
            raise

    def stop(self) -> None:
        """Ends the thread after the calls that were asked for; does not wait for that."""
        self._executor.shutdown(wait=False)

    @staticmethod
    async def _finish(future: Future[T]) -> T:
        return await asyncio.shield(asyncio.wrap_future(future))


def _undo(future: Future[T], undo: Callable[[T], None]) -> None:
    if future.exception() is None:
        undo(future.result())
