"""The one tree of errors: what went wrong, and what the user can do about it."""

from __future__ import annotations

from orchestrator.values import QuotaWindow


class OrchestratorError(Exception):
    """Base of every error this program raises on purpose.

    Attributes:
        message: what is wrong, one sentence, ready to be shown.
        hint: what the user can do about it; empty when there is nothing to do.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


def unforeseen(error: Exception) -> OrchestratorError:
    """The error itself when it is one of ours; otherwise one that says that this is a bug."""
    if isinstance(error, OrchestratorError):
        return error
    return OrchestratorError(
        f"Internal error: {type(error).__name__}: {error}", "Please report this as a bug."
    )


class ConfigError(OrchestratorError):
    """The configuration can't be used: unknown key, wrong type, unreadable file."""


class SpecError(OrchestratorError):
    """A task spec has missing, unknown or wrong fields."""


class PlanError(OrchestratorError):
    """A plan can't be run: a cycle, an unknown dependency, no tasks, not JSON."""


class CommandRefused(OrchestratorError):
    """A command does not fit the state: nothing to approve, nothing to undo."""


class SessionError(OrchestratorError):
    """The session can't be read, written or found."""


class WorkspaceError(OrchestratorError):
    """The workspace can't be used: gone, read-only, git missing or failing."""


class PathRefused(WorkspaceError):
    """A path that may not be written: outside the workspace, a link, a special name."""


class Conflict(WorkspaceError):
    """The user's file and the change overlap; nothing was written.

    Attributes:
        paths: the files that overlap, relative to the workspace.
    """

    def __init__(self, message: str, hint: str = "", paths: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.paths = paths


class TestCommandError(OrchestratorError):
    """The test command can't be run at all: empty, needs a shell, program not found."""

    __test__ = False  # the name begins with "Test": pytest must not collect it


class BackendError(OrchestratorError):
    """A model server did not give a usable answer. Subclasses say how.

    Attributes:
        quota: what the provider told of its windows along with the error.
    """

    quota: tuple[QuotaWindow, ...] = ()


class BackendUnreachable(BackendError):
    """Nothing answers at the address, or the program is not installed."""


class BackendBusy(BackendError):
    """The server says it has too much to do (503 busy, 529 overloaded)."""


class ModelMissing(BackendError):
    """The server does not have the model."""


class PromptTooLong(BackendError):
    """The prompt does not fit the context, or the server cut it.

    Attributes:
        prompt_tokens: what was counted, 0 when the server does not say.
        context_tokens: what fits, 0 when the server does not say.
    """

    def __init__(
        self, message: str, hint: str = "", prompt_tokens: int = 0, context_tokens: int = 0
    ) -> None:
        super().__init__(message, hint)
        self.prompt_tokens = prompt_tokens
        self.context_tokens = context_tokens


class RequestRefused(BackendError):
    """The server calls the request wrong (4xx), or the key is not accepted."""


class RateLimited(BackendError):
    """The provider's quota is used up for now.

    Attributes:
        retry_after: seconds to wait, None when the provider does not say.
        resets_at: Unix time at which the window resets, None when unknown.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        retry_after: float | None = None,
        resets_at: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
        self.resets_at = resets_at


class ServerFailed(BackendError):
    """The server failed while it worked on the request (5xx that is not "busy")."""


class StreamBroken(BackendError):
    """The answer ended without its end marker, or a line of it is not readable."""


class TimedOut(BackendError):
    """A named limit ran out.

    Attributes:
        limit: which one: "connect", "load", "first token", "stall" or "total".
    """

    def __init__(self, message: str, hint: str = "", limit: str = "total") -> None:
        super().__init__(message, hint)
        self.limit = limit
