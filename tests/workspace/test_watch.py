import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from watchfiles._rust_notify import RustNotify

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.swap import temporary_name
from orchestrator.workspace.watch import watch

ROOT = Path(__file__).parents[2]
PATIENCE = 20


class Announced:
    """A set of watches that tells when it is waited for."""

    def __init__(self, real: RustNotify, announce: Callable[[], None]) -> None:
        self._real = real
        self._announce = announce
        self.close = real.close

    def watch(self, *options: Any) -> set[tuple[int, str]] | str:
        self._announce()
        return self._real.watch(*options)


class Watching:
    """A watch in a task, with everything it told."""

    def __init__(self, root: Path, fault: Exception | None = None) -> None:
        self._root = root
        self._fault = fault
        self._stop = asyncio.Event()
        self._told = asyncio.Condition()
        self._loop = asyncio.get_running_loop()
        self._laid = asyncio.Event()
        self.waits = asyncio.Event()
        """Set when the thread waits for changes."""
        self.seen: set[str] = set()
        self.notices: list[str] = []
        self.polls: list[bool] = []
        self.task = asyncio.create_task(self._run())

    def _lay(self, paths: list[str], **options: Any) -> Announced:
        self.polls.append(options["force_polling"])
        if self._fault and not options["force_polling"]:
            raise self._fault
        options["poll_delay_ms"] = 20
        made = Announced(RustNotify(paths, **options), self._announce)
        self._loop.call_soon_threadsafe(self._laid.set)
        return made

    def _announce(self) -> None:
        self._loop.call_soon_threadsafe(self.waits.set)

    async def _run(self) -> None:
        told = watch(self._root, self._stop, on_notice=self.notices.append, lay=self._lay)
        async for changed in told:
            assert changed
            async with self._told:
                self.seen |= changed
                self._told.notify_all()

    async def ready(self) -> None:
        """Waits for watches that were not there at the last call."""
        async with asyncio.timeout(PATIENCE):
            await self._laid.wait()
        self._laid.clear()

    async def until(self, path: str) -> None:
        async with asyncio.timeout(PATIENCE), self._told:
            await self._told.wait_for(lambda: path in self.seen)

    async def stop(self) -> None:
        self._stop.set()
        async with asyncio.timeout(PATIENCE):
            await self.task


async def test_a_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "deep" / "gone.py").write_text("x")
    watching = Watching(tmp_path)
    await watching.ready()
    (tmp_path / "top.py").write_text("x")
    (tmp_path / "src" / "deep" / "a.py").write_text("x")
    (tmp_path / "src" / "deep" / "gone.py").unlink()
    for path in ("top.py", "src/deep/a.py", "src/deep/gone.py"):
        await watching.until(path)
    await watching.stop()
    assert watching.notices == []


async def test_new_folders_are_watched_and_what_is_in_them_already_is_told(
    tmp_path: Path,
) -> None:
    watching = Watching(tmp_path)
    await watching.ready()
    (tmp_path / "new" / "deep").mkdir(parents=True)
    (tmp_path / "new" / "deep" / "at once").write_text("x")
    await watching.until("new/deep/at once")
    (tmp_path / "new" / "deep" / "later").write_text("x")
    await watching.until("new/deep/later")
    await watching.stop()


async def test_a_folder_that_goes_and_comes_back_is_watched_again(tmp_path: Path) -> None:
    """As when branches are switched."""
    (tmp_path / "src").mkdir()
    watching = Watching(tmp_path)
    await watching.ready()
    for number in range(5):
        (tmp_path / "src").rmdir()
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / f"{number}").write_text("x")
        await watching.until(f"src/{number}")
        (tmp_path / "src" / f"{number} later").write_text("x")
        await watching.until(f"src/{number} later")
        for file in (tmp_path / "src").iterdir():
            file.unlink()
    await watching.stop()


def _inotify_watches() -> int:
    infos = Path("/proc/self/fdinfo").iterdir()
    return sum(_text(info).count("inotify wd:") for info in infos)


async def _until_watches_are(count: int) -> None:
    """The library's own thread gives its watches up a moment after it was closed."""
    async with asyncio.timeout(PATIENCE):
        while _inotify_watches() != count:
            await asyncio.sleep(0)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # closed meanwhile
        return ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts inotify watches")
async def test_ignored_folders_get_no_watch_and_are_not_told(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("out/\n/top-only\n*.log\n!kept\nkept\n")
    ignored = ("node_modules", "src/node_modules", ".git", ".venv", "src/__pycache__", "out",
               "src/out", "top-only")  # fmt: skip
    watched = ("src/top-only", "kept", "build")
    for name in (*ignored, *watched):
        for number in range(20):
            (tmp_path / name / f"{number}").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "node_modules")
    before = _inotify_watches()
    watching = Watching(tmp_path)
    await watching.ready()
    assert _inotify_watches() - before == 2 + len(watched) * 21  # the root, src, and theirs
    for name in (*ignored, *watched):
        (tmp_path / name / "3" / "file").write_text("x")
    for name in watched:
        await watching.until(f"{name}/3/file")
    await watching.stop()
    assert watching.seen == {f"{name}/3/file" for name in watched}
    await _until_watches_are(before)


async def test_a_changed_gitignore_changes_what_is_watched(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("out\n")
    (tmp_path / "out").mkdir()
    watching = Watching(tmp_path)
    await watching.ready()
    (tmp_path / ".gitignore").write_text("")
    await watching.ready()
    (tmp_path / "out" / "file").write_text("x")
    await watching.until("out/file")
    await watching.stop()


async def test_our_own_temporary_files_are_not_told(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    await watching.ready()
    (tmp_path / temporary_name("file")).write_text("x")
    (tmp_path / "file").write_text("x")
    await watching.until("file")
    await watching.stop()
    assert watching.seen == {"file"}


async def test_where_watches_run_out_the_files_are_polled_and_the_user_is_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "src").mkdir()
    watching = Watching(tmp_path, OSError(28, "OS file watch limit reached"))
    await watching.ready()
    (tmp_path / "src" / "a").write_text("x")
    await watching.until("src/a")
    (tmp_path / "new").mkdir()
    await watching.until("new")
    await watching.stop()
    assert watching.polls == [False, True, *[True] * (len(watching.polls) - 2)]
    (notice,) = watching.notices
    assert "max_user_watches" in notice


STARVED = """
import asyncio, concurrent.futures.thread, os, resource, sys
from pathlib import Path
from orchestrator.workspace.watch import watch

async def main():
    root, stop = Path(sys.argv[1]), asyncio.Event()
    notices = []
    def note(text):
        notices.append(text)
        for _ in range(20):
            os.close(taken.pop())
    async def write_until_seen():
        while not stop.is_set():
            (root / "seen").write_text(str(loop.time()))
            await asyncio.sleep(0.1)  # nothing tells when the first look at the files is over
    writing = asyncio.create_task(write_until_seen())
    async for changed in watch(root, stop, on_notice=note):
        if "seen" in changed:
            print(len(notices), sorted(changed))
            stop.set()

import watchfiles._rust_notify
loop = asyncio.new_event_loop()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    for _ in range(2):
        os.close(taken.pop())  # enough to look at folders, one too few for the kernel's watches
loop.run_until_complete(asyncio.wait_for(main(), 15))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts descriptors in /proc")
async def test_without_a_descriptor_for_the_kernels_watches_the_files_are_polled(
    tmp_path: Path,
) -> None:
    """A real failure of the system, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", STARVED, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "1 ['seen']", done.stderr


async def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="can't be watched"):
        async for _ in watch(tmp_path / "gone", asyncio.Event()):
            pass


async def test_a_folder_that_goes_ends_the_watch_with_a_message(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    watching = Watching(root)
    await watching.ready()
    root.rmdir()
    with pytest.raises(WorkspaceError, match="no such folder"):
        await watching.task


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts inotify watches")
@pytest.mark.parametrize("end", ["stop", "cancel"])
async def test_a_watch_ends_at_once_with_all_that_belongs_to_it(tmp_path: Path, end: str) -> None:
    before, threads = _inotify_watches(), threading.active_count()
    watching = Watching(tmp_path)
    async with asyncio.timeout(PATIENCE):
        await watching.waits.wait()
    if end == "stop":
        await watching.stop()
    else:
        watching.task.cancel()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(asyncio.CancelledError):
                await watching.task
    assert threading.active_count() == threads
    await _until_watches_are(before)


async def test_a_watch_that_nobody_follows_any_more_can_be_closed(tmp_path: Path) -> None:
    before = threading.active_count()
    told = watch(tmp_path, asyncio.Event())
    first = asyncio.ensure_future(anext(told))
    while not first.done():
        (tmp_path / "file").write_text("x")
        await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await told.aclose()
    assert threading.active_count() == before
