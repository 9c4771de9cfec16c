"""What is there to work with, what is missing, and the command that mends it.

Judges values and touches nothing: `tui.commands.examination` looks at the machine.
"""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.config import Loaded
from orchestrator.values import BackendStatus
from tui.doctor import machine as on_machine
from tui.doctor.findings import Examination, Finding, Folder, Level, Machine, Screen
from tui.doctor.models import Servers

__all__ = ["Examination", "Finding", "Folder", "Level", "Machine", "Screen", "examine"]


def examine(loaded: Loaded, machine: Machine, statuses: Iterable[BackendStatus]) -> Examination:
    """Judge what was found.

    Args:
        loaded: the settings.
        machine: what the machine has.
        statuses: the outcome of `Backend.check` for each backend that would be used.
    """
    servers = Servers(loaded, statuses, machine.keys, machine.claude)
    findings = (
        *on_machine.programs(machine),
        on_machine.terminal(machine.screen),
        *on_machine.switches(loaded),
        *servers.findings(),
        on_machine.workspace(machine.workspace),
        on_machine.state_folder(machine.state),
    )
    return Examination(findings, servers.usable and not loaded.settings.llm_disabled)
