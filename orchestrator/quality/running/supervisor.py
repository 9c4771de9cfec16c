"""Runs one test command and leaves nothing behind. A program of its own: it imports nothing here.

It is started with one JSON argument and holds a pipe from the worker as its standard input. When
that pipe closes, because the worker wants to stop or because the worker died, or when the time is
up, the command's process group gets TERM and then KILL. On Linux it also adopts what the command
leaves behind, daemons that left the group included, and kills it.

It writes report.json into the scratch folder it is told: first {"pid": ...}, at the end what came
of it. The worker takes that folder away; when the worker has died, this program does.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

_SET_CHILD_SUBREAPER = 36  # prctl(2), Linux 3.4
_SWEEP_SECONDS = 3.0
_NOT_STARTED = 127


def main() -> None:
    """Run the command of the JSON argument and report."""
    order: dict[str, Any] = json.loads(sys.argv[1])
    worker = os.getppid()
    report = Path(order["scratch"]) / "report.json"
    wake = _wake_on_child()
    _adopt_orphans()
    pid, error = _start(order)
    _write(report, {"pid": pid})
    if error:
        os.waitpid(pid, 0)
        _write(report, {"pid": pid, "error": error})
        return
    began = time.monotonic()
    exit_code, ended_by = _wait(pid, wake, began + order["seconds"], order["grace"])
    left_behind = _sweep(pid)
    found = {"exit_code": exit_code, "ended_by": ended_by, "left_behind": left_behind}
    _write(report, {"pid": pid, "seconds": time.monotonic() - began, **found})
    if os.getppid() != worker:
        shutil.rmtree(order["scratch"], ignore_errors=True)


def _start(order: dict[str, Any]) -> tuple[int, str]:
    """Fork and execute; the error is empty when the program runs."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(order, write)
    os.close(write)
    with os.fdopen(read, "rb") as errors:
        return pid, errors.read().decode("utf-8", "replace")


def _become(order: dict[str, Any], errors: int) -> None:
    """In the child: a session of its own, no input, limits, then the program. Never returns."""
    try:
        os.setsid()
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        _limit(order["limits"])
        os.execve(order["program"], order["argv"], dict(os.environ))  # noqa: S606 - no shell
    except OSError as error:
        os.write(errors, (error.strerror or str(error)).encode())
    finally:
        os._exit(_NOT_STARTED)


def _limit(limits: dict[str, int]) -> None:
    """Set resource limits by name; a limit the system does not have or allow is left out."""
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (allowed, allowed))


def _wake_on_child() -> int:
    """A descriptor that becomes readable when a child ends or a signal comes."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    os.set_blocking(read, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return read


def _wait(pid: int, wake: int, deadline: float, grace: float) -> tuple[int, str]:
    """Wait for the command; end it when the pipe closes or the time is up.

    Returns:
        The exit code, negative for a signal, and "" or "time" or "stop".
    """
    ended_by = ""
    while True:
        code = _reaped(pid)
        if code is not None:
            return code, ended_by
        left = deadline - time.monotonic()
        if left <= 0:
            _signal_group(pid, signal.SIGKILL if ended_by else signal.SIGTERM)
            ended_by = ended_by or "time"
            deadline = time.monotonic() + grace
            continue
        watched = [wake] if ended_by else [wake, 0]
        ready = select.select(watched, [], [], left)[0]
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        if 0 in ready:
            _signal_group(pid, signal.SIGTERM)
            ended_by = "stop"
            deadline = time.monotonic() + grace


def _reaped(wanted: int) -> int | None:
    """Collect every child that ended; the exit code of the wanted one."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == wanted:
            code = os.waitstatus_to_exitcode(status)


def _sweep(group: int) -> int:
    """Kill what is left of the group and every adopted orphan; how many there were."""
    killed: set[int] = set()
    deadline = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < deadline:
        _signal_group(group, signal.SIGKILL)
        children = _children()
        for pid in children:
            killed.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _reaped(group)
        if not children:
            break
        time.sleep(0.002)
    return len(killed)


def _children() -> list[int]:
    """The processes whose parent this one is (Linux; elsewhere none are known)."""
    mine = str(os.getpid())
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = entry.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if len(after_name) > 1 and after_name[1] == mine:
            found.append(int(entry.parent.name))
    return found


def _adopt_orphans() -> None:
    """Become the parent of every orphan below (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _write(report: Path, content: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        report.write_text(json.dumps(content), "utf-8")


if __name__ == "__main__":
    main()
