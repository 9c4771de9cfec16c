"""Work in the background that is never lost sight of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

_T = TypeVar("_T")


async def to_the_end(work: Coroutine[None, None, _T]) -> _T:
    """Runs `work` whole even if the caller is cancelled meanwhile; the caller ends after it.

    So whoever cancels a caller and waits for its end sees all that `work` has done.
    """
    job = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not job.done():
        try:
            await asyncio.wait([job])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return job.result()
    if not job.cancelled():
        job.exception()  # looked at: the caller's end matters more
    raise cancelled


class Jobs:
    """Running tasks by name.

    Args:
        on_crash: told (name, exception) when a job ends with an exception that nobody foresaw.
        on_end: called after a job has ended, however it ended.
    """

    def __init__(
        self,
        on_crash: Callable[[str, Exception], Awaitable[None]],
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_crash = on_crash
        self._on_end = on_end
        self._running: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._running

    def start(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Runs `work` under `name`, which must be free."""
        self._running[name] = asyncio.create_task(self._watch(name, work), name=name)

    async def cancel(self, name: str) -> bool:
        """Stops the job and waits until it has ended; False when there is none."""
        job = self._running.get(name)
        if job is None:
            return False
        await _end(job)
        return True

    async def stop(self) -> None:
        """Stops all jobs and waits until they have ended."""
        await _end(*self._running.values())

    async def _watch(self, name: str, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - told to the session, the rest goes on
            await self._on_crash(name, error)
        finally:
            self._running.pop(name, None)
            self._on_end()


async def _end(*jobs: asyncio.Task[None]) -> None:
    """Cancels the jobs and waits until they have ended."""
    await asyncio.sleep(0)  # a job made just now begins first: what never began can't clean up
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
