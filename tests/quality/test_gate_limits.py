"""Whatever a test command does, it ends, and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.quality.gate import run_tests
from orchestrator.quality.running.process import Order, supervise
from tests.quality.stages import gate, is_gone, run, script
from tests.quality.test_environment import CANARIES

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

FOREVER = "import time\nwhile True:\n    time.sleep(60)\n"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\n" + FOREVER
LEAVES_A_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid)
"""
LEAVES_A_DAEMON = """
import os, sys, time
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(write, str(os.getpid()).encode())
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
    os._exit(0)
os.wait()
print(os.read(read, 20).decode())
"""
KILLS_ITS_PARENT = """
import os, signal, time
print(os.getpid())
os.kill(os.getppid(), signal.SIGKILL)
while True:
    time.sleep(60)
"""


async def test_a_sleeper_is_ended_at_its_limit(tmp_path: Path) -> None:
    found = await run(tmp_path, FOREVER, timeout_seconds=0.5)
    assert (found.passed, found.timed_out, found.exit_code) == (False, True, -signal.SIGTERM)
    assert found.summary == "timed out after 0.5 s"
    assert 0.5 <= found.seconds < 5


async def test_a_command_may_clean_up_when_its_time_is_over(tmp_path: Path) -> None:
    text = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye')))\n"
    found = await run(tmp_path, text + FOREVER, timeout_seconds=0.7)
    assert (found.passed, found.timed_out, found.output) == (False, True, "bye\n")


async def test_a_command_that_ignores_term_is_killed(tmp_path: Path) -> None:
    found = await run(tmp_path, DEAF, timeout_seconds=0.7)
    assert (found.timed_out, found.exit_code, found.output) == (True, -signal.SIGKILL, "deaf\n")
    assert found.seconds < 5


async def test_a_child_left_behind_is_killed(tmp_path: Path) -> None:
    found = await run(tmp_path, LEAVES_A_CHILD)
    assert (found.passed, found.left_behind) == (True, 1)
    assert is_gone(int(found.output))
    assert found.seconds < 2


@linux
async def test_a_daemon_in_a_session_of_its_own_is_killed(tmp_path: Path) -> None:
    found = await run(tmp_path, LEAVES_A_DAEMON)
    assert (found.passed, found.left_behind) == (True, 1)
    assert is_gone(int(found.output))


async def test_at_the_limit_the_whole_group_ends(tmp_path: Path) -> None:
    found = await run(tmp_path, LEAVES_A_CHILD + DEAF, timeout_seconds=1.0)
    assert found.timed_out
    assert is_gone(int(found.output.split("\n")[0]))


async def test_a_command_that_kills_its_supervisor_ends_all_the_same(tmp_path: Path) -> None:
    found = await run(tmp_path, KILLS_ITS_PARENT)
    assert (found.passed, found.summary) == (False, "tests ended without a result")
    assert is_gone(int(found.output))


@pytest.mark.parametrize("times", [1, 2])
async def test_a_cancelled_run_leaves_nothing(tmp_path: Path, times: int) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    command = script(tmp_path, "import os\nprint(os.getpid(), flush=True)\n" + DEAF)
    task = asyncio.create_task(
        run_tests(command, tmp_path, gate(), said.put_nowait, grace_seconds=0.3)
    )
    pid = int((await said.get()).split()[0])
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_gone(pid, seconds=0)


async def test_a_cancelled_command_may_clean_up(tmp_path: Path) -> None:
    text = (
        "import pathlib, signal, sys\n"
        "def end(*_):\n    pathlib.Path('cleaned').touch()\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nprint('ready', flush=True)\n"
    )
    said: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.create_task(
        run_tests(script(tmp_path, text + FOREVER), tmp_path, gate(), said.put_nowait)
    )
    await said.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "cleaned").exists()


@linux
async def test_a_supervisor_that_hangs_is_killed_with_the_command(tmp_path: Path) -> None:
    said: list[bytes] = []
    command = script(tmp_path, KILLS_ITS_PARENT.replace("SIGKILL", "SIGSTOP")).split()
    order = Order(
        program=sys.executable,
        argv=tuple(command),
        scratch=str(tmp_path),
        seconds=0.5,
        grace=0.1,
        limits={},
    )
    report = await supervise(order, tmp_path, {}, said.append, margin_seconds=0.2)
    assert report.exit_code is None
    assert is_gone(report.pid)


WORKER = """
import asyncio, pathlib, sys
from tests.quality.stages import gate
from orchestrator.quality.gate import run_tests
said = lambda text: print(text, end="", flush=True)
asyncio.run(run_tests(sys.argv[2], pathlib.Path(sys.argv[1]), gate(), said))
"""


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])


@linux
def test_when_the_worker_is_killed_its_tests_end_too(tmp_path: Path) -> None:
    text = "import os\nprint(os.getpid(), os.environ['HOME'], flush=True)\n"
    command = script(tmp_path, text + FOREVER)
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path), command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        pid, home = worker.stdout.readline().split()
        supervisor = parent_of(int(pid))
        worker.kill()
    assert is_gone(int(pid))
    assert is_gone(supervisor)
    assert not Path(home).parent.exists()


# --- what a command sees and may use ---------------------------------------------------------


async def test_no_key_of_the_user_can_be_seen(tmp_path: Path) -> None:
    command = script(tmp_path, "import os\nprint(dict(os.environ))\n")
    user = {**os.environ, **CANARIES}
    found = await run_tests(command, tmp_path, gate(), user_environment=user)
    assert "'PATH'" in found.output
    assert "canary" not in found.output
    assert not [name for name in CANARIES if name in found.output]


@linux
async def test_nor_in_the_environment_of_its_parent(tmp_path: Path) -> None:
    text = "import os\nprint(open(f'/proc/{os.getppid()}/environ').read())\n"
    user = {**os.environ, **CANARIES}
    found = await run_tests(script(tmp_path, text), tmp_path, gate(), user_environment=user)
    assert "PATH=" in found.output
    assert "canary" not in found.output


@linux
async def test_no_descriptor_but_the_standard_ones_is_open(tmp_path: Path) -> None:
    # The last one is the folder that is being listed.
    found = await run(tmp_path, "import os\nprint(sorted(map(int, os.listdir('/proc/self/fd'))))\n")
    assert found.output == "[0, 1, 2, 3]\n"


async def test_it_has_a_session_and_a_group_of_its_own(tmp_path: Path) -> None:
    text = "import os\nprint(os.getpid() == os.getsid(0) == os.getpgid(0))\n"
    assert (await run(tmp_path, text)).output == "True\n"


async def test_its_home_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    text = "import os\nh = os.environ['HOME']\nprint(h, os.listdir(h))\nopen(h + '/x', 'w')\n"
    home, listing = (await run(tmp_path, text)).output.split()
    assert listing == "[]"
    assert not Path(home).exists()


@linux
async def test_memory_is_limited(tmp_path: Path) -> None:
    found = await run(tmp_path, "x = bytearray(600 * 1024 * 1024)\n", memory_mb=200)
    assert (found.passed, found.exit_code) == (False, 1)
    assert "MemoryError" in found.output


@linux
async def test_a_reservation_is_not_memory(tmp_path: Path) -> None:
    # V8 and Go reserve much more than they use.
    text = "import mmap\nmmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 0)\n"
    found = await run(tmp_path, text, memory_mb=200)
    assert found.passed is True, found.output


async def test_a_file_cant_grow_without_end(tmp_path: Path) -> None:
    found = await run(tmp_path, "f = open('big', 'wb')\nf.truncate(2 << 30)\n")
    assert found.passed is False
    assert re.search("File too large|SIGXFSZ", found.output + found.summary)


async def test_every_limit_is_set(tmp_path: Path) -> None:
    names = ("CORE", "FSIZE", "CPU", "NPROC")
    limit = "r.getrlimit(getattr(r, 'RLIMIT_' + n))[0]"
    text = f"import resource as r\nprint(*({limit} for n in {names}))\n"
    core, file_size, cpu, processes = (await run(tmp_path, text, timeout_seconds=7)).output.split()
    assert (int(core), int(file_size)) == (0, 1 << 30)
    assert int(cpu) == 7 * (os.cpu_count() or 1) + 1
    # Root is not held to it, and could do harm to others with it.
    assert (processes == "4096") == (os.geteuid() != 0)


async def test_no_core_is_dumped(tmp_path: Path) -> None:
    found = await run(tmp_path, "import os\nos.abort()\n")
    assert found.summary == "ended by SIGABRT"
    assert [file.name for file in tmp_path.iterdir()] == ["run.py"]


async def test_arguments_arrive_exactly_as_written(tmp_path: Path) -> None:
    command = script(tmp_path, "import sys\nprint(sys.argv[1:])\n")
    nasty = " '$(touch owned)' '; rm -rf .' '`id`' '*' 'a b'"
    found = await run_tests(command + nasty, tmp_path, gate())
    assert found.output == "['$(touch owned)', '; rm -rf .', '`id`', '*', 'a b']\n"
    assert not (tmp_path / "owned").exists()
