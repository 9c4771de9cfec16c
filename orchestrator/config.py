"""The settings: what can be configured, with its defaults. Values only, nothing is read here.

`orchestrator.settings.load_settings` makes a `Loaded` out of the user's file, the environment and
the flags. API keys are no settings: `BackendSettings.api_key_env` names the environment variable
that holds one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from orchestrator.backends.base import Limits

APP_NAME = "orchestrator-tui"

BackendKind = Literal["ollama", "openai", "anthropic", "claude_code", "recorded"]
BackendOwner = Literal["local", "claude", "other"]
Destination = Literal["local", "haiku", "sonnet", "opus", "wait"]
Delegation = Literal["local", "maybe", "claude"]
Only = Literal["", "local", "claude"]
Autonomy = Literal["every_diff", "unproven", "nothing"]

Positive = Annotated[int, msgspec.Meta(ge=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every group of settings."""


class BackendSettings(Section, frozen=True):
    """One model server, or one program that plays it.

    `owner` and `concurrency` have no fixed default: `load_settings` derives them from `kind` and
    `url` where the user gave none (see `default_owner`, `default_concurrency`).
    """

    kind: BackendKind
    url: str = ""
    """http or https, without a key in it; for ollama, openai and anthropic."""
    command: str = ""
    """Program to start; for claude_code."""
    file: str = ""
    """Recording to play; for recorded."""
    concurrency: Positive = 1
    """Generations at a time."""
    context_tokens: Positive = 8192
    """Context size asked of an Ollama server; elsewhere what is known of the server's own."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key, never the key."""
    owner: BackendOwner = "local"
    """Whose tokens are spent: the machine's, Claude's, or another provider's."""


class ProfileSettings(Section, frozen=True):
    """A name for one model on one backend."""

    backend: str
    model: str


class ClaudeModels(Section, frozen=True):
    """Which model is meant by each word.

    A family word (haiku, sonnet, opus) is resolved by the backend to its newest model; anything
    else is taken as a full model id.
    """

    haiku: str = "haiku"
    sonnet: str = "sonnet"
    opus: str = "opus"


class ClaudeSettings(Section, frozen=True):
    """How Claude is reached."""

    via: str = "auto"
    """Name of a backend; "auto": the first that is usable; "none": work without Claude."""
    models: ClaudeModels = ClaudeModels()


class Destinations(Section, frozen=True):
    """Where work of each complexity goes."""

    simple: Destination
    medium: Destination
    complex: Destination


class RoutingTable(Section, frozen=True):
    """Where work goes in each quota state."""

    normal: Destinations = Destinations(simple="haiku", medium="sonnet", complex="opus")
    caution: Destinations = Destinations(simple="local", medium="sonnet", complex="sonnet")
    warning: Destinations = Destinations(simple="local", medium="local", complex="local")
    critical: Destinations = Destinations(simple="local", medium="local", complex="wait")


def default_categories() -> dict[str, Delegation]:
    """Who writes a task of each category, as long as the user says nothing else."""
    return {
        "utility": "local",
        "constants": "local",
        "types": "local",
        "tests": "local",
        "component": "maybe",
        "state": "claude",
        "hooks": "claude",
        "integration": "claude",
        "bugfix": "claude",
        "architecture": "claude",
        "security": "claude",
    }


class RoutingSettings(Section, frozen=True):
    """Who does what."""

    table: RoutingTable = RoutingTable()
    categories: dict[str, Delegation] = msgspec.field(default_factory=default_categories)
    """By category of task: local, claude, or maybe (local when it is small enough)."""
    atomic_stays_local: bool = True
    """Small, well-specified work goes to local models in every quota state."""
    cooldown_seconds: Seconds = 30.0
    """How long a server that failed is left alone."""


class QuotaSettings(Section, frozen=True):
    """From which share used (0..1) each quota state holds."""

    caution: Share = 0.60
    warning: Share = 0.80
    critical: Share = 0.95


class LimitSettings(Section, frozen=True):
    """How long to wait for a model server, in seconds."""

    local: Limits = Limits(total=120.0)
    cloud: Limits = Limits(first_token=180.0, stall=90.0, total=300.0)
    """Longer silences: strong models think first, and some ways to them tell nothing meanwhile."""


class AttemptSettings(Section, frozen=True):
    """How often each side may try a task before it is handed on."""

    local: Positive = 2
    claude: Positive = 2


class GateSettings(Section, frozen=True):
    """How test commands run."""

    timeout_seconds: Seconds = 120.0
    output_kb: Positive = 256
    """Output that is kept; the middle of longer output is dropped."""
    memory_mb: Positive = 4096
    path: tuple[str, ...] = ()
    """Folders put first in PATH."""


class ContractSettings(Section, frozen=True):
    """What a task may be and still count as atomic."""

    max_lines: Positive = 50
    max_imports: Count = 2
    context_files: Count = 2


class BudgetSettings(Section, frozen=True):
    """Tokens per call."""

    local_prompt_tokens: Positive = 6000
    cloud_prompt_tokens: Positive = 24000
    answer_tokens: Positive = 2048
    plan_tokens: Positive = 4096


def default_backends() -> dict[str, BackendSettings]:
    """The model servers that are looked for when nothing is configured."""
    return {
        "ollama": BackendSettings(kind="ollama", url="http://127.0.0.1:11434"),
        "lmstudio": BackendSettings(kind="openai", url="http://127.0.0.1:1234"),
        "llamacpp": BackendSettings(kind="openai", url="http://127.0.0.1:8080"),
        "anthropic": BackendSettings(
            kind="anthropic",
            url="https://api.anthropic.com",
            concurrency=2,
            context_tokens=200_000,
            api_key_env="ANTHROPIC_API_KEY",
            owner="claude",
        ),
        "claude": BackendSettings(
            kind="claude_code",
            command="claude",
            concurrency=2,
            context_tokens=200_000,
            owner="claude",
        ),
    }


def default_profiles() -> dict[str, ProfileSettings]:
    """The profiles that are there when nothing is configured."""
    return {
        "code": ProfileSettings(backend="ollama", model="qwen2.5:14b-instruct-q4_K_M"),
        "fast": ProfileSettings(backend="ollama", model="deepseek-coder:6.7b"),
        "uncensored": ProfileSettings(backend="ollama", model="gpt-oss:20b"),
    }


class Settings(Section, frozen=True):
    """Everything that can be configured, as it holds for this run."""

    backends: dict[str, BackendSettings] = msgspec.field(default_factory=default_backends)
    profiles: dict[str, ProfileSettings] = msgspec.field(default_factory=default_profiles)
    profile: str = "code"
    """The profile of tasks that name none."""
    claude: ClaudeSettings = ClaudeSettings()
    routing: RoutingSettings = msgspec.field(default_factory=RoutingSettings)
    quota: QuotaSettings = QuotaSettings()
    limits: LimitSettings = LimitSettings()
    attempts: AttemptSettings = AttemptSettings()
    tests: GateSettings = GateSettings()
    contract: ContractSettings = ContractSettings()
    budget: BudgetSettings = BudgetSettings()
    only: Only = ""
    """Work with one side alone: "local" (nothing else is contacted) or "claude"."""
    autonomy: Autonomy = "every_diff"
    """What a person is asked: every diff, only what is not proven, nothing."""
    templates_dir: str = ""
    """Folder with the user's own prompt templates."""
    state_dir: str = ""
    """Folder sessions and snapshots are kept in; `load_settings` always fills it in."""
    llm_disabled: bool = False
    """The kill switch: no model is asked anything."""
    ascii: bool = False
    """Draw with ASCII characters only."""
    theme: Literal["auto", "dark", "light"] = "auto"


class Loaded(msgspec.Struct, frozen=True):
    """Settings, and where each comes from."""

    settings: Settings
    origins: Mapping[str, str]
    """By dotted key ("profiles.code.model"): "default", "config.yaml:7",
    "environment OLLAMA_HOST", "flag --profile"."""
    file: str = ""
    """The configuration file that was read; empty when there was none."""
