"""Prompts from Jinja2 templates; a user's own folder overrides any of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.backends.base import Message
from orchestrator.errors import ConfigError

if TYPE_CHECKING:
    import jinja2

_OWN = Path(__file__).parent / "templates"
_SYSTEM_END = "=====\n"


class Prompts:
    """Renders prompts by name: decompose, code, test, refactor, doc, fix, answer.

    Args:
        own_folder: folder whose `NAME.md.j2` files take the place of ours; None for none.
    """

    def __init__(self, own_folder: Path | None = None) -> None:
        self._folders = [own_folder, _OWN] if own_folder else [_OWN]

    @cached_property
    def _environment(self) -> jinja2.Environment:
        """Made with the first prompt: the room is drawn before any."""
        import jinja2

        return jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folders),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701 - prompts are plain text, never HTML
        )

    def render(self, name: str, **values: object) -> tuple[Message, ...]:
        """The system and the user message of template `name`.

        A template is the system message, a line of five equals signs, the user message.

        Raises:
            ConfigError: a user's template is missing a part, is not valid, or asks for a value
                that is not there.
        """
        import jinja2

        try:
            text = self._environment.get_template(f"{name}.md.j2").render(**values)
        except jinja2.TemplateError as error:
            raise ConfigError(
                f"The prompt template {name}.md.j2 can't be used: {error}",
                "Mend it in your templates folder, or remove it to use the built-in one.",
            ) from error
        system, separator, user = text.partition(_SYSTEM_END)
        if not separator:
            raise ConfigError(
                f"The prompt template {name}.md.j2 has no line of five equals signs.",
                "Put the system message above that line and the user message below it.",
            )
        return (Message("system", system.strip()), Message("user", user.strip()))
