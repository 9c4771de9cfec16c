"""Starting the supervisor of a test command, listening to it, and never leaving it behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_MARGIN_SECONDS = 10.0
_LAST_OUTPUT_SECONDS = 1.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor is told. Sizes are in bytes."""

    program: str
    argv: tuple[str, ...]
    scratch: str
    """A folder for the report."""
    seconds: float
    grace: float
    limits: dict[str, int]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor tells."""

    pid: int
    error: str = ""
    """Why the program could not be started."""
    exit_code: int | None = None
    """Negative for the signal that ended it; None when the supervisor itself was killed."""
    ended_by: Literal["", "time", "stop"] = ""
    left_behind: int = 0
    """Processes that were still there when the command had ended, and were killed."""
    seconds: float = 0.0


async def supervise(
    order: Order,
    cwd: Path,
    environment: Mapping[str, str],
    on_bytes: Callable[[bytes], None],
    *,
    margin_seconds: float = _MARGIN_SECONDS,
) -> Report:
    """Run the command to its end, its limit, or our own cancellation; nothing of it survives.

    Args:
        order: what to run and its limits.
        cwd: the folder to run it in.
        environment: everything it sees of one.
        on_bytes: takes standard output and error as they come. What it raises ends the command.
        margin_seconds: how much longer than its own limits the supervisor may take.

    Raises:
        OSError: the supervisor itself could not be started.
    """
    loop = asyncio.get_running_loop()
    arguments = [
        sys.executable,
        "-I",
        "-S",
        str(_SUPERVISOR),
        json.dumps(msgspec.to_builtins(order)),
    ]
    transport, protocol = await loop.subprocess_exec(
        lambda: _Supervised(loop, on_bytes),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=cwd,
        env=dict(environment),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(order.seconds + order.grace + margin_seconds):
            await protocol.ended
    except TimeoutError:
        pass
    finally:
        await _undisturbed(_end(transport, protocol, order, margin_seconds))
    return _read_report(Path(order.scratch))


class _Supervised(asyncio.SubprocessProtocol):
    """Hands on output and tells of the end.

    asyncio's own Process.wait() waits for the pipes too (until Python 3.13), which a command that
    was not killed could hold open; here the exit of the supervisor counts.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_bytes: Callable[[bytes], None]) -> None:
        self._on_bytes = on_bytes
        self.ended: asyncio.Future[None] = loop.create_future()
        self.exited = asyncio.Event()
        self.quiet = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        del fd
        if self.ended.done() and self.ended.exception() is not None:
            return
        try:
            self._on_bytes(data)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            self._finish(error)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        if fd == 1:
            self.quiet.set()

    def process_exited(self) -> None:
        self.exited.set()
        self._finish(None)

    def _finish(self, error: Exception | None) -> None:
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)


async def _end(
    transport: asyncio.SubprocessTransport, protocol: _Supervised, order: Order, margin: float
) -> None:
    """Make sure that everything has ended: ask, then kill. Then take the last output."""
    control = transport.get_pipe_transport(0)
    if control is not None:
        control.close()
    if not await _within(order.grace + margin, protocol.exited):
        with contextlib.suppress(ProcessLookupError):
            transport.kill()
        await _within(margin, protocol.exited)
    report = _read_report(Path(order.scratch))
    if report.exit_code is None and not report.error and report.pid:
        # The supervisor did not do its work: it was killed.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(report.pid, signal.SIGKILL)
    await _within(_LAST_OUTPUT_SECONDS, protocol.quiet)
    transport.close()


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _undisturbed(work: Coroutine[Any, Any, None]) -> None:
    """Finish `work` even when this task is cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


def _read_report(scratch: Path) -> Report:
    try:
        return msgspec.json.decode((scratch / "report.json").read_bytes(), type=Report)
    except (OSError, msgspec.MsgspecError):
        return Report(pid=0)
