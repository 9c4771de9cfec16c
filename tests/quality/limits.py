"""Settings as the configuration gives them, with the numbers tests need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    timeout_seconds: float = 30.0
    output_kb: int = 64
    memory_mb: int = 2048
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    max_lines: int = 50
    max_imports: int = 2


@dataclass(frozen=True)
class Attempts:
    local: int = 2
    claude: int = 2
