"""A real llama.cpp server in a process of its own, so that a test can kill or freeze it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
_SERVE = """
import sys, threading
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx = int(sys.argv[2])
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_parallel = 1
params.cpuparams.n_threads = 1
params.warmup = False
params.use_jinja = True
params.endpoint_slots = True
server = xllamacpp.Server(params)
print("READY", server.listening_address, flush=True)
threading.Event().wait()
"""


class LlamaServer:
    """Serves a model file on a free port, as long as its `with`.

    Attributes:
        url: its address.
        process: where it runs.
    """

    def __init__(self, model: Path, n_ctx: int = 2048) -> None:
        self._argv = [sys.executable, "-c", _SERVE, str(model), str(n_ctx)]
        self._log = model.with_suffix(".log")
        self.url = ""
        self.process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        with self._log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                self._argv, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("READY"):
                self.url = line.split()[1]
                return self
        raise RuntimeError(f"llama.cpp did not start: {self._log.read_text('utf-8')[-2000:]}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self) -> None:
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Stops it as a stuck driver would: the connection stays, nothing comes."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def is_busy(self) -> bool:
        """True while it generates."""
        with urllib.request.urlopen(self.url + "/slots", timeout=5) as answer:
            slots: list[dict[str, Any]] = json.load(answer)
        return any(slot["is_processing"] for slot in slots)
